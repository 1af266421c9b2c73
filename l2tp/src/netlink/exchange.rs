//! The conversation with the kernel, without the socket.
//!
//! An [`Exchange`] owns the send and receive buffers and the sequence numbers. It says what to
//! send, is told what arrived, and says what that means: an answer, an acknowledgement, a refusal,
//! the end of a dump. It performs no input or output, so the blocking and the async connection
//! drive the same machine, and so do tests.
//!
//! ```text
//! start ─▶ push… ─▶ outgoing ─▶ (send) ─▶ sent ─▶ poll ─▶ NeedData ─▶ (receive into space) ─▶ received ─▶ poll …
//! ```
//!
//! Answers to an exchange that was given up (a cancelled future, a dump dropped half way) carry
//! its sequence number and are passed over.

use super::attr::{AttrWriter, DecodeError, DecodeReason, EncodeError, debug_counting_bytes};
use super::extack::{KernelError, acknowledgement};
use super::message::{Message, Request};
use super::narrow16;

/// The largest datagram that the kernel builds for a dump: it allocates what the reader's buffer
/// can take, up to 32 KiB.
const RECV_BUFFER: usize = 32 * 1024;

/// A request with these flags is answered by many messages and a `NLMSG_DONE`.
const DUMP: u16 = narrow16(l2tp_sys::NLM_F_DUMP);

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
}

debug_counting_bytes!(
    Exchange as "Exchange" { filled, next, first_seq, count, dump } bytes { send, recv }
);

/// Sequence numbers, buffers and the requests under way.
pub struct Exchange {
    send: Vec<u8>,
    recv: Box<[u8]>,
    filled: usize,
    /// Start of the next message in `recv`.
    next: usize,
    /// Start of the message that [`poll`](Self::poll) reported last.
    current: usize,
    first_seq: u32,
    count: u32,
    /// Sequence number of a dump among the requests that will be sent.
    asked_dump: Option<u32>,
    /// Sequence number of a dump that was sent and whose end has not been seen.
    dump: Option<u32>,
    /// Whether the answer to the last request that was sent has not been seen.
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
            recv: vec![0; RECV_BUFFER].into_boxed_slice(),
            filled: 0,
            next: 0,
            current: 0,
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
        request: &Request,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let seq = self.first_seq.wrapping_add(self.count);
        request.write(seq, &mut self.send, fill)?;
        self.count += 1;
        if request.flags & DUMP == DUMP {
            self.asked_dump = Some(seq);
        }
        Ok(())
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
        self.filled = 0;
        self.next = 0;
        &mut self.recv
    }

    /// Takes note of a datagram of `len` bytes received into [`space`](Self::space).
    ///
    /// # Errors
    ///
    /// When `len` says that the datagram was cut to the size of the buffer.
    #[inline]
    pub fn received(&mut self, len: usize) -> Result<(), DecodeError> {
        let max = self.recv.len();
        if len > max {
            return Err(DecodeReason::TooLong { max, actual: len }.into());
        }
        self.filled = len;
        Ok(())
    }

    /// Whether a dump that was given up is still being sent by the kernel, which refuses another
    /// dump on the same socket (`EBUSY`) until its end has been received.
    #[must_use]
    pub fn has_stale_dump(&self) -> bool {
        self.dump.is_some()
    }

    /// Whether answers to an exchange that was given up may still be there to receive. Passed over
    /// they do no harm, but until then they take room in the socket's receive buffer.
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

    /// The next message of the received datagram if it is an answer of its family to a request
    /// under way, as nearly all of a listing are. [`poll`](Self::poll) says what anything else is.
    #[must_use]
    #[inline(always)]
    #[allow(clippy::inline_always)] // As a call it costs a tenth of what a listing's row does.
    pub fn next_reply(&mut self) -> Option<Message<'_>> {
        if self.next >= self.filled {
            return None;
        }
        let rest = self.recv.get(self.next..self.filled)?;
        let (message, step) = Message::first(rest).ok()?;
        let index = message.header.seq.wrapping_sub(self.first_seq);
        if index >= self.count || u32::from(message.header.kind) < l2tp_sys::NLMSG_MIN_TYPE {
            return None;
        }
        self.current = self.next;
        self.next += step;
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
        while self.next < self.filled {
            self.current = self.next;
            let (message, step) = match Message::first(&self.recv[self.next..self.filled]) {
                Ok(found) => found,
                Err(error) => {
                    self.next = self.filled;
                    return Err(error.at(self.current));
                }
            };
            self.next += step;
            let header = message.header;
            let index = header.seq.wrapping_sub(self.first_seq);
            let kind = u32::from(header.kind);
            if index >= self.count {
                self.pass_over(kind, header.seq);
                continue;
            }
            // The kernel answers in order: nothing comes behind this but the rest of a dump.
            self.unanswered &= index + 1 != self.count;
            let index = index as usize;
            match kind {
                l2tp_sys::NLMSG_NOOP => {}
                l2tp_sys::NLMSG_ERROR | l2tp_sys::NLMSG_DONE => {
                    let outcome = acknowledgement(&message, || request_at(&self.send, index));
                    // Even an end that cannot be read is one.
                    if self.dump == Some(header.seq) {
                        self.dump = None;
                    }
                    return Ok(match outcome? {
                        Err(error) => Progress::Failed(index, error),
                        Ok(()) if kind == l2tp_sys::NLMSG_DONE => Progress::Done,
                        Ok(()) => Progress::Acked(index),
                    });
                }
                _ => return Ok(Progress::Reply(index)),
            }
        }
        Ok(Progress::NeedData)
    }

    /// The errno of the next message, if it is received and refuses a request under way.
    #[must_use]
    pub fn next_refusal(&self) -> Option<i32> {
        let (message, _) = Message::first(&self.recv[self.next..self.filled]).ok()?;
        let ours = message.header.seq.wrapping_sub(self.first_seq) < self.count;
        if !ours || u32::from(message.header.kind) != l2tp_sys::NLMSG_ERROR {
            return None;
        }
        acknowledgement(&message, || &[]).ok()?.err().map(|error| error.errno())
    }

    /// The message behind the last [`Progress::Reply`].
    ///
    /// # Errors
    ///
    /// When there was none.
    #[inline]
    pub fn message(&self) -> Result<Message<'_>, DecodeError> {
        let last = self.recv.get(self.current..self.filled).unwrap_or_default();
        Message::first(last).map(|(message, _)| message)
    }

    /// A message that answers no request of the exchange under way.
    #[cold]
    fn pass_over(&mut self, kind: u32, seq: u32) {
        if self.dump == Some(seq) && matches!(kind, l2tp_sys::NLMSG_DONE | l2tp_sys::NLMSG_ERROR) {
            self.dump = None;
        }
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
    rest
}
