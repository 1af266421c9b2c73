//! The length of a few bytes.

use std::num::NonZeroU8;

/// A number from 0 to 254 that leaves `Option` a value for `None`, so that an absent name or cookie
/// takes no more room than one that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Length(NonZeroU8);

impl Length {
    /// The length of at most 254 bytes.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // The caller has few bytes.
    pub(super) const fn of(bytes: &[u8]) -> Self {
        Self(NonZeroU8::MIN.saturating_add(bytes.len() as u8))
    }

    #[inline]
    pub(super) const fn get(self) -> usize {
        self.0.get() as usize - 1
    }
}
