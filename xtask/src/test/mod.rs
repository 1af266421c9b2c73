//! `cargo xtask test`: everything that must hold before a change is good.
//!
//! A step is a check with a name. All of them run, whatever failed before, so that one run tells
//! everything; each says a line when it ends, and a step that failed shows all that it had to say.
//! The kernel suite comes last and adds a line and a row of the closing table for each kernel.

mod cargo;
mod dependencies;
mod kernels;
mod manifests;
mod report;
mod step;
mod table;
mod tidy;

use std::collections::BTreeSet;
use std::io::{IsTerminal, stderr};
use std::process::ExitCode;

use anyhow::Result;
use clap::builder::PossibleValuesParser;

use kernels::Wanted;
use report::Report;
use step::{Outcome, STEPS, Step};

use crate::setup::{self, Need};
use crate::vm::{self, Choice, Progress, Suite};

/// The name of the last step, which is many: one a kernel.
const KERNELS: &str = "kernels";

/// Test everything: sources, library, documentation, and behaviour on five kernels
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Do not boot any kernel
    #[arg(long, conflicts_with = "kernels")]
    skip_kernels: bool,
    /// Boot only this suite's newest kernel, or one that `cargo xtask vm --list` prints; may be
    /// given more than once
    #[arg(long = "kernel", value_name = "SUITE[/RELEASE]")]
    kernels: Vec<Choice>,
    /// Run only this step; may be given more than once
    #[arg(long, value_name = "STEP", value_parser = PossibleValuesParser::new(names()))]
    only: Vec<String>,
    /// How many kernels run at once
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..))]
    jobs: u8,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let steps: Vec<&Step> = STEPS.iter().filter(|step| args.wants(step.name)).collect();
    let wanted = args.kernels();
    setup::require(&needs(&steps, !wanted.is_empty()))?;
    // Elsewhere than on a terminal, a line is due when a step has ended and not before.
    let progress = if stderr().is_terminal() { Progress::new() } else { Progress::hidden() };
    let mut report = Report::new(&progress);
    let fetched = kernels::fetch(&wanted, &progress);
    for step in steps {
        let stage = progress.stage(format!("{}: {}", step.name, step.about));
        let (outcome, time) = step::timed(|| (step.run)());
        drop(stage);
        report.step(step.name, &outcome.unwrap_or_else(Outcome::error), time);
    }
    if !wanted.is_empty() {
        kernels::run(fetched, args.jobs.into(), &progress, &mut report)?;
    }
    Ok(if report.close() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Args {
    fn wants(&self, step: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == step)
    }

    /// The kernels to boot. Naming one without a step asks for nothing else to be left out.
    fn kernels(&self) -> Vec<Wanted> {
        if self.skip_kernels || !self.wants(KERNELS) {
            return Vec::new();
        }
        let named = |choice: &Choice| Wanted { choice: choice.clone(), required: true };
        let any =
            |suite: Suite| Wanted { choice: Choice::newest(suite), required: suite.required() };
        if self.kernels.is_empty() {
            Suite::ALL.map(any).to_vec()
        } else {
            self.kernels.iter().map(named).collect()
        }
    }
}

fn names() -> Vec<&'static str> {
    STEPS.iter().map(|step| step.name).chain([KERNELS]).collect()
}

/// What the chosen steps need of the machine, each once.
fn needs(steps: &[&Step], kernels: bool) -> Vec<Need> {
    let guests = if kernels { vm::NEEDS } else { &[] };
    let mut seen = BTreeSet::new();
    let all = steps.iter().flat_map(|step| step.needs).chain(guests);
    all.filter(|need| seen.insert(**need as u8)).copied().collect()
}
