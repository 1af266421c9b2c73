//! Cookies of L2TPv3 data packets.

use std::fmt;
use std::str::FromStr;

use super::hex;
use super::length::Length;
use crate::netlink::attr::debug_as_display;
use crate::netlink::attr::{
    Attr, AttrKind, AttrWriter, DecodeError, DecodeReason, EncodeError, FromPayload, ToPayload,
};

debug_as_display!(CookieError);

/// The random bytes that stand in front of every data packet of an L2TPv3 session, so that a
/// misdirected packet is recognised (RFC 3931, section 4.1).
///
/// The RFC allows 4 or 8 bytes, and [`new`](Self::new) insists. The kernel accepts any length from
/// 0 to 8, so one that was set by another program may have any: `Cookie` holds it, byte for byte
/// in the order of the wire.
///
/// A cookie is secret: who knows it can forge packets of the session. Its own [`Display`](fmt::Display)
/// writes its digits, and nothing else that the library prints does: neither its `Debug` nor what an
/// info, an event, a configuration or an error prints.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cookie {
    bytes: [u8; 8],
    len: Length,
}

/// A number of bytes that are not shown.
struct Veiled(usize);

impl fmt::Display for Veiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} byte{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

/// Not a cookie.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CookieError {
    /// A length that the RFC does not allow.
    #[error("a cookie has 4 or 8 bytes, this one has {0}: pad it or drop it on both sides")]
    Length(usize),
    /// Text that is not hexadecimal.
    #[error(
        "a cookie is written as 8 or 16 hexadecimal digits; these {0} bytes of text, which may be \
         secret and are not shown, are something else"
    )]
    NotHex(usize),
}

impl Cookie {
    /// A cookie to send, of 4 or 8 bytes.
    ///
    /// # Errors
    ///
    /// For any other length.
    ///
    /// ```
    /// # use l2tp::Cookie;
    /// assert_eq!(Cookie::new(&[0xde, 0xad, 0xbe, 0xef])?.to_string(), "deadbeef");
    /// assert!(Cookie::new(&[1, 2, 3]).is_err());
    /// # Ok::<(), l2tp::CookieError>(())
    /// ```
    pub fn new(bytes: &[u8]) -> Result<Self, CookieError> {
        match bytes.len() {
            4 | 8 => Ok(Self::of(bytes)),
            len => Err(CookieError::Length(len)),
        }
    }

    /// Its bytes in the order of the wire, 0 to 8 of them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len.get()]
    }

    /// What may be told of it anywhere: how long it is.
    pub(crate) fn veiled(&self) -> impl fmt::Display {
        Veiled(self.len.get())
    }

    /// A cookie as an info shows it, of any length up to eight.
    #[cfg(feature = "serde")]
    pub(crate) fn of_any_length(text: &str) -> Result<Self, CookieError> {
        match bytes(text)? {
            bytes if bytes.len() <= 8 => Ok(Self::of(&bytes)),
            bytes => Err(CookieError::Length(bytes.len())),
        }
    }

    /// Up to eight bytes, checked by the caller.
    fn of(bytes: &[u8]) -> Self {
        let mut cookie = Self { bytes: [0; 8], len: Length::of(bytes) };
        cookie.bytes[..bytes.len()].copy_from_slice(bytes);
        cookie
    }
}

impl From<[u8; 4]> for Cookie {
    fn from(bytes: [u8; 4]) -> Self {
        Self::of(&bytes)
    }
}

impl From<[u8; 8]> for Cookie {
    fn from(bytes: [u8; 8]) -> Self {
        Self::of(&bytes)
    }
}

impl TryFrom<&[u8]> for Cookie {
    type Error = CookieError;

    fn try_from(bytes: &[u8]) -> Result<Self, CookieError> {
        Self::new(bytes)
    }
}

/// Hexadecimal digits in the order of the wire, as iproute2 writes cookies.
impl FromStr for Cookie {
    type Err = CookieError;

    fn from_str(text: &str) -> Result<Self, CookieError> {
        Self::new(&bytes(text)?)
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, CookieError> {
    hex::bytes(text).ok_or(CookieError::NotHex(text.len()))
}

/// Its length: see [`Cookie`].
impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cookie({})", self.veiled())
    }
}

/// Its digits, in the order of the wire.
impl fmt::Display for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl ToPayload for Cookie {
    const KIND: AttrKind = AttrKind::Bytes { max: 8 };

    fn put(&self, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        out.put(id, self.as_bytes())
    }
}

impl FromPayload<'_> for Cookie {
    const KIND: AttrKind = AttrKind::Bytes { max: 8 };

    fn get(attr: Attr<'_>) -> Result<Self, DecodeError> {
        match attr.payload() {
            bytes if bytes.len() <= 8 => Ok(Self::of(bytes)),
            bytes => Err(DecodeReason::TooLong { max: 8, actual: bytes.len() }.into()),
        }
    }
}
