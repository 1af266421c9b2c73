//! The number of crates that a user of the library takes in.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};

use super::step::Outcome;
use crate::command;
use crate::workspace;

/// How many crates `cargo tree` may show for the library as it comes, itself included.
const MOST: usize = 16;
/// The page that states their number.
const FRONT: &str = "l2tp/src/front.md";

pub(super) fn run() -> Result<Outcome> {
    let mut tree = command::cargo();
    tree.args(["tree", "--locked", "--package", "nll2tp", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p}"]);
    let tree = command::text(&mut tree)?;
    let front = fs::read_to_string(workspace().join(FRONT)).context(FRONT)?;
    Ok(judge(&crates(&tree), &front))
}

/// The front page names their number, the library itself not counted.
fn judge(crates: &BTreeSet<String>, front: &str) -> Outcome {
    let note = format!("{} crates, at most {MOST}", crates.len());
    let claim = format!("| dependencies | {} crates |", crates.len().saturating_sub(1));
    if crates.len() > MOST {
        let list: Vec<&str> = crates.iter().map(String::as_str).collect();
        Outcome::failed(note, format!("the library's crates are:\n{}", list.join("\n")))
    } else if !front.contains(&claim) {
        Outcome::failed(note, format!("{FRONT} does not say `{claim}`"))
    } else {
        Outcome::passed(note)
    }
}

/// Each crate once: `bytes v1.11.0` from `bytes v1.11.0 (*)`.
fn crates(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_counts_once() {
        let tree = "l2tp v0.1.0 (/l2tp)\nlibc v0.2.1\nnetlink-sys v0.9.0\nlibc v0.2.1\n\
                    l2tp-derive v0.1.0 (proc-macro) (/l2tp-derive)\nlibc v0.2.1 (*)\n";
        assert_eq!(crates(tree).len(), 4);
    }

    #[test]
    fn one_crate_too_many_fails() {
        let some = |n: usize| (0..n).map(|n| format!("c{n} v1.0.0")).collect();
        let front = "| dependencies | 15 crates | 7 modules |";
        assert_eq!(judge(&some(MOST), front).failed, 0);
        let outcome = judge(&some(MOST + 1), front);
        assert_eq!(outcome.failed, 1);
        assert!(outcome.output.contains("c16 v1.0.0"));
        let outcome = judge(&some(MOST - 1), front);
        assert_eq!(outcome.failed, 1);
        assert!(outcome.output.contains("| dependencies | 14 crates |"));
    }
}
