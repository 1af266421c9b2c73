//! A receive buffer, and the messages of the datagram in it one after another.
//!
//! Like the [`exchange`](super::exchange) it performs no input or output; unlike it, it takes
//! every message as it comes. Listeners of notifications stand on it.

use super::attr::DecodeError;
use super::buffer::Buffer;
use super::message::Message;

/// A receive buffer that is read message by message.
#[derive(Debug)]
pub struct Inbox {
    buffer: Buffer,
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
        Self { buffer: Buffer::new() }
    }

    /// Where to receive a datagram. What was there before is gone.
    pub fn space(&mut self) -> &mut [u8] {
        self.buffer.space()
    }

    /// Takes note of a datagram of `len` bytes received into [`space`](Self::space).
    ///
    /// # Errors
    ///
    /// [`DecodeReason::Cut`](super::attr::DecodeReason::Cut) when `len` says that the datagram was
    /// cut to the size of the buffer: it is lost. The buffer has grown, so that another of its
    /// length fits, up to 1 MiB.
    pub fn received(&mut self, len: usize) -> Result<(), DecodeError> {
        self.buffer.received(len)
    }

    /// The next message of the datagram; `None` when another has to be received.
    ///
    /// # Errors
    ///
    /// When the rest of the datagram is malformed: it is given up.
    pub fn next_message(&mut self) -> Result<Option<Message<'_>>, DecodeError> {
        let start = self.buffer.next;
        let rest = self.buffer.bytes.get(start..self.buffer.filled).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        match Message::first(rest) {
            Ok((message, step)) => {
                self.buffer.next += step;
                Ok(Some(message))
            }
            Err(error) => {
                self.buffer.next = self.buffer.filled;
                Err(error.at(start))
            }
        }
    }
}
