//! What the derived codecs cost, in instructions, beside code written by hand.
//!
//! `tests/codec` calls each codec and its handwritten twin a hundred times; callgrind counts. The
//! counts are compared with each other, and with those that were recorded, as far as the compiler
//! is the one that they were recorded with.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::command;
use crate::files;
use crate::scratch::Scratch;
use crate::setup::Need;
use crate::workspace;

/// What counting needs of the machine.
pub(crate) const NEEDS: &[Need] = &[Need::Valgrind];

/// Calls of each function, as `tests/codec/main.rs` makes them.
const CALLS: u64 = 100;
/// How many times the handwritten instructions a derived codec may take.
const BOUND: f64 = 1.05;
/// How many times the recorded instructions.
const TOLERANCE: f64 = 1.02;

/// Instructions a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) derived: u64,
    pub(crate) by_hand: u64,
}

/// The counts of all cases, and the compiler that they are of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) compiler: String,
    pub(crate) cases: BTreeMap<String, Count>,
}

impl Counts {
    /// Builds the program and counts.
    pub(crate) fn measure() -> Result<Self> {
        let program = build()?;
        let folder = Scratch::new()?;
        let profile = folder.path().join("callgrind.out");
        let mut option = OsString::from("--callgrind-out-file=");
        option.push(&profile);
        command::output(Command::new("valgrind").arg("--tool=callgrind").arg(option).arg(program))?;
        let annotate = ["--inclusive=yes", "--threshold=100", "--auto=no", "--show-percs=no"];
        let profile =
            command::text(Command::new("callgrind_annotate").args(annotate).arg(&profile))?;
        let cases = parse(&profile);
        ensure!(!cases.is_empty(), "callgrind counted no codec:\n{profile}");
        let compiler =
            command::text(Command::new("rustc").arg("--version").current_dir(workspace()))?;
        Ok(Self { compiler: compiler.trim().to_owned(), cases })
    }

    /// The recorded counts.
    pub(crate) fn recorded() -> Result<Self> {
        let path = path();
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    }

    /// Records these.
    pub(crate) fn record(&self) -> Result<()> {
        files::replace_file(&path(), serde_json::to_string_pretty(self)? + "\n")
    }

    /// What is wrong, in words: a case that costs more than by hand or than before, or that is not
    /// recorded.
    pub(crate) fn faults(&self, recorded: &Self) -> Vec<String> {
        let mut faults = Vec::new();
        for (case, &Count { derived, by_hand }) in &self.cases {
            if exceeds(derived, by_hand, BOUND) {
                faults.push(format!(
                    "{case}: {derived} instructions, {by_hand} by hand: over {BOUND:.2} times"
                ));
            }
            match recorded.cases.get(case) {
                None => faults.push(format!("{case} is not recorded: cargo xtask bench --codec")),
                Some(before)
                    if self.compiler == recorded.compiler
                        && exceeds(derived, before.derived, TOLERANCE) =>
                {
                    faults.push(format!(
                        "{case}: {derived} instructions, {} when recorded: over {TOLERANCE:.2} times",
                        before.derived
                    ));
                }
                Some(_) => {}
            }
        }
        faults
    }
}

#[expect(clippy::cast_precision_loss, reason = "thousands at most")]
fn exceeds(count: u64, other: u64, times: f64) -> bool {
    count as f64 > other as f64 * times
}

fn path() -> PathBuf {
    workspace().join("tests/codec/baseline.json")
}

fn build() -> Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .no_deps()
        .current_dir(workspace())
        .exec()
        .context("cannot ask cargo")?;
    let options = ["build", "--quiet", "--release", "--locked", "--package", "l2tp-codec"];
    command::output(command::cargo().args(options))?;
    let program = metadata.target_directory.join("release/codec").into_std_path_buf();
    ensure!(Path::exists(&program), "{} was not built", program.display());
    Ok(program)
}

/// Reads lines such as `36,000  …/derived.rs:codec::derived::decode_session_info [/…/codec]`. What
/// was inlined into a function from another file has lines of its own, so the largest counts.
fn parse(text: &str) -> BTreeMap<String, Count> {
    let mut cases: BTreeMap<String, Count> = BTreeMap::new();
    for line in text.lines() {
        let Some((number, rest)) = line.trim_start().split_once(' ') else { continue };
        let Ok(count) = number.replace(',', "").parse::<u64>() else { continue };
        let function = rest.split_whitespace().next().unwrap_or_default();
        for (form, derived) in [("codec::derived::", true), ("codec::by_hand::", false)] {
            let Some((_, case)) = function.split_once(form) else { continue };
            let is_case = case.starts_with("encode_") || case.starts_with("decode_");
            if is_case && case.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                let entry = cases.entry(case.to_owned()).or_default();
                let held = if derived { &mut entry.derived } else { &mut entry.by_hand };
                *held = (*held).max(count / CALLS);
            }
        }
    }
    cases
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(compiler: &str, derived: u64, by_hand: u64) -> Counts {
        let cases = BTreeMap::from([("encode_x".to_owned(), Count { derived, by_hand })]);
        Counts { compiler: compiler.to_owned(), cases }
    }

    #[test]
    fn the_largest_line_of_a_function_counts() {
        let text = "Ir\n\
            3,600  tests/codec/derived.rs:codec::derived::encode_x [/codec]\n\
            36,000  l2tp/src/read.rs:codec::derived::encode_x [/codec]\n\
            50,000  tests/codec/by_hand.rs:codec::by_hand::encode_x [/codec]\n\
            1,000  tests/codec/by_hand.rs:codec::by_hand::put [/codec]\n";
        assert_eq!(parse(text)["encode_x"], Count { derived: 360, by_hand: 500 });
        assert_eq!(parse(text).len(), 1);
    }

    #[test]
    fn more_than_by_hand_or_than_before_is_a_fault() {
        let before = counts("rustc 1", 100, 100);
        assert!(counts("rustc 1", 102, 100).faults(&before).is_empty());
        assert_eq!(counts("rustc 1", 103, 100).faults(&before).len(), 1);
        assert_eq!(counts("rustc 1", 106, 100).faults(&before).len(), 2);
        assert!(counts("rustc 2", 103, 100).faults(&before).is_empty());
        assert_eq!(counts("rustc 1", 1, 1).faults(&Counts::default()).len(), 1);
    }
}
