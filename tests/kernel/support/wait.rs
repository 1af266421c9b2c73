//! Waiting for what the kernel does in its own time.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// An emulated machine is slow, and one that hangs is slower still: long enough for the former.
const DEADLINE: Duration = Duration::from_mins(1);

/// The first pause between two attempts, and the longest: one that starts a program costs an
/// emulated machine more than it waits for.
const PAUSE: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(160)];

/// Repeats `attempt` until it succeeds. After the deadline its last error is the outcome.
pub(crate) fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let [mut pause, longest] = PAUSE;
    loop {
        match attempt() {
            Err(_) if start.elapsed() < DEADLINE => {
                thread::sleep(pause);
                pause = longest.min(2 * pause);
            }
            outcome => return outcome.with_context(|| format!("{what} within {DEADLINE:?}")),
        }
    }
}
