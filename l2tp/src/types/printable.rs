//! Safe display of names that other programs chose.

use std::fmt::{self, Write};

/// Displays bytes that another program chose, without control sequences.
///
/// Control characters, marks that change the writing direction, and bytes that are not UTF-8 are escaped
/// as in Rust literals. The backslash is escaped too, so different names have different texts.
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

/// As [`Printable`], for text.
pub(crate) fn printable(text: &str) -> Printable<'_> {
    Printable(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_are_escaped() {
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
