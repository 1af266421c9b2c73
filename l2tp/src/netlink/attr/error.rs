//! What can be wrong with an attribute, on its way out and on its way in.

use std::fmt;

use super::debug::debug_as_display;
use super::{Attr, AttrPolicy, FromAttrs};

debug_as_display!(DecodeReason, DecodeError, UnknownValue, EncodeError, EncodeReason);

/// Bytes from the kernel (or from a capture) that do not form the struct asked for.
///
/// Names the struct, the attribute by the kernel's name, and the offset of the attribute from the
/// start of the message.
///
/// It is one pointer, so that a `Result` of what succeeds is no larger than it must be.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError(Box<Malformed>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Malformed {
    strukt: Option<&'static str>,
    /// The attribute's number, until the struct is known that gives it a name.
    id: Option<u16>,
    attr: Option<&'static str>,
    offset: Option<usize>,
    reason: DecodeReason,
}

/// Why an attribute could not be decoded.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeReason {
    /// A fixed-size payload of another size.
    #[error("its payload has {actual} bytes instead of {expected}")]
    Length {
        /// Bytes that the type needs.
        expected: usize,
        /// Bytes that were there.
        actual: usize,
    },
    /// A payload over the type's limit.
    #[error("its payload has {actual} bytes, over the limit of {max}")]
    TooLong {
        /// Bytes that the type holds.
        max: usize,
        /// Bytes that were there.
        actual: usize,
    },
    /// Fewer bytes than the header of an attribute or message.
    #[error("{left} bytes are left, too few for a header of {needed}")]
    Header {
        /// Bytes that were there.
        left: usize,
        /// Bytes of the header.
        needed: usize,
    },
    /// A length field that is smaller than its own header or reaches past the end.
    #[error("its length field says {length}, but between {header} and {left} bytes were possible")]
    Overrun {
        /// Bytes of the header.
        header: usize,
        /// The length that the header claims, header included.
        length: usize,
        /// Bytes that were there, header included.
        left: usize,
    },
    /// A datagram that was cut to the size of the receive buffer, which has grown since.
    #[error("the datagram has {actual} bytes and did not fit into a receive buffer of {capacity}")]
    Cut {
        /// Bytes that the buffer had.
        capacity: usize,
        /// Bytes of the datagram.
        actual: usize,
    },
    /// An attribute that the struct cannot do without is not in the message.
    #[error("it is missing from the message")]
    Missing,
    /// An attribute that a `deny_unknown` struct does not bind.
    #[error("no field binds attribute {0}")]
    Unknown(u16),
    /// A number that an enum without a catch-all variant does not have.
    #[error("{0} is not one of the values that it has")]
    UnknownValue(u64),
    /// A string without its NUL, or with one inside.
    #[error("it is not a NUL-terminated string")]
    NotCStr,
    /// A string that is not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// Whatever else a codec finds wrong, in its words.
    #[error("{0}")]
    Invalid(&'static str),
}

impl DecodeError {
    /// An error of an attribute or struct that is not known here.
    #[must_use]
    #[cold]
    pub fn new(reason: DecodeReason) -> Self {
        Self(Box::new(Malformed { strukt: None, id: None, attr: None, offset: None, reason }))
    }

    /// A required attribute that the message does not have.
    #[must_use]
    #[cold]
    pub fn missing(id: u16) -> Self {
        let mut this = Self::new(DecodeReason::Missing);
        this.0.id = Some(id);
        this
    }

    /// An attribute that a `deny_unknown` struct does not bind.
    #[doc(hidden)]
    #[must_use]
    #[cold]
    pub fn unknown(attr: Attr<'_>) -> Self {
        Self::new(DecodeReason::Unknown(attr.id())).at(attr.offset())
    }

    /// The same error in the struct `T`, which also names the attribute, unless a struct inside it
    /// is already known.
    #[must_use]
    #[inline]
    pub fn in_struct<'a, T: FromAttrs<'a>>(self) -> Self {
        self.named(T::NAME, T::POLICY)
    }

    #[cold]
    fn named(mut self, strukt: &'static str, policy: &[AttrPolicy]) -> Self {
        if self.0.strukt.is_none() {
            self.0.strukt = Some(strukt);
            let row = self.0.id.and_then(|id| policy.iter().find(|row| row.id == id));
            self.0.attr = row.map(|row| row.name);
        }
        self
    }

