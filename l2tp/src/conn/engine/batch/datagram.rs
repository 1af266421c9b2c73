//! The requests of one datagram, and what the kernel replies to each.

use std::io;
use std::ops::Range;

use super::Outcome;
use crate::conn::BatchOutcome;
use crate::conn::batch::{BatchRequest, Requests};
use crate::conn::command::{Get, GetSession};
use crate::conn::engine::{guard, refused};
use crate::error::{Error, Operation};
use crate::netlink::attr::{DecodeError, FromAttrs};
use crate::netlink::exchange::{Exchange, Progress};
use crate::netlink::message::Message;
use crate::{SessionInfo, TunnelInfo};

/// The requests that one datagram holds, and their outcomes.
pub(super) struct Datagram<'r> {
    pub(super) requests: &'r Requests,
    /// The outcomes of the batch so far, those of this datagram included.
    pub(super) outcomes: &'r mut [Outcome],
    /// The requests that are sent, by their position in the batch, in ascending order.
    pub(super) sent: &'r mut Vec<usize>,
    /// How many of `sent`, from the first on, have a known outcome. The kernel replies in order.
    known: usize,
    /// A reply behind those could not be read.
    pub(super) unread: Option<DecodeError>,
    /// The request that was acknowledged.
    acknowledged: Option<usize>,
}

impl<'r> Datagram<'r> {
    /// The presumed outcomes of `range` are added to `results`.
    pub(super) fn new(
        requests: &'r Requests,
        range: Range<usize>,
        results: &'r mut Vec<Outcome>,
        sent: &'r mut Vec<usize>,
    ) -> Self {
        results.resize_with(range.end, || Ok(BatchOutcome::Done));
        for (request, outcome) in requests.list.iter().zip(&mut *results).skip(range.start) {
            presume(request, outcome);
        }
        Self { requests, outcomes: results, sent, known: 0, unread: None, acknowledged: None }
    }

    /// Forgets what is known of the requests to be sent.
    pub(super) fn presume(&mut self) {
        for &at in &*self.sent {
            self.outcomes[at] = Ok(BatchOutcome::Done);
            presume(&self.requests.list[at], &mut self.outcomes[at]);
        }
        (self.known, self.unread, self.acknowledged) = (0, None, None);
    }

    /// Notes an outcome. Returns whether it is the last.
    pub(super) fn note(&mut self, progress: Progress, exchange: &Exchange) -> bool {
        let (index, outcome) = match progress {
            Progress::Failed(index, error) => (index, Err(error)),
            Progress::Reply(index) => (index, Ok(true)),
            Progress::Acked(index) => (index, Ok(false)),
            Progress::NeedData | Progress::Done | Progress::Interrupted => return false,
        };
        self.known_up_to(index);
        self.known = index + 1;
        let at = self.sent[index];
        let operation = self.requests.list[at].operation;
        self.outcomes[at] = match outcome {
            Err(error) => Err(refused(operation, error)),
            Ok(false) => {
                self.acknowledged = Some(at);
                Ok(BatchOutcome::Done)
            }
            Ok(true) => exchange
                .message()
                .map_err(|error| Error::Decode { operation, error })
                .and_then(|message| read(operation, &message)),
        };
        self.known == self.sent.len()
    }

    /// Nothing more is received.
    pub(super) fn end(&mut self) {
        self.known_up_to(self.sent.len());
    }

    /// A reply that could not be read was to one of those before `index` to which nothing else was
    /// received.
    fn known_up_to(&mut self, index: usize) {
        let Some(source) = self.unread.take() else { return };
        for &at in self.sent.get(self.known..index).unwrap_or_default() {
            let operation = self.requests.list[at].operation;
            self.outcomes[at] = Err(Error::Decode { operation, error: source.clone() });
        }
    }

    pub(super) fn all_failed_with(&self, errno: i32) -> bool {
        let failed = |at: &usize| match &self.outcomes[*at] {
            Err(Error::Rejected { error, .. }) => error.errno() == errno,
            _ => false,
        };
        !self.sent.is_empty() && self.sent.iter().all(failed)
    }

    /// Gives this outcome to all that is sent.
    pub(super) fn set_all_sent(&mut self, error: impl Fn(Operation) -> Error) {
        for &at in &*self.sent {
            self.outcomes[at] = Err(error(self.requests.list[at].operation));
        }
    }

    /// Marks as lost what is only presumed.
    pub(super) fn give_up(&mut self, error: &io::Error) {
        for &at in self.sent.iter().filter(|&&at| self.acknowledged != Some(at)) {
            let outcome = &mut self.outcomes[at];
            if let Ok(BatchOutcome::Done) | Err(Error::NoReply { .. }) = outcome {
                let operation = self.requests.list[at].operation;
                *outcome = Err(Error::ReplyLost { operation, error: duplicate(error) });
            }
        }
    }
}

/// Sets the outcome of a request to which nothing is received. Only the last request of a datagram
/// is acknowledged, so a command without an error was carried out.
#[inline]
fn presume(request: &BatchRequest, outcome: &mut Outcome) {
    if let Some(error) = request.error() {
        *outcome = Err(error);
    } else if request.is_get() {
        *outcome = Err(Error::NoReply { operation: request.operation });
    }
}

/// The kernel's reply to a get request.
fn read(operation: Operation, message: &Message<'_>) -> Outcome {
    let malformed = |error| Error::Decode { operation, error };
    let attrs = message.attrs().map_err(malformed)?;
    match operation {
        Operation::GetTunnel(_) => {
            Ok(BatchOutcome::Tunnel(TunnelInfo::from_attrs(attrs).map_err(malformed)?))
        }
        Operation::GetSession(key) => {
            let info = SessionInfo::from_attrs(attrs).map_err(malformed)?;
            if GetSession(key).is_about(&info) {
                Ok(BatchOutcome::Session(info))
            } else {
                Err(guard::no_such(operation))
            }
        }
        _ => Err(Error::NoReply { operation }),
    }
}

/// The error once more, for another request.
pub(super) fn duplicate(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}
