//! The order of trials: contenders take turns, round by round, so that what changes in the machine
//! meanwhile meets all alike.

use std::collections::HashMap;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use l2tp::Conn;
use record::{Clock, Name, Plan};

use crate::Task;
use crate::cell::Cell;
use crate::trial::{SETTLE, Trial};

pub(crate) fn run(plan: &Plan) -> Result<()> {
    let mut conn = Conn::open()?;
    conn.set_guards(false);
    let mut have = HashMap::new();
    for cell in plan.cells.iter().copied().map(Cell) {
        let there = have.insert(cell.tunnel_id(), cell.sessions).unwrap_or(0);
        cell.fill(&mut conn, there)?;
        for _ in 0..cell.rounds {
            for contender in Name::ALL {
                start(Trial { contender, cell, clock: plan.clock })
                    .with_context(|| format!("{contender:?} failed"))?;
                cell.wait_until_gone(&mut conn)?;
                std::thread::sleep(SETTLE);
            }
        }
    }
    Ok(())
}

/// Runs a trial in a process of its own.
///
/// Where instructions are counted it goes before all else, so that what the kernel leaves to its
/// workers is done when the process waits: whether a worker comes in between, which costs two
/// switches, would be chance.
fn start(trial: Trial) -> Result<()> {
    let program = std::env::current_exe()?;
    let mut command = match trial.clock {
        Clock::Processor => {
            let mut chrt = Command::new("chrt");
            chrt.args(["--fifo", "1"]).arg(program);
            chrt
        }
        Clock::Wall => Command::new(program),
    };
    let status = command.arg(serde_json::to_string(&Task::Trial(trial))?).status()?;
    ensure!(status.success(), "{status}");
    Ok(())
}
