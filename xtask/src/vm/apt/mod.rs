//! A private view of the Debian archive.
//!
//! apt is given a configuration, a sources list and a state folder of its own, so another suite's
//! packages are looked up and downloaded without root and without a change to the machine. The
//! mirror is the one that the machine's own apt uses; signatures are checked against Debian's
//! archive keyring, whatever the machine's own apt is configured to do.

mod config;
mod mirrors;
mod trouble;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::progress::Progress;
use super::suite::{Choice, Suite};
use mirrors::Mirrors;
pub(crate) use trouble::Trouble;

/// An apt of its own, rooted in a folder of its own.
#[derive(Debug)]
pub(super) struct Apt {
    folder: PathBuf,
    /// Why a part of the archive could not be read, if that was so.
    unread: Option<Trouble>,
}

/// A package of the archive, as `apt-cache show` describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) size: u64,
    depends: Vec<String>,
}

/// Downloads the newest version of one package of a suite into `folder`; returns its file.
///
/// # Errors
/// When the suite or the package cannot be had.
pub(crate) fn fetch(
    suite: Suite,
    package: &str,
    folder: &Path,
    progress: &Progress,
) -> Result<PathBuf> {
    let stage = progress.stage(format!("{suite}: asking the archive for {package}"));
    let apt = Apt::open(folder, suite)?;
    let package = apt.package(package)?;
    drop(stage);
    let files = apt.download(&[package], suite.name(), progress)?;
    files.into_iter().next().context("apt-get downloaded nothing")
}

/// The text of a sources list for `suite`, from the mirrors that the machine's own apt uses.
/// Package lists that must be read to know them go into `folder`.
///
/// # Errors
/// When no mirror of the Debian archive is known.
pub(crate) fn sources_of(suite: Suite, folder: &Path) -> Result<String> {
    Mirrors::of_this_machine(folder)?.sources(suite)
}

impl Apt {
    /// Prepares the folder for `suite` and reads the archive's package lists.
    ///
    /// One of two archives may be gone while the other still serves the suite: what could not be
    /// read is told when a package is not found, and not before.
    pub(super) fn open(folder: &Path, suite: Suite) -> Result<Self> {
        let mut apt = Self { folder: folder.to_path_buf(), unread: None };
        for part in ["lists/partial", "cache/archives/partial", "debs", "none"] {
            let part = folder.join(part);
            fs::create_dir_all(&part).with_context(|| format!("cannot make {}", part.display()))?;
        }
        apt.write("apt.conf", &config::text(folder)?)?;
        let sources = Mirrors::of_this_machine(folder)?.sources(suite)?;
        apt.write("sources.list", &sources)?;
        let update = apt.command("apt-get").args(["update", "-q"]).output()?;
        if trouble::complained(&update.stderr) {
            apt.unread = Some(Trouble::of(&update.stderr, folder));
        }
        Ok(apt)
    }

    /// The packages that make up a kernel: the meta package of the suite's newest, or the image
    /// that was asked for, is followed to the versioned image and, for kernels that are split, on
    /// to the packages of its binary and its modules.
    pub(super) fn kernel_packages(&self, choice: &Choice) -> Result<Vec<Package>> {
        let first = match choice.release() {
            Some(release) => format!("linux-image-{release}"),
            None => "linux-image-amd64".to_owned(),
        };
        let mut found: Vec<Package> = Vec::new();
        let mut open = vec![self.package(&first)?];
        while let Some(package) = open.pop() {
            for name in package.depends.iter().filter(|name| is_kernel_package(name)) {
                if found.iter().chain(&open).all(|known| known.name != *name) {
                    open.push(self.package(name)?);
                }
            }
            if is_kernel_package(&package.name) {
                found.push(package);
            }
        }
        ensure!(!found.is_empty(), "{first} depends on no versioned kernel package");
        Ok(found)
    }

    /// The releases of all the kernels that the suite offers, as their packages are named.
    pub(super) fn releases(&self) -> Result<Vec<String>> {
        let pattern = "^linux-image-[0-9].*-amd64$";
        let found = self.command("apt-cache").args(["search", "--names-only", pattern]).output()?;
        let mut releases: Vec<String> = String::from_utf8_lossy(&found.stdout)
            .lines()
            .filter_map(|line| line.split(' ').next()?.strip_prefix("linux-image-"))
            .filter(|release| is_full_kernel(release))
            .map(str::to_owned)
            .collect();
        if releases.is_empty() {
            return Err(self.missing("linux-image-*-amd64").into());
        }
        releases.sort_by_cached_key(|release| numbers(release));
        Ok(releases)
    }

