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

impl<S: Transport> Engine<S> {
    /// Receives all that is still to come. Costs nothing when nothing is.
    pub(super) async fn settle(&mut self) -> Result<(), Failure> {
        if !self.exchange.has_stale_answers() && !self.exchange.has_stale_dump() {
            return Ok(());
        }
        self.exchange.start();
        while self.exchange.has_stale_dump() {
            if self.exchange.poll()? == Progress::NeedData && self.exchange.has_stale_dump() {
                self.socket.yield_now_and_then().await;
                let len = self.socket.recv(self.exchange.space()).await?;
                self.exchange.received(len)?;
            }
        }
        // The kernel queued all else before the sends returned.
        loop {
            match self.socket.try_recv(self.exchange.space()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // Answers that nobody waits for were dropped.
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {}
                received => drop(received?),
            }
        }
        self.exchange.settled();
        Ok(())
    }
}
