//! The rules of the project that no lint checks.
//!
//! They are read off the files that git knows or would add. What others wrote or a program
//! generated keeps its own ways: the vendored headers, generated code, golden files.

mod facts;
mod layers;
mod links;
mod rust;
mod text;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

pub(crate) use layers::draw as draw_layers;
pub(super) use links::targets;

use super::step::Outcome;
use crate::command;
use crate::workspace;

/// More lines than a file has as a rule: it is then worth asking whether it holds two ideas.
const LONG: usize = 400;

/// What is not ours to tidy: a folder, or a file.
const FOREIGN: &[&str] = &["headers/", "l2tp-sys/src/generated.rs", "l2tp-sys/src/names/tables.rs"];

/// A rule broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Fault {
    path: String,
    line: usize,
    text: String,
}

pub(super) fn run() -> Result<Outcome> {
    let paths = paths()?;
    let (mut faults, mut long) = (Vec::new(), Vec::new());
    let (mut suite, mut page) = (facts::Suite::default(), String::new());
    let mut layers = layers::Check::default();
    let mut count = 0_usize;
    for path in &paths {
        let bytes =
            fs::read(workspace().join(path)).with_context(|| format!("cannot read {path}"))?;
        let Ok(source) = String::from_utf8(bytes) else { continue };
        count += 1;
        faults.extend(text::faults(path, &source));
        match Path::new(path).extension().and_then(OsStr::to_str) {
            Some("md") => {
                faults.extend(links::faults(workspace(), path, &source));
                layers.read(path, &source);
            }
            Some("rs") => {
                faults.extend(rust::faults(path, &source));
                suite.read(path, &source);
                layers.read(path, &source);
                let lines = source.lines().count();
                if lines > LONG {
                    long.push(format!("{path} ({lines})"));
                }
            }
            _ => {}
        }
        if path == facts::PAGE {
            page = source;
        }
    }
    faults.extend(suite.faults(&page));
    faults.extend(layers.faults());
    let note = if long.is_empty() {
        format!("{count} files")
    } else {
        format!("{count} files; over {LONG} lines: {}", long.join(", "))
    };
    if faults.is_empty() {
        return Ok(Outcome::passed(note));
    }
    let faults: Vec<String> = faults.iter().map(Fault::to_string).collect();
    Ok(Outcome::failed(note, faults.join("\n")))
}

/// The files to tidy, by their path within the workspace.
fn paths() -> Result<BTreeSet<String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listed = String::from_utf8(command::output(git.current_dir(workspace()))?)
        .context("a file's name is not UTF-8")?;
    Ok(listed
        .split('\0')
        // A file that is deleted and not yet committed is still listed.
        .filter(|path| !is_foreign(path) && workspace().join(path).is_file())
        .map(str::to_owned)
        .collect())
}

fn is_foreign(path: &str) -> bool {
    FOREIGN.iter().any(|foreign| path.starts_with(foreign))
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspaces_files_are_found() {
        let paths = paths().unwrap();
        assert!(paths.contains("Cargo.toml") && paths.contains("xtask/src/test/tidy/mod.rs"));
        assert!(
            !paths.iter().any(|path| path.starts_with("headers/") || path.starts_with("target"))
        );
    }
}
