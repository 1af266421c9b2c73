//! What a step is, the list of them, and what can come of one.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{cargo, dependencies, machines, manifests, packages, tidy};
use crate::codec::Counts;
use crate::setup::Need;
use crate::vm::Stage;
use crate::{bindgen, codec, fresh, headers};

/// A check with a name.
pub(super) struct Step {
    /// What it is called on the command line and in the report.
    pub(super) name: &'static str,
    /// What it checks, in a few words.
    pub(super) about: &'static str,
    /// What it needs of the machine.
    pub(super) needs: &'static [Need],
    /// Runs it, and shows in the stage what it is doing.
    pub(super) run: fn(&Stage) -> Result<Outcome>,
}

/// Every step but the kernels, the quickest first.
pub(super) const STEPS: &[Step] = &[
    Step { name: "tidy", about: "the rules that no lint checks", needs: &[], run: |_| tidy::run() },
    Step { name: "format", about: "rustfmt agrees", needs: &[], run: cargo::format },
    Step {
        name: "headers",
        about: "the vendored headers are as recorded",
        needs: &[],
        run: |_| headers::check().map(Outcome::passed),
    },
    Step {
        name: "bindgen",
        about: "l2tp-sys is what the headers give",
        needs: &[Need::Libclang],
        run: |_| bindgen::check().map(Outcome::passed),
    },
    Step {
        name: "manifests",
        about: "published crates keep to their Rust version",
        needs: &[],
        run: |_| manifests::run(),
    },
    Step {
        name: "dependencies",
        about: "the library's crates are few",
        needs: &[],
        run: |_| dependencies::run(),
    },
    Step { name: "clippy", about: "no lint has anything to say", needs: &[], run: cargo::clippy },
    Step {
        name: "tests",
        about: "unit tests, snapshots, properties, diagnostics, benchmarks once",
        needs: &[Need::Libclang],
        run: cargo::tests,
    },
    Step {
        name: "doctests",
        about: "the programs of the workspace's pages",
        needs: &[],
        run: cargo::doctests,
    },
    Step {
        name: "packages",
        about: "the published crates and the programs in them work outside the workspace",
        needs: &[],
        run: packages::run,
    },
    Step {
        name: "codec",
        about: "codecs cost what handwritten ones do, and allocate nothing",
        needs: codec::NEEDS,
        run: |_| codec(),
    },
    Step {
        name: "docs",
        about: "the documentation builds, links included",
        needs: &[],
        run: cargo::docs,
    },
];

/// Steps on new machines, which only root can make.
pub(super) const FRESH: &[Step] = &[
    Step {
        name: "new-machine",
        about: "a new bookworm with Rust shows the demo and generates l2tp-sys",
        needs: fresh::NEEDS,
        run: machines::demo,
    },
    Step {
        name: "oldest-rust",
        about: "the published crates pass their tests with trixie's Rust 1.85",
        needs: fresh::NEEDS,
        run: machines::oldest_rust,
    },
];

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    /// How many tests passed; a step without tests of its own counts as one.
    pub(super) passed: u32,
    /// How many failed; 0 if and only if the step is good.
    pub(super) failed: u32,
    /// A few words for the step's line.
    pub(super) note: String,
    /// What a person needs to see if it failed.
    pub(super) output: String,
}

impl Outcome {
    /// A step that is good, with a few words on what was checked.
    pub(super) fn passed(note: impl Into<String>) -> Self {
        Self { passed: 1, failed: 0, note: note.into(), output: String::new() }
    }

    /// A step that is not, with all that there is to see.
    pub(super) fn failed(note: impl Into<String>, output: impl Into<String>) -> Self {
        Self { passed: 0, failed: 1, note: note.into(), output: output.into() }
    }

    /// A step that could not be carried out, or whose error says what is wrong.
    #[expect(clippy::needless_pass_by_value, reason = "it is handed over where results end")]
    pub(super) fn error(error: anyhow::Error) -> Self {
        Self::failed("", format!("{error:#}"))
    }
}

/// Counts the codecs' instructions and compares them.
fn codec() -> Result<Outcome> {
    let counts = Counts::measure()?;
    let faults = counts.faults(&Counts::recorded()?);
    let note = format!("{} pairs", counts.cases.len());
    Ok(if faults.is_empty() {
        Outcome::passed(note)
    } else {
        Outcome::failed(note, faults.join("\n"))
    })
}

/// Runs `work` and says how long it took.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    (work(), begun.elapsed())
}
