//! Names of network interfaces.

use std::fmt;
use std::str::FromStr;

use super::length::Length;
use crate::netlink::attr::{
    Attr, AttrKind, AttrWriter, DecodeError, DecodeReason, EncodeError, FromPayload, ToPayload,
};

/// `IFNAMSIZ - 1` of `linux/if.h`: the bytes of a name without its NUL.
const MAX: usize = 15;

/// The name of an Ethernet session's network interface.
///
/// One to fifteen bytes, by the rules of the kernel's `dev_valid_name` (net/core/dev.c): not `.`
/// or `..`, no `/`, no `:`, no NUL, no white space. A name with `%d` makes the kernel fill in the
/// first free number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IfName {
    bytes: [u8; MAX + 1],
    len: Length,
}

/// Not the name of an interface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IfNameError {
    /// No name at all.
    #[error(
        "an interface name needs at least one character; leave it out to let the kernel name the interface l2tpethN"
    )]
    Empty,
    /// More bytes than `IFNAMSIZ` leaves.
    #[error("interface name {0:?} has {1} bytes; the kernel takes at most 15")]
    TooLong(String, usize),
    /// `.` and `..` would be directories of sysfs.
    #[error("{0:?} cannot name an interface")]
    Dots(String),
    /// A character that the kernel refuses.
    #[error(
        "interface name {0:?} contains {1:?}; the kernel refuses '/', ':', NUL and white space"
    )]
    Character(String, char),
}

impl IfName {
    /// A name that the kernel will accept.
    ///
    /// # Errors
    ///
    /// Whatever `dev_valid_name` would refuse.
    pub fn new(name: &str) -> Result<Self, IfNameError> {
        let owned = || name.to_owned();
        if name.is_empty() {
            return Err(IfNameError::Empty);
        }
        if name.len() > MAX {
            return Err(IfNameError::TooLong(owned(), name.len()));
        }
        if name == "." || name == ".." {
            return Err(IfNameError::Dots(owned()));
        }
        if let Some(bad) = name.chars().find(|&c| refused(c)) {
            return Err(IfNameError::Character(owned(), bad));
        }
        Ok(Self::of(name.as_bytes()))
    }

    /// Its bytes, which another program may have chosen outside UTF-8.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len.get()]
    }

    /// The name as text, if it is UTF-8.
    #[must_use]
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()).ok()
    }

    /// Up to fifteen bytes, checked by the caller.
    fn of(bytes: &[u8]) -> Self {
        let mut name = Self { bytes: [0; MAX + 1], len: Length::of(bytes) };
        name.bytes[..bytes.len()].copy_from_slice(bytes);
        name
    }
}

/// What `dev_valid_name` refuses. Its `isspace` is that of Latin-1: 0xa0 counts as white space,
/// and as a byte of UTF-8 it occurs in other characters.
fn refused(c: char) -> bool {
    matches!(c, '/' | ':' | '\0' | ' ' | '\t'..='\r')
        || c.encode_utf8(&mut [0; 4]).bytes().any(|byte| byte == 0xa0)
}

impl FromStr for IfName {
    type Err = IfNameError;

    fn from_str(name: &str) -> Result<Self, IfNameError> {
        Self::new(name)
    }
}

impl TryFrom<&str> for IfName {
    type Error = IfNameError;

    fn try_from(name: &str) -> Result<Self, IfNameError> {
        Self::new(name)
    }
}

impl fmt::Display for IfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl fmt::Debug for IfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.as_bytes()))
    }
}

impl ToPayload for IfName {
    const KIND: AttrKind = AttrKind::Str { max: MAX };

    fn put(&self, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        out.put_str(id, self.as_bytes())
    }
}

impl FromPayload<'_> for IfName {
    const KIND: AttrKind = AttrKind::Str { max: MAX };

    fn get(attr: Attr<'_>) -> Result<Self, DecodeError> {
        let payload = attr.payload();
        let mut bytes = [0; MAX + 1];
        // A name has few bytes: to find its end and then call for a copy would take longer.
        for (len, &byte) in payload.iter().enumerate().take(MAX + 1) {
            if byte == 0 {
                return Ok(Self { bytes, len: Length::of(&payload[..len]) });
            }
            bytes[len] = byte;
        }
        match payload.iter().position(|&byte| byte == 0) {
            Some(len) => Err(DecodeReason::TooLong { max: MAX, actual: len }.into()),
            None => Err(DecodeReason::NotCStr.into()),
        }
    }
}
