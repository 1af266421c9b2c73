//! Walking attributes where they lie: nothing is copied, nothing is allocated.

use std::iter::FusedIterator;
use std::marker::PhantomData;

use super::{ATTR_HEADER, DecodeError, DecodeReason, FromAttrs, align};

/// The bits of an attribute's type that number it (`NLA_TYPE_MASK`).
const ID_MASK: u16 = 0x3fff;

/// One attribute of a message.
#[derive(Debug, Clone, Copy)]
pub struct Attr<'a> {
    id: u16,
    payload: &'a [u8],
    offset: usize,
}

impl<'a> Attr<'a> {
    /// Its number, without the flag bits: the kernel sets `NLA_F_NESTED` in some families and not
    /// in others, and the number means the same.
    #[must_use]
    #[inline]
    pub fn id(&self) -> u16 {
        self.id
    }

    /// Its content, without header and padding.
    #[must_use]
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Offset of its header from the start of the message.
    #[must_use]
    #[inline]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Its content as an array of exactly `N` bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeReason::Length`] for any other size.
    #[inline]
    pub fn array<const N: usize>(&self) -> Result<[u8; N], DecodeError> {
        match <[u8; N]>::try_from(self.payload) {
            Ok(array) => Ok(array),
            Err(_) => Err(DecodeReason::Length { expected: N, actual: self.payload.len() }.into()),
        }
    }

    /// The attributes within it.
    #[must_use]
    #[inline]
    pub fn nested(&self) -> Attrs<'a> {
        Attrs::new(self.payload, self.offset + ATTR_HEADER)
    }
}

/// The attributes of a message or of a nested attribute, in the order they were written.
///
/// Ends after the first malformed one, which it yields as an error.
#[derive(Debug, Clone)]
pub struct Attrs<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Attrs<'a> {
    /// The attributes in `bytes`, which begin `offset` bytes into their message.
    #[must_use]
    #[inline]
    pub fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, offset }
    }

    /// The bytes that have not been walked yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The last attribute with this number, as the kernel's own parser takes the last.
    ///
    /// # Errors
    ///
    /// When any attribute is malformed.
    pub fn find_id(self, id: u16) -> Result<Option<Attr<'a>>, DecodeError> {
        let mut found = None;
        for attr in self {
            let attr = attr?;
            if attr.id() == id {
                found = Some(attr);
            }
        }
        Ok(found)
    }

    #[cold]
    fn fail(&mut self, reason: DecodeReason) -> DecodeError {
        self.rest = &[];
        DecodeError::new(reason).at(self.offset)
    }
}

impl<'a> Iterator for Attrs<'a> {
    type Item = Result<Attr<'a>, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.rest;
        let Some(&[l0, l1, t0, t1]) = bytes.first_chunk::<ATTR_HEADER>() else {
            let left = bytes.len();
            return (left != 0)
                .then(|| Err(self.fail(DecodeReason::Header { left, needed: ATTR_HEADER })));
        };
        let length = usize::from(u16::from_ne_bytes([l0, l1]));
        let Some(payload) = bytes.get(ATTR_HEADER..length) else {
            let left = bytes.len();
            return Some(Err(self.fail(DecodeReason::Overrun {
                header: ATTR_HEADER,
                length,
                left,
            })));
        };
        let attr =
            Attr { id: u16::from_ne_bytes([t0, t1]) & ID_MASK, payload, offset: self.offset };
        // The last attribute's padding may be missing.
        let step = align(length);
        self.rest = bytes.get(step..).unwrap_or(&[]);
        self.offset += step;
        Some(Ok(attr))
    }
}

impl FusedIterator for Attrs<'_> {}

/// An array of nested structs (`NLA_NESTED_ARRAY`), decoded one element at a time as it is walked.
#[derive(Debug, Clone)]
pub struct List<'a, T> {
    attrs: Attrs<'a>,
    element: PhantomData<fn() -> T>,
}

impl<'a, T> List<'a, T> {
    pub(super) fn new(attrs: Attrs<'a>) -> Self {
        Self { attrs, element: PhantomData }
    }
}

impl<'a, T: FromAttrs<'a>> Iterator for List<'a, T> {
    type Item = Result<T, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let element = self.attrs.next()?;
        Some(element.and_then(|attr| T::from_attrs(attr.nested())))
    }
}
