//! Appending attributes to a message under construction.

use super::debug::debug_counting_bytes;
use super::{ATTR_HEADER, EncodeError, EncodeReason, align};

/// `NLA_F_NESTED`: the payload is attributes.
const NESTED: u16 = 1 << 15;

debug_counting_bytes!(AttrWriter<'_> as "AttrWriter" {} bytes { buf });

/// Appends attributes to a buffer that its owner reuses, so that after the first messages nothing
/// is allocated.
pub struct AttrWriter<'a> {
    buf: &'a mut Vec<u8>,
}

impl<'a> AttrWriter<'a> {
    /// Appends to `buf`, which must end where an attribute may begin: at a multiple of four.
    #[inline]
    pub fn new(buf: &'a mut Vec<u8>) -> Self {
        Self { buf }
    }

    /// Appends an attribute with any payload, padded to a multiple of four.
    ///
    /// # Errors
    ///
    /// [`EncodeReason::TooLong`] over 65531 bytes.
    #[inline]
    pub fn put(&mut self, id: u16, payload: &[u8]) -> Result<(), EncodeError> {
        let header = header(id, payload.len())?;
        self.buf.extend_from_slice(&header);
        self.buf.extend_from_slice(payload);
        let padding = align(payload.len()) - payload.len();
        self.buf.extend_from_slice(&[0; 3][..padding]);
        Ok(())
    }

    /// Appends a string with its NUL.
    ///
    /// # Errors
    ///
    /// [`EncodeReason::TooLong`] over 65530 bytes, [`EncodeReason::InnerNul`] for a NUL inside.
    pub fn put_str(&mut self, id: u16, text: &[u8]) -> Result<(), EncodeError> {
        if text.contains(&0) {
            return Err(EncodeReason::InnerNul.into());
        }
        self.buf.extend_from_slice(&header(id, text.len() + 1)?);
        self.buf.extend_from_slice(text);
        let padding = align(text.len() + 1) - text.len();
        self.buf.extend_from_slice(&[0; 4][..padding]);
        Ok(())
    }

    /// Appends an attribute of at most 16 bytes, their number known when compiled, in one step:
    /// header, payload and padding are one copy of constant length.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // N is checked when compiled.
    pub(crate) fn put_array<const N: usize>(&mut self, id: u16, payload: [u8; N]) {
        const { assert!(N <= 16) };
        let [l0, l1] = ((ATTR_HEADER + N) as u16).to_ne_bytes();
        let [t0, t1] = id.to_ne_bytes();
        let mut wire = [0; ATTR_HEADER + 16];
        wire[..ATTR_HEADER].copy_from_slice(&[l0, l1, t0, t1]);
        wire[ATTR_HEADER..ATTR_HEADER + N].copy_from_slice(&payload);
        self.buf.extend_from_slice(&wire[..ATTR_HEADER + align(N)]);
    }

    /// Appends attributes that another writer has written.
    #[inline]
    pub(crate) fn put_encoded(&mut self, attrs: &[u8]) {
        self.buf.extend_from_slice(attrs);
    }

    /// Appends a nested attribute whose content `fill` writes. `NLA_F_NESTED` is set.
    ///
    /// # Errors
    ///
    /// Those of `fill`, and [`EncodeReason::TooLong`] when the content exceeds 65531 bytes. The
    /// buffer then holds half a message: start it anew.
    pub fn nest(
        &mut self,
        id: u16,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let start = self.buf.len();
        self.buf.extend_from_slice(&[0; ATTR_HEADER]);
        fill(&mut AttrWriter::new(self.buf))?;
        let header = header(id | NESTED, self.buf.len() - start - ATTR_HEADER)?;
        self.buf[start..start + ATTR_HEADER].copy_from_slice(&header);
        Ok(())
    }
}

/// An attribute's header: length with the header itself, then the type.
#[inline]
fn header(id: u16, payload: usize) -> Result<[u8; ATTR_HEADER], EncodeError> {
    let Ok(len) = u16::try_from(ATTR_HEADER + payload) else {
        return Err(EncodeReason::TooLong { len: payload }.into());
    };
    let [l0, l1] = len.to_ne_bytes();
    let [t0, t1] = id.to_ne_bytes();
    Ok([l0, l1, t0, t1])
}
