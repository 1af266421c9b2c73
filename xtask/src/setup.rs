//! What a command needs of the machine, and how it gets there.
//!
//! A fresh Debian machine has none of it. Whoever is root gets the missing packages installed;
//! whoever is not gets the line to run.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// Something that a Debian package brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The emulator
    Qemu,
    /// The guest's small tools
    Busybox,
    /// The keys that Debian signs its archive with
    Keyring,
    /// depmod, which indexes kernel modules
    Kmod,
    /// ip, ss, bridge and tc
    Iproute2,
    /// ping
    Ping,
    /// The PPP daemon
    Pppd,
    /// The tracer of system calls
    Strace,
    /// The packet dumper
    Tcpdump,
    /// The counter of instructions
    Valgrind,
    /// The library that reads C headers; needed by `bindgen` alone
    Libclang,
}

/// How it is told that a need is met.
enum Sign {
    Program(&'static str),
    File(&'static str),
    /// A file whose name starts and continues so, in a folder whose own name may be anything
    Library(&'static str),
}

impl Need {
    const fn package(self) -> &'static str {
        match self {
            Self::Qemu => "qemu-system-x86",
            Self::Busybox => "busybox-static",
            Self::Keyring => "debian-archive-keyring",
            Self::Kmod => "kmod",
            Self::Iproute2 => "iproute2",
            Self::Ping => "iputils-ping",
            Self::Pppd => "ppp",
            Self::Strace => "strace",
            Self::Tcpdump => "tcpdump",
            Self::Valgrind => "valgrind",
            Self::Libclang => "libclang-dev",
        }
    }

    const fn sign(self) -> Sign {
        match self {
            Self::Qemu => Sign::Program("qemu-system-x86_64"),
            Self::Busybox => Sign::Program("busybox"),
            Self::Keyring => Sign::File("/usr/share/keyrings/debian-archive-keyring.gpg"),
            Self::Kmod => Sign::Program("depmod"),
            Self::Iproute2 => Sign::Program("ip"),
            Self::Ping => Sign::Program("ping"),
            Self::Pppd => Sign::Program("pppd"),
            Self::Strace => Sign::Program("strace"),
            Self::Tcpdump => Sign::Program("tcpdump"),
            Self::Valgrind => Sign::Program("callgrind_annotate"),
            Self::Libclang => Sign::Library("libclang"),
        }
    }

    fn met(self) -> bool {
        match self.sign() {
            Sign::Program(name) => find_program(name).is_some(),
            Sign::File(path) => Path::new(path).exists(),
            Sign::Library(name) => find_library(name),
        }
    }
}

/// Makes sure that everything listed is there.
///
/// # Errors
/// When something is missing that cannot be installed; the text has the command that would.
pub(crate) fn require(needs: &[Need]) -> Result<()> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get install -y --no-install-recommends {}", missing.join(" "));
    ensure!(is_root(), "this machine lacks {}; run: sudo {line}", missing.join(", "));
    eprintln!("setup: {line}");
    // Lists may be missing altogether or name packages that the mirror has since replaced.
    if install(&missing).is_err() {
        apt_get(&["update", "-q"])?;
        install(&missing)?;
    }
    let still = self::missing(needs);
    ensure!(still.is_empty(), "installed, and still not found: {}", still.join(", "));
    Ok(())
}

/// A program in `PATH` or in the system's folders, some of which are only in root's `PATH`.
pub(crate) fn find_program(name: impl AsRef<Path>) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(PathBuf::from))
        .map(|folder| folder.join(name.as_ref()))
        .find(|file| {
            fs::metadata(file).is_ok_and(|data| data.is_file() && data.mode() & 0o111 != 0)
        })
}

fn missing(needs: &[Need]) -> Vec<&'static str> {
    needs.iter().filter(|need| !need.met()).map(|need| need.package()).collect()
}

fn install(packages: &[&str]) -> Result<()> {
    let options = ["install", "-y", "-q", "--no-install-recommends"];
    apt_get(&options.iter().chain(packages).copied().collect::<Vec<_>>())
}

/// Runs apt-get, whose talk is shown only if it fails.
fn apt_get(arguments: &[&str]) -> Result<()> {
    let output = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()
        .context("cannot run apt-get: only Debian and its kin are supported")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("apt-get {} failed: {}", arguments.join(" "), said.trim());
    }
    Ok(())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|data| data.uid() == 0)
}

/// Looks where Debian puts shared libraries, LLVM's folders included.
fn find_library(name: &str) -> bool {
    let mut folders: Vec<PathBuf> = vec!["/usr/lib".into(), "/usr/lib/x86_64-linux-gnu".into()];
    let llvm = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    folders.extend(llvm.map(|entry| entry.path().join("lib")));
    folders.extend(env::var_os("LIBCLANG_PATH").map(PathBuf::from));
    folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten().any(|entry| {
        let file = entry.file_name();
        file.to_str().is_some_and(|file| {
            file.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(['.', '-']) && rest.contains(".so"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_by_name() {
        assert!(find_program("sh").is_some());
        assert!(find_program("no-such-program").is_none());
        assert!(!find_library("libnosuchlibrary"));
    }
}
