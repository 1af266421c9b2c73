//! Waiting for what the kernel does in its own time.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// An emulated machine is slow, and one that hangs is slower still: long enough for the former.
const DEADLINE: Duration = Duration::from_mins(1);

/// Repeats `attempt` until it succeeds. After the deadline its last error is the outcome.
pub(crate) fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    loop {
        match attempt() {
            Err(_) if start.elapsed() < DEADLINE => thread::sleep(Duration::from_millis(10)),
            outcome => return outcome.with_context(|| format!("{what} within {DEADLINE:?}")),
        }
    }
}
