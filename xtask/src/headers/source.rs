//! Where new headers come from: a linux-libc-dev package, a folder, or Debian's archive.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum as _;
use serde::{Deserialize, Serialize};

use crate::command;
use crate::scratch::Scratch;
use crate::setup::{Need, require};
use crate::vm::{self, Suite};

/// The package of the kernel's user-space headers.
const PACKAGE: &str = "linux-libc-dev";

/// The multiarch name of the one architecture whose `asm/` headers are vendored.
const MULTIARCH: &str = "x86_64-linux-gnu";

/// What is known of a set of headers as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The kernel's version, from `linux/version.h` and, where that is too small for it, from the
    /// package's version.
    pub(crate) kernel: String,
    pub(crate) architecture: String,
    /// The Debian package and its version, if they came in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) package: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    /// The Debian suite for which that version was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) suite: Option<String>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Linux {}", self.kernel)?;
        match (&self.package, &self.version) {
            (Some(package), Some(version)) => write!(f, " ({package} {version})"),
            _ => Ok(()),
        }
    }
}

/// A set of headers to read from.
#[derive(Debug)]
pub(crate) struct Source {
    include: PathBuf,
    pub(crate) origin: Origin,
    version: VersionCode,
    /// Holds the unpacked package for as long as it is read.
    _unpacked: Option<Scratch>,
}

impl Source {
    /// Opens a folder, a `.deb`, or the newest linux-libc-dev of a Debian suite.
    pub(crate) fn open(place: &str) -> Result<Self> {
        let path = Path::new(place);
        if path.is_dir() {
            return Self::folder(path, None);
        }
        if path.is_file() {
            return Self::package(path);
        }
        let Ok(suite) = Suite::from_str(place, true) else {
            let suites = Suite::ALL.map(Suite::name).join(", ");
            bail!("{place}: no such file or folder, and no suite (those are {suites})");
        };
        require(&[Need::Keyring])?;
        let folder = Scratch::new()?;
        let package = vm::fetch_package(suite, PACKAGE, folder.path(), &vm::Progress::new())?;
        Self::package(&package)
    }

    /// Unpacks a `.deb`.
    fn package(file: &Path) -> Result<Self> {
        let unpacked = Scratch::new()?;
        dpkg_deb(&["--extract".as_ref(), file.as_os_str(), unpacked.path().as_os_str()])?;
        let folder = unpacked.path().to_owned();
        let mut source = Self::folder(&folder, Some(unpacked))?;
        let field = |name: &str| {
            let value = dpkg_deb(&["--field".as_ref(), file.as_os_str(), name.as_ref()])?;
            anyhow::Ok(Some(value.trim().to_owned()))
        };
        source.origin.package = field("Package")?;
        source.origin.version = field("Version")?;
        source.origin.kernel = source.version.kernel(source.origin.version.as_deref());
        Ok(source)
    }

    /// Opens an unpacked package, or an include folder such as `/usr/include` or what the
    /// kernel's `make headers_install` leaves.
    fn folder(path: &Path, unpacked: Option<Scratch>) -> Result<Self> {
        let candidates = ["usr/include", "include", ""].map(|below| path.join(below));
        let Some(include) = candidates.into_iter().find(|dir| dir.join("linux/l2tp.h").is_file())
        else {
            bail!("{}: no linux/l2tp.h in it, nor in include/ or usr/include/", path.display());
        };
        let version = fs::read_to_string(include.join("linux/version.h"))
            .context("linux/version.h, which states the kernel's version, cannot be read")?;
        let code = VersionCode::read(&version)
            .context("linux/version.h does not define LINUX_VERSION_CODE as a number")?;
        let release = changelog(path);
        let (version, suite) = release.unzip();
        let origin = Origin {
            kernel: code.kernel(version.as_deref()),
            architecture: "x86_64".into(),
            package: version.is_some().then(|| PACKAGE.into()),
            version,
            suite,
        };
        Ok(Self { include, origin, version: code, _unpacked: unpacked })
    }

    /// A header's text by the path that an `#include` names; `None` if there is none.
    pub(crate) fn read(&self, header: &str) -> Result<Option<String>> {
        let places = [self.include.join(header), self.include.join(MULTIARCH).join(header)];
        let Some(file) = places.iter().find(|file| file.is_file()) else { return Ok(None) };
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let text = String::from_utf8(bytes).with_context(|| format!("{header} is not UTF-8"))?;
        Ok(Some(text))
    }
}

/// What `linux/version.h` says of the kernel's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct VersionCode {
    major: u32,
    minor: u32,
    patch: u32,
    /// Whether `patch` may be greater: `LINUX_VERSION_CODE` has one byte for it and stays at 255.
    is_capped: bool,
}

impl VersionCode {
    /// Reads the text of `linux/version.h`. Newer kernels define the parts, too.
    fn read(text: &str) -> Option<Self> {
        let number = |name: &str| -> Option<u32> {
            let line = text.lines().find_map(|line| {
                let rest = line.strip_prefix("#define")?.trim_start().strip_prefix(name)?;
                rest.starts_with([' ', '\t']).then(|| rest.trim())
            });
            line?.parse().ok()
        };
        let code = number("LINUX_VERSION_CODE")?;
        let patch = number("LINUX_VERSION_SUBLEVEL");
        Some(Self {
            major: code >> 16,
            minor: code >> 8 & 0xff,
            patch: patch.unwrap_or(code & 0xff),
            is_capped: patch.is_none() && code & 0xff == 0xff,
        })
    }

