//! The fast path of a derived struct: attributes in the order of its fields.
//!
//! Each field compares the header that comes next with the one that it expects, a constant: the
//! kernel writes the attributes of a message in one order and without flag bits, and most of them
//! have payloads of fixed size. Whatever else there is makes the fast path give up.
#![allow(clippy::inline_always)] // A call would cost more than the comparison.

use std::hint::black_box;

use super::read::ID_MASK;
use super::{ATTR_HEADER, Attr, align};

/// Attributes of which the next one is taken or is absent.
#[doc(hidden)]
#[derive(Debug)]
pub struct InOrder<'a> {
    rest: &'a [u8],
    /// The header of the next attribute as one number; 0, which is none, at the end.
    head: u32,
    /// Where the last attribute ends, counted from the start of the message.
    end: usize,
}

/// What a field finds.
pub(super) enum Found<'a> {
    Attr(Attr<'a>),
    /// Another attribute comes next, or none.
    Absent,
    /// The attribute is shorter than it says.
    Broken,
}

impl<'a> InOrder<'a> {
    #[inline(always)]
    pub(super) fn new(rest: &'a [u8], end: usize) -> Self {
        let head = rest.first_chunk().map_or_else(no_header, |head| u32::from_ne_bytes(*head));
        Self { rest, head, end }
    }

    /// Whether all attributes have been read.
    #[must_use]
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes the next attribute if it is attribute `id` with `size` bytes of payload and no flag
    /// bits or, for `None`, of any size and with any.
    #[inline(always)]
    pub(super) fn find(&mut self, id: u16, size: Option<usize>) -> Found<'a> {
        let (mask, length) = match size {
            Some(size) => (u32::MAX, ATTR_HEADER + size),
            None => (header(ID_MASK, 0), length(self.head)),
        };
        if self.head & mask != header(id, if size.is_some() { length } else { 0 }) {
            return Found::Absent;
        }
        let offset = self.end.wrapping_sub(self.rest.len());
        let next = align(length);
        // Mostly one comparison: where another header follows, this attribute is there, too.
        let payload = if let Some(head) = self.rest.get(next..next + ATTR_HEADER) {
            let payload = self.rest.get(ATTR_HEADER..length);
            self.head = u32::from_ne_bytes([head[0], head[1], head[2], head[3]]);
            self.rest = &self.rest[next..];
            payload
        } else {
            let payload = self.rest.get(ATTR_HEADER..length);
            let Some(rest) = self.rest.get(next..) else { return Found::Broken };
            self.head = no_header();
            self.rest = rest;
            payload
        };
        let Some(payload) = payload else { return Found::Broken };
        Found::Attr(Attr::new(id, payload, offset))
    }
}

/// What stands for the header at the end of the attributes. In a black box, lest the compiler follow
/// each field at which a message can end to the last field: compiling would take the square of their
/// number.
#[inline(always)]
fn no_header() -> u32 {
    black_box(0)
}

/// The header of an attribute of `length` bytes, itself included, as one number.
#[inline(always)]
#[allow(clippy::cast_possible_truncation)] // Lengths are of fixed sizes.
const fn header(id: u16, length: usize) -> u32 {
    let [l0, l1] = (length as u16).to_ne_bytes();
    let [t0, t1] = id.to_ne_bytes();
    u32::from_ne_bytes([l0, l1, t0, t1])
}

/// The length in a header.
#[inline(always)]
fn length(header: u32) -> usize {
    let [l0, l1, ..] = header.to_ne_bytes();
    usize::from(u16::from_ne_bytes([l0, l1]))
}
