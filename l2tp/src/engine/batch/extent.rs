//! How many requests one datagram may hold.
//!
//! Two things bound it. The kernel queues all answers before the send returns and drops what the
//! receive buffer cannot hold, so even if every request fails, the answers must fit. And a guard
//! asks about all sessions of a datagram before it is sent, so a request whose guard depends on an
//! earlier one must wait for the next datagram.

use std::collections::HashMap;

use super::queue::{Guarded, Queued};
use crate::command::{CreateSession, DeleteSession, DeleteTunnel};
use crate::error::Error;
use crate::{SessionId, SessionKey, TunnelId};

/// More gain nothing: the cost of a system call is then a fraction of a percent of the whole.
const MOST: usize = 512;
/// What a refusal takes of the receive buffer at most: `struct sk_buff` and a kmalloc of 1 KiB,
/// in which an extended acknowledgement fits.
const REFUSAL: usize = 1536;
/// What an answer takes: the kernel allocates a page for it.
const ANSWER: usize = 4608;

/// The receive buffer that a full datagram of questions needs.
pub(super) const WISH: usize = MOST * ANSWER;

/// What the receive buffer has room for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    bytes: usize,
    one_by_one: bool,
}

impl Room {
    /// Room in a receive buffer of `bytes`, or for single requests.
    pub(super) fn new(bytes: usize, one_by_one: bool) -> Self {
        Self { bytes, one_by_one }
    }

    /// How many of `requests`, from the first on, one datagram may hold without guards; at least
    /// one.
    pub(super) fn plain(self, requests: &[Result<Queued<'_>, Error>]) -> usize {
        self.bounded(requests, |request| if request.is_question() { ANSWER } else { REFUSAL })
    }

    /// The same when a guard may ask about each before.
    pub(super) fn guarded(self, requests: &[Result<Queued<'_>, Error>]) -> usize {
        self.bounded(requests, |_| ANSWER)
    }

    fn bounded(
        self,
        requests: &[Result<Queued<'_>, Error>],
        cost: impl Fn(&Queued<'_>) -> usize,
    ) -> usize {
        let most = if self.one_by_one { 1 } else { MOST };
        let mut left = self.bytes;
        let fits = requests.iter().take(most).take_while(|request| {
            let cost = request.as_ref().map_or(0, &cost);
            let fits = cost <= left;
            left = left.saturating_sub(cost);
            fits
        });
        fits.count().max(1)
    }
}

/// What the requests of a datagram have done to sessions, as far as guards care.
#[derive(Debug, Default)]
pub(super) struct Footprint {
    sessions: HashMap<(TunnelId, SessionId), Touch>,
    deleted_tunnels: Vec<TunnelId>,
    /// A deletion by interface name may have been of any session.
    deleted_by_name: bool,
}

#[derive(Debug, Clone, Copy)]
enum Touch {
    /// Created by the request at this position.
    Created(usize),
    Other,
}

/// Whether a request may join a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// It may; the guard asks about this session first.
    Guarded(Guarded),
    /// It may.
    Free,
    /// It is a duplicate, should the request at this position succeed.
    DuplicateOf(usize),
    /// It must wait for the next datagram.
    Later,
}

impl Footprint {
    /// Admits the request at `position`.
    pub(super) fn admit(&mut self, position: usize, request: &Queued<'_>) -> Admission {
        let Some(guarded) = request.guarded() else {
            match request {
                Queued::DeleteTunnel(DeleteTunnel(tunnel)) => self.deleted_tunnels.push(*tunnel),
                Queued::DeleteSession(DeleteSession(SessionKey::Name(_))) => {
                    self.deleted_by_name = true;
                }
                _ => {}
            }
            return Admission::Free;
        };
        let key = guarded.key();
        if self.deleted_by_name || self.deleted_tunnels.contains(&key.0) {
            return Admission::Later;
        }
        let creates = matches!(request, Queued::CreateSession(CreateSession(_)));
        match self.sessions.get(&key) {
            Some(Touch::Created(original)) if creates => Admission::DuplicateOf(*original),
            Some(_) => Admission::Later,
            None => {
                let touch = if creates { Touch::Created(position) } else { Touch::Other };
                self.sessions.insert(key, touch);
                Admission::Guarded(guarded)
            }
        }
    }
}
