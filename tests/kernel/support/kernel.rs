//! The running kernel's version.

use std::fs;
use std::sync::LazyLock;

static RELEASE: LazyLock<String> = LazyLock::new(|| {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    release.trim_end().to_owned()
});

static VERSION: LazyLock<Version> = LazyLock::new(|| {
    let build = fs::read_to_string("/proc/version").unwrap_or_default();
    read_version(&RELEASE, &build)
});

/// A version in full: `6.1.192` is (6, 1, 192).
pub(crate) type Version = (u32, u32, u32);

/// The running kernel.
pub(crate) struct Kernel;

/// "net: l2tp: do not propagate multicast notification errors": a listener that is too slow no
/// longer makes other programs' commands fail.
pub(crate) const NOTIFIES_WITHOUT_ERRORS: Change =
    Change { mainline: (7, 2), stable: &[(6, 1, 191), (6, 12, 109)] };

/// "l2tp: generate correct module alias strings": type and protocol no longer change places.
pub(crate) const NAMES_TYPE_AND_PROTOCOL: Change =
    Change { mainline: (6, 3), stable: &[(6, 1, 24)] };

/// "l2tp: only return sessions of the given tunnel in l2tp_session_get()": a session is looked for
/// in the tunnel that is named. The main line's 7.3 has it not; what a stable release was given comes
/// to the main line at the latest with the next version. Older kernels never looked elsewhere.
pub(crate) const LOOKS_IN_THE_TUNNEL_NAMED: Change =
    Change { mainline: (7, 4), stable: &[(5, 10, 0), (6, 1, 0), (6, 12, 118)] };

/// Since when the kernel does something: the main line's version that was the first, and of each
/// older series that was given the change later, the stable release that brought it, as the
/// changelogs of the kernels have it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    pub(crate) mainline: (u32, u32),
    pub(crate) stable: &'static [Version],
}

impl Kernel {
    /// Its release, as `uname -r` prints it: `6.1.0-56-amd64`.
    pub(crate) fn release() -> &'static str {
        &RELEASE
    }

    /// Its version in full: `6.1.192`.
    pub(crate) fn version() -> String {
        let (major, minor, point) = *VERSION;
        format!("{major}.{minor}.{point}")
    }

    /// Whether it is of this version or a newer one.
    pub(crate) fn at_least(major: u32, minor: u32) -> bool {
        *VERSION >= (major, minor, 0)
    }

    /// Whether it has a change.
    pub(crate) fn has(change: &Change) -> bool {
        change.is_in(*VERSION)
    }
}

impl Change {
    fn is_in(&self, version: Version) -> bool {
        let (major, minor, _) = version;
        let in_its_series = |first: &&Version| (first.0, first.1) == (major, minor);
        match self.stable.iter().find(in_its_series) {
            Some(first) => version >= *first,
            None => (major, minor) >= self.mainline,
        }
    }
}

/// The version in a release's name or, as a name of Debian's such as `6.1.0-56-amd64` keeps it to
/// itself, in what `/proc/version` says of the build: `… Debian 6.1.192-2 (2026-10-31)`.
fn read_version(release: &str, build: &str) -> Version {
    let numbers = |text: &str| {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map_while(|n| n.parse().ok());
        [(); 3].map(|()| numbers.next().unwrap_or(0)).into()
    };
    match build.split_once(" Debian ") {
        Some((_, version)) => numbers(version),
        None => numbers(release),
    }
}

/// Checked by the suite itself, as there is no other place where this file is compiled.
pub(crate) fn versions_are_read() -> anyhow::Result<()> {
    let old = "Linux version 6.1.0-56-amd64 (gcc-12) #1 SMP Debian 6.1.192-2 (2026-10-31)";
    anyhow::ensure!(read_version("6.1.0-56-amd64", old) == (6, 1, 192));
    anyhow::ensure!(read_version("6.12.118+deb13-amd64", "") == (6, 12, 118));
    let change = Change { mainline: (6, 12), stable: &[(6, 1, 190), (6, 12, 118)] };
    let seen = [(5, 10, 262), (6, 1, 189), (6, 1, 190), (6, 12, 117), (6, 12, 118), (6, 13, 0)];
    anyhow::ensure!(seen.map(|v| change.is_in(v)) == [false, false, true, false, true, true]);
    Ok(())
}
