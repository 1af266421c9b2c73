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

/// The cookie in every data packet of an L2TPv3 session: random bytes by which the receiver detects
/// misdirected packets (RFC 3931, section 4.1).
///
/// The RFC permits 4 or 8 bytes, and [`new`](Self::new) accepts only these. The kernel accepts any
/// length from 0 to 8, so a cookie that another program set can have any of them; `Cookie` can hold it.
/// The bytes are in the order of the wire.
///
/// A cookie is secret: whoever knows it can forge packets of the session. Only its own
/// [`Display`](fmt::Display) shows its digits. Its `Debug` does not, nor does the text of an info, an
/// event, a configuration or an error.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cookie {
    bytes: [u8; 8],
    len: Length,
}

/// The length of a cookie whose bytes are not shown.
struct HiddenBytes(usize);

impl fmt::Display for HiddenBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} byte{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

/// The error of an invalid cookie.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CookieError {
    /// The length is not permitted by the RFC.
    #[error("a cookie has 4 or 8 bytes, this one has {0}: change it, or omit it, at both ends")]
    Length(usize),
    /// The text is not hexadecimal.
    #[error(
        "a cookie is written as 8 or 16 hexadecimal digits; this text of {0} bytes is not (it may be \
         secret and is not shown)"
    )]
    NotHex(usize),
}

impl Cookie {
    /// A cookie of 4 or 8 bytes.
    ///
    /// # Errors
    ///
    /// [`CookieError::Length`] for any other length.
    ///
    /// ```
    /// # use l2tp::Cookie;
    /// assert_eq!(Cookie::new(&[0xde, 0xad, 0xbe, 0xef])?.to_string(), "deadbeef");
    /// assert!(Cookie::new(&[1, 2, 3]).is_err());
    /// # Ok::<(), l2tp::types::CookieError>(())
    /// ```
    pub fn new(bytes: &[u8]) -> Result<Self, CookieError> {
        match bytes.len() {
            4 | 8 => Ok(Self::of(bytes)),
            len => Err(CookieError::Length(len)),
        }
    }

    /// The bytes, 0 to 8, in the order of the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len.get()]
    }

    /// A text that is not secret: the length.
    pub(crate) fn hidden(&self) -> impl fmt::Display {
        HiddenBytes(self.len.get())
    }

    /// A cookie of an info, with any length up to eight.
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

/// The length only: see [`Cookie`].
impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cookie({})", self.hidden())
    }
}

/// The hexadecimal digits, in the order of the wire.
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
