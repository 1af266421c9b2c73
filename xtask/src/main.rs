//! `cargo xtask`: everything a maintainer does, one command each.
//!
//! Each subcommand lives in the module of its name; this file only dispatches.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

mod bench;
mod bindgen;
mod codec;
mod command;
mod demo;
mod files;
mod fresh;
mod headers;
mod panics;
mod scratch;
mod setup;
mod test;
mod vm;
mod workspace;

use workspace::workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Everything a maintainer of the l2tp workspace does")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Bench(bench::Args),
    /// Generate l2tp-sys from the vendored headers, or check that it is up to date
    Bindgen(bindgen::Args),
    /// Replace the vendored headers, or verify their checksums
    Headers(headers::Args),
    Demo(demo::Args),
    /// Draw the diagram of the library's layers from the table in docs/architecture.md
    Diagram,
    Fresh(fresh::Args),
    Test(test::Args),
    Vm(vm::Args),
}

fn main() -> ExitCode {
    panics::install();
    match panics::contained(run) {
        Some(Ok(status)) => status,
        // On one line and without a backtrace: what is needed to act on it is in the causes.
        Some(Err(error)) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
        None => ExitCode::FAILURE,
    }
}

fn run() -> Result<ExitCode> {
    let command = Cli::parse().command;
    workspace::find()?;
    match command {
        Command::Bench(args) => return bench::run(&args),
        Command::Bindgen(args) => bindgen::run(&args)?,
        Command::Headers(args) => headers::run(&args)?,
        Command::Demo(args) => demo::run(&args)?,
        Command::Diagram => test::draw_layers()?,
        // A command run elsewhere hands its exit status on.
        Command::Fresh(args) => return fresh::run(&args),
        Command::Test(args) => return test::run(&args),
        Command::Vm(args) => return vm::run(&args),
    }
    Ok(ExitCode::SUCCESS)
}
