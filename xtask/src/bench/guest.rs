//! Running the measuring program in guests.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use record::{Clock, Plan, Sample};

use super::figures::Figures;
use crate::vm::{
    self, Accel, Availability, Choice, Guest, Kernel, Progress, Stream, Suite, Target,
};
use crate::workspace;

/// A guest that counts instructions runs on one of the machine's processors, at a twentieth of its
/// speed.
const TIMEOUT: Duration = Duration::from_mins(30);

/// The figures of one kernel.
pub(super) struct Measured {
    /// Its release.
    pub(super) release: String,
    pub(super) figures: Figures,
}

/// Builds the measuring program.
pub(super) fn build(progress: &Progress) -> Result<PathBuf> {
    let stage = progress.stage("building the measuring program");
    // A workspace of its own: what the peer needs is no business of the library's lock file.
    let manifest = workspace().join("tests/bench/Cargo.toml");
    let manifest = manifest.to_str().context("the workspace's path is not UTF-8")?;
    let options = ["--release", "--locked", "--manifest-path", manifest];
    let program = vm::build("l2tp-bench", Target::Bin("l2tp-bench"), &options);
    drop(stage);
    program
}

/// Measures on the kernel of `suite`, a guest a plan.
pub(super) fn measure(
    suite: Suite,
    program: &Path,
    plans: &[Plan],
    progress: &Progress,
) -> Result<Measured> {
    let kernel = match Kernel::fetch(&Choice::newest(suite), progress)? {
        Availability::Ready(kernel) => kernel,
        Availability::Unavailable(reason) => {
            bail!("the kernel of {suite} is unavailable: {reason}")
        }
    };
    let mut figures = Figures::default();
    for plan in plans {
        let how = match plan.clock {
            Clock::Processor => "instructions",
            Clock::Wall => "time",
        };
        let stage = progress.stage(format!("{kernel}: measuring {how}"));
        for sample in samples(&kernel, program, plan)? {
            figures.add(plan.clock, sample);
        }
        drop(stage);
    }
    Ok(Measured { release: kernel.release().to_owned(), figures })
}

fn samples(kernel: &Kernel, program: &Path, plan: &Plan) -> Result<Vec<Sample>> {
    let task = serde_json::json!({ "plan": plan });
    let (mut samples, mut complaints) = (Vec::new(), String::new());
    let run = Guest::new(kernel, program)
        .arg(task.to_string())
        .tool("chrt")
        .icount(plan.clock == Clock::Processor)
        .accel(match plan.clock {
            Clock::Processor => Accel::Tcg,
            Clock::Wall => Accel::TcgThreads,
        })
        .timeout(TIMEOUT)
        .lines(|stream, line| match (stream, serde_json::from_str(line)) {
            (Stream::Stdout, Ok(sample)) => samples.push(sample),
            _ => complaints.extend([line, "\n"]),
        })?;
    ensure!(run.success(), "measuring on {kernel} failed: {run}\n{complaints}");
    Ok(samples)
}