    /// The same error in this attribute, unless it is one of a struct inside it.
    #[cold]
    pub(super) fn of(mut self, attr: Attr<'_>) -> Self {
        if self.0.strukt.is_none() {
            self.0.id = Some(attr.id());
        }
        self.at(attr.offset())
    }

    /// The same error at `offset`, unless it has one.
    #[must_use]
    #[cold]
    pub(crate) fn at(mut self, offset: usize) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    /// The struct that was being decoded.
    #[must_use]
    pub fn struct_name(&self) -> Option<&'static str> {
        self.0.strukt
    }

    /// The kernel's name of the attribute at fault.
    #[must_use]
    pub fn attribute(&self) -> Option<&'static str> {
        self.0.attr
    }

    /// Offset in bytes of the attribute's header from the start of the message.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// What is wrong with it.
    #[must_use]
    pub fn reason(&self) -> DecodeReason {
        self.0.reason
    }
}

/// A number that an enum without a catch-all variant does not have: the error of its `TryFrom`.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{value} is not a value of {name}")]
pub struct UnknownValue {
    name: &'static str,
    value: u64,
}

impl UnknownValue {
    /// `value`, which the enum `name` lacks.
    #[doc(hidden)]
    #[must_use]
    #[cold]
    pub const fn new(name: &'static str, value: u64) -> Self {
        Self { name, value }
    }

    /// The number.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.value
    }
}

impl From<UnknownValue> for DecodeError {
    fn from(unknown: UnknownValue) -> Self {
        DecodeReason::UnknownValue(unknown.value).into()
    }
}

impl From<DecodeReason> for DecodeError {
    fn from(reason: DecodeReason) -> Self {
        Self::new(reason)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed ")?;
        f.write_str(self.0.strukt.unwrap_or("netlink message"))?;
        match (self.0.attr, self.0.id) {
            (Some(name), _) => write!(f, ", attribute {name}")?,
            (None, Some(id)) => write!(f, ", attribute {id}")?,
            (None, None) => {}
        }
        if let Some(offset) = self.0.offset {
            write!(f, " at offset {offset}")?;
        }
        write!(f, ": {}", self.0.reason)
    }
}

impl std::error::Error for DecodeError {}

/// A value that has no form as an attribute.
///
/// It is one pointer, as [`DecodeError`] is.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodeError(Box<Unfit>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Unfit {
    strukt: Option<&'static str>,
    attr: Option<&'static str>,
    reason: EncodeReason,
}

/// Why a value could not be encoded.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeReason {
    /// An attribute's length field has 16 bits.
    #[error("{len} bytes do not fit into an attribute, whose payload ends at 65531")]
    TooLong {
        /// Bytes of payload.
        len: usize,
    },
    /// A NUL inside a string would end it early.
    #[error("a string with a NUL inside would reach the kernel cut short")]
    InnerNul,
    /// Whatever else a codec finds wrong, in its words.
    #[error("{0}")]
    Invalid(&'static str),
}

impl EncodeError {
    /// An error that does not yet know where it happened.
    #[must_use]
    #[cold]
    pub fn new(reason: EncodeReason) -> Self {
        Self(Box::new(Unfit { strukt: None, attr: None, reason }))
    }

    /// Fills in where it happened, unless something further inside already has.
    #[must_use]
    #[cold]
    pub fn within(mut self, strukt: &'static str, attr: &'static str) -> Self {
        if self.0.strukt.is_none() {
            self.0.strukt = Some(strukt);
            self.0.attr.get_or_insert(attr);
        }
        self
    }

    /// The kernel's name of the attribute at fault.
    #[must_use]
    pub fn attribute(&self) -> Option<&'static str> {
        self.0.attr
    }

    /// What is wrong with it.
    #[must_use]
    pub fn reason(&self) -> EncodeReason {
        self.0.reason
    }
}

impl From<EncodeReason> for EncodeError {
    fn from(reason: EncodeReason) -> Self {
        Self::new(reason)
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strukt.unwrap_or("message"))?;
        if let Some(attr) = self.0.attr {
            write!(f, ", attribute {attr}")?;
        }
        write!(f, ": {}", self.0.reason)
    }
}

impl std::error::Error for EncodeError {}
