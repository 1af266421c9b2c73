//! Rules of every text: what it must not speak of.
//!
//! The project is read by people who have neither the machine nor the trackers of those who wrote
//! it; an address or a path that means something only there means nothing here.

use std::path::Path;

use super::Fault;
use crate::workspace;

/// Hosts that a reader can be sent to. Anything else, a registry or a mirror above all, is a
/// setting of some machine.
const HOSTS: &[&str] = &[
    "github.com",
    "docs.rs",
    "doc.rust-lang.org",
    "docs.kernel.org",
    "git.kernel.org",
    "www.rfc-editor.org",
    "www.apache.org",
    "spdx.org",
    // The name of SVG, by which a picture says what it is.
    "www.w3.org",
];

/// Words that speak of where or how the project was made.
const WORDS: &[(&str, &str)] = &[
    (concat!("/ho", "me/"), "a path of somebody's machine"),
    (concat!("iss", "ue #"), "a tracker's number: say what it is about"),
    (concat!("```ig", "nore"), "a program that nobody compiles: let it compile, or mark it `text`"),
];

/// Folders that mean the same on every machine.
const STANDARD: &[&str] = &["/", "/tmp", "/usr", "/opt", "/srv", "/var", "/root", "/mnt"];

pub(super) fn faults(path: &str, text: &str) -> Vec<Fault> {
    beside(&places(workspace()), path, text)
}

/// Faults of a text that must not name any of `places`.
fn beside(places: &[String], path: &str, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut fault =
            |text: String| faults.push(Fault { path: path.to_owned(), line: number + 1, text });
        for host in hosts(line).filter(|host| !may_name(host)) {
            fault(format!("names the host {host}"));
        }
        let lower = line.to_lowercase();
        for (word, why) in WORDS.iter().filter(|(word, _)| lower.contains(word)) {
            fault(format!("{word:?}: {why}"));
        }
        for place in places.iter().filter(|place| line.contains(place.as_str())) {
            fault(format!("{place:?}: a path of this machine"));
        }
    }
    faults
}

/// The hosts of the addresses in a line.
fn hosts(line: &str) -> impl Iterator<Item = &str> {
    line.split("://").skip(1).zip(line.split("://")).filter_map(|(rest, before)| {
        let scheme = before.ends_with("http") || before.ends_with("https");
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || ".-".contains(c)));
        let host = &rest[..end.unwrap_or(rest.len())];
        (scheme && !host.is_empty()).then_some(host)
    })
}

fn may_name(host: &str) -> bool {
    // RFC 2606 keeps the one for examples; the other is every machine's own.
    HOSTS.contains(&host) || host.ends_with(".example") || host == "localhost"
}

/// The checkout's folder and those it stands in, as far as they are this machine's peculiarity.
fn places(checkout: &Path) -> Vec<String> {
    checkout
        .ancestors()
        .take_while(|folder| !STANDARD.iter().any(|standard| Path::new(standard) == *folder))
        .map(|folder| format!("{}/", folder.display()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        faults("README.md", line).into_iter().map(|fault| fault.text).collect()
    }

    #[test]
    fn only_public_hosts_are_named() {
        assert!(
            texts("see https://docs.rs/l2tp, http://a.example:80/x and http://localhost")
                .is_empty()
        );
        assert_eq!(texts(concat!("https:/", "/a.test/debian")), ["names the host a.test"]);
        assert!(texts("file:///etc and a://b").is_empty());
    }

    #[test]
    fn trackers_and_homes_are_not_named() {
        assert_eq!(texts(concat!("see Iss", "ue #3")).len(), 1);
        assert_eq!(texts(concat!("in /ho", "me/anna")).len(), 1);
    }

    #[test]
    fn the_checkouts_place_is_not_named() {
        let places = places(Path::new("/tmp/a/b"));
        assert_eq!(places, ["/tmp/a/b/", "/tmp/a/"]);
        assert_eq!(beside(&places, "x", "cd /tmp/a/c; ls /tmp/x").len(), 1);
    }
}
