//! A private view of the Debian archive.
//!
//! apt is given a configuration, a sources list and a state folder of its own, so another suite's
//! packages are looked up and downloaded without root and without a change to the machine. The
//! mirror is the one that the machine's own apt uses; signatures are checked against Debian's
//! archive keyring.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::progress::Progress;
use super::suite::Suite;

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Names the mirror of the Debian archive to use in place of the machine's own.
const MIRROR_VARIABLE: &str = "L2TP_VM_MIRROR";

/// An apt of its own, rooted in a folder of its own.
#[derive(Debug)]
pub(super) struct Apt {
    folder: PathBuf,
}

/// A package of the archive, as `apt-cache show` describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) size: u64,
    depends: Vec<String>,
}

/// The archives that the machine's own apt reads Debian from.
#[derive(Debug, Default, PartialEq, Eq)]
struct Mirrors {
    main: Option<String>,
    security: Option<String>,
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

impl Apt {
    /// Prepares the folder for `suite` and reads the archive's package lists. `Err` means that the
    /// suite cannot be had: no mirror, no network, no such suite, a bad signature.
    pub(super) fn open(folder: &Path, suite: Suite) -> Result<Self> {
        let apt = Self { folder: folder.to_path_buf() };
        for part in ["lists/partial", "cache/archives/partial", "debs"] {
            fs::create_dir_all(folder.join(part))?;
        }
        fs::write(folder.join("apt.conf"), configuration(folder))?;
        fs::write(apt.sources(), "")?;
        let mirrors = apt.mirrors()?;
        fs::write(apt.sources(), sources(suite, &mirrors)?)?;
        let update = apt.command("apt-get").args(["update", "-q"]).output()?;
        // One of two archives may be gone while the other still serves the suite: what counts is
        // whether the kernel is found, and what apt said is the reason if it is not.
        if let Err(error) = apt.package("linux-image-amd64") {
            bail!("{error} ({})", complaints(&update.stderr));
        }
        Ok(apt)
    }