    /// `7.3.4`. Where the header's number is capped, the package's version has the true one.
    fn kernel(self, package_version: Option<&str>) -> String {
        let Self { major, minor, patch, is_capped } = self;
        let of_package = package_version.and_then(|version| {
            let of_series = version.strip_prefix(&format!("{major}.{minor}."))?;
            let digits = of_series.split(|c: char| !c.is_ascii_digit()).next()?;
            digits.parse::<u32>().ok().filter(|&of_package| of_package >= patch)
        });
        match of_package {
            Some(patch) if is_capped => format!("{major}.{minor}.{patch}"),
            _ if is_capped => format!("{major}.{minor}.{patch} or later"),
            _ => format!("{major}.{minor}.{patch}"),
        }
    }
}

/// Version and suite from the first line of the Debian changelog in an unpacked package.
fn changelog(folder: &Path) -> Option<(String, String)> {
    let file = folder.join("usr/share/doc").join(PACKAGE).join("changelog.Debian.gz");
    let output = Command::new("gzip").args(["-dc"]).arg(file).output().ok()?;
    release(String::from_utf8_lossy(&output.stdout).lines().next()?)
}

/// Version and suite from `linux (VERSION) SUITE; urgency=…`.
fn release(line: &str) -> Option<(String, String)> {
    let (version, rest) = line.split_once('(')?.1.split_once(')')?;
    Some((version.into(), rest.split(';').next()?.trim().into()))
}

fn dpkg_deb(arguments: &[&std::ffi::OsStr]) -> Result<String> {
    command::text(Command::new("dpkg-deb").args(arguments))
        .context("cannot read the package (dpkg-deb is in Debian package dpkg)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel(header: &str, package: Option<&str>) -> Option<String> {
        Some(VersionCode::read(header)?.kernel(package))
    }

    #[test]
    fn the_kernel_version_is_taken_apart() {
        let header = "#define LINUX_VERSION_CODE 459524\n#define X 1";
        assert_eq!(kernel(header, None).as_deref(), Some("7.3.4"));
        assert_eq!(kernel("#define LINUX_VERSION_CODE x", None), None);
        // A distribution numbers its packages as it likes.
        assert_eq!(kernel(header, Some("7.3.0-91.101")).as_deref(), Some("7.3.4"));
    }

    #[test]
    fn a_patch_level_beyond_a_byte_is_taken_from_where_it_stands() {
        let header = "#define LINUX_VERSION_CODE 330495";
        assert_eq!(kernel(header, Some("5.10.262-1")).as_deref(), Some("5.10.262"));
        assert_eq!(kernel(header, Some("5.10.255-1~deb10u1")).as_deref(), Some("5.10.255"));
        assert_eq!(kernel(header, Some("5.10.0-1")).as_deref(), Some("5.10.255 or later"));
        assert_eq!(kernel(header, Some("6.1.262-1")).as_deref(), Some("5.10.255 or later"));
        assert_eq!(kernel(header, None).as_deref(), Some("5.10.255 or later"));
        let parts = header.to_owned() + "\n#define LINUX_VERSION_SUBLEVEL 262";
        assert_eq!(kernel(&parts, None).as_deref(), Some("5.10.262"));
    }

    #[test]
    fn the_changelog_tells_version_and_suite() {
        assert_eq!(
            release("linux (7.3.4-1~bpo13+1) trixie-backports; urgency=medium"),
            Some(("7.3.4-1~bpo13+1".into(), "trixie-backports".into()))
        );
        assert_eq!(release("garbage"), None);
    }

    #[test]
    fn an_unknown_source_is_rejected_with_the_possible_ones() {
        let error = Source::open("no-such-suite").unwrap_err().to_string();
        assert!(error.starts_with("no-such-suite: no such file or folder"), "{error}");
        assert!(error.contains("trixie-backports"), "{error}");
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Source::open(file.path().to_str().unwrap()).unwrap_err().to_string();
        assert!(error.starts_with("cannot read the package"), "{error}");
    }

    #[test]
    fn multiarch_headers_are_found_by_their_plain_path() {
        let folder = tempfile::tempdir().unwrap();
        let include = folder.path().join("usr/include");
        for (path, text) in [
            ("linux/l2tp.h", ""),
            ("linux/version.h", "#define LINUX_VERSION_CODE 393216\n"),
            ("x86_64-linux-gnu/asm/types.h", "types"),
        ] {
            let file = include.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let source = Source::open(folder.path().to_str().unwrap()).unwrap();
        assert_eq!(source.origin.kernel, "6.0.0");
        assert_eq!(source.origin.package, None);
        assert_eq!(source.read("asm/types.h").unwrap().as_deref(), Some("types"));
        assert_eq!(source.read("asm/none.h").unwrap(), None);
    }
}
