//! A new root: unpacked, given a clone, entered, removed.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::base::{Cache, apt_options};
use super::{Machine, ensure_root};
use crate::command;
use crate::vm::Progress;
use crate::workspace;

/// What the names of roots begin with.
const PREFIX: &str = "root-";

/// Where the clone is, in the root.
const CLONE: &str = "root/l2tp";

/// Variables that a way to the network may depend on; all others are those of a new login.
const HANDED_ON: &[&str] = &[
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "TERM",
];

/// A root folder, removed when this is dropped or, after a kill, by the next call.
#[derive(Debug)]
pub(crate) struct Root {
    folder: tempfile::TempDir,
    machine: Machine,
    /// Tells others that the folder is in use.
    _lock: File,
}

impl Root {
    /// Unpacks a minimal Debian and clones this checkout into it.
    pub(crate) fn new(machine: Machine, update: bool, progress: &Progress) -> Result<Self> {
        ensure_root()?;
        let cache = Cache::open()?;
        prune(&cache.folder)?;
        let base = cache.base(machine, update, progress)?;
        let make = || {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&cache.folder)?;
            let lock = File::open(folder.path())?;
            lock.lock()?;
            std::io::Result::Ok((folder, lock))
        };
        let (folder, lock) =
            make().with_context(|| format!("cannot make a root in {}", cache.folder.display()))?;
        drop(cache);
        let root = Self { folder, machine, _lock: lock };
        let stage = progress.stage("unpacking a new root and cloning this checkout");
        root.unpack(&base)?;
        root.furnish()?;
        clone(workspace(), &root.path().join(CLONE))?;
        drop(stage);
        Ok(root)
    }

    /// The command that runs a shell line in the clone.
    pub(crate) fn command(&self, line: &str) -> Result<Command> {
        // The namespaces end with the first process in them, and that one with this program.
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private"])
            .args(["--pid", "--fork", "--kill-child", "sh", "-c", include_str!("enter.sh"), "sh"])
            .arg(self.path())
            .arg(if self.machine.debian_rust { PathBuf::new() } else { toolchain()? })
            .arg(cargo_home()?)
            .arg(line)
            .env_clear()
            .env("HOME", "/root")
            .env(
                "PATH",
                if self.machine.debian_rust { PATH.into() } else { format!("{RUST}:{PATH}") },
            )
            .env("LANG", "C.UTF-8");

        for name in HANDED_ON {
            command.envs(env::var_os(name).map(|value| (name, value)));
        }
        Ok(command)
    }

    /// Removes the folder, and says so if that fails.
    pub(crate) fn remove(self) -> Result<()> {
        let shown = self.path().display().to_string();
        self.folder.close().with_context(|| format!("cannot remove {shown}"))
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn unpack(&self, base: &Path) -> Result<()> {
        // Devices are the machine's.
        let mut tar = Command::new("tar");
        tar.arg("-C").arg(self.path()).args(["--exclude=./dev/*", "-xf"]).arg(base);
        command::output(&mut tar).map(drop)
    }

    /// What a machine has from its installation and its network: names, certificates, proxies.
    fn furnish(&self) -> Result<()> {
        let inside = |path: &str| self.path().join(path);
        let mut folders = vec!["root/.cargo/registry", "opt/rust"];
        folders.extend(["etc/apt/apt.conf.d", "etc/ssl/certs"]);
        for folder in folders.into_iter().map(inside) {
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        let home = cargo_home()?;
        // Something to mount over.
        for name in [".package-cache", ".package-cache-mutate", "config.toml", "config"] {
            if home.join(name).exists() {
                let place = inside("root/.cargo").join(name);
                fs::write(&place, "")
                    .with_context(|| format!("cannot write {}", place.display()))?;
            }
        }
        let registry = home.join("registry");
        fs::create_dir_all(&registry)
            .with_context(|| format!("cannot create {}", registry.display()))?;
        for file in ["etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt"] {
            let (from, to) = (Path::new("/").join(file), inside(file));
            if from.exists() {
                // What stands there may be a link that leads nowhere.
                let _ = fs::remove_file(&to);
                fs::copy(&from, &to).with_context(|| format!("cannot write {}", to.display()))?;
            }
        }
        let options = inside("etc/apt/apt.conf.d/99machine");
        fs::write(&options, apt_options()?)
            .with_context(|| format!("cannot write {}", options.display()))
    }
}

/// Where the toolchain is, in a root that has none of its own.
const RUST: &str = "/opt/rust/bin";
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Removes roots that a killed process has left.
fn prune(cache: &Path) -> Result<()> {
    let describe = || format!("cannot read {}", cache.display());
    for entry in fs::read_dir(cache).with_context(describe)? {
        let entry = entry.with_context(describe)?;
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let Ok(folder) = File::open(entry.path()) else { continue };
        match folder.try_lock() {
            Ok(()) => fs::remove_dir_all(entry.path())
                .with_context(|| format!("cannot remove {}", entry.path().display()))?,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error).with_context(describe),
        }
    }
    Ok(())
}

