//! Names of network interfaces.

use std::fmt;
use std::str::FromStr;

use super::length::Length;
use crate::netlink::attr::debug_as_display;
use crate::netlink::attr::{
    Attr, AttrKind, AttrWriter, DecodeError, DecodeReason, EncodeError, FromPayload, ToPayload,
};

debug_as_display!(IfNameError);

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
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
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

/// How many of the sixteen bytes, from the lowest on, come before one that is 0. All are looked at
/// at once: subtracting 1 from each sets the high bit of the lowest 0, and of no byte below it that
/// has none already.
const fn first_nul(bytes: u128) -> usize {
    const ONES: u128 = u128::MAX / 0xff;
    const HIGH: u128 = ONES << 7;
    (bytes.wrapping_sub(ONES) & !bytes & HIGH).trailing_zeros() as usize / 8
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
        let held = payload.len().min(MAX + 1);
        let mut bytes = [0; MAX + 1];
        bytes[..held].copy_from_slice(&payload[..held]);
        let name = u128::from_le_bytes(bytes);
        let len = first_nul(name);
        if len < held {
            // What stands behind the NUL is no part of the name.
            let bytes = (name & ((1 << (8 * len)) - 1)).to_le_bytes();
            return Ok(Self { bytes, len: Length::of(&payload[..len]) });
        }
        match payload.iter().position(|&byte| byte == 0) {
            Some(len) => Err(DecodeReason::TooLong { max: MAX, actual: len }.into()),
            None => Err(DecodeReason::NotCStr.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::attr::{Attrs, DecodeError};

    fn decode(payload: &[u8]) -> Result<IfName, DecodeError> {
        let mut bytes = Vec::new();
        AttrWriter::new(&mut bytes).put(8, payload).unwrap();
        let attr = Attrs::new(&bytes, 0).next().unwrap();
        IfName::get(attr?)
    }

    #[test]
    fn a_name_ends_at_its_nul_wherever_that_is() {
        for byte in [0x01, 0x2e, 0x7f, 0x80, 0x81, 0xff] {
            for len in 0..=MAX {
                let name = vec![byte; len];
                for behind in [&[0][..], &[0, 0], &[0, 1, 0], &[0, 0x80, 0xff]] {
                    let decoded = decode(&[&name, behind].concat()).unwrap();
                    assert_eq!(decoded.as_bytes(), name);
                    assert_eq!(decoded, IfName::of(&name));
                }
            }
        }
    }

    #[test]
    fn what_is_too_long_or_has_no_nul_is_no_name() {
        let reason = |payload: &[u8]| decode(payload).unwrap_err().reason();
        assert_eq!(reason(&[b'a'; 17][..]), DecodeReason::NotCStr);
        assert_eq!(reason(b""), DecodeReason::NotCStr);
        assert_eq!(reason(b"abc"), DecodeReason::NotCStr);
        assert_eq!(reason(&[b'a'; 16]), DecodeReason::NotCStr);
        let long = [&[b'a'; 16][..], b"\0"].concat();
        assert_eq!(reason(&long), DecodeReason::TooLong { max: 15, actual: 16 });
    }
}
