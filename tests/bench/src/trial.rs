//! One contender, once: it lists what is there, then creates, looks at and deletes sessions.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::contender::Work;
use crate::record::{Cell, Clock, Name, Operation, Sample};

/// One contender's turn.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Trial {
    pub(crate) contender: Name,
    pub(crate) cell: Cell,
    pub(crate) clock: Clock,
}

impl Trial {
    pub(crate) fn run(self) -> Result<()> {
        let mut contender = self.contender.open(self.cell)?;
        if let Some(dump) = contender.dump() {
            self.measure(Operation::Dump, self.cell.sessions, dump)?;
            self.tell(Operation::Memory, peak_memory()?);
        }
        if let Some(create) = contender.create() {
            self.measure(Operation::Create, self.cell.sample, create)?;
        }
        if let Some(get) = contender.get() {
            self.measure(Operation::Get, self.cell.sample, get)?;
        }
        if let Some(delete) = contender.delete() {
            self.measure(Operation::Delete, self.cell.sample, delete)?;
        }
        Ok(())
    }

    /// Does the work of `count` operations and prints what one took.
    fn measure(self, operation: Operation, count: u32, work: Work<'_>) -> Result<()> {
        let taken: Duration = self.clock.time(work).with_context(|| format!("{operation:?}"))?;
        self.tell(operation, taken.as_secs_f64() * 1e9 / f64::from(count));
        Ok(())
    }

    fn tell(self, operation: Operation, value: f64) {
        let Self { contender, cell: Cell { pseudowire, sessions, .. }, .. } = self;
        let sample = Sample { contender, pseudowire, sessions, operation, value };
        match serde_json::to_string(&sample) {
            Ok(line) => println!("{line}"),
            Err(error) => eprintln!("{operation:?}: {error}"),
        }
    }
}

/// The most memory that this process has had resident, in KiB.
fn peak_memory() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")).context("no VmHWM")?;
    Ok(number.parse()?)
}
