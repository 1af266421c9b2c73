//! The minimal Debian that every new root is unpacked from, made once and kept.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::Machine;
use crate::command;
use crate::vm::{self, Progress};

/// What is installed beside the packages that every Debian has.
const PACKAGES: &str = "ca-certificates,git,gcc,libc6-dev";

/// The options of the machine's apt that a way to the archive may depend on.
const APT_OPTIONS: &[&str] =
    &["Acquire::http", "Acquire::https", "Acquire::Check-Valid-Until", "Acquire::Check-Date"];

/// The folder in which archives and roots are kept.
#[derive(Debug)]
pub(super) struct Cache {
    pub(super) folder: PathBuf,
    /// Held while something is made or removed here.
    _lock: File,
}

impl Cache {
    /// Opens the folder, alone.
    pub(super) fn open() -> Result<Self> {
        let folder = folder(|name| env::var_os(name))?;
        let open = || {
            fs::create_dir_all(&folder)?;
            let lock = File::create(folder.join("lock"))?;
            lock.lock()?;
            std::io::Result::Ok(lock)
        };
        let lock = open().with_context(|| format!("cannot use {}", folder.display()))?;
        Ok(Self { folder, _lock: lock })
    }

    /// The archive of a minimal Debian; made if there is none, or if it is to be made anew.
    pub(super) fn base(
        &self,
        machine: Machine,
        update: bool,
        progress: &Progress,
    ) -> Result<PathBuf> {
        let archive = self.folder.join(format!("{}.tar", name(machine)));
        if update || !archive.exists() {
            let stage = progress.stage(format!("{}: installing a minimal Debian", name(machine)));
            self.make(machine, &archive)?;
            drop(stage);
        }
        Ok(archive)
    }

    fn make(&self, machine: Machine, archive: &Path) -> Result<()> {
        let work = tempfile::Builder::new().prefix("making-").tempdir_in(&self.folder);
        let work = work.with_context(|| format!("cannot use {}", self.folder.display()))?;
        let suite = machine.suite.suite();
        let sources = vm::sources(suite, work.path())?;
        let sources =
            sources.lines().filter(|line| !machine.no_security || !line.contains("-security "));
        let options = work.path().join("apt.conf");
        fs::write(&options, apt_options()?)
            .with_context(|| format!("cannot write {}", options.display()))?;
        let new = work.path().join("base.tar");
        let rust = if machine.debian_rust { ",cargo,rustc" } else { "" };
        let mut mmdebstrap = Command::new("mmdebstrap");
        mmdebstrap
            .args(["--quiet", "--format=tar", "--variant=minbase"])
            // What a crash of the machine would lose is made again.
            .arg("--dpkgopt=force-unsafe-io")
            .arg(format!("--include={PACKAGES}{rust}"))
            .arg(format!("--aptopt={}", options.display()))
            .args([suite.name().as_ref(), new.as_os_str()])
            .args(sources)
            .env("LC_ALL", "C.UTF-8");
        command::output(&mut mmdebstrap)?;
        fs::rename(&new, archive).with_context(|| format!("cannot write {}", archive.display()))
    }
}

/// What distinguishes one minimal Debian from another.
fn name(machine: Machine) -> String {
    let rust = if machine.debian_rust { "-rust" } else { "" };
    let security = if machine.no_security { "-without-security" } else { "" };
    format!("{}{rust}{security}", machine.suite.suite())
}

/// The machine's own way to the archive, a proxy above all, in the words of `apt.conf`.
pub(super) fn apt_options() -> Result<String> {
    Ok(chosen(&command::text(Command::new("apt-config").arg("dump"))?))
}

fn chosen(dump: &str) -> String {
    let is_chosen = |line: &&str| {
        let option = line.split(' ').next().unwrap_or_default();
        APT_OPTIONS.iter().any(|chosen| {
            option
                .strip_prefix(chosen)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    };
    dump.lines().filter(is_chosen).flat_map(|line| [line, "\n"]).collect()
}

fn folder(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")));
    let cache = cache.filter(|folder| folder.is_absolute());
    Ok(cache.context("neither XDG_CACHE_HOME nor HOME is set to a folder")?.join("l2tp-fresh"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fresh::Release;

    #[test]
    fn each_kind_of_machine_has_an_archive_of_its_own() {
        let plain = Machine::new(Release::Bookworm);
        let bare = Machine { no_security: true, ..plain };
        let rust = Machine::new(Release::Trixie).debian_rust();
        assert_eq!(
            [plain, bare, rust].map(name),
            ["bookworm", "bookworm-without-security", "trixie-rust"]
        );
    }

    #[test]
    fn only_the_way_to_the_archive_is_taken_from_the_machine() {
        let dump = "Acquire::http::Proxy \"http://a.example:3142\";\nAcquire::httpx \"1\";\n\
                    Acquire::Check-Date \"false\";\nDPkg::Post-Invoke:: \"rm x\";\n";
        assert_eq!(
            chosen(dump),
            "Acquire::http::Proxy \"http://a.example:3142\";\nAcquire::Check-Date \"false\";\n"
        );
    }

    #[test]
    fn the_cache_follows_the_environment() {
        let of = |set: &[(&str, &str)]| {
            folder(|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| v.into()))
        };
        assert_eq!(of(&[("HOME", "/h")]).unwrap(), Path::new("/h/.cache/l2tp-fresh"));
        let both = of(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]).unwrap();
        assert_eq!(both, Path::new("/x/l2tp-fresh"));
        assert!(of(&[]).is_err());
    }
}
