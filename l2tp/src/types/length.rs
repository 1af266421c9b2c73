//! The length of a short byte string.

use std::num::NonZeroU32;

/// A length with a niche, so that `Option` of a name or cookie is not larger than the value. A word is
/// copied in one move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Length(NonZeroU32);

impl Length {
    /// The length of `bytes`.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // The caller has at most 15 bytes.
    pub(super) const fn of(bytes: &[u8]) -> Self {
        Self(NonZeroU32::MIN.saturating_add(bytes.len() as u32))
    }

    #[inline]
    pub(super) const fn get(self) -> usize {
        self.0.get() as usize - 1
    }
}