/// The folder of the toolchain that this program was built with.
fn toolchain() -> Result<PathBuf> {
    let mut rustc = Command::new("rustc");
    let folder = command::text(rustc.args(["--print", "sysroot"]).current_dir(workspace()))?;
    let folder = PathBuf::from(folder.trim());
    ensure!(
        folder != Path::new("/usr") && folder.join("bin/cargo").exists(),
        "the Rust toolchain in {} is part of this system and no folder that can be mounted \
         elsewhere: take Debian's with --debian-rust, or install one with rustup",
        folder.display()
    );
    Ok(folder)
}

fn cargo_home() -> Result<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")))
        .context("neither CARGO_HOME nor HOME is set")
}

/// Clones a checkout, with what is changed in it and not committed.
fn clone(from: &Path, to: &Path) -> Result<()> {
    command::output(
        Command::new("git").args(["clone", "--quiet", "--no-hardlinks"]).args([from, to]),
    )?;
    let list = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"];
    let listed = command::output(Command::new("git").args(list).current_dir(from))?;
    let listed = String::from_utf8(listed).context("a file's name is not UTF-8")?;
    for path in listed.split_terminator('\0').filter_map(|entry| entry.get(3..)) {
        let (source, place) = (from.join(path), to.join(path));
        let copy = || {
            if !source.is_file() {
                return if place.exists() { fs::remove_file(&place) } else { Ok(()) };
            }
            place.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::copy(&source, &place).map(drop)
        };
        copy().with_context(|| format!("cannot bring {} into the clone", source.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(folder: &Path, arguments: &[&str]) {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@localhost"];
        command::output(Command::new("git").args(identity).args(arguments).current_dir(folder))
            .unwrap();
    }

    #[test]
    fn a_clone_has_what_is_not_committed() {
        let held = tempfile::tempdir().unwrap();
        let (from, to) = (held.path().join("from"), held.path().join("to"));
        fs::create_dir(&from).unwrap();
        git(&from, &["init", "--quiet"]);
        for name in ["kept", "edited", "deleted", ".gitignore"] {
            fs::write(from.join(name), "ignored\n").unwrap();
        }
        git(&from, &["add", "."]);
        git(&from, &["commit", "--quiet", "--message", "x"]);
        fs::write(from.join("edited"), "new").unwrap();
        fs::remove_file(from.join("deleted")).unwrap();
        fs::write(from.join("ignored"), "").unwrap();
        fs::create_dir(from.join("folder")).unwrap();
        fs::write(from.join("folder/added"), "new").unwrap();
        clone(&from, &to).unwrap();
        let read = |name: &str| fs::read_to_string(to.join(name)).ok();
        assert_eq!(read("kept").as_deref(), Some("ignored\n"));
        assert_eq!(read("edited").as_deref(), Some("new"));
        assert_eq!(read("folder/added").as_deref(), Some("new"));
        assert_eq!((read("deleted"), read("ignored")), (None, None));
    }

    #[test]
    fn only_roots_that_nobody_uses_are_pruned() {
        let cache = tempfile::tempdir().unwrap();
        let folders = ["root-used", "root-left", "other"].map(|name| cache.path().join(name));
        for folder in &folders {
            fs::create_dir(folder).unwrap();
        }
        let used = File::open(&folders[0]).unwrap();
        used.lock().unwrap();
        prune(cache.path()).unwrap();
        assert_eq!(folders.map(|folder| folder.exists()), [true, false, true]);
    }
}
