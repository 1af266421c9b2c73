//! What an operation costs: with nothing but its bytes, through the library, through its peer.
//!
//! Runs as root in a guest that has nothing else to do; `cargo xtask bench` boots one. The one
//! argument is a [`Plan`] as JSON; each measurement is a line of JSON on standard output. Every
//! contender has a process of its own, so that none inherits another's heap, threads or sockets:
//! this program calls itself with a [`Trial`] for each.

mod cell;
mod clock;
mod contender;
mod rounds;
mod trial;

use anyhow::{Context, Result};
use record::Plan;
use serde::{Deserialize, Serialize};

use trial::Trial;

/// What this process is for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Task {
    /// Measure everything.
    Plan(Plan),
    /// Be one contender, once.
    Trial(Trial),
}

fn main() -> Result<()> {
    let task = std::env::args().nth(1).context("the argument is a plan, as JSON")?;
    match serde_json::from_str(&task).with_context(|| format!("cannot read the plan {task}"))? {
        Task::Plan(plan) => rounds::run(&plan),
        Task::Trial(trial) => trial.run(),
    }
}
