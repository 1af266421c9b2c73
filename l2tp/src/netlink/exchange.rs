//! The conversation with the kernel, without the socket.
//!
//! An [`Exchange`] owns the send and receive buffers and the sequence numbers. It says what to
//! send, is told what arrived, and says what that means: a reply, an acknowledgement, a refusal,
//! the end of a dump. It performs no input or output, so the blocking and the async connection
//! drive the same machine, and so do tests.
//!
//! ```text
//! start ─▶ push… ─▶ outgoing ─▶ (send) ─▶ sent ─▶ poll ─▶ NeedData ─▶ (receive into space) ─▶ received ─▶ poll …
//! ```
//!
//! Replies to an exchange that was given up (a cancelled future, a dump dropped half way) carry
//! its sequence number and are passed over.

use super::attr::{AttrWriter, DecodeError, EncodeError, debug_counting_bytes};
use super::extack::{KernelError, acknowledgement};
use super::inbox::Inbox;
use super::message::{Message, RequestHeader};

/// A request with these flags is answered by many messages and a `NLMSG_DONE`.
const DUMP: u16 = l2tp_sys::NLM_F_DUMP;
/// A message of a dump with this flag follows a change of what is dumped.
const DUMP_INTR: u16 = l2tp_sys::NLM_F_DUMP_INTR;

/// What the next message means to the exchange under way. Requests are counted from 0 in the
/// order they were pushed.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is left in the receive buffer: receive a datagram.
    NeedData,
    /// The request was answered by a message of its family: see [`Exchange::message`].
    Reply(usize),
    /// The request was carried out.
    Acked(usize),
    /// The request was refused.
    Failed(usize, KernelError),
    /// The dump is complete.
    Done,
    /// The dump is at its end, and what it listed changed meanwhile (`NLM_F_DUMP_INTR`): objects
    /// may be missing or listed twice. Ask again for all of it.
    Interrupted,
}

debug_counting_bytes!(
    Exchange as "Exchange" { inbox, first_seq, count, dump } bytes { send }
);

/// Sequence numbers, buffers and the requests under way.
pub struct Exchange {
    send: Vec<u8>,
    pub(crate) inbox: Inbox,
    /// The flags of all replies to the requests under way.
    flags: u16,
    first_seq: u32,
    count: u32,
    /// Sequence number of a dump among the requests that will be sent.
    asked_dump: Option<u32>,
    /// Sequence number of a dump that was sent and whose end has not been seen.
    dump: Option<u32>,
    /// Whether the reply to the last request that was sent has not been seen.
    unanswered: bool,
}

impl Default for Exchange {
    fn default() -> Self {
        Self::new()
    }
}

impl Exchange {
    /// A machine without history.
    #[must_use]
    pub fn new() -> Self {
        Self::starting_at(1)
    }

    /// A machine without history whose first request has this sequence number.
    #[must_use]
    pub fn starting_at(seq: u32) -> Self {
        Self {
            send: Vec::with_capacity(512),
            inbox: Inbox::new(),
            flags: 0,
            first_seq: seq,
            count: 0,
            asked_dump: None,
            dump: None,
            unanswered: false,
        }
    }

    /// Begins a new exchange. What is still to come for the one before will be passed over.
    #[inline]
    pub fn start(&mut self) {
        self.send.clear();
        self.first_seq = self.first_seq.wrapping_add(self.count);
        self.count = 0;
        self.flags = 0;
        self.inbox.forget_message();
        self.asked_dump = None;
    }

    /// Adds a request to the datagram that will be sent.
    ///
    /// # Errors
    ///
    /// Those of `fill`; the request is then not part of the datagram.
    #[inline(always)]
    #[allow(clippy::inline_always)] // A call would be as long as what it does.
    pub fn push(
        &mut self,
        request: &impl RequestHeader,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let seq = self.first_seq.wrapping_add(self.count);
        request.write(seq, &mut self.send, fill)?;
        self.count += 1;
        if request.flags() & DUMP == DUMP {
            self.asked_dump = Some(seq);
        }
        Ok(())
    }

