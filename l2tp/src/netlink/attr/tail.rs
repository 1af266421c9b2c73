//! The quick way through the end of a message.
//!
//! Most attributes have payloads of fixed size, and the kernel writes the same ones in every message
//! of a sort. So from some attribute on, a struct's attributes have places that are known when its
//! decoder is compiled, provided that what is left of the message is as long as they are: counters
//! are of this sort, and all of a session but its name and cookies. One comparison of lengths then
//! stands for one at each attribute, and what remains to be seen is that the headers are there.

use super::read::header_word;
use super::{ATTR_HEADER, Attr, AttrKind, align};

/// What the quick way expects of an attribute.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum Expected {
    /// It is not there.
    Absent,
    /// It is there, with so many bytes of payload.
    Sized(usize),
    /// Nothing can be said.
    Unknown,
}

impl Expected {
    /// What can be expected of an attribute that is mostly there.
    #[must_use]
    pub const fn of(kind: &AttrKind) -> Self {
        match kind.extent() {
            // The length of anything larger has no place in a header.
            Some(size) if ATTR_HEADER + size <= u16::MAX as usize => Self::Sized(size),
            _ => Self::Unknown,
        }
    }
}

/// Where a struct's attributes stand: those behind the last of which nothing can be said.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Shape<const N: usize> {
    /// Only those of the tail have one.
    places: [Option<Place>; N],
    /// The first of the tail.
    first: usize,
    /// Bytes of the tail.
    len: usize,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    id: u16,
    size: usize,
    /// Offset of the header from the beginning of the tail.
    at: usize,
}

impl<const N: usize> Shape<N> {
    /// The shape of attributes of these numbers.
    #[must_use]
    pub const fn new(fields: [(u16, Expected); N]) -> Self {
        let mut this = Self { places: [None; N], first: 0, len: 0 };
        let mut n = 0;
        while n < N {
            match fields[n] {
                (id, Expected::Sized(size)) => {
                    this.places[n] = Some(Place { id, size, at: this.len });
                    this.len += ATTR_HEADER + align(size);
                }
                (_, Expected::Absent) => {}
                (_, Expected::Unknown) => {
                    this = Self { places: [None; N], first: n + 1, len: 0 };
                }
            }
            n += 1;
        }
        this
    }

    /// Whether the attribute comes before the tail.
    #[must_use]
    #[inline(always)]
    #[allow(clippy::inline_always)] // As in `Attrs::next_if`.
    pub fn is_before(&self, n: usize) -> bool {
        n < self.first
    }
}

/// What has the length of a tail, and of which it remains to be seen that it is one.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Tail<'a> {
    bytes: &'a [u8],
    /// Where it ends, counted from the start of the message.
    end: usize,
}

impl<'a> Tail<'a> {
    #[inline(always)]
    #[allow(clippy::inline_always)] // As in `Attrs::next_if`.
    pub(super) fn new<const N: usize>(
        bytes: &'a [u8],
        end: usize,
        shape: &Shape<N>,
    ) -> Option<Self> {
        (bytes.len() == shape.len).then_some(Self { bytes, end })
    }

    /// 0 if the attribute's header is at its place, or if it has none.
    #[must_use]
    #[inline(always)]
    #[allow(clippy::inline_always)] // As in `Attrs::next_if`.
    pub fn difference<const N: usize>(self, shape: &Shape<N>, n: usize) -> u32 {
        let Some(Place { id, size, at }) = shape.places[n] else { return 0 };
        let head = [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2], self.bytes[at + 3]];
        u32::from_ne_bytes(head) ^ header_word(id, ATTR_HEADER + size)
    }

    /// The attribute at its place, if it has one.
    #[must_use]
    #[inline(always)]
    #[allow(clippy::inline_always)] // As in `Attrs::next_if`.
    pub fn attr<const N: usize>(self, shape: &Shape<N>, n: usize) -> Option<Attr<'a>> {
        let Place { id, size, at } = shape.places[n]?;
        let payload = &self.bytes[at + ATTR_HEADER..at + ATTR_HEADER + size];
        Some(Attr::new(id, payload, self.end.wrapping_sub(self.bytes.len()).wrapping_add(at)))
    }
}
