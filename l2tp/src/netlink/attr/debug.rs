//! What `{:?}` shows: of an error its sentence, of bytes how many they are.

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

/// Gives a type a `Debug` that shows some fields and of others, which hold bytes, only the number.
///
/// The bytes of messages hold cookies, which are secret.
macro_rules! debug_counting_bytes {
    ($type:ty as $name:literal { $($field:ident),* } bytes { $($bytes:ident),+ }) => {
        /// Bytes are counted and not shown: they may hold a cookie.
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct($name)
                    $(.field(stringify!($field), &self.$field))*
                    $(.field(stringify!($bytes), &format_args!("{} bytes", self.$bytes.len())))+
                    .finish()
            }
        }
    };
}
pub(crate) use debug_counting_bytes;
