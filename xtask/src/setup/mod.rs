//! What a command needs of the machine, and how it gets there.
//!
//! A fresh Debian machine has none of it. Whoever is root gets the missing packages installed;
//! whoever is not gets the line to run.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Error, Result, bail, ensure};

use crate::command;

mod need;

pub(crate) use need::Need;

/// Makes sure that everything listed is there and works.
///
/// # Errors
/// When something is missing that cannot be installed, or does not work. The text has the command
/// that helps, and what was found of each.
pub(crate) fn require(needs: &[Need]) -> Result<()> {
    let unmet = unmet(needs);
    if unmet.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = unmet.iter().map(|unmet| unmet.need.package()).collect();
    let line = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    if let Some(unmet) = unmet.iter().find(|unmet| unmet.need.is_chosen()) {
        bail!("this machine's settings keep a command from working:\n{}", list([unmet]));
    }
    if !is_root() {
        bail!("this machine does not have what this takes:\n{}\n{}", list(&unmet), remedy(&unmet));
    }
    eprintln!("setup: {line}");
    // Lists may be missing altogether or name packages that the mirror has since replaced.
    if install(&packages).is_err() {
        apt_get(&["update", "-q"])?;
        install(&packages)?;
    }
    let still = self::unmet(needs);
    ensure!(still.is_empty(), "installed, and still not usable:\n{}", list(&still));
    Ok(())
}

/// A need that is not met, and what was found.
struct Unmet {
    need: Need,
    found: Error,
}

fn unmet(needs: &[Need]) -> Vec<Unmet> {
    let check = |&need: &Need| Some(Unmet { need, found: need.check().err()? });
    needs.iter().filter_map(check).collect()
}

fn list<'u>(unmet: impl IntoIterator<Item = &'u Unmet>) -> String {
    let line = |unmet: &Unmet| format!("  {}: {:#}", unmet.need.package(), unmet.found);
    unmet.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What a user who is not root can do. Installing helps where something is missing; what is there
/// and closed to this user stays so.
fn remedy(unmet: &[Unmet]) -> String {
    let (closed, missing): (Vec<&Unmet>, Vec<&Unmet>) =
        unmet.iter().partition(|unmet| is_denied(&unmet.found));
    let mut lines = Vec::new();
    if !missing.is_empty() {
        let packages: Vec<&str> = missing.iter().map(|unmet| unmet.need.package()).collect();
        let install = "sudo apt-get install -y --no-install-recommends";
        lines.push(format!("Run: {install} {}", packages.join(" ")));
    }
    if !closed.is_empty() {
        lines.push(
            "What permission is denied for is installed, but not for this user: run the command as \
             root, or join the group that `ls -l` shows for the file (sudo usermod --append \
             --groups GROUP USER, then log in again)"
                .to_owned(),
        );
    }
    lines.join("\n")
}

fn is_denied(error: &Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::PermissionDenied)
    })
}

/// A program in `PATH` or in the system's folders, some of which are only in root's `PATH`.
pub(crate) fn find_program(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    let mut folders = env::var_os("PATH").unwrap_or_default();
    folders.push(":/usr/sbin:/usr/bin:/sbin:/bin");
    which::which_in(name, Some(folders), "/").ok()
}

fn install(packages: &[&str]) -> Result<()> {
    let options = ["install", "-y", "-q", "--no-install-recommends"];
    apt_get(&options.iter().chain(packages).copied().collect::<Vec<_>>())
}

/// Runs apt-get, whose output is shown only if it fails.
fn apt_get(arguments: &[&str]) -> Result<()> {
    command::output(
        Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"),
    )
    .context("cannot install packages (only Debian and its derivatives are supported)")?;
    Ok(())
}

pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|data| data.uid() == 0)
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn programs_are_found_by_name() {
        assert!(find_program("sh").is_some());
        assert!(find_program("no-such-program").is_none());
    }

    #[test]
    fn what_is_missing_is_installed_and_what_is_closed_is_not() {
        let unmet = |need, found| Unmet { need, found };
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let closed = unmet(Need::Pppd, Error::new(denied).context("/usr/sbin/pppd cannot be read"));
        let missing = unmet(Need::Qemu, anyhow!("qemu-system-x86_64 is not there"));
        let text = remedy(&[missing]);
        assert!(text.starts_with("Run: sudo apt-get install"), "{text}");
        assert!(text.ends_with(" qemu-system-x86"), "{text}");
        assert!(list(&[closed]).contains("ppp: /usr/sbin/pppd cannot be read: permission denied"));
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let text = remedy(&[unmet(Need::Pppd, Error::new(denied))]);
        assert!(!text.contains("apt-get") && text.contains("usermod"), "{text}");
    }
}
