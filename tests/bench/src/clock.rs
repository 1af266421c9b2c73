//! What time is measured by.

use std::path::Path;
use std::time::Duration;
use std::{fs, process};

use anyhow::{Context, Result};
use rustix::time::{ClockId, clock_gettime};

use crate::record::Clock;

impl Clock {
    /// The time that `work` takes.
    pub(crate) fn time(self, work: impl FnOnce() -> Result<()>) -> Result<Duration> {
        let begun = self.now()?;
        work()?;
        self.now()?.checked_sub(begun).context("the clock went backwards")
    }

    fn now(self) -> Result<Duration> {
        let now = clock_gettime(match self {
            Self::Processor => ClockId::ProcessCPUTime,
            Self::Wall => ClockId::Monotonic,
        });
        Duration::try_from(now).context("the clock stands before its beginning")
    }
}

/// The time that the processor has spent on all other processes that there are, the kernel's
/// workers among them.
pub(crate) fn time_of_others() -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        if pid != process::id() {
            sum += time_of(pid).unwrap_or_default();
        }
    }
    Ok(sum)
}

/// `None` for one that has ended.
fn time_of(pid: u32) -> Option<Duration> {
    let path = Path::new("/proc").join(pid.to_string()).join("schedstat");
    let running = fs::read_to_string(path).ok()?;
    Some(Duration::from_nanos(running.split(' ').next()?.parse().ok()?))
}
