//! Waiting for the kernel: short pauses that grow, up to a deadline.

use std::time::{Duration, Instant};

use super::{Engine, Transport};
use crate::command::{DeleteTunnel, GetTunnel};
use crate::error::{Error, ErrorKind, Operation};
use crate::{SessionKey, TunnelId, TunnelInfo};

/// The first pause: a deletion mostly takes less than this.
const FIRST: Duration = Duration::from_micros(100);
/// The longest pause.
const LONGEST: Duration = Duration::from_millis(20);

/// How long to wait for a deleted tunnel or session to be gone.
///
/// A [`Duration`] is a `Wait` of that length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    limit: Duration,
    missing_ok: bool,
}

impl Wait {
    /// Waits at most this long.
    #[must_use]
    pub fn up_to(limit: Duration) -> Self {
        Self { limit, missing_ok: false }
    }

    /// Whether it is well when there was nothing to delete.
    #[must_use]
    pub fn missing_ok(mut self, yes: bool) -> Self {
        self.missing_ok = yes;
        self
    }

    /// The outcome of a deletion, when its absence may be well.
    fn forgive(self, deletion: Result<(), Error>) -> Result<(), Error> {
        match deletion {
            Err(error) if self.missing_ok && error.is_not_found() => Ok(()),
            outcome => outcome,
        }
    }
}

impl From<Duration> for Wait {
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

impl<S: Transport> Engine<S> {
    /// Deletes a tunnel and waits until it no longer answers.
    pub(crate) async fn delete_tunnel_and_wait(
        &mut self,
        id: TunnelId,
        wait: Wait,
    ) -> Result<(), Error> {
        wait.forgive(self.command(&DeleteTunnel(id)).await)?;
        let mut pauses = Pauses::within(wait.limit);
        while is_there(self.question::<TunnelInfo>(&GetTunnel(id)).await)? {
            self.pause(&mut pauses, Operation::DeleteTunnel(id), wait).await?;
        }
        Ok(())
    }

    /// Deletes a session and waits until it no longer answers.
    pub(crate) async fn delete_session_and_wait(
        &mut self,
        key: SessionKey,
        wait: Wait,
    ) -> Result<(), Error> {
        wait.forgive(self.delete_session(key).await)?;
        let mut pauses = Pauses::within(wait.limit);
        while is_there(self.get_session(key).await)? {
            self.pause(&mut pauses, Operation::DeleteSession(key), wait).await?;
        }
        Ok(())
    }

    async fn pause(
        &mut self,
        pauses: &mut Pauses,
        operation: Operation,
        wait: Wait,
    ) -> Result<(), Error> {
        match pauses.next() {
            Some(pause) => {
                self.socket.pause(pause).await;
                Ok(())
            }
            None => Err(Error::StillThere { operation, waited: wait.limit }),
        }
    }
}

/// Whether a question was answered, or the object is gone.
fn is_there<T>(answer: Result<T, Error>) -> Result<bool, Error> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether an attempt is worth repeating.
pub(crate) fn is_passing<T>(outcome: &Result<T, Error>, kind: ErrorKind) -> bool {
    outcome.as_ref().is_err_and(|error| error.kind() == kind)
}
