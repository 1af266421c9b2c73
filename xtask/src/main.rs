//! `cargo xtask`: everything a maintainer does, one command each.
//!
//! Each subcommand lives in the module of its name; this file only dispatches.

use clap::{Parser, Subcommand};

mod bindgen;
mod headers;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Everything a maintainer of the l2tp workspace does"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Generate l2tp-sys from the vendored headers, or check that it is up to date
    Bindgen(bindgen::Args),
    /// Replace the vendored headers, or verify their checksums
    Headers(headers::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Bindgen(args) => bindgen::run(&args),
        Command::Headers(args) => headers::run(&args),
    }
}
