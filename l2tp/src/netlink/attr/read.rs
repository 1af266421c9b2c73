//! Walking attributes where they lie: nothing is copied, nothing is allocated.

use std::iter::FusedIterator;
use std::marker::PhantomData;

use super::debug::debug_counting_bytes;
use super::{ATTR_HEADER, Decode, DecodeError, DecodeReason, FromAttrs, InOrder, align};

/// The bits of an attribute's type that number it (`NLA_TYPE_MASK`).
pub(super) const ID_MASK: u16 = 0x3fff;

debug_counting_bytes!(Attr<'_> as "Attr" { id, offset } bytes { payload });
debug_counting_bytes!(Attrs<'_> as "Attrs" { end } bytes { rest });

/// One attribute of a message.
#[derive(Clone, Copy)]
pub struct Attr<'a> {
    id: u16,
    payload: &'a [u8],
    offset: usize,
}

impl<'a> Attr<'a> {
    /// An attribute whose header has been looked at.
    #[inline]
    pub(super) fn new(id: u16, payload: &'a [u8], offset: usize) -> Self {
        Self { id, payload, offset }
    }

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

    /// Its content as the codec `C` reads it. An error tells the attribute's number and offset.
    ///
    /// # Errors
    ///
    /// When the payload has another form.
    #[inline]
    pub fn decode<C: Decode<'a, T>, T>(self) -> Result<T, DecodeError> {
        C::decode(self).map_err(|error| error.of(self))
    }

    /// The attributes within it.
    #[must_use]
    #[inline]
    pub fn nested(&self) -> Attrs<'a> {
        Attrs::new(self.payload, self.offset.wrapping_add(ATTR_HEADER))
    }
}

/// The attributes of a message or of a nested attribute, in the order they were written.
///
/// Ends after the first malformed one, which it yields as an error.
#[derive(Clone)]
pub struct Attrs<'a> {
    rest: &'a [u8],
    /// Where the last attribute ends, counted from the start of the message. It wraps, as an offset
    /// is the caller's to choose.
    end: usize,
}

impl<'a> Attrs<'a> {
    /// The attributes in `bytes`, which begin `offset` bytes into their message.
    #[must_use]
    #[inline]
    pub fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, end: offset.wrapping_add(bytes.len()) }
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

    /// Whether no attribute is left.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The attributes as the fast path of a derived struct reads them.
    #[doc(hidden)]
    #[must_use]
    #[inline(always)]
    #[allow(clippy::inline_always)] // As in `InOrder`.
    pub fn in_order(self) -> InOrder<'a> {
        InOrder::new(self.rest, self.end)
    }

    /// Where the next attribute begins, counted from the start of the message.
    #[inline]
    fn offset(&self) -> usize {
        self.end.wrapping_sub(self.rest.len())
    }

    #[cold]
    fn fail(&mut self, reason: DecodeReason) -> DecodeError {
        let offset = self.offset();
        self.rest = &[];
        DecodeError::new(reason).at(offset)
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
        let id = u16::from_ne_bytes([t0, t1]) & ID_MASK;
        let attr = Attr::new(id, payload, self.offset());
        // The last attribute's padding may be missing.
        self.rest = bytes.get(align(length)..).unwrap_or(&[]);
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
