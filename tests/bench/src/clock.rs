//! What time is measured by.

use std::time::Duration;

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
