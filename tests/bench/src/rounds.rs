//! The order of trials: contenders take turns, round by round, so that what changes in the machine
//! meanwhile meets all alike.

use std::collections::HashMap;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::{Conn, SessionId};

use crate::Task;
use crate::record::{Cell, Name, Plan};
use crate::trial::{SETTLE, Trial};

pub(crate) fn run(plan: &Plan) -> Result<()> {
    let mut conn = Conn::open()?;
    conn.set_guards(false);
    let mut have = HashMap::new();
    for cell in &plan.cells {
        let there = have.insert(cell.tunnel_id(), cell.sessions).unwrap_or(0);
        cell.fill(&mut conn, there)?;
        for _ in 0..cell.rounds {
            for contender in Name::ALL {
                let Plan { clock, deletion, .. } = *plan;
                let trial = Trial { contender, cell: *cell, clock, deletion };
                start(trial).with_context(|| format!("{contender:?} failed"))?;
                wait_until_gone(&mut conn, *cell)?;
                std::thread::sleep(SETTLE);
            }
        }
    }
    Ok(())
}

/// Runs a trial in a process of its own.
fn start(trial: Trial) -> Result<()> {
    let task = serde_json::to_string(&Task::Trial(trial))?;
    let status = Command::new("/proc/self/exe").arg(task).status()?;
    ensure!(status.success(), "{status}");
    Ok(())
}

/// From 6.12 on the kernel deletes sessions after it has said so.
fn wait_until_gone(conn: &mut Conn, cell: Cell) -> Result<()> {
    for id in cell.ids() {
        let key = (cell.tunnel_id(), SessionId(id));
        let mut left = 1000;
        loop {
            match conn.get_session_info(key) {
                Err(error) if error.is_not_found() => break,
                Err(error) => return Err(error.into()),
                Ok(info) => ensure!(left > 0, "it has left {info} behind"),
            }
            left -= 1;
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    Ok(())
}