    /// Downloads packages; returns their files.
    pub(super) fn download(
        &self,
        packages: &[Package],
        label: &str,
        progress: &Progress,
    ) -> Result<Vec<PathBuf>> {
        let total = packages.iter().map(|package| package.size).sum();
        let stage = progress.bytes(total, format!("{label}: downloading packages"));
        let folder = self.folder.join("debs");
        let log = self.folder.join("download.log");
        let mut child = self
            .command("apt-get")
            .args(["download", "-q"])
            .args(packages.iter().map(|p| format!("{}={}", p.name, p.version)))
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(
                fs::File::create(&log)
                    .with_context(|| format!("cannot write {}", log.display()))?,
            )
            .spawn()
            .context("cannot run apt-get")?;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            stage.set_position(folder_size(&folder) + folder_size(&folder.join("partial")));
            thread::sleep(Duration::from_millis(100));
        };
        if !status.success() {
            return Err(Trouble::of(&fs::read(&log)?, &self.folder).into());
        }
        let mut debs: Vec<PathBuf> =
            fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        debs.retain(|path| path.extension().is_some_and(|extension| extension == "deb"));
        Ok(debs)
    }

    fn package(&self, name: &str) -> Result<Package> {
        let shown = self.command("apt-cache").args(["show", "--no-all-versions", name]).output()?;
        // A name that other packages mention, and that none has, is shown as nothing.
        if !shown.status.success() || shown.stdout.trim_ascii().is_empty() {
            return Err(self.missing(name).into());
        }
        Package::parse(&String::from_utf8_lossy(&shown.stdout))
            .with_context(|| format!("apt-cache describes {name} in a way that is not understood"))
    }

    /// Why a package was not found.
    fn missing(&self, package: &str) -> Trouble {
        self.unread.clone().unwrap_or_else(|| Trouble::NotServed(package.to_owned()))
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("APT_CONFIG", self.folder.join("apt.conf"))
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        command
    }
}

impl Package {
    fn parse(record: &str) -> Option<Self> {
        let field = |name: &str| {
            record.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim()))
        };
        let depends = field("Depends").unwrap_or_default();
        Some(Self {
            name: field("Package")?.to_owned(),
            version: field("Version")?.to_owned(),
            size: field("Size")?.parse().ok()?,
            depends: depends
                .split(',')
                .filter_map(|alternatives| alternatives.split_whitespace().next())
                .map(str::to_owned)
                .collect(),
        })
    }
}

/// Whether a package is a versioned part of a kernel: `linux-image-6.1.0-56-amd64`, and from 6.17
/// `linux-binary-…` and `linux-modules-…` too.
fn is_kernel_package(name: &str) -> bool {
    ["linux-image-", "linux-binary-", "linux-modules-"].iter().any(|prefix| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// Whether a release is of the kernel that has every module: those for the cloud lack PPP, those
/// for real time are another kernel, and what has no number of its own is a meta package.
fn is_full_kernel(release: &str) -> bool {
    let parts: Vec<&str> = release.split('-').collect();
    !parts.contains(&"cloud") && !parts.contains(&"rt") && release.matches('.').count() > 1
}

/// The numbers in a release, by which releases are in the order of their age.
fn numbers(release: &str) -> Vec<u32> {
    release.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

fn folder_size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|data| data.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_kernel_is_followed_to_its_parts() {
        let shell = Package::parse(
            "Package: linux-image-7.3.4+deb13-amd64\nSize: 1900\nVersion: 7.3.4-1~bpo13+1\n\
             Depends: dracut | linux-initramfs-tool, linux-base-7.3.4+deb13-amd64 (= 1), \
             linux-binary-7.3.4+deb13-amd64 (= 1), linux-modules-7.3.4+deb13-amd64 (= 1)\n",
        )
        .unwrap();
        assert_eq!((shell.version.as_str(), shell.size), ("7.3.4-1~bpo13+1", 1900));
        let parts: Vec<_> = shell.depends.iter().filter(|name| is_kernel_package(name)).collect();
        assert_eq!(parts, ["linux-binary-7.3.4+deb13-amd64", "linux-modules-7.3.4+deb13-amd64"]);
    }

    #[test]
    fn meta_packages_are_not_kernels() {
        assert!(is_kernel_package("linux-image-5.10.0-46-amd64"));
        for name in ["linux-image-amd64", "linux-base-7.3.4+deb13-amd64", "linux-modules-amd64"] {
            assert!(!is_kernel_package(name), "{name}");
        }
    }

    #[test]
    fn releases_are_told_from_meta_packages_and_ordered_by_age() {
        assert!(is_full_kernel("6.1.0-50-amd64") && is_full_kernel("7.3.4+deb13-amd64"));
        assert!(!is_full_kernel("6.12-amd64") && !is_full_kernel("6.1.0-50-rt-amd64"));
        assert!(!is_full_kernel("6.12.90+deb13-cloud-amd64"));
        assert!(numbers("6.12.90+deb13-amd64") < numbers("6.12.100+deb13-amd64"));
    }

    #[test]
    fn a_record_without_a_version_is_refused() {
        assert_eq!(Package::parse("Package: linux-image-amd64\nSize: 1\n"), None);
    }
}
