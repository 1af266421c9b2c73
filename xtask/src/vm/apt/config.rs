//! The configuration of the private apt.
//!
//! Of the machine's own configuration it takes how to reach a mirror (proxies, certificates,
//! timeouts), and whether the mirror is one that stands still and whose lists have expired. It
//! takes nothing else: a default release, pins, hooks, or signatures that need not be checked would
//! change what is downloaded.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// Downloads as the user who runs this, into folders that only that user can write to.
pub(super) const SANDBOX: &str = "APT::Sandbox::User=root";

/// The parts of `Acquire` that tell how to reach a mirror.
const REACHING: &[&str] = &[
    "Acquire::http",
    "Acquire::https",
    "Acquire::ForceIPv4",
    "Acquire::ForceIPv6",
    "Acquire::Connect",
    "Acquire::CACert",
    "Acquire::Check-Valid-Until",
    "Acquire::Max-ValidTime",
];

/// The text of the private configuration.
pub(super) fn text(folder: &Path) -> Result<String> {
    let dump = Command::new("apt-config")
        .env("LC_ALL", "C")
        .arg("dump")
        .output()
        .context("cannot run apt-config")?;
    Ok(own(folder) + &reaching(&String::from_utf8_lossy(&dump.stdout)))
}

/// The configuration of the private apt.
fn own(folder: &Path) -> String {
    let folder = folder.display();
    // `Dir::Etc::Parts` and `Main` keep the machine's configuration from being read at all; this
    // file is read before them, by way of APT_CONFIG.
    format!(
        r#"Dir::Etc::Main "/dev/null";
Dir::Etc::Parts "{folder}/none";
Dir::Etc::SourceList "{folder}/sources.list";
Dir::Etc::SourceParts "{folder}/none";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "{folder}/none";
Dir::State "{folder}";
Dir::State::Lists "{folder}/lists";
Dir::State::Status "/dev/null";
Dir::Cache "{folder}/cache";
Dir::Cache::Pkgcache "pkgcache.bin";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
Acquire::Retries "2";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
APT::Get::AllowUnauthenticated "false";
APT::Architecture "amd64";
APT::Sandbox::User "root";
"#
    )
}

/// The lines of `apt-config dump` that tell how to reach a mirror.
fn reaching(dump: &str) -> String {
    let wanted = |line: &&str| {
        let name = line.split_once(' ').map_or(*line, |(name, _)| name);
        REACHING.iter().any(|part| {
            name.get(..part.len()).is_some_and(|head| head.eq_ignore_ascii_case(part))
                && (name.len() == part.len() || name[part.len()..].starts_with("::"))
        })
    };
    dump.lines().filter(wanted).flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_way_to_a_mirror_is_taken_from_the_machine() {
        let dump = "APT::Default-Release \"nowhere\";\n\
            APT::Get::AllowUnauthenticated \"true\";\n\
            Acquire::AllowInsecureRepositories \"true\";\n\
            Acquire::http \"\";\n\
            Acquire::http::Proxy \"http://proxy.example:3128\";\n\
            Acquire::HTTPS::CAInfo \"/etc/ca.pem\";\n\
            Acquire::httpx::Proxy \"no\";\n";
        assert_eq!(
            reaching(dump),
            "Acquire::http \"\";\nAcquire::http::Proxy \"http://proxy.example:3128\";\n\
             Acquire::HTTPS::CAInfo \"/etc/ca.pem\";\n"
        );
    }
}
