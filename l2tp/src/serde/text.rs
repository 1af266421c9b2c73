//! Types that serialize as text: cookies, interface names.

use std::fmt;

use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Cookie, IfName};

/// Hexadecimal digits in the order of the wire.
impl Serialize for Cookie {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Any length that a kernel reports, since another program may have set the cookie of an info. The
/// validation of a configuration requires 4 or 8 bytes.
impl<'de> Deserialize<'de> for Cookie {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::of_any_length(&text).map_err(D::Error::custom)
    }
}

/// The name as text, or a sequence of its bytes if it is not UTF-8; bytes in binary formats.
impl Serialize for IfName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.to_str() {
            _ if !serializer.is_human_readable() => serializer.serialize_bytes(self.as_bytes()),
            Some(name) => serializer.serialize_str(name),
            None => self.as_bytes().serialize(serializer),
        }
    }
}

/// Any name that the kernel may report. The validation of a configuration checks the rules for new
/// names.
impl<'de> Deserialize<'de> for IfName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(Name)
        } else {
            deserializer.deserialize_bytes(Name)
        }
    }
}

struct Name;

impl<'de> Visitor<'de> for Name {
    type Value = IfName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an interface name of at most 15 bytes without NUL, or an array of its bytes")
    }

    fn visit_bytes<E: Error>(self, name: &[u8]) -> Result<IfName, E> {
        IfName::of_info(name).ok_or_else(|| E::invalid_value(Unexpected::Bytes(name), &self))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<IfName, E> {
        IfName::of_info(name.as_bytes())
            .ok_or_else(|| E::invalid_value(Unexpected::Str(name), &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut bytes: A) -> Result<IfName, A::Error> {
        let mut name = Vec::new();
        while let Some(byte) = bytes.next_element()? {
            // One byte too many is enough for an error.
            if name.len() > 15 {
                break;
            }
            name.push(byte);
        }
        self.visit_bytes(&name)
    }
}
