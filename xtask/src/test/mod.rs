//! `cargo xtask test`: everything that must hold before a change is good.
//!
//! A step is a check with a name. All of them run, whatever failed before, so that one run tells
//! everything; each says a line when it ends, and a step that failed shows all that it had to say.
//! The kernel suite comes last and adds a line and a row of the closing table for each kernel.

mod cargo;
mod dependencies;
mod kernels;
mod machines;
mod manifests;
mod packages;
mod report;
mod step;
mod tidy;

pub(crate) use tidy::draw_layers;

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Result;
use clap::builder::PossibleValuesParser;

use kernels::{Tests, Wanted};
use report::Report;
use step::{FRESH, Outcome, STEPS, Step};

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
    /// Also try what the README promises of a new machine, on minimal Debians installed for it, as
    /// root. Once they are kept this takes ten minutes
    #[arg(long)]
    fresh: bool,
    /// Run only this step; may be given more than once
    #[arg(long, value_name = "STEP", value_parser = PossibleValuesParser::new(names()))]
    only: Vec<String>,
    /// Run only the tests of the kernel suite whose name contains this, and no other step
    #[arg(value_name = "NAME", conflicts_with_all = ["skip_kernels", "only", "fresh"])]
    name: Option<String>,
    /// How many kernels run at once
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..))]
    jobs: u8,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let steps: Vec<&Step> = args.steps().collect();
    let wanted = args.kernels();
    setup::require(&needs(&steps, !wanted.is_empty()))?;
    let progress = Progress::new();
    let kernels = if wanted.is_empty() { 0 } else { 1 + wanted.len() };
    let mut turns = Turns::new(steps.len() + kernels);
    let mut report = Report::new(&progress);
    let fetched = kernels::fetch(&wanted, &progress);
    for step in steps {
        let stage = progress.stage(turns.next(&format!("{}: {}", step.name, step.about)));
        let (outcome, time) = step::timed(|| (step.run)(&stage));
        drop(stage);
        report.step(step.name, &outcome.unwrap_or_else(Outcome::error), time);
    }
    if !wanted.is_empty() {
        let tests = Tests { name: args.name.clone(), jobs: args.jobs.into() };
        kernels::run(fetched, &tests, &progress, turns, &mut report)?;
    }
    Ok(if report.close() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Counts the steps as they begin, of which there are so many.
#[derive(Debug)]
struct Turns {
    begun: usize,
    all: usize,
}

impl Turns {
    const fn new(all: usize) -> Self {
        Self { begun: 0, all }
    }

    /// What to say of the next step.
    fn next(&mut self, what: &str) -> String {
        self.begun += 1;
        format!("step {} of {}: {what}", self.begun, self.all)
    }
}

impl Args {
    fn wants(&self, step: &str) -> bool {
        match &self.name {
            Some(_) => step == KERNELS,
            None => self.only.is_empty() || self.only.iter().any(|name| name == step),
        }
    }

    /// The steps to carry out but for the kernels. Those on new machines are asked for.
    fn steps(&self) -> impl Iterator<Item = &'static Step> {
        let asked = self.fresh || !self.only.is_empty();
        let fresh = FRESH.iter().filter(move |_| asked);
        let fresh = fresh.filter(|step| self.only.is_empty() || self.wants(step.name));
        STEPS.iter().filter(|step| self.wants(step.name)).chain(fresh)
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
    STEPS.iter().chain(FRESH).map(|step| step.name).chain([KERNELS]).collect()
}

/// What the chosen steps need of the machine, each once.
fn needs(steps: &[&Step], kernels: bool) -> Vec<Need> {
    let guests = if kernels { vm::NEEDS } else { &[] };
    let mut seen = BTreeSet::new();
    let all = steps.iter().flat_map(|step| step.needs).chain(guests);
    all.filter(|need| seen.insert(**need as u8)).copied().collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn chosen(arguments: &[&str]) -> Vec<&'static str> {
        let cli = Cli::parse_from([&["test"], arguments].concat());
        cli.args.steps().map(|step| step.name).collect()
    }

    #[test]
    fn new_machines_are_asked_for() {
        let ordinary: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        assert_eq!(chosen(&[]), ordinary);
        let fresh = FRESH.iter().map(|step| step.name);
        assert_eq!(chosen(&["--fresh"]), ordinary.iter().copied().chain(fresh).collect::<Vec<_>>());
        assert_eq!(chosen(&["--only", "tidy", "--only", FRESH[0].name]), ["tidy", FRESH[0].name]);
    }

    #[test]
    fn the_name_of_a_test_leaves_only_kernels() {
        let cli = Cli::parse_from(["test", "--kernel", "trixie", "session::"]);
        assert_eq!(cli.args.steps().count(), 0);
        assert_eq!(cli.args.kernels().len(), 1);
        assert!(Cli::try_parse_from(["test", "--skip-kernels", "session::"]).is_err());
        assert!(Cli::try_parse_from(["test", "--only", "tidy", "session::"]).is_err());
    }

    #[test]
    fn a_step_says_which_of_how_many_it_is() {
        let mut turns = Turns::new(2);
        assert_eq!(turns.next("tidy"), "step 1 of 2: tidy");
        assert_eq!(turns.next("format"), "step 2 of 2: format");
    }
}
