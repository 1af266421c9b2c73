//! Errors whose `Debug` is their sentence.

/// Gives error types a `Debug` that is their `Display`.
///
/// A program whose `main` returns an error, `unwrap` and `expect` print an error's `Debug`: that is
/// where its sentence is read. What a program wants to know of an error its methods return.
macro_rules! debug_as_display {
    ($($error:ty),* $(,)?) => {$(
        /// The sentence that [`Display`](std::fmt::Display) writes, because `main`, `unwrap` and
        /// `expect` print this.
        impl std::fmt::Debug for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    )*};
}
pub(crate) use debug_as_display;
