//! The running kernel's version.

use std::fs;
use std::sync::LazyLock;

static RELEASE: LazyLock<String> = LazyLock::new(|| {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    release.trim_end().to_owned()
});

/// The running kernel.
pub(crate) struct Kernel;

impl Kernel {
    /// Its release, as `uname -r` prints it: `6.1.0-56-amd64`.
    pub(crate) fn release() -> &'static str {
        &RELEASE
    }

    /// Its version as it is spoken of: `6.1`.
    pub(crate) fn version() -> String {
        let (major, minor) = Self::numbers();
        format!("{major}.{minor}")
    }

    /// Whether it is of this version or a newer one.
    pub(crate) fn at_least(major: u32, minor: u32) -> bool {
        Self::numbers() >= (major, minor)
    }

    fn numbers() -> (u32, u32) {
        let mut numbers =
            RELEASE.split(|c: char| !c.is_ascii_digit()).map_while(|n| n.parse().ok());
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
    }
}
