//! Waiting for the kernel: short pauses that grow, up to a deadline.

use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};

/// The first pause: the deletion of a session without an interface mostly takes less than this.
const FIRST: Duration = Duration::from_micros(100);
/// The longest pause.
const LONGEST: Duration = Duration::from_millis(20);

/// How long to wait for a deleted tunnel or session to be gone.
///
/// A [`Duration`] converts into one with that limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeletionWait {
    limit: Duration,
    missing_ok: bool,
}

impl DeletionWait {
    /// Waits at most for `limit`.
    #[must_use]
    pub fn up_to(limit: Duration) -> Self {
        Self { limit, missing_ok: false }
    }

    /// Whether a deletion succeeds when there was nothing to delete. It fails by default.
    #[must_use]
    pub fn missing_ok(mut self, yes: bool) -> Self {
        self.missing_ok = yes;
        self
    }

    /// The longest time to wait.
    pub(super) fn limit(self) -> Duration {
        self.limit
    }

    /// The outcome of a deletion, where a missing object may count as success.
    pub(super) fn forgive<T: Default>(self, deletion: Result<T, Error>) -> Result<T, Error> {
        match deletion {
            Err(error) if self.missing_ok && error.is_not_found() => Ok(T::default()),
            outcome => outcome,
        }
    }
}

impl From<Duration> for DeletionWait {
    fn from(limit: Duration) -> Self {
        Self::up_to(limit)
    }
}

/// Pauses that double from [`FIRST`] to [`LONGEST`] until a deadline.
#[derive(Debug)]
pub(crate) struct Pauses {
    next: Duration,
    deadline: Instant,
}

impl Pauses {
    pub(crate) fn within(limit: Duration) -> Self {
        // A limit beyond what the clock can count is no limit that anyone will see.
        let now = Instant::now();
        let deadline = now.checked_add(limit).unwrap_or(now + Duration::from_secs(1 << 32));
        Self { next: FIRST, deadline }
    }
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let left = self.deadline.checked_duration_since(Instant::now())?;
        let pause = self.next.min(left);
        self.next = (self.next * 2).min(LONGEST);
        (!left.is_zero()).then_some(pause)
    }
}

/// Whether an attempt should be repeated.
pub(crate) fn is_passing<T>(outcome: &Result<T, Error>, kind: ErrorKind) -> bool {
    outcome.as_ref().is_err_and(|error| error.kind() == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_a_tenth_to_twenty_milliseconds() {
        let long = Duration::from_secs(600);
        let pauses: Vec<_> = Pauses::within(long).take(10).map(|it| it.as_micros()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000]);
    }

    #[test]
    fn no_pause_is_longer_than_what_is_left() {
        let limit = Duration::from_millis(3);
        assert!(Pauses::within(limit).take(100).all(|pause| pause <= limit));
        assert_eq!(Pauses::within(Duration::ZERO).next(), None);
        assert_eq!(Pauses::within(Duration::MAX).next(), Some(FIRST));
    }
}
