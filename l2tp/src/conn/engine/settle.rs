//! Clearing up after exchanges that were given up: by a dropped future, a listing that was left
//! half way, a socket that failed.
//!
//! Their answers could be passed over as they come, but until then they take room in the receive
//! buffer, where the kernel drops what does not fit; and until the end of a listing has been
//! received it refuses another on the same socket.

use std::io;

use super::transport::Failure;
use super::{Engine, Transport};
use crate::netlink::exchange::Progress;
use crate::netlink::message::Request;

/// How often a dump that has stalled is made to go on.
const PROMPTS: usize = 16;
/// How often the kernel may report meanwhile that it dropped something.
const OVERRUNS: usize = 16;

/// A message that every protocol of netlink acknowledges and does nothing about (`NLMSG_NOOP`).
const PROMPT: Request =
    Request { family: l2tp_sys::NLMSG_NOOP, command: 0, version: 0, flags: l2tp_sys::NLM_F_ACK };

impl<S: Transport> Engine<S> {
    /// Receives all that is still to come. Costs nothing when nothing is.
    ///
    /// Never waits: the kernel queues answers before the send returns, and the next part of a dump
    /// before the reception of the one before returns. A dump of which nothing is queued has
    /// stalled, because a part found no memory; the kernel goes on with it when the socket has
    /// received something else, so something is asked.
    pub(super) async fn settle(&mut self) -> Result<(), Failure> {
        if !self.exchange.has_stale_answers() && !self.exchange.has_stale_dump() {
            return Ok(());
        }
        self.exchange.start();
        self.pass_over().await?;
        for _ in 0..PROMPTS {
            if !self.exchange.has_stale_dump() {
                break;
            }
            self.prompt().await?;
            self.pass_over().await?;
        }
        // If the dump is under way even now, the kernel refuses another one, and nothing else.
        if !self.exchange.has_stale_dump() {
            self.exchange.settled();
        }
        Ok(())
    }

    /// Receives what is queued. Nobody waits for it, so neither what was dropped of it nor what
    /// cannot be read matters.
    async fn pass_over(&mut self) -> Result<(), Failure> {
        let mut overruns = 0;
        loop {
            self.socket.yield_now_and_then().await;
            match self.socket.try_recv(self.exchange.space()) {
                Ok(len) => {
                    if self.exchange.received(len).is_ok() {
                        while self.exchange.poll().is_ok_and(|step| step != Progress::NeedData) {}
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error)
                    if error.raw_os_error() == Some(libc::ENOBUFS) && overruns < OVERRUNS =>
                {
                    overruns += 1;
                }
                Err(error) => return Err(Failure::Unsent(error)),
            }
        }
    }

    /// Asks for something that is answered whatever the state of the family.
    async fn prompt(&mut self) -> Result<(), Failure> {
        self.exchange.start();
        self.exchange
            .push(&PROMPT, |_| Ok(()))
            .map_err(|_| Failure::Unsent(io::ErrorKind::InvalidInput.into()))?;
        self.socket.send(self.exchange.outgoing()).await.map_err(Failure::Unsent)?;
        self.exchange.sent();
        Ok(())
    }
}
