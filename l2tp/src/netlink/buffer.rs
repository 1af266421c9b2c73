//! The buffer that a datagram is received into, and how far it has been read.

use super::attr::{DecodeError, DecodeReason, debug_counting_bytes};

/// What the kernel builds for a dump at most, unless a single message is larger.
const SMALLEST: usize = 32 * 1024;
/// More than any message of the kernel: the largest known, about an interface, have a few times
/// the 64 KiB that an attribute may have.
const LARGEST: usize = 1 << 20;

debug_counting_bytes!(Buffer as "Buffer" { filled, next } bytes { bytes });

/// A receive buffer that grows when a datagram did not fit.
pub(super) struct Buffer {
    pub(super) bytes: Vec<u8>,
    /// Bytes of the datagram.
    pub(super) filled: usize,
    /// Start of the next message.
    pub(super) next: usize,
}

impl Buffer {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; SMALLEST], filled: 0, next: 0 }
    }

    /// Where to receive a datagram. What was there before is gone.
    #[inline]
    pub(super) fn space(&mut self) -> &mut [u8] {
        self.filled = 0;
        self.next = 0;
        &mut self.bytes
    }

    /// Takes note of a datagram of `len` bytes. One that was cut is given up, and there is room for
    /// another of its length from now on.
    #[inline]
    pub(super) fn received(&mut self, len: usize) -> Result<(), DecodeError> {
        self.next = 0;
        if len > self.bytes.len() {
            return Err(self.cut(len));
        }
        self.filled = len;
        Ok(())
    }

    #[cold]
    fn cut(&mut self, actual: usize) -> DecodeError {
        let room = self.bytes.len();
        self.filled = 0;
        let enough = actual.checked_next_power_of_two().unwrap_or(LARGEST).min(LARGEST);
        self.bytes.resize(enough.max(room), 0);
        DecodeReason::Cut { room, actual }.into()
    }

    /// What has not been read of the datagram.
    #[inline]
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.next..self.filled).unwrap_or_default()
    }

    /// The datagram from some position on.
    #[inline]
    pub(super) fn since(&self, start: usize) -> &[u8] {
        self.bytes.get(start..self.filled).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_for_what_did_not_fit_up_to_a_bound() {
        let mut buffer = Buffer::new();
        let room = SMALLEST;
        assert_eq!(buffer.space().len(), room);
        assert_eq!(buffer.received(room), Ok(()));
        assert_eq!(buffer.rest().len(), room);

        let cut = |room, actual| Err(DecodeReason::Cut { room, actual }.into());
        assert_eq!(buffer.received(room + 1), cut(room, room + 1));
        assert_eq!((buffer.rest().len(), buffer.space().len()), (0, 2 * room));
        assert_eq!(buffer.received(room + 1), Ok(()));
        assert_eq!(buffer.received(2 * room + 1), cut(2 * room, 2 * room + 1));
        assert_eq!(buffer.space().len(), 4 * room);

        assert_eq!(buffer.received(usize::MAX), cut(4 * room, usize::MAX));
        assert_eq!(buffer.space().len(), LARGEST);
        assert_eq!(buffer.received(LARGEST + 1), cut(LARGEST, LARGEST + 1));
        assert_eq!(buffer.space().len(), LARGEST);
    }

    #[test]
    fn a_datagram_is_read_from_its_beginning() {
        let mut buffer = Buffer::new();
        buffer.received(100).expect("room");
        buffer.next = 60;
        assert_eq!((buffer.next, buffer.rest().len(), buffer.since(40).len()), (60, 40, 60));
        buffer.received(20).expect("room");
        assert_eq!((buffer.next, buffer.rest().len()), (0, 20));
        assert_eq!((buffer.since(20).len(), buffer.since(usize::MAX).len()), (0, 0));
    }
}
