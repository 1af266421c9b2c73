//! Threads that race with each other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use l2tp::{Error, ErrorKind};

/// How long a race lasts. Each of the kernel's steps is some microseconds, or a work item's delay.
const RACE: Duration = Duration::from_secs(1);

/// What one side of a race does, again and again.
pub(crate) type Racer<'a> = Box<dyn FnMut() -> Result<()> + Send + 'a>;

/// Lets the racers run side by side for a while, or until one fails.
pub(crate) fn race(racers: Vec<Racer<'_>>) -> Result<()> {
    let (over, deadline) = (&AtomicBool::new(false), Instant::now() + RACE);
    thread::scope(|scope| {
        let racers = racers.into_iter().enumerate().map(|(number, mut racer)| {
            scope.spawn(move || -> Result<()> {
                let mut rounds = 0u32;
                while !over.load(Ordering::Relaxed) && Instant::now() < deadline {
                    let outcome = racer();
                    if outcome.is_err() {
                        over.store(true, Ordering::Relaxed);
                    }
                    outcome.with_context(|| format!("racer {number}, round {rounds}"))?;
                    rounds += 1;
                }
                ensure!(rounds > 0, "racer {number} did not run");
                Ok(())
            })
        });
        // All are started before the first is waited for.
        let racers: Vec<_> = racers.collect();
        let mut outcomes = racers
            .into_iter()
            .map(|racer| racer.join().unwrap_or_else(|_| Err(anyhow!("a racer panicked"))));
        // Those that are left are waited for by the scope.
        outcomes.find(Result::is_err).unwrap_or(Ok(()))
    })
}

/// The value, or nothing when it failed in one of the ways that a race explains.
pub(crate) fn unless<T>(excuses: &[ErrorKind], outcome: Result<T, Error>) -> Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if excuses.contains(&error.kind()) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
