//! Why a package could not be had.

use std::fmt;
use std::path::{Path, PathBuf};

/// What stands between this machine and a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The archive, or a part of it, could not be read.
    Unreadable(String),
    /// The archive was read, and has no such package.
    NotServed(String),
    /// The disk is full.
    DiskFull(PathBuf),
}

impl Trouble {
    /// What made a run of apt fail that wrote to `folder`.
    pub(super) fn of(stderr: &[u8], folder: &Path) -> Self {
        let text = complaints(stderr);
        if text.contains("No space left on device") {
            Self::DiskFull(folder.to_owned())
        } else {
            Self::Unreadable(text)
        }
    }

    /// Whether it is the archive's doing, not this machine's: then the suite is unavailable.
    pub(crate) fn is_the_archives(&self) -> bool {
        !matches!(self, Self::DiskFull(_))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(text) => write!(f, "the archive cannot be read: {text}"),
            Self::NotServed(name) => write!(f, "the archive has no package {name}"),
            Self::DiskFull(folder) => {
                write!(f, "no space left on the device that holds {}", folder.display())
            }
        }
    }
}

impl std::error::Error for Trouble {}

/// The errors and warnings of an apt run, as one line.
pub(super) fn complaints(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> =
        text.lines().filter(|line| line.starts_with("E:") || line.starts_with("W:")).collect();
    if lines.is_empty() { "apt gave no reason".to_owned() } else { lines.join("; ") }
}

/// Whether an apt run complained of anything.
pub(super) fn complained(stderr: &[u8]) -> bool {
    stderr.split(|byte| *byte == b'\n').any(|l| l.starts_with(b"E:") || l.starts_with(b"W:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_silent_mirror() {
        let folder = Path::new("/cache");
        let full =
            b"W: Failed to fetch http://m.example/x  Write error - write (28: No space left on \
            device)\n";
        assert_eq!(Trouble::of(full, folder), Trouble::DiskFull("/cache".into()));
        let silent = Trouble::of(b"Ign:1 http://m.example\nE: Could not connect to m:80\n", folder);
        assert_eq!(silent.to_string(), "the archive cannot be read: E: Could not connect to m:80");
        assert!(silent.is_the_archives() && !Trouble::of(full, folder).is_the_archives());
    }
}
