//! One contender, once: it lists what is there, then creates, looks at and deletes sessions.

use std::time::Duration;
use std::{fs, thread};

use anyhow::{Context, Result};
use l2tp::Conn;
use record::{Clock, Name, Operation, Sample};
use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::clock::{self, Others};
use crate::contender::{self, Contender, Work};

/// Long enough for the kernel to do what it has put off: to free what was deleted.
pub(crate) const SETTLE: Duration = Duration::from_millis(500);

/// One contender's turn.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Trial {
    pub(crate) contender: Name,
    pub(crate) cell: Cell,
    pub(crate) clock: Clock,
}

impl Trial {
    pub(crate) fn run(self) -> Result<()> {
        let mut contender = contender::open(self.contender, self.cell)?;
        if self.cell.dump
            && let Some(dump) = contender.dump()
        {
            self.measure(Operation::Dump, self.cell.sessions, dump)?;
            self.tell(Operation::Memory, peak_memory()?);
        }
        warm_up(&mut *contender)?;
        if let Some(create) = contender.create() {
            self.measure(Operation::Create, self.cell.sample, create)?;
        }
        if let Some(get) = contender.get() {
            self.measure(Operation::Get, self.cell.asked().end - 1, get)?;
        }
        if let Some(delete) = contender.delete() {
            match self.clock {
                Clock::Processor => self.measure_whole_deletion(delete)?,
                Clock::Wall => self.measure(Operation::Delete, self.cell.sample, delete)?,
            }
        }
        Ok(())
    }

    /// Deletes, and counts what it takes whoever does it: from 6.12 on that is mostly a worker of
    /// the kernel, and how much of it falls to this process is chance.
    fn measure_whole_deletion(self, work: Work<'_>) -> Result<()> {
        let mut witness = Conn::open()?;
        let others = Others::now()?;
        let own = clock::time(self.clock, work).context("Delete")?;
        self.cell.wait_until_gone(&mut witness)?;
        self.tell_each(Operation::Delete, self.cell.sample, own + others.elapsed()?);
        Ok(())
    }

    /// Does the work of `count` operations and prints what one took.
    fn measure(
        self,
        operation: Operation,
        count: u32,
        work: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let taken = clock::time(self.clock, work).with_context(|| format!("{operation:?}"))?;
        self.tell_each(operation, count, taken);
        Ok(())
    }

    /// Prints what one of `count` operations took.
    fn tell_each(self, operation: Operation, count: u32, taken: Duration) {
        self.tell(operation, taken.as_secs_f64() * 1e9 / f64::from(count));
    }

    fn tell(self, operation: Operation, value: f64) {
        let Self { contender, cell: Cell(situation), .. } = self;
        let record::Cell { pseudowire, sessions, .. } = situation;
        let sample = Sample { contender, pseudowire, sessions, operation, value };
        match serde_json::to_string(&sample) {
            Ok(line) => println!("{line}"),
            Err(error) => eprintln!("{operation:?}: {error}"),
        }
    }
}

/// Does all that will be measured once, so that the memory it takes is the process's by then, as a
/// floor's bytes are, and an emulator has met the code.
fn warm_up(contender: &mut dyn Contender) -> Result<()> {
    let once = |work: Option<Work<'_>>| work.map_or(Ok(()), |work| work());
    once(contender.create())?;
    once(contender.get())?;
    once(contender.delete())?;
    thread::sleep(SETTLE);
    Ok(())
}

/// The most memory that this process has had resident, in KiB.
fn peak_memory() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")).context("no VmHWM")?;
    Ok(number.parse()?)
}
