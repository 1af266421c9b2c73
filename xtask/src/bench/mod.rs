//! `cargo xtask bench`: what operations cost, beside the floor and beside a peer.
//!
//! The measuring program is `tests/bench`. It runs in a guest whose clock counts instructions, so
//! that figures repeat, and once more in a guest of two processors by the time that passes. The
//! figures become a table on standard output and, unless they are only checked, a page, a file and
//! a chart in `docs/`. See `docs/performance.md`.

mod bounds;
mod chart;
mod figures;
mod guest;
mod page;
mod plan;
mod startup;
mod tables;

use std::process::ExitCode;

use anyhow::Result;

use crate::codec;
use crate::setup::{self, Need};
use crate::vm::{Progress, Suite};

/// What measuring needs of the machine.
const NEEDS: &[Need] =
    &[Need::Qemu, Need::Busybox, Need::Keyring, Need::Kmod, Need::Iproute2, Need::Ping];

/// Measure operations in guests, beside the floor and beside the crate l2tp 0.5.0
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The suite whose kernel to measure on; may be given more than once
    #[arg(long = "kernel", value_name = "SUITE", default_values = ["trixie", "bookworm"])]
    kernels: Vec<Suite>,
    /// Fail when a ratio to the floor exceeds its bound; write nothing
    #[arg(long)]
    check: bool,
    /// Measure among a thousand sessions only, and by instructions only
    #[arg(long)]
    quick: bool,
    /// Measure binaries and builds, and nothing else
    #[arg(long, conflicts_with_all = ["kernels", "check", "quick"])]
    start_up: bool,
    /// Count the codecs' instructions and record them, and nothing else
    #[arg(long, conflicts_with_all = ["kernels", "check", "quick", "start_up"])]
    codec: bool,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let progress = Progress::new();
    if args.start_up {
        let table = startup::measure(&progress)?;
        println!("{table}");
        page::replace("start-up", &table)?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.codec {
        setup::require(codec::NEEDS)?;
        let counts = codec::Counts::measure()?;
        let table = tables::codecs(&counts);
        println!("{table}");
        counts.record()?;
        page::replace("codecs", &table)?;
        return Ok(ExitCode::SUCCESS);
    }
    setup::require(NEEDS)?;
    let program = guest::build(&progress)?;
    let mut faults = Vec::new();
    for &suite in &args.kernels {
        let measured = guest::measure(suite, &program, &plan::plans(suite, args.quick), &progress)?;
        println!("{}", tables::all(&measured));
        let exceeded = bounds::exceeded(&measured.figures);
        faults.extend(exceeded.into_iter().map(|fault| format!("{suite}: {fault}")));
        if !args.check && !args.quick {
            page::write(suite, &measured)?;
        }
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    Ok(if args.check && !faults.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
