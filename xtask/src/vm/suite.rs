//! The Debian suites whose kernels the project is tested on.
//!
//! A suite names a kernel *series*; which build of it is current is the archive's business and is
//! looked up when a kernel is fetched.

use std::fmt;

use clap::ValueEnum;

/// A Debian suite that carries a kernel worth testing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub(crate) enum Suite {
    /// Debian 11, Linux 5.10
    Bullseye,
    /// Debian 12, Linux 6.1
    Bookworm,
    /// Debian 13, Linux 6.12
    Trixie,
    /// Debian's unstable suite, Linux 7.2 and later
    Sid,
    /// The newest kernel rebuilt for Debian 13, Linux 7.3 and later
    TrixieBackports,
}

impl Suite {
    /// Every suite, oldest kernel first.
    pub(crate) const ALL: [Self; 5] =
        [Self::Bullseye, Self::Bookworm, Self::Trixie, Self::Sid, Self::TrixieBackports];

    /// The suite's name in the archive, which is also its name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bullseye => "bullseye",
            Self::Bookworm => "bookworm",
            Self::Trixie => "trixie",
            Self::Sid => "sid",
            Self::TrixieBackports => "trixie-backports",
        }
    }

    /// The suite of security updates that accompanies this one. Once a release is old its newest
    /// kernel is found there only.
    pub(crate) const fn security(self) -> Option<&'static str> {
        match self {
            Self::Bullseye => Some("bullseye-security"),
            Self::Bookworm => Some("bookworm-security"),
            Self::Trixie => Some("trixie-security"),
            Self::Sid | Self::TrixieBackports => None,
        }
    }

    /// Whether a test run without this kernel has failed. The other suites come and go in the
    /// archive; they may be unavailable, and are then reported so.
    pub(crate) const fn required(self) -> bool {
        matches!(self, Self::Bookworm | Self::Trixie)
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
