//! Where the machine's own apt gets Debian from.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};

use super::config::SANDBOX;
use super::trouble::complaints;
use crate::vm::suite::Suite;

pub(super) const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Names the mirror of the Debian archive to use in place of the machine's own.
const MIRROR_VARIABLE: &str = "L2TP_VM_MIRROR";

/// The archives that the machine's own apt reads Debian from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Mirrors {
    main: Option<String>,
    security: Option<String>,
}

impl Mirrors {
    /// Asks the machine's apt. Lists that were never downloaded, as in a fresh container, are read
    /// into `folder` first.
    pub(super) fn of_this_machine(folder: &Path) -> Result<Self> {
        if let Ok(main) = env::var(MIRROR_VARIABLE) {
            return Ok(Self { main: Some(main), security: None });
        }
        let format = "$(ORIGIN)|$(LABEL)|$(REPO_URI)";
        let targets = ["indextargets", "--format", format, "Created-By: Packages"];
        let mirrors = Self::parse(&String::from_utf8_lossy(&machine_apt(&[], &targets)?.stdout));
        if mirrors.main.is_some() {
            return Ok(mirrors);
        }
        let lists = folder.join("machine");
        fs::create_dir_all(lists.join("partial"))
            .with_context(|| format!("cannot make {}", lists.display()))?;
        let lists = format!("Dir::State::Lists={}", lists.display());
        let options = ["-o", &lists, "-o", SANDBOX];
        let update = machine_apt(&options, &["update", "-q"])?;
        let found = machine_apt(&options, &targets)?;
        let mirrors = Self::parse(&String::from_utf8_lossy(&found.stdout));
        ensure!(
            mirrors.main.is_some(),
            "this machine's apt has no source of Debian packages; name a mirror of the Debian \
             archive in {MIRROR_VARIABLE} ({})",
            complaints(&update.stderr)
        );
        Ok(mirrors)
    }

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

    /// The text of a sources list for `suite` and its security updates.
    pub(super) fn sources(&self, suite: Suite) -> Result<String> {
        let main = self.main.as_deref().context("no mirror of the Debian archive is known")?;
        let source = |address: &str, suite: &str| {
            format!("deb [signed-by={KEYRING}] {address} {suite} main\n")
        };
        let security = suite.security().zip(self.security.as_deref());
        let security = security.map(|(suite, address)| source(address, suite));
        Ok(source(main, suite.name()) + &security.unwrap_or_default())
    }
}

/// Runs apt-get with the machine's configuration. A default release that the machine's lists do
/// not know makes every call of apt fail; here it does not matter.
fn machine_apt(options: &[&str], arguments: &[&str]) -> Result<Output> {
    Command::new("apt-get")
        .env("LC_ALL", "C")
        .args(["-o", "APT::Default-Release="])
        .args(options)
        .args(arguments)
        .output()
        .context("cannot run apt-get")
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn security_updates_are_read_where_a_suite_has_them() {
        let mirrors = Mirrors::parse(
            "Debian|Debian|http://m.example/\nDebian|Debian-Security|http://s.example/\n",
        );
        let lines = |suite| mirrors.sources(suite).unwrap().lines().count();
        assert_eq!((lines(Suite::Bookworm), lines(Suite::Sid)), (2, 1));
    }
}
