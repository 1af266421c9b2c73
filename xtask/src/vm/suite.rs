//! The Debian suites whose kernels the project is tested on.
//!
//! A suite names a kernel *series*; which build of it is current is the archive's business and is
//! looked up when a kernel is fetched. A build that is not the newest can be asked for by its release.

use std::fmt;
use std::str::FromStr;

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

/// Which kernel of which suite: `bookworm` for the newest, `bookworm/6.1.0-50` for that one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Choice {
    suite: Suite,
    release: Option<String>,
}

impl Choice {
    /// The suite's newest kernel.
    pub(crate) const fn newest(suite: Suite) -> Self {
        Self { suite, release: None }
    }

    pub(crate) const fn suite(&self) -> Suite {
        self.suite
    }

    /// The release asked for, as `uname -r` prints it; `None` for the newest.
    pub(crate) fn release(&self) -> Option<&str> {
        self.release.as_deref()
    }
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (suite, release) = match text.split_once('/') {
            Some((suite, release)) => (suite, Some(release)),
            None => (text, None),
        };
        let suite = Suite::from_str(suite, false).map_err(|_| {
            format!(
                "no suite is called {suite:?}; there are {}",
                Suite::ALL.map(Suite::name).join(", ")
            )
        })?;
        let release = release.map(|release| {
            let named = release.strip_suffix("-amd64").unwrap_or(release);
            let plain = |c: char| c.is_ascii_alphanumeric() || "+-.~".contains(c);
            if named.starts_with(|c: char| c.is_ascii_digit()) && named.chars().all(plain) {
                Ok(format!("{named}-amd64"))
            } else {
                Err(format!(
                    "{release:?} is no release of a kernel; `cargo xtask vm --list` prints them"
                ))
            }
        });
        Ok(Self { suite, release: release.transpose()? })
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.release {
            None => write!(f, "{}", self.suite),
            Some(release) => write!(f, "{}/{release}", self.suite),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_is_chosen_by_suite_and_release() {
        let read = |text: &str| text.parse::<Choice>().map(|choice| choice.to_string());
        assert_eq!(read("sid").unwrap(), "sid");
        for text in ["bookworm/6.1.0-50", "bookworm/6.1.0-50-amd64"] {
            assert_eq!(read(text).unwrap(), "bookworm/6.1.0-50-amd64");
        }
        assert!(read("buster").unwrap_err().contains("trixie-backports"));
        for text in ["sid/", "sid/amd64", "sid/../x", "sid/7 x"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
