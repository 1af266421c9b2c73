//! Steps on new machines: what the README promises, and the oldest compiler.

use anyhow::{Context as _, Result};

use super::cargo::{capture, tally};
use super::step::Outcome;
use crate::fresh::{Machine, Release, Root};
use crate::vm::{Progress, Stage};

/// The README's first command, and the one command that needs libclang.
const DEMO: &str = "cargo xtask demo && cargo xtask bindgen --check";

/// The crates' own tests and, for the examples of their documentation, the builds that those need.
const TESTS: &str = "set -e
rustc --version
cargo build --locked -p nll2tp-sys -p nll2tp-derive -p nll2tp --all-features
cargo build --locked -p nll2tp
cargo test --locked -p nll2tp-sys -p nll2tp-derive -p nll2tp --all-features --no-fail-fast";

/// How the release's compiler calls itself.
const RUST: &str = "rustc 1.85.";

/// The demo and the generator work on a machine that has only Rust.
pub(super) fn demo(stage: &Stage) -> Result<Outcome> {
    let (success, output) = on(stage, Machine::new(Release::Bookworm), DEMO)?;
    let crossed = output.lines().find(|line| line.contains("packets crossed the tunnel"));
    Ok(match crossed.filter(|_| success) {
        Some(_) => Outcome::passed("demo and bindgen work on a new bookworm"),
        None => Outcome::failed("", output),
    })
}

/// The published crates are built and tested by the compiler that they promise to work with.
pub(super) fn oldest_rust(stage: &Stage) -> Result<Outcome> {
    let (success, output) = on(stage, Machine::new(Release::Trixie).debian_rust(), TESTS)?;
    if !output.lines().any(|line| line.starts_with(RUST)) {
        return Ok(Outcome::failed("the compiler is another one", output));
    }
    Ok(tally(success, output))
}

fn on(stage: &Stage, machine: Machine, line: &str) -> Result<(bool, String)> {
    let root = Root::new(machine, false, &Progress::hidden())?;
    let (status, output) = capture(stage, &mut root.command(line)?).context("on a new machine")?;
    root.remove()?;
    Ok((status.success(), output))
}
