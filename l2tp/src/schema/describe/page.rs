//! The lines of a description: offset, bytes, words.

use std::fmt;
use std::ops::Range;

/// The number of bytes in a row: an attribute of eight bytes fits.
const ROW: usize = 12;

/// The output for the description of one message.
pub(super) struct Page<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
    message: &'a [u8],
    depth: usize,
    cookies: bool,
}

impl<'a, 'f> Page<'a, 'f> {
    /// Offsets count from the start of `message`, which other messages may follow. `cookies`
    /// decides whether cookies are printed.
    pub(super) fn new(out: &'a mut fmt::Formatter<'f>, message: &'a [u8], cookies: bool) -> Self {
        Self { out, message, depth: 0, cookies }
    }

    /// Whether cookies are printed.
    pub(super) fn shows_cookies(&self) -> bool {
        self.cookies
    }

    pub(super) fn message(&self) -> &'a [u8] {
        self.message
    }

    /// The part of `range` within the message.
    pub(super) fn bytes(&self, range: Range<usize>) -> &'a [u8] {
        let end = range.end.min(self.message.len());
        self.message.get(range.start..end).unwrap_or(&[])
    }

    /// Writes one line about the bytes in `range`, and further rows for bytes that do not fit.
    pub(super) fn line(&mut self, range: Range<usize>, text: impl fmt::Display) -> fmt::Result {
        let shown = range.len();
        self.line_showing(range, shown, text)
    }

    /// Writes the same, but only the first bytes.
    pub(super) fn line_showing(
        &mut self,
        range: Range<usize>,
        shown: usize,
        text: impl fmt::Display,
    ) -> fmt::Result {
        let (start, depth) = (range.start, self.depth);
        let bytes = self.bytes(range);
        let mut pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        pairs.iter_mut().skip(shown).for_each(|pair| "**".clone_into(pair));
        let mut rows = pairs.chunks(ROW).map(|row| row.join(" "));
        write!(self.out, "{start:04x}  ")?;
        if self.out.alternate() {
            write!(self.out, "{:1$}  ", rows.next().unwrap_or_default(), ROW * 3 - 1)?;
        }
        writeln!(self.out, "{:1$}{text}", "", depth * 2)?;
        if self.out.alternate() {
            for (row, at) in rows.zip((start + ROW..).step_by(ROW)) {
                writeln!(self.out, "{at:04x}  {row}")?;
            }
        }
        Ok(())
    }

    /// Writes a line about malformed bytes.
    pub(super) fn malformed(
        &mut self,
        range: Range<usize>,
        what: impl fmt::Display,
    ) -> fmt::Result {
        let text = format!("malformed: {what}: {}", Hex(self.bytes(range.clone())));
        self.line(range, text.trim_end_matches([':', ' ']))
    }

    /// Writes a line about unknown bytes, or nothing if there are none.
    pub(super) fn unknown(&mut self, range: Range<usize>) -> fmt::Result {
        let bytes = self.bytes(range.clone());
        if bytes.is_empty() { Ok(()) } else { self.line(range, Hex(bytes)) }
    }

    /// Indents what `fill` writes.
    pub(super) fn indented(&mut self, fill: impl FnOnce(&mut Self) -> fmt::Result) -> fmt::Result {
        self.depth += 1;
        let result = fill(self);
        self.depth -= 1;
        result
    }
}

/// Bytes as pairs of hexadecimal digits, separated by spaces.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{byte:02x}")?;
        }
        Ok(())
    }
}
