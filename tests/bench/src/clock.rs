//! What time is measured by.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;
use std::{fs, process};

use anyhow::{Context, Result, ensure};
use record::Clock;
use rustix::time::{ClockId, clock_gettime};

/// The time that `work` takes by a clock.
pub(crate) fn time(by: Clock, work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let begun = now(by)?;
    work()?;
    now(by)?.checked_sub(begun).context("the clock went backwards")
}

fn now(by: Clock) -> Result<Duration> {
    let now = clock_gettime(match by {
        Clock::Processor => ClockId::ProcessCPUTime,
        Clock::Wall => ClockId::Monotonic,
    });
    Duration::try_from(now).context("the clock stands before its beginning")
}

/// The time that the processor has spent on each other process, the kernel's workers among them.
#[derive(Debug)]
pub(crate) struct Others(HashMap<u32, Duration>);

impl Others {
    /// What it is now.
    pub(crate) fn now() -> Result<Self> {
        let mut times = HashMap::new();
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let pid = name.to_str().and_then(|name| name.parse().ok());
            let Some(pid) = pid.filter(|pid| *pid != process::id()) else { continue };
            times.extend(time_of(pid).map(|time| (pid, time)));
        }
        ensure!(times.values().any(|time| !time.is_zero()), "/proc/*/schedstat counts nothing");
        Ok(Self(times))
    }

    /// What they have had since.
    pub(crate) fn elapsed(&self) -> Result<Duration> {
        let before = |pid| self.0.get(pid).copied().unwrap_or_default();
        let now = Self::now()?;
        Ok(now.0.iter().map(|(pid, time)| time.saturating_sub(before(pid))).sum())
    }
}

/// `None` for one that has ended.
fn time_of(pid: u32) -> Option<Duration> {
    let path = Path::new("/proc").join(pid.to_string()).join("schedstat");
    let running = fs::read_to_string(path).ok()?;
    Some(Duration::from_nanos(running.split(' ').next()?.parse().ok()?))
}
