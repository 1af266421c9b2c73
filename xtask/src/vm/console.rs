//! What comes out of a guest: streams that end with a mark, reports, and the kernel's log.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;

/// Passes a stream on up to a mark, however the bytes arrive.
///
/// The mark is a random token that the guest's init writes behind the command's last byte. Bytes
/// that could be its beginning are held back until it is certain that they are not.
#[derive(Debug)]
pub(super) struct Marked {
    mark: Vec<u8>,
    held: Vec<u8>,
    ended: bool,
}

impl Marked {
    /// A stream that ends with `mark`.
    pub(super) fn new(mark: &str) -> Self {
        Self { mark: mark.as_bytes().to_vec(), held: Vec::new(), ended: false }
    }

    /// Whether the mark was seen.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Takes bytes in; returns those that are now known to belong to the stream.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.ended {
            return Vec::new();
        }
        self.held.extend_from_slice(bytes);
        if let Some(at) = self.held.windows(self.mark.len()).position(|part| part == self.mark) {
            self.ended = true;
            self.held.truncate(at);
            return std::mem::take(&mut self.held);
        }
        let longest = self.mark.len().saturating_sub(1).min(self.held.len());
        let keep =
            (0..=longest).rev().find(|n| self.held.ends_with(&self.mark[..*n])).unwrap_or_default();
        self.held.drain(..self.held.len() - keep).collect()
    }

    /// What is left when the stream breaks off without its mark.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

/// Cuts a stream into lines.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<u8>);

impl Lines {
    /// Takes bytes in; hands on the lines that are now complete.
    pub(super) fn push(&mut self, bytes: &[u8], mut line: impl FnMut(&str)) {
        let mut parts = bytes.split(|byte| *byte == b'\n');
        // `split` yields at least one part; each further one stands behind a line end.
        self.0.extend_from_slice(parts.next().unwrap_or_default());
        for part in parts {
            line(&String::from_utf8_lossy(&self.0));
            self.0.clear();
            self.0.extend_from_slice(part);
        }
    }

    /// Hands on a last line that has no end.
    pub(super) fn finish(self, mut line: impl FnMut(&str)) {
        if !self.0.is_empty() {
            line(&String::from_utf8_lossy(&self.0));
        }
    }
}

/// What the guest's init reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    /// The command starts now.
    Ready,
    /// The command ended with this status, as a shell counts it.
    Exit(u8),
}

/// Reads the lines of the control channel; lines without the run's token are ignored.
#[derive(Debug)]
pub(super) struct Reports {
    token: String,
    lines: Lines,
}

impl Reports {
    /// Reports of the run that has this token.
    pub(super) fn new(token: &str) -> Self {
        Self { token: token.to_owned(), lines: Lines::default() }
    }

    /// Takes bytes in; returns the reports that are now complete.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Report> {
        let mut reports = Vec::new();
        let token = &self.token;
        self.lines.push(bytes, |line| reports.extend(Report::parse(line, token)));
        reports
    }
}

impl Report {
    fn parse(line: &str, token: &str) -> Option<Self> {
        let mut words = line.split(' ');
        match (words.next()?, words.next()?) {
            (_, other) if other != token => None,
            ("ready", _) => Some(Self::Ready),
            ("exit", _) => Some(Self::Exit(words.next()?.parse().ok()?)),
            _ => None,
        }
    }
}

/// How many of the console's last lines a failure shows.
const TAIL: usize = 40;

/// The kernel's log of one guest, as the serial console gave it.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    pub(super) tail: Vec<String>,
    pub(super) warnings: Vec<String>,
    pub(super) panicked: bool,
}

/// How the kernel begins to complain of itself.
const COMPLAINTS: &[&str] = &[
    "WARNING: ",
    "BUG: ",
    "Oops: ",
    "kernel BUG at ",
    "INFO: task ",
    "unregister_netdevice: waiting for ",
    "leaked reference",
];

impl Log {
    /// Reads the log; one that cannot be read is empty.
    pub(super) fn read(path: &Path) -> Self {
        Self::parse(&fs::read(path).unwrap_or_default())
    }

    fn parse(bytes: &[u8]) -> Self {
        let mut tail = VecDeque::with_capacity(TAIL);
        let mut warnings = Vec::new();
        let mut panicked = false;
        for line in String::from_utf8_lossy(bytes).lines() {
            let line = line.trim_end_matches('\r');
            panicked |= line.contains("Kernel panic - not syncing");
            if COMPLAINTS.iter().any(|complaint| line.contains(complaint)) {
                warnings.push(printable(line));
            }
            if line.trim().is_empty() {
                continue;
            }
            if tail.len() == TAIL {
                tail.pop_front();
            }
            tail.push_back(printable(line));
        }
        Self { tail: tail.into(), warnings, panicked }
    }
}

/// A line of the console without the firmware's escape sequences.
fn printable(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // ESC [ … letter, or ESC and one character.
            if characters.next() == Some('[') {
                let _ = characters.by_ref().find(char::is_ascii_alphabetic);
            }
        } else if !character.is_control() || character == '\t' {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_passed_on_to_its_mark() {
        for size in 1..12 {
            let mut marked = Marked::new("abcd");
            let mut out = Vec::new();
            for part in b"xabcy abcabcd trailing".chunks(size) {
                out.extend(marked.push(part));
            }
            assert_eq!(out, b"xabcy abc", "in chunks of {size}");
            assert!(marked.ended());
        }
    }

    #[test]
    fn nothing_is_lost_without_a_mark() {
        let mut marked = Marked::new("abcd");
        assert_eq!(marked.push(b"line\nab"), b"line\n");
        assert!(!marked.ended());
        assert_eq!(marked.rest(), b"ab");
    }

    #[test]
    fn lines_are_whole_however_they_arrive() {
        for size in 1..8 {
            let mut seen = Vec::new();
            let mut lines = Lines::default();
            for part in b"one\n\ntwo\nlast".chunks(size) {
                lines.push(part, |line| seen.push(line.to_owned()));
            }
            lines.finish(|line| seen.push(line.to_owned()));
            assert_eq!(seen, ["one", "", "two", "last"], "in chunks of {size}");
        }
    }

    #[test]
    fn only_the_runs_own_reports_count() {
        let mut reports = Reports::new("t0ken");
        assert!(reports.push(b"exit other 0\nexit\nready t0k").is_empty());
        assert_eq!(reports.push(b"en\nexit t0ken 137\n"), [Report::Ready, Report::Exit(137)]);
        assert!(reports.push(b"exit t0ken 256\nexit t0ken\nexit t0ken x\n").is_empty());
    }

    #[test]
    fn a_log_keeps_its_last_lines_and_its_panic() {
        let mut text = String::from("\u{1b}[2J\u{1b}cboot\r\nKernel panic - not syncing: x\r\n");
        assert_eq!(Log::parse(text.as_bytes()).tail[0], "boot");
        for n in 0..100 {
            text.extend(["line ", &n.to_string(), "\r\n\r\n"]);
        }
        let log = Log::parse(text.as_bytes());
        assert!(log.panicked && log.warnings.is_empty());
        assert_eq!(log.tail.len(), TAIL);
        assert_eq!(log.tail.last().map(String::as_str), Some("line 99"));
        let log = Log::parse(b"[ 1.0] WARNING: CPU: 0 PID: 1 at net/l2tp/x.c\r\n[ 1.1] fine\r\n");
        assert_eq!(log.warnings, ["[ 1.0] WARNING: CPU: 0 PID: 1 at net/l2tp/x.c"]);
    }
}