    /// The packages that make up the suite's kernel: the meta package is followed to the versioned
    /// image and, for kernels that are split, on to the packages of its binary and its modules.
    pub(super) fn kernel_packages(&self) -> Result<Vec<Package>> {
        let mut found: Vec<Package> = Vec::new();
        let mut open = vec![self.package("linux-image-amd64")?];
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
        ensure!(!found.is_empty(), "linux-image-amd64 depends on no versioned kernel package");
        Ok(found)
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
        let mut child = self
            .command("apt-get")
            .args(["download", "-q"])
            .args(packages.iter().map(|p| format!("{}={}", p.name, p.version)))
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.folder.join("download.log"))?)
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
            bail!(complaints(&fs::read(self.folder.join("download.log"))?));
        }
        let mut debs: Vec<PathBuf> =
            fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        debs.retain(|path| path.extension().is_some_and(|extension| extension == "deb"));
        Ok(debs)
    }

    fn package(&self, name: &str) -> Result<Package> {
        let shown = self.command("apt-cache").args(["show", "--no-all-versions", name]).output()?;
        ensure!(shown.status.success(), "the archive has no package {name}");
        Package::parse(&String::from_utf8_lossy(&shown.stdout))
            .with_context(|| format!("apt-cache describes {name} in a way that is not understood"))
    }

    /// Asks the machine's apt where it gets Debian from. Lists that were never downloaded, as in a
    /// fresh container, are read into the private folder first.
    fn mirrors(&self) -> Result<Mirrors> {
        if let Ok(main) = env::var(MIRROR_VARIABLE) {
            return Ok(Mirrors { main: Some(main), security: None });
        }
        let format = "$(ORIGIN)|$(LABEL)|$(REPO_URI)";
        let targets = ["indextargets", "--format", format, "Created-By: Packages"];
        let own = Command::new("apt-get").args(targets).output().context("cannot run apt-get")?;
        let mirrors = Mirrors::parse(&String::from_utf8_lossy(&own.stdout));
        if mirrors.main.is_some() {
            return Ok(mirrors);
        }
        let lists = self.folder.join("machine");
        fs::create_dir_all(lists.join("partial"))?;
        let lists = format!("Dir::State::Lists={}", lists.display());
        let run = |args: &[&str]| {
            Command::new("apt-get").args(["-o", &lists, "-o", SANDBOX]).args(args).output()
        };
        let update = run(&["update", "-q"])?;
        let mirrors = Mirrors::parse(&String::from_utf8_lossy(&run(&targets)?.stdout));
        ensure!(
            mirrors.main.is_some(),
            "this machine's apt has no source of Debian packages; name a mirror of the Debian \
             archive in {MIRROR_VARIABLE} ({})",
            complaints(&update.stderr)
        );
        Ok(mirrors)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("-c").arg(self.folder.join("apt.conf")).stdin(Stdio::null());
        command
    }

    fn sources(&self) -> PathBuf {
        self.folder.join("sources.list")
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

impl Mirrors {
    /// Reads lines of `origin|label|address`; the first of each kind wins.
    fn parse(targets: &str) -> Self {
        let mut mirrors = Self::default();
        for line in targets.lines() {
            let mut fields = line.splitn(3, '|');
            let slot = match (fields.next(), fields.next()) {
                (Some("Debian"), Some("Debian")) => &mut mirrors.main,
                (Some("Debian"), Some("Debian-Security")) => &mut mirrors.security,
                _ => continue,
            };
            if slot.is_none() {
                *slot = fields.next().map(|address| address.trim_end_matches('/').to_owned());
            }
        }
        mirrors
    }
}

/// Whether a package is a versioned part of a kernel: `linux-image-6.1.0-56-amd64`, and from 6.17
/// `linux-binary-…` and `linux-modules-…` too.
fn is_kernel_package(name: &str) -> bool {
    ["linux-image-", "linux-binary-", "linux-modules-"].iter().any(|prefix| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

fn sources(suite: Suite, mirrors: &Mirrors) -> Result<String> {
    let main = mirrors.main.as_deref().context("no mirror of the Debian archive is known")?;
    let source =
        |address: &str, suite: &str| format!("deb [signed-by={KEYRING}] {address} {suite} main\n");
    let security = suite.security().zip(mirrors.security.as_deref());
    let security = security.map(|(suite, address)| source(address, suite));
    Ok(source(main, suite.name()) + &security.unwrap_or_default())
}

const SANDBOX: &str = "APT::Sandbox::User=root";

/// The options of the private apt. Read after the machine's own configuration, whose proxies it
/// keeps; hooks, pins and indexes that a kernel's download has no use for are switched off.
fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        r#"Dir::State "{folder}";
Dir::State::Lists "{folder}/lists";
Dir::State::Status "/dev/null";
Dir::Cache "{folder}/cache";
Dir::Cache::Pkgcache "pkgcache.bin";
Dir::Etc::SourceList "{folder}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
Acquire::Retries "2";
APT::Architecture "amd64";
APT::Sandbox::User "root";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"#
    )
}

/// The errors and warnings of an apt run, as one line.
fn complaints(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> =
        text.lines().filter(|line| line.starts_with("E:") || line.starts_with("W:")).collect();
    if lines.is_empty() { "apt gave no reason".to_owned() } else { lines.join("; ") }
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
    fn foreign_archives_are_not_taken_for_debian() {
        let mirrors = Mirrors::parse(
            "Docker|Docker CE|https://a.example/debian/\nDebian|Debian|http://b.example/debian/\n\
             Debian|Debian|http://c.example/debian/\nDebian|Debian-Security|http://d.example/sec/\n",
        );
        assert_eq!(mirrors.main.as_deref(), Some("http://b.example/debian"));
        assert_eq!(mirrors.security.as_deref(), Some("http://d.example/sec"));
    }

    #[test]
    fn a_record_without_a_version_is_refused() {
        assert_eq!(Package::parse("Package: linux-image-amd64\nSize: 1\n"), None);
    }
}
