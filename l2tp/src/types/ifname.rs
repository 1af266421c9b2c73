//! Names of network interfaces.

use std::fmt;
use std::str::FromStr;

use super::length::Length;
use super::printable::Printable;
use crate::netlink::attr::debug_as_display;
use crate::netlink::attr::{
    Attr, AttrKind, AttrWriter, DecodeError, DecodeReason, EncodeError, FromPayload, ToPayload,
};

debug_as_display!(IfNameError);

/// `IFNAMSIZ - 1` of `linux/if.h`: the longest name, without its NUL.
const MAX: usize = 15;

/// The name of an Ethernet session's network interface.
///
/// A name has one to fifteen bytes and follows the kernel's rules:
///
/// - it is not `.` or `..`, and has no `/`, `:`, NUL or white space (`dev_valid_name` of
///   net/core/dev.c);
/// - it has `%` at most once, in `%d`, which the kernel replaces by the first free number
///   (`dev_alloc_name`);
/// - it is not `all` or `default`, which are folders of `/proc/sys/net/ipv4/conf`
///   (`sysctl_dev_name_is_allowed`).
///
/// Its `Display` is safe on a terminal: control characters and bytes that are not UTF-8 are escaped.
/// [`as_bytes`](Self::as_bytes) returns the name unchanged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IfName {
    bytes: [u8; MAX + 1],
    len: Length,
}

/// The error of an invalid interface name.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IfNameError {
    /// The name is empty.
    #[error(
        "an interface name needs at least one character; omit it and the kernel names the interface l2tpethN"
    )]
    Empty,
    /// The name is longer than `IFNAMSIZ` permits.
    #[error("interface name {0:?} has {1} bytes; the kernel permits at most 15")]
    TooLong(String, usize),
    /// The name is `.` or `..`, which are directories.
    #[error("{0:?} cannot be the name of an interface")]
    Dots(String),
    /// The name has a character that the kernel rejects.
    #[error(
        "interface name {0:?} contains {1:?}; the kernel rejects '/', ':', NUL and white space"
    )]
    Character(String, char),
    /// The name has more than one `%`, or one that is not followed by `d`.
    #[error(
        "interface name {0:?} contains '%'; it is permitted only once, in \"%d\", which the kernel \
         replaces by a number"
    )]
    Pattern(String),
    /// The name is `all` or `default`, which sysctl uses for settings of all interfaces.
    #[error("an interface cannot be named {0:?}, because sysctl has settings with this name")]
    Reserved(String),
}

impl IfName {
    /// A valid interface name.
    ///
    /// # Errors
    ///
    /// If the name violates one of the [kernel's rules](Self).
    pub fn new(name: &str) -> Result<Self, IfNameError> {
        Self::from_bytes(name.as_bytes())
    }

    /// A valid interface name, which need not be UTF-8.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_bytes(name: &[u8]) -> Result<Self, IfNameError> {
        check(name).map(|()| Self::of(name))
    }

    /// A name of an info: any name that fits the kernel's attribute.
    #[cfg(feature = "serde")]
    pub(crate) fn of_info(name: &[u8]) -> Option<Self> {
        (name.len() <= MAX && !name.contains(&0)).then(|| Self::of(name))
    }

    /// Whether the kernel accepts the name for a new interface. A name that was read from the kernel need
    /// not be valid.
    #[inline]
    pub(crate) fn is_valid(&self) -> bool {
        check(self.as_bytes()).is_ok()
    }

    /// The bytes of the name, which need not be UTF-8.
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

/// Checks the kernel's rules.
fn check(name: &[u8]) -> Result<(), IfNameError> {
    let owned = || String::from_utf8_lossy(name).into_owned();
    if name.is_empty() {
        return Err(IfNameError::Empty);
    }
    if name.len() > MAX {
        return Err(IfNameError::TooLong(owned(), name.len()));
    }
    if matches!(name, b"." | b"..") {
        return Err(IfNameError::Dots(owned()));
    }
    if let Some(bad) = name.iter().position(|&byte| is_forbidden(byte)) {
        return Err(IfNameError::Character(owned(), character(name, bad)));
    }
    if let Some(percent) = name.iter().position(|&byte| byte == b'%') {
        let rest = &name[percent + 1..];
        if !rest.starts_with(b"d") || rest.contains(&b'%') {
            return Err(IfNameError::Pattern(owned()));
        }
    }
    if matches!(name, b"all" | b"default") {
        return Err(IfNameError::Reserved(owned()));
    }
    Ok(())
}

/// Whether `dev_valid_name` rejects a byte. Its `isspace` is that of Latin-1: 0xa0 counts as white
/// space, although other UTF-8 characters contain this byte.
fn is_forbidden(byte: u8) -> bool {
    matches!(byte, b'/' | b':' | b'\0' | b' ' | b'\t'..=b'\r' | 0xa0)
}

/// The character that contains a byte of the name.
fn character(name: &[u8], at: usize) -> char {
    let text = std::str::from_utf8(name).unwrap_or_default();
    let found = text.char_indices().find(|(start, c)| (*start..start + c.len_utf8()).contains(&at));
    found.map_or_else(|| char::from(name[at]), |(_, c)| c)
}

impl FromStr for IfName {
    type Err = IfNameError;

    fn from_str(name: &str) -> Result<Self, IfNameError> {
        Self::new(name)
    }
}

impl TryFrom<&[u8]> for IfName {
    type Error = IfNameError;

    fn try_from(name: &[u8]) -> Result<Self, IfNameError> {
        Self::from_bytes(name)
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
        f.pad(&Printable(self.as_bytes()).to_string())
    }
}

impl fmt::Debug for IfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", Printable(self.as_bytes()))
    }
}

/// The number of bytes, from the lowest on, before the first zero byte. All bytes are tested at once:
/// subtracting 1 from each byte sets the high bit of the lowest zero byte, and of no byte below it
/// unless that byte already had it.
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
        let copied = payload.len().min(MAX + 1);
        let mut bytes = [0; MAX + 1];
        bytes[..copied].copy_from_slice(&payload[..copied]);
        let name = u128::from_le_bytes(bytes);
        let len = first_nul(name);
        if len < copied {
            // Bytes after the NUL are not part of the name.
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
    fn a_name_ends_at_its_nul() {
        for byte in [0x01, 0x2e, 0x7f, 0x80, 0x81, 0xff] {
            for len in 0..=MAX {
                let name = vec![byte; len];
                for rest in [&[0][..], &[0, 0], &[0, 1, 0], &[0, 0x80, 0xff]] {
                    let decoded = decode(&[&name, rest].concat()).unwrap();
                    assert_eq!(decoded.as_bytes(), name);
                    assert_eq!(decoded, IfName::of(&name));
                }
            }
        }
    }

    #[test]
    fn names_that_are_too_long_or_have_no_nul_are_rejected() {
        let reason = |payload: &[u8]| decode(payload).unwrap_err().reason();
        assert_eq!(reason(&[b'a'; 17][..]), DecodeReason::NotCStr);
        assert_eq!(reason(b""), DecodeReason::NotCStr);
        assert_eq!(reason(b"abc"), DecodeReason::NotCStr);
        assert_eq!(reason(&[b'a'; 16]), DecodeReason::NotCStr);
        let long = [&[b'a'; 16][..], b"\0"].concat();
        assert_eq!(reason(&long), DecodeReason::TooLong { max: 15, actual: 16 });
    }
}
