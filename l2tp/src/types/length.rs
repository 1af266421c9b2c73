//! The length of a few bytes.

use std::num::NonZeroU32;

/// A number that leaves `Option` a value for `None`, so that an absent name or cookie
/// takes no more room than one that is there. A whole word is moved as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Length(NonZeroU32);

impl Length {
    /// The length of a few bytes.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // The caller has few bytes.
    pub(super) const fn of(bytes: &[u8]) -> Self {
        Self(NonZeroU32::MIN.saturating_add(bytes.len() as u32))
    }

    #[inline]
    pub(super) const fn get(self) -> usize {
        self.0.get() as usize - 1
    }
}
