//! How many requests one datagram may hold.
//!
//! Three things bound it. The kernel takes no datagram that exceeds the send buffer. It queues all
//! replies before the send returns and drops what the receive buffer cannot hold, so even if every
//! request fails, the replies must fit. And a guard asks about all sessions of a datagram before
//! it is sent, so a request whose guard depends on an earlier one must wait for the next datagram.

use std::collections::HashSet;

use crate::conn::batch::BatchRequest;
use crate::conn::command::Effect;
use crate::conn::engine::guard::Guard;
use crate::{SessionId, SessionKey, TunnelId};

/// More gain nothing: the cost of a system call is then a fraction of a percent of the whole.
const MOST: usize = 512;
/// What a refusal takes of the receive buffer at most: `struct sk_buff` and a kmalloc of 1 KiB,
/// in which an extended acknowledgement fits.
const REFUSAL: usize = 1536;
/// What a reply takes: the kernel allocates a page for it.
const REPLY: usize = 4608;

/// What a request takes of a datagram at most: a session with every attribute that there is.
pub(in crate::conn::engine) const REQUEST: usize = 256;
/// What the kernel keeps of the send buffer (`netlink_sendmsg` of net/netlink/af_netlink.c).
const OVERHEAD: usize = 32;

/// The receive buffer that a full datagram of get requests needs.
pub(super) const RECEIVE_BUFFER: usize = MOST * REPLY;

/// What the socket's buffers can hold of one datagram and of the replies to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct DatagramLimit {
    receive: usize,
    most: usize,
}

impl DatagramLimit {
    /// The limit of a send and a receive buffer of so many bytes.
    pub(super) fn new(send: usize, receive: usize) -> Self {
        Self { receive, most: MOST.min(send.saturating_sub(OVERHEAD) / REQUEST) }
    }

    /// The limit of one request.
    pub(super) fn one_by_one(self) -> Self {
        Self { most: 1, ..self }
    }

    /// How many of `requests`, from the first on, one datagram may hold without guards; at least
    /// one.
    pub(super) fn plain(self, requests: &[BatchRequest]) -> usize {
        self.bounded(requests, |request| if request.is_get() { REPLY } else { REFUSAL })
    }

    /// The same when a guard may ask about each before.
    pub(super) fn guarded(self, requests: &[BatchRequest]) -> usize {
        self.bounded(requests, |_| REPLY)
    }

    fn bounded(self, requests: &[BatchRequest], cost: impl Fn(&BatchRequest) -> usize) -> usize {
        let mut left = self.receive;
        let fits = requests.iter().take(self.most).take_while(|request| {
            let cost = if request.is_sendable() { cost(request) } else { 0 };
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
    sessions: HashSet<(TunnelId, SessionId)>,
    deleted_tunnels: Vec<TunnelId>,
    /// A deletion by interface name may have been of any session.
    deleted_by_name: bool,
}

/// Whether a request may join a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// It may; the guard asks about this session first.
    Guarded(Guard),
    /// It may.
    Free,
    /// It must wait for the next datagram: what the guard must know depends on this one.
    Later,
}

impl Footprint {
    pub(super) fn clear(&mut self) {
        self.sessions.clear();
        self.deleted_tunnels.clear();
        self.deleted_by_name = false;
    }

    /// Admits a request.
    pub(super) fn admit(&mut self, request: &BatchRequest) -> Admission {
        let Some(guard) = Guard::of(request.effect) else {
            match request.effect {
                Effect::DeletesTunnel(tunnel) => self.deleted_tunnels.push(tunnel),
                Effect::DeletesSession(SessionKey::Name(_)) => self.deleted_by_name = true,
                // No guard precedes it, but one may follow that is about what it created.
                Effect::CreatesSession { ids, .. } => {
                    self.sessions.insert(ids);
                }
                _ => {}
            }
            return Admission::Free;
        };
        let ids = guard.session();
        let depends = self.deleted_by_name
            || self.deleted_tunnels.contains(&ids.0)
            || !self.sessions.insert(ids);
        if depends { Admission::Later } else { Admission::Guarded(guard) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conn::batch::Requests;
    use crate::conn::command::GetTunnel;

    #[test]
    fn the_receive_buffer_holds_the_replies_to_a_full_datagram() {
        let mut requests = Requests::default();
        for _ in 0..=MOST {
            requests.add(&GetTunnel(TunnelId(1)));
        }
        let requests = requests.list;
        assert_eq!(DatagramLimit::new(usize::MAX, RECEIVE_BUFFER).plain(&requests), MOST);
        assert_eq!(DatagramLimit::new(usize::MAX, RECEIVE_BUFFER - 1).plain(&requests), MOST - 1);
        assert_eq!(DatagramLimit::new(OVERHEAD + 3 * REQUEST, RECEIVE_BUFFER).plain(&requests), 3);
    }
}
