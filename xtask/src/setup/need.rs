//! What may be needed of the machine, and the check that it works.
//!
//! A file of the right name proves nothing: it may be another library, or closed to this user. So a
//! program is run, a program for guests is read with all its libraries, and libclang is put to use.

use std::env;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::find_program;
use crate::command;
use crate::{bindgen, vm};

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
    /// The maker of new Debian systems; needed by `fresh` alone
    Mmdebstrap,
}

/// The check that a need is met.
enum Sign {
    /// The program can be run with these arguments, and succeeds.
    Runs(&'static str, &'static [&'static str]),
    /// busybox can be run, and has the applets without which no guest starts.
    Applets(&'static [&'static str]),
    /// The programs can be copied into a guest, with their libraries.
    Copied(&'static [&'static str]),
    /// The file can be read, and is not empty.
    Read(&'static str),
    /// bindgen reads a header with it.
    Bindgen,
}

/// What a guest's first process and the kernel call.
const APPLETS: &[&str] = &[
    "cat", "chmod", "find", "ln", "mkdir", "mknod", "modprobe", "mount", "poweroff", "rm", "sleep",
];

/// Counts the instructions of a program that does nothing.
const COUNTING: &[&str] = &["--tool=callgrind", "--callgrind-out-file=/dev/null", "true"];

impl Need {
    pub(super) const fn package(self) -> &'static str {
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
            Self::Mmdebstrap => "mmdebstrap",
        }
    }

    const fn sign(self) -> Sign {
        match self {
            Self::Qemu => Sign::Runs("qemu-system-x86_64", &["--version"]),
            Self::Busybox => Sign::Applets(APPLETS),
            Self::Keyring => Sign::Read("/usr/share/keyrings/debian-archive-keyring.gpg"),
            Self::Kmod => Sign::Runs("depmod", &["--version"]),
            Self::Iproute2 => Sign::Copied(&["ip", "ss", "bridge", "tc"]),
            Self::Ping => Sign::Copied(&["ping"]),
            Self::Pppd => Sign::Copied(&["pppd"]),
            Self::Strace => Sign::Copied(&["strace"]),
            Self::Tcpdump => Sign::Copied(&["tcpdump"]),
            Self::Valgrind => Sign::Runs("valgrind", COUNTING),
            Self::Libclang => Sign::Bindgen,
            Self::Mmdebstrap => Sign::Runs("mmdebstrap", &["--version"]),
        }
    }

    /// Whether the user has chosen which one to use, so that installing another changes nothing.
    pub(super) fn is_chosen(self) -> bool {
        self == Self::Libclang && env::var_os(LIBCLANG).is_some()
    }

    /// Tries the thing.
    ///
    /// # Errors
    /// When it is missing or does not work; the text says which.
    pub(super) fn check(self) -> Result<()> {
        match self.sign() {
            Sign::Runs(name, arguments) => run(&find(name)?, arguments).map(drop),
            Sign::Applets(wanted) => has_applets(&run(&find("busybox")?, &["--list"])?, wanted),
            Sign::Copied(names) => names.iter().try_for_each(|name| can_be_copied(&find(name)?)),
            Sign::Read(file) => can_be_read(Path::new(file)),
            Sign::Bindgen if self.is_chosen() => bindgen::works()
                .with_context(|| format!("{LIBCLANG} is set, and no other place is searched")),
            Sign::Bindgen => bindgen::works(),
        }
    }
}

/// Names the one place in which bindgen looks for libclang.
const LIBCLANG: &str = "LIBCLANG_PATH";

fn find(name: &str) -> Result<PathBuf> {
    find_program(name).with_context(|| format!("{name} is not there"))
}

/// Runs a program and returns its output.
fn run(program: &Path, arguments: &[&str]) -> Result<String> {
    command::text(Command::new(program).args(arguments))
}

fn has_applets(listed: &str, wanted: &[&str]) -> Result<()> {
    let lacks: Vec<&str> =
        wanted.iter().filter(|&&name| listed.lines().all(|line| line != name)).copied().collect();
    ensure!(lacks.is_empty(), "busybox lacks {}", lacks.join(", "));
    Ok(())
}

/// Some programs are for a group's eyes only.
fn can_be_copied(program: &Path) -> Result<()> {
    File::open(program).with_context(|| format!("{} cannot be read", program.display()))?;
    vm::libraries(program).map(drop)
}

fn can_be_read(file: &Path) -> Result<()> {
    let shown = file.display();
    match fs::metadata(file) {
        Ok(data) => ensure!(data.is_file() && data.len() > 0, "{shown} is empty or no file"),
        Err(_) => bail!("{shown} is not there"),
    }
    let read = File::open(file).and_then(|mut file| file.read(&mut [0]));
    read.map(drop).with_context(|| format!("{shown} cannot be read"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn program(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("program");
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        (folder, file)
    }

    #[test]
    fn a_failing_program_does_not_meet_a_need() {
        let (_held, good) = program("#!/bin/sh\necho \"$1\"\n", 0o755);
        assert_eq!(run(&good, &["--version"]).unwrap(), "--version\n");
        let (_held, bad) = program("#!/bin/sh\necho no library >&2\nexit 127\n", 0o755);
        let error = run(&bad, &["--version"]).unwrap_err().to_string();
        assert!(error.ends_with("ended with exit status: 127: no library"), "{error}");
        let (_held, closed) = program("", 0o644);
        let error = run(&closed, &[]).unwrap_err().to_string();
        assert!(error.starts_with("cannot run "), "{error}");
    }

    #[test]
    fn a_library_of_a_similar_name_is_not_taken_for_a_program() {
        let (_held, text) = program("\x7fELF", 0o755);
        assert!(can_be_copied(&text).is_err());
        let (_held, script) = program("#!/bin/sh\n", 0o755);
        can_be_copied(&script).unwrap();
        can_be_copied(&find("sh").unwrap()).unwrap();
    }

    #[test]
    fn a_busybox_without_what_a_guest_calls_is_not_enough() {
        assert!(has_applets("cat\nmount\n", &["cat"]).is_ok());
        let error = has_applets("cat\nmodprobe-small\n", &["cat", "modprobe", "rm"]).unwrap_err();
        assert_eq!(error.to_string(), "busybox lacks modprobe, rm");
    }

    #[test]
    fn an_empty_keyring_is_none() {
        let (_held, empty) = program("", 0o644);
        assert!(can_be_read(&empty).unwrap_err().to_string().ends_with("is empty or no file"));
        let gone = can_be_read(Path::new("/nonexistent/keyring")).unwrap_err();
        assert_eq!(gone.to_string(), "/nonexistent/keyring is not there");
    }
}
