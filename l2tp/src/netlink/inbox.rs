//! A receive buffer, and the messages of the datagram in it one after another.
//!
//! Like the [`exchange`](super::exchange) it performs no input or output; unlike it, it takes
//! every message as it comes. Listeners of notifications stand on it.

use super::attr::{DecodeError, DecodeReason, debug_counting_bytes};
use super::message::Message;

/// The largest datagram that the kernel builds: for a dump it allocates what the reader's buffer
/// can take, up to 32 KiB.
const SIZE: usize = 32 * 1024;

debug_counting_bytes!(Inbox as "Inbox" { filled, next } bytes { buffer });

/// A receive buffer that is read message by message.
pub struct Inbox {
    buffer: Box<[u8]>,
    filled: usize,
    /// Start of the next message.
    next: usize,
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
        Self { buffer: vec![0; SIZE].into_boxed_slice(), filled: 0, next: 0 }
    }

    /// Where to receive a datagram. What was there before is gone.
    pub fn space(&mut self) -> &mut [u8] {
        self.filled = 0;
        self.next = 0;
        &mut self.buffer
    }

    /// Takes note of a datagram of `len` bytes received into [`space`](Self::space).
    ///
    /// # Errors
    ///
    /// When `len` says that the datagram was cut to the size of the buffer: it is given up.
    pub fn received(&mut self, len: usize) -> Result<(), DecodeError> {
        let max = self.buffer.len();
        if len > max {
            return Err(DecodeReason::TooLong { max, actual: len }.into());
        }
        self.filled = len;
        Ok(())
    }

    /// The next message of the datagram; `None` when another has to be received.
    ///
    /// # Errors
    ///
    /// When the rest of the datagram is malformed: it is given up.
    pub fn next_message(&mut self) -> Result<Option<Message<'_>>, DecodeError> {
        let start = self.next;
        if start >= self.filled {
            return Ok(None);
        }
        match Message::first(&self.buffer[start..self.filled]) {
            Ok((message, step)) => {
                self.next += step;
                Ok(Some(message))
            }
            Err(error) => {
                self.next = self.filled;
                Err(error.at(start))
            }
        }
    }
}
