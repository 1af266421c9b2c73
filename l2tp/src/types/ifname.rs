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

/// `IFNAMSIZ - 1` of `linux/if.h`: the bytes of a name without its NUL.
const MAX: usize = 15;

/// The name of an Ethernet session's network interface.
///
/// One to fifteen bytes, by the kernel's rules: not `.` or `..`, no `/`, no `:`, no NUL, no white
/// space (`dev_valid_name` of net/core/dev.c); `%` at most once, in `%d`, for which the kernel
/// fills in the first free number (`dev_alloc_name`); neither `all` nor `default`, the folders that
/// stand beside those of interfaces in `/proc/sys/net/ipv4/conf` (`sysctl_dev_name_is_allowed`).
///
/// Its `Display` is safe on a terminal: what is not printed as itself, bytes outside UTF-8 among it,
/// is escaped. [`as_bytes`](Self::as_bytes) is the name itself.
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
    /// A `%` that is not the only one or not followed by `d`.
    #[error(
        "interface name {0:?} contains '%' other than once, in \"%d\", for which the kernel fills in \
         a number"
    )]
    Pattern(String),
    /// `all` and `default` are folders of sysctl that stand for no interface.
    #[error("an interface cannot be named {0:?}, as sysctl has settings of that name")]
    Reserved(String),
}

impl IfName {
    /// A name that the kernel will accept.
    ///
    /// # Errors
    ///
    /// For a name that breaks one of the [kernel's rules](Self).
    pub fn new(name: &str) -> Result<Self, IfNameError> {
        Self::from_bytes(name.as_bytes())
    }

    /// A name that the kernel will accept and that need not be UTF-8.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_bytes(name: &[u8]) -> Result<Self, IfNameError> {
        check(name).map(|()| Self::of(name))
    }

    /// A name as an info shows it: any that the kernel's attribute can hold.
    #[cfg(feature = "serde")]
    pub(crate) fn held(name: &[u8]) -> Option<Self> {
        (name.len() <= MAX && !name.contains(&0)).then(|| Self::of(name))
    }

    /// Whether the kernel takes it for a new interface, of which one from an info tells nothing.
    #[inline]
    pub(crate) fn is_valid(&self) -> bool {
        check(self.as_bytes()).is_ok()
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

/// Refuses what the kernel would.
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
    if let Some(bad) = name.iter().position(|&byte| refused(byte)) {
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

/// What `dev_valid_name` refuses. Its `isspace` is that of Latin-1: 0xa0 counts as white space,
/// and as a byte of UTF-8 it occurs in other characters.
fn refused(byte: u8) -> bool {
    matches!(byte, b'/' | b':' | b'\0' | b' ' | b'\t'..=b'\r' | 0xa0)
}

/// The character to which a byte of the name belongs.
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
