//! The receive buffer, and the messages of the datagram in it one after another.
//!
//! It performs no input or output: it is told what was received. It returns every message as it
//! comes; an [`exchange`](super::exchange) knows which of them are replies.

use super::attr::{DecodeError, DecodeReason, debug_counting_bytes};
use super::message::Message;

/// What the kernel builds for a dump at most, unless a single message is larger.
const SMALLEST: usize = 32 * 1024;
/// More than any message of the kernel: the largest known, about an interface, have a few times
/// the 64 KiB that an attribute may have.
const LARGEST: usize = 1 << 20;
/// No position in a datagram.
const NOWHERE: usize = usize::MAX;

debug_counting_bytes!(Inbox as "Inbox" { filled, next } bytes { bytes });

/// A receive buffer that is read message by message, and grows when a datagram did not fit.
pub struct Inbox {
    bytes: Vec<u8>,
    /// Bytes of the datagram.
    filled: usize,
    /// Start of the next message.
    next: usize,
    /// Start of the message that [`message`](Self::message) returns.
    current: usize,
}

impl Default for Inbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Inbox {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self { bytes: vec![0; SMALLEST], filled: 0, next: 0, current: NOWHERE }
    }

    /// Where to receive a datagram. What was there before is gone.
    #[inline]
    pub fn space(&mut self) -> &mut [u8] {
        self.filled = 0;
        &mut self.bytes
    }

    /// Takes note of a datagram of `len` bytes received into [`space`](Self::space).
    ///
    /// # Errors
    ///
    /// [`DecodeReason::Cut`] when `len` says that the datagram was
    /// cut to the size of the buffer: it is lost. The buffer has grown, so that another of its
    /// length fits, up to 1 MiB.
    #[inline]
    pub fn received(&mut self, len: usize) -> Result<(), DecodeError> {
        (self.next, self.current) = (0, NOWHERE);
        if len > self.bytes.len() {
            return Err(self.cut(len));
        }
        self.filled = len;
        Ok(())
    }

    #[cold]
    fn cut(&mut self, actual: usize) -> DecodeError {
        let capacity = self.bytes.len();
        self.filled = 0;
        let enough = actual.checked_next_power_of_two().unwrap_or(LARGEST).min(LARGEST);
        self.bytes.resize(enough.max(capacity), 0);
        DecodeReason::Cut { capacity, actual }.into()
    }

    /// The next message of the datagram; `None` when another has to be received.
    ///
    /// # Errors
    ///
    /// When the rest of the datagram is malformed: it is given up.
    #[inline]
    pub fn next_message(&mut self) -> Result<Option<Message<'_>>, DecodeError> {
        if self.next >= self.filled {
            return Ok(None);
        }
        match Message::first(&self.bytes[self.next..self.filled]) {
            Ok((message, step)) => {
                self.current = self.next;
                self.next += step;
                Ok(Some(message))
            }
            Err(error) => {
                let start = std::mem::replace(&mut self.next, self.filled);
                self.current = NOWHERE;
                Err(error.at(start))
            }
        }
    }

    /// The next message if `wanted` says so; else it stays the next one.
    #[inline(always)]
    #[allow(clippy::inline_always)] // As a call it costs a tenth of what a row of a dump does.
    pub(super) fn next_if(
        &mut self,
        wanted: impl FnOnce(&Message<'_>) -> bool,
    ) -> Option<Message<'_>> {
        if self.next >= self.filled {
            return None;
        }
        let (message, step) = Message::first(self.bytes.get(self.next..self.filled)?).ok()?;
        if !wanted(&message) {
            return None;
        }
        self.current = self.next;
        self.next += step;
        Some(message)
    }

    /// The message that was returned last.
    ///
    /// # Errors
    ///
    /// When there was none, or another datagram has been received since.
    #[inline]
    pub fn message(&self) -> Result<Message<'_>, DecodeError> {
        let bytes = self.bytes.get(self.current..self.filled).unwrap_or_default();
        Message::first(bytes).map(|(message, _)| message)
    }

    /// Forgets which message was returned last.
    #[inline]
    pub(super) fn forget_message(&mut self) {
        self.current = NOWHERE;
    }

    /// The next message, which stays the next one.
    pub(super) fn peek(&self) -> Option<Message<'_>> {
        Message::first(self.bytes.get(self.next..self.filled)?).ok().map(|(message, _)| message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::message::Header;

    fn two_messages() -> Vec<u8> {
        let mut bytes = Vec::new();
        for kind in [20, 21] {
            let header = Header { len: 0, kind, flags: 0, seq: 0, port: 0 };
            header.write(&[0; 4], &mut bytes, |_| Ok(())).unwrap();
        }
        bytes
    }

    fn receive(inbox: &mut Inbox, datagram: &[u8]) {
        inbox.space()[..datagram.len()].copy_from_slice(datagram);
        inbox.received(datagram.len()).unwrap();
    }

    fn next(inbox: &mut Inbox) -> Option<u16> {
        inbox.next_message().expect("well-formed").map(|message| message.header.kind)
    }

    #[test]
    fn grows_for_what_did_not_fit_up_to_a_bound() {
        let mut inbox = Inbox::new();
        let capacity = SMALLEST;
        assert_eq!(inbox.space().len(), capacity);
        assert_eq!(inbox.received(capacity), Ok(()));

        let cut = |capacity, actual| Err(DecodeReason::Cut { capacity, actual }.into());
        assert_eq!(inbox.received(capacity + 1), cut(capacity, capacity + 1));
        assert_eq!(next(&mut inbox), None);
        assert_eq!(inbox.space().len(), 2 * capacity);
        assert_eq!(inbox.received(capacity + 1), Ok(()));
        assert_eq!(inbox.received(2 * capacity + 1), cut(2 * capacity, 2 * capacity + 1));
        assert_eq!(inbox.space().len(), 4 * capacity);

        assert_eq!(inbox.received(usize::MAX), cut(4 * capacity, usize::MAX));
        assert_eq!(inbox.space().len(), LARGEST);
        assert_eq!(inbox.received(LARGEST + 1), cut(LARGEST, LARGEST + 1));
        assert_eq!(inbox.space().len(), LARGEST);
    }

    #[test]
    fn a_datagram_is_read_from_its_beginning() {
        let mut inbox = Inbox::new();
        let datagram = two_messages();
        receive(&mut inbox, &datagram);
        assert_eq!(next(&mut inbox), Some(20));
        assert_eq!(inbox.peek().map(|message| message.header.kind), Some(21));
        receive(&mut inbox, &datagram);
        assert_eq!(
            (next(&mut inbox), next(&mut inbox), next(&mut inbox)),
            (Some(20), Some(21), None)
        );
        assert!(inbox.peek().is_none());
    }

    #[test]
    fn the_last_message_can_be_read_until_the_next_reception() {
        let mut inbox = Inbox::new();
        assert!(inbox.message().is_err());
        receive(&mut inbox, &two_messages());
        assert!(inbox.message().is_err(), "received, and not read");
        assert_eq!(next(&mut inbox), Some(20));
        assert!(inbox.next_if(|message| message.header.kind == 20).is_none());
        assert_eq!(inbox.message().unwrap().header.kind, 20);
        assert!(inbox.next_if(|message| message.header.kind == 21).is_some());
        assert_eq!(inbox.message().unwrap().header.kind, 21);
        inbox.space();
        assert!(inbox.message().is_err());
    }

    #[test]
    fn what_follows_a_malformed_message_is_given_up() {
        let mut inbox = Inbox::new();
        let mut datagram = two_messages();
        datagram[20] = 3;
        receive(&mut inbox, &datagram);
        assert_eq!(next(&mut inbox), Some(20));
        let error = inbox.next_message().expect_err("a length of 3");
        assert_eq!(error.offset(), Some(20));
        assert_eq!(next(&mut inbox), None);
        assert!(inbox.message().is_err());
    }
}