    /// The sequence number of the first request.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        self.first_seq
    }

    /// The datagram to send.
    #[must_use]
    #[inline]
    pub fn outgoing(&self) -> &[u8] {
        &self.send
    }

    /// Takes note that the datagram was sent: from here on the kernel owes answers.
    #[inline]
    pub fn sent(&mut self) {
        self.unanswered = true;
        if let Some(seq) = self.asked_dump {
            self.dump = Some(seq);
        }
    }

    /// Where to receive a datagram. What was there before is gone.
    #[inline]
    pub fn space(&mut self) -> &mut [u8] {
        self.inbox.space()
    }

    /// Takes note of a datagram of `len` bytes received into [`space`](Self::space).
    ///
    /// # Errors
    ///
    /// [`DecodeReason::Cut`](super::attr::DecodeReason::Cut) when `len` says that the datagram was
    /// cut to the size of the buffer: it is lost. The buffer has grown, so that the reply fits
    /// when the request is sent again, up to 1 MiB.
    #[inline]
    pub fn received(&mut self, len: usize) -> Result<(), DecodeError> {
        self.inbox.received(len)
    }

    /// Whether a dump that was given up is still being sent by the kernel, which refuses another
    /// dump on the same socket (`EBUSY`) until its end has been received.
    #[must_use]
    pub fn has_stale_dump(&self) -> bool {
        self.dump.is_some()
    }

    /// Whether replies to an exchange that was given up may still be there to receive. Passed over
    /// they do no harm, but until then they occupy the socket's receive buffer.
    #[must_use]
    #[inline]
    pub fn has_stale_answers(&self) -> bool {
        self.unanswered
    }

    /// Takes note that nothing is left to receive.
    pub fn settled(&mut self) {
        self.unanswered = false;
        self.dump = None;
    }

    /// The next message of the received datagram if it is a reply of its family to a request
    /// under way, as nearly all of a dump are. [`poll`](Self::poll) says what anything else is.
    #[must_use]
    #[inline(always)]
    #[allow(clippy::inline_always)] // As a call it costs a tenth of what a listing's row does.
    pub fn next_reply(&mut self) -> Option<Message<'_>> {
        let mut index = 0;
        let message = self.inbox.next_if(|message| {
            index = message.header.seq.wrapping_sub(self.first_seq);
            index < self.count && message.header.kind >= l2tp_sys::NLMSG_MIN_TYPE
        })?;
        self.flags |= message.header.flags;
        self.unanswered &= index + 1 != self.count;
        Some(message)
    }

    /// What the next message of the received datagram means.
    ///
    /// # Errors
    ///
    /// When the datagram is malformed; the rest of it is given up.
    #[inline]
    pub fn poll(&mut self) -> Result<Progress, DecodeError> {
        while let Some(message) = self.inbox.next_message()? {
            let header = message.header;
            let index = header.seq.wrapping_sub(self.first_seq);
            let kind = header.kind;
            let is_end = matches!(kind, l2tp_sys::NLMSG_ERROR | l2tp_sys::NLMSG_DONE);
            // Even an end that cannot be read is one.
            if is_end && self.dump == Some(header.seq) {
                self.dump = None;
            }
            // Netlink reserves the other numbers below the families'.
            if index >= self.count || !is_end && kind < l2tp_sys::NLMSG_MIN_TYPE {
                self.inbox.forget_message();
                continue;
            }
            // The kernel answers in order: nothing comes behind this but the rest of a dump.
            self.unanswered &= index + 1 != self.count;
            self.flags |= header.flags;
            let index = index as usize;
            if !is_end {
                return Ok(Progress::Reply(index));
            }
            let outcome = acknowledgement(&message, || request_at(&self.send, index));
            self.inbox.forget_message();
            let outcome = outcome?;
            return Ok(match outcome {
                Err(error) => Progress::Failed(index, error),
                Ok(()) if kind == l2tp_sys::NLMSG_ERROR => Progress::Acked(index),
                Ok(()) if self.flags & DUMP_INTR != 0 => Progress::Interrupted,
                Ok(()) => Progress::Done,
            });
        }
        Ok(Progress::NeedData)
    }

    /// The errno of the next message, if it is received and refuses a request under way.
    #[must_use]
    pub fn next_refusal(&self) -> Option<i32> {
        let message = self.inbox.peek()?;
        let ours = message.header.seq.wrapping_sub(self.first_seq) < self.count;
        if !ours || message.header.kind != l2tp_sys::NLMSG_ERROR {
            return None;
        }
        acknowledgement(&message, || &[]).ok()?.err().map(|error| error.errno())
    }

    /// The message behind the last [`Progress::Reply`].
    ///
    /// # Errors
    ///
    /// When there was none, or another datagram has been received since.
    #[inline]
    pub fn message(&self) -> Result<Message<'_>, DecodeError> {
        self.inbox.message()
    }
}

/// The request number `index` of the messages in `sent`.
fn request_at(sent: &[u8], index: usize) -> &[u8] {
    let mut rest = sent;
    for _ in 0..index {
        match Message::first(rest) {
            Ok((_, step)) => rest = &rest[step..],
            Err(_) => return &[],
        }
    }
    match Message::first(rest) {
        Ok((message, _)) => rest.get(..message.header.len as usize).unwrap_or(&[]),
        Err(_) => &[],
    }
}
