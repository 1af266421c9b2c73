//! How a listener detects the end of an overrun.
//!
//! A netlink socket whose receive buffer was full reports `ENOBUFS` once, before the messages that
//! are still queued, although these are older than the lost ones. Until all of them have been
//! received, the kernel drops every message for the socket without another report
//! (`NETLINK_S_CONGESTED` of net/netlink/af_netlink.c). A program that dumps everything only once,
//! after the report, can thus miss later changes. It can also miss the controller's notification of
//! a reloaded module, and would then receive no event again.
//!
//! So the listener sends the controller a get request about its family, on the same socket. The
//! kernel drops the reply as long as it drops messages. A received reply proves that the loss has
//! ended, and contains the family's current number and group.

use std::time::{Duration, Instant};

use super::listener::Listener;
use super::{Event, EventLoss};
use crate::conn::engine::Family;
use crate::error::Error;
use crate::netlink::attr::ToAttrs;
use crate::netlink::ctrl::{self, FamilyName};
use crate::netlink::message::RequestHeader;
use crate::netlink::transport::Transport;

/// The get request is repeated after this number of datagrams, if the queue is never empty.
const DATAGRAMS: u32 = 64;
/// The pause before a failed get request is repeated: the kernel has no memory.
const PAUSE: Duration = Duration::from_millis(100);

/// A get request about the family without a reply.
#[derive(Debug)]
pub(super) struct Check {
    /// The sequence number of the first get request. If it has a reply, nothing was lost after the
    /// report.
    first: u32,
    /// The number of datagrams received since then.
    received: u32,
    /// When the get request is repeated if nothing is received.
    pub(super) again: Option<Instant>,
}

impl Check {
    /// A get request that is sent after a pause. `last` is the sequence number of the last one.
    pub(super) fn after_pause(last: u32) -> Self {
        Self { first: last, received: 0, again: Some(Instant::now() + PAUSE) }
    }
}

impl<S: Transport> Listener<S> {
    /// Sends the first get request, after the report of an overrun.
    pub(super) fn begin_check(&mut self) {
        let sent = self.request_family();
        let again = if sent { None } else { Some(Instant::now() + PAUSE) };
        self.checking = Some(Check { first: self.check_seq, received: 0, again });
    }

    /// Repeats the get request when many datagrams have been received.
    pub(super) fn check_now_and_then(&mut self) {
        let Some(check) = &mut self.checking else { return };
        check.received = check.received.wrapping_add(1);
        if check.received % DATAGRAMS == 0 {
            self.request_family();
        }
    }

    /// Repeats the get request when the queue is empty and has no reply. Returns whether a reply
    /// may have arrived now.
    pub(super) fn check_at_the_end(&mut self) -> bool {
        let now = Instant::now();
        match &mut self.checking {
            Some(check) if check.again.is_none_or(|again| again <= now) => {
                check.again = Some(now + PAUSE);
                self.request_family()
            }
            _ => false,
        }
    }

    /// Takes the reply to the get request with this sequence number. Returns the event that it
    /// causes.
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
            // Even if the numbers are the same: unloading a module removes its groups.
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

    /// Sends the get request. Returns whether it was sent.
    fn request_family(&mut self) -> bool {
        // 0 is the sequence number of the controller's notifications.
        self.check_seq = self.check_seq.wrapping_add(1).max(1);
        let name = FamilyName { name: l2tp_sys::L2TP_GENL_NAME };
        let mut datagram = Vec::new();
        ctrl::GET_FAMILY
            .write(self.check_seq, &mut datagram, |out| name.to_attrs(out))
            .is_ok_and(|()| self.socket.try_send(&datagram).is_ok())
    }
}

/// Whether a get request was sent at the same time as another or later.
fn is_since(seq: u32, first: u32) -> bool {
    seq.wrapping_sub(first) < u32::MAX / 2
}
