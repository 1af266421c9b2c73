//! Names from outside, made safe for a terminal.

use std::fmt::{self, Write};

/// Bytes that somebody else chose, as text that moves no cursor and hides nothing.
///
/// Characters that are not printed as themselves (controls, marks that change the direction of
/// writing, bytes outside UTF-8) are escaped as in Rust's literals, and so is the backslash: two
/// different names never look the same.
pub(crate) struct Printable<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '"' | '\'' => f.write_char(c)?,
                    c => write!(f, "{}", c.escape_debug())?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// As [`Printable`], of text.
pub(crate) fn printable(text: &str) -> Printable<'_> {
    Printable(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_a_terminal_but_what_it_prints() {
        for (name, shown) in [
            (&b"eth0.100@x"[..], "eth0.100@x"),
            ("straße'\"".as_bytes(), "straße'\""),
            (b"\x1b[2J", "\\u{1b}[2J"),
            (b"a\x07\x7f", "a\\u{7}\\u{7f}"),
            (b"\xc2\x9b2J", "\\u{9b}2J"),
            (b"a\xff\xfe", "a\\xff\\xfe"),
            ("ab\u{202e}c".as_bytes(), "ab\\u{202e}c"),
            (b"\\x41", "\\\\x41"),
        ] {
            assert_eq!(Printable(name).to_string(), shown);
        }
    }
}
