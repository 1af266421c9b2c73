//! `cargo xtask demo`: packets through an L2TPv3 tunnel, on a stock kernel, in words.
//!
//! The tunnel is the business of the library's example `demo`. This boots the kernel it needs, and
//! says how long all that took.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::setup::{self, Need};
use crate::vm::{self, Availability, Choice, Guest, Kernel, Progress, Run, Target};

/// What the demo needs of the machine.
const NEEDS: &[Need] =
    &[Need::Qemu, Need::Busybox, Need::Keyring, Need::Kmod, Need::Iproute2, Need::Ping];

/// The demo takes seconds; a machine that needs longer has come to a stop.
const TIMEOUT: Duration = Duration::from_mins(2);

/// Carry packets through an L2TPv3 tunnel on a stock Debian kernel, step by step
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The suite whose newest kernel to boot, or one that `cargo xtask vm --list` prints
    #[arg(long, value_name = "SUITE[/RELEASE]", default_value = "trixie")]
    kernel: Choice,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<()> {
    let begun = Instant::now();
    setup::require(NEEDS)?;
    let progress = Progress::new();
    let kernel = match Kernel::fetch(&args.kernel, &progress)? {
        Availability::Ready(kernel) => kernel,
        Availability::Unavailable(reason) => {
            bail!("the kernel of {} is unavailable: {reason}", args.kernel)
        }
    };
    let building = progress.stage("building the library's example `demo`");
    let program = vm::build("nll2tp", Target::Example("demo"), &[])?;
    drop(building);
    // The guest's output is no terminal; whether it ends up on one is known here.
    let colours = if console::colors_enabled() { "1" } else { "0" };
    let run = Guest::new(&kernel, program)
        .env("CLICOLOR_FORCE", colours)
        .timeout(TIMEOUT)
        .show(&progress)?;
    if !run.success() {
        bail!("no tunnel on {kernel}: {run}");
    }
    println!("{}", summary(&kernel, &run, begun.elapsed()));
    Ok(())
}

/// What happened, in two lines.
fn summary(kernel: &Kernel, run: &Run, all: Duration) -> String {
    let boot = run.boot.unwrap_or_default();
    let at_work = run.total.saturating_sub(boot);
    let mut text = format!(
        "Linux {} (Debian {}) booted in {:.1} s and did this in {:.1} s; all in all {:.1} s.",
        kernel.release(),
        kernel.suite(),
        boot.as_secs_f64(),
        at_work.as_secs_f64(),
        all.as_secs_f64(),
    );
    for warning in &run.warnings {
        // Writing to a string cannot fail.
        let _ = write!(text, "\nThe kernel complained: {warning}");
    }
    text
}
