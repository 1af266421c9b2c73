//! Walking attributes where they lie: nothing is copied, nothing is allocated.

use std::iter::FusedIterator;
use std::marker::PhantomData;

use super::debug::debug_counting_bytes;
use super::{ATTR_HEADER, DecodeError, DecodeReason, FromAttrs, Shape, Tail, align};

/// The bits of an attribute's type that number it (`NLA_TYPE_MASK`).
const ID_MASK: u16 = 0x3fff;

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

    /// Takes the next attribute if it is number `id`, padded, with `size` bytes of payload
    /// and no flag bits or, for `None`, any; otherwise takes nothing.
    ///
    /// With constants this is one comparison of a header with a number, after which the payload's
    /// length is known. Whoever expects attributes in the order in which the kernel writes them is
    /// spared looking up each number.
    #[must_use]
    #[inline(always)]
    #[allow(clippy::inline_always)] // As a call it would cost more than it saves.
    pub fn next_if(&mut self, id: u16, size: Option<usize>) -> Option<Attr<'a>> {
        let length = if let Some(size) = size {
            ATTR_HEADER + size
        } else {
            let head = self.rest.first_chunk::<ATTR_HEADER>()?;
            let id_bits = u32::from_ne_bytes(*head) & const { header_word(ID_MASK, 0) };
            if id_bits != header_word(id, 0) {
                return None;
            }
            usize::from(u16::from_ne_bytes([head[0], head[1]]))
        };
        let (whole, rest) = self.rest.split_at_checked(align(length))?;
        let (head, padded) = whole.split_first_chunk::<ATTR_HEADER>()?;
        if size.is_some() && u32::from_ne_bytes(*head) != header_word(id, length) {
            return None;
        }
        let payload = padded.get(..length.checked_sub(ATTR_HEADER)?)?;
        let attr = Attr::new(id, payload, self.offset());
        self.rest = rest;
        Some(attr)
    }

    /// All that is left, if it is as long as the tail of this shape.
    #[doc(hidden)]
    #[must_use]
    #[inline(always)]
    #[allow(clippy::inline_always)] // As in `next_if`.
    pub fn tail<const N: usize>(&self, shape: &Shape<N>) -> Option<Tail<'a>> {
        Tail::new(self.rest, self.end, shape)
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

/// The header of an attribute of `length` bytes, itself included, as one number.
#[inline]
#[allow(clippy::cast_possible_truncation)] // A length is read from 16 bits or that of a fixed size.
pub(super) const fn header_word(id: u16, length: usize) -> u32 {
    let [l0, l1] = (length as u16).to_ne_bytes();
    let [t0, t1] = id.to_ne_bytes();
    u32::from_ne_bytes([l0, l1, t0, t1])
}

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
