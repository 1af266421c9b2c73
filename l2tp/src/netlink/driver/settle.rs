//! Clearing up after requests that were abandoned: by a dropped future, a dump that was left half
//! way, a socket that failed.
//!
//! Their replies could be passed over as they come, but until then they take space in the receive
//! buffer, where the kernel drops what does not fit; and until the end of a dump has been received
//! it rejects another on the same socket.

use std::io;

use super::Driver;
use crate::netlink::error::Error;
use crate::netlink::exchange::Progress;
use crate::netlink::message::Request;
use crate::netlink::transport::Transport;

/// How often a dump that has stalled is made to go on.
const PROMPTS: usize = 16;
/// How often the kernel may report meanwhile that it dropped something.
const OVERRUNS: usize = 16;

/// A message that every netlink protocol acknowledges and does nothing about (`NLMSG_NOOP`).
const PROMPT: Request =
    Request { family: l2tp_sys::NLMSG_NOOP, command: 0, version: 0, flags: l2tp_sys::NLM_F_ACK };

impl<S: Transport> Driver<S> {
    /// Receives all that is still to come for abandoned requests. Costs nothing when nothing is.
    ///
    /// Never waits: the kernel queues replies before the send returns, and the next part of a dump
    /// before the reception of the one before returns. A dump of which nothing is queued has
    /// stalled, because the kernel had no memory for a part; it goes on when the socket has
    /// received something else, so a request without effect is sent.
    pub(crate) async fn settle(&mut self) -> Result<(), Error> {
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
        // If the dump is under way even now, the kernel rejects another one, and nothing else.
        if !self.exchange.has_stale_dump() {
            self.exchange.settled();
        }
        Ok(())
    }

    /// The same before a request that is no dump, which the rest of a dump does not impede.
    #[inline]
    pub(crate) async fn settle_replies(&mut self) -> Result<(), Error> {
        if self.exchange.has_stale_answers() { self.settle().await } else { Ok(()) }
    }

    /// Receives what is queued. Nobody waits for it, so neither what was dropped of it nor what
    /// cannot be read matters.
    pub(super) async fn pass_over(&mut self) -> Result<(), Error> {
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
                Err(error) => return Err(Error::Send(error)),
            }
        }
    }

    /// Sends a request that is acknowledged whatever the state of the family.
    async fn prompt(&mut self) -> Result<(), Error> {
        self.exchange.start();
        self.exchange.push(&PROMPT, |_| Ok(())).map_err(Error::Encode)?;
        self.socket.send(self.exchange.outgoing()).await.map_err(Error::Send)?;
        self.exchange.sent();
        Ok(())
    }
}
