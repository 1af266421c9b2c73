//! Describes payloads by their type.

use std::ffi::CStr;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use l2tp_sys::names::Name;

use super::page::Hex;
use crate::netlink::attr::{Attr, AttrKind, DecodeError, DecodeReason};

/// A payload, its type if it is known, and the names of its values.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    kind: Option<AttrKind>,
    attr: Attr<'a>,
    values: &'static [Name],
}

impl<'a> Value<'a> {
    pub(super) fn new(kind: Option<AttrKind>, attr: Attr<'a>, values: &'static [Name]) -> Self {
        Self { kind, attr, values }
    }

    /// The number in an integer payload.
    fn number(&self, kind: AttrKind) -> Result<Option<i128>, DecodeError> {
        let attr = self.attr;
        Ok(Some(match kind {
            AttrKind::U8 => u8::from_ne_bytes(attr.array()?).into(),
            AttrKind::U16 => u16::from_ne_bytes(attr.array()?).into(),
            AttrKind::U32 => u32::from_ne_bytes(attr.array()?).into(),
            AttrKind::U64 => u64::from_ne_bytes(attr.array()?).into(),
            AttrKind::I8 => i8::from_ne_bytes(attr.array()?).into(),
            AttrKind::I16 => i16::from_ne_bytes(attr.array()?).into(),
            AttrKind::I32 => i32::from_ne_bytes(attr.array()?).into(),
            AttrKind::I64 => i64::from_ne_bytes(attr.array()?).into(),
            AttrKind::Be16 => u16::from_be_bytes(attr.array()?).into(),
            AttrKind::Be32 => u32::from_be_bytes(attr.array()?).into(),
            AttrKind::Be64 => u64::from_be_bytes(attr.array()?).into(),
            AttrKind::Enum { repr, .. } => return self.number(*repr),
            _ => return Ok(None),
        }))
    }

    /// The name of a number, from the derived enum or from the header.
    fn name(&self, kind: AttrKind, number: i128) -> Option<&'static str> {
        let derived = match kind {
            AttrKind::Enum { values, .. } => {
                values.iter().find(|(value, _)| i128::from(*value) == number).map(|(_, name)| *name)
            }
            _ => None,
        };
        let header =
            || self.values.iter().find(|row| i128::from(row.number) == number).map(|row| row.name);
        derived.or_else(header)
    }

    fn text(&self, kind: AttrKind) -> Result<String, DecodeError> {
        if let Some(number) = self.number(kind)? {
            return Ok(match self.name(kind, number) {
                Some(name) => format!("{name} ({number})"),
                None => number.to_string(),
            });
        }
        let payload = self.attr.payload();
        Ok(match kind {
            AttrKind::Ipv4 => Ipv4Addr::from(self.attr.array::<4>()?).to_string(),
            AttrKind::Ipv6 => Ipv6Addr::from(self.attr.array::<16>()?).to_string(),
            AttrKind::Str { .. } => {
                let text =
                    CStr::from_bytes_until_nul(payload).map_err(|_| DecodeReason::NotCStr)?;
                format!("{:?}", text.to_string_lossy())
            }
            _ => Hex(payload).to_string(),
        })
    }
}

/// The text after an attribute's name: ` = ` and the value, or nothing for a flag.
pub(super) struct Named<'a>(pub(super) Value<'a>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = self.0.attr.payload();
        match self.0.kind {
            Some(AttrKind::Flag) | None if payload.is_empty() => Ok(()),
            Some(AttrKind::Flag) | None => write!(f, " = {}", Hex(payload)),
            Some(kind) => match self.0.text(kind) {
                Ok(text) => write!(f, " = {text}"),
                Err(error) => write!(f, ", malformed: {}: {}", error.reason(), Hex(payload)),
            },
        }
    }
}
