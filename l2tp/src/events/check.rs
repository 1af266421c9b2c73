//! What a listener does about an overrun.
//!
//! A netlink socket whose receive buffer was full reports `ENOBUFS` once, and *first*: before what
//! is still queued, and which is older than what was lost. Until all of that has been received the
//! kernel goes on dropping messages for the socket, without a further report (`NETLINK_S_CONGESTED`
//! of net/netlink/af_netlink.c). Whoever looks again at the report alone may thus miss what happens
//! right after that look, and whatever it was that could not be queued: the announcement of a
//! reloaded module, for instance, without which a listener is deaf.
//!
//! So the listener asks the controller about its family, on the very socket. The kernel drops the
//! answer as long as it drops messages; the reply that arrives proves that the loss has ended, and
//! tells the family's number and group of that moment.

use std::time::{Duration, Instant};

use super::listener::Listener;
use super::{Event, EventLoss};
use crate::conn::engine::Family;
use crate::error::Error;
use crate::netlink::attr::ToAttrs;
use crate::netlink::ctrl::{self, FamilyName};
use crate::netlink::message::RequestHeader;
use crate::netlink::transport::Transport;

/// While there is always something to receive, the get request is repeated after so many datagrams.
const DATAGRAMS: u32 = 64;
/// The pause after an attempt that could not succeed at once: the kernel has no memory.
const PAUSE: Duration = Duration::from_millis(100);

/// A get request about the family that has not been answered.
#[derive(Debug)]
pub(super) struct Check {
    /// The number of the get request that was put before anything could be lost without a report.
    first: u32,
    /// Datagrams received since.
    received: u32,
    /// When to try again if nothing is received.
    pub(super) again: Option<Instant>,
}

impl Check {
    /// A get request that is not put before a pause is over; `last` is the number of the last one.
    pub(super) fn after_pause(last: u32) -> Self {
        Self { first: last, received: 0, again: Some(Instant::now() + PAUSE) }
    }
}

impl<S: Transport> Listener<S> {
    /// Begins to ask, after the report of an overrun.
    pub(super) fn begin_check(&mut self) {
        let asked = self.ask_for_family();
        let again = if asked { None } else { Some(Instant::now() + PAUSE) };
        self.checking = Some(Check { first: self.check_seq, received: 0, again });
    }

    /// Asks again when many datagrams have been received.
    pub(super) fn check_now_and_then(&mut self) {
        let Some(check) = &mut self.checking else { return };
        check.received = check.received.wrapping_add(1);
        if check.received % DATAGRAMS == 0 {
            self.ask_for_family();
        }
    }

    /// Asks again when there is nothing to be received, not even a reply; says whether there may
    /// be something now.
    pub(super) fn check_at_the_end(&mut self) -> bool {
        let now = Instant::now();
        match &mut self.checking {
            Some(check) if check.again.is_none_or(|again| again <= now) => {
                check.again = Some(now + PAUSE);
                self.ask_for_family()
            }
            _ => false,
        }
    }

    /// The get request of this number was answered. What it means to the listener's user.
    pub(super) fn end_check(
        &mut self,
        seq: u32,
        family: Option<Family>,
    ) -> Result<Option<Event>, Error> {
        let Some(check) = self.checking.take_if(|check| is_since(seq, check.first)) else {
            return Ok(None);
        };
        let joined = self.joined;
        if let Some(family) = family {
            // Even if the numbers are the same: a module that is unloaded takes its groups away.
            self.join(family)?;
        }
        Ok(if self.joined != joined {
            Some(Event::Lost(EventLoss::Reload))
        } else if seq != check.first {
            Some(Event::Lost(EventLoss::Overrun))
        } else {
            None
        })
    }

    /// Sends the get request; says whether it was sent.
    fn ask_for_family(&mut self) -> bool {
        // The controller's notifications have number 0.
        self.check_seq = self.check_seq.wrapping_add(1).max(1);
        let name = FamilyName { name: l2tp_sys::L2TP_GENL_NAME };
        let mut datagram = Vec::new();
        ctrl::GET_FAMILY
            .write(self.check_seq, &mut datagram, |out| name.to_attrs(out))
            .is_ok_and(|()| self.socket.try_send(&datagram).is_ok())
    }
}

/// Whether a get request was put no earlier than another.
fn is_since(seq: u32, first: u32) -> bool {
    seq.wrapping_sub(first) < u32::MAX / 2
}
