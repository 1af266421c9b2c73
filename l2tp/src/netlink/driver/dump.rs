//! Dumps: replies one by one from the buffer in which they arrived, so memory stays the same
//! whatever their number.

use std::io;

use super::Driver;
use crate::netlink::error::Error;
use crate::netlink::exchange::Progress;
use crate::netlink::transport::Transport;

/// How far a dump has come.
///
/// A reply that cannot be decoded is an error in its place; any other error ends the dump.
#[derive(Debug, Default)]
pub(crate) struct DumpState {
    ended: bool,
    /// Something could not be read, perhaps the end.
    incomplete: bool,
}

impl DumpState {
    /// Whether no reply follows.
    #[inline]
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Takes note of an error.
    #[cold]
    fn failed(&mut self, error: Error) -> Error {
        self.incomplete = true;
        self.ended = !matches!(error, Error::Decode(_));
        error
    }
}

impl<S: Transport> Driver<S> {
    /// Sends the request for a dump that the exchange holds and receives its first part.
    pub(crate) async fn begin_dump(&mut self) -> Result<DumpState, Error> {
        self.socket.send(self.exchange.outgoing()).await.map_err(Error::Send)?;
        self.exchange.sent();
        let mut dump = DumpState::default();
        self.receive_part(&mut dump).await?;
        Ok(dump)
    }

    /// Reads what follows the replies that [`Exchange::next_reply`] returns. Returns whether it is
    /// another reply; if not, the dump has ended or there is more to receive.
    pub(crate) fn after_replies(&mut self, dump: &mut DumpState) -> Result<bool, Error> {
        let error = match self.exchange.poll() {
            Ok(Progress::Reply(_)) => return Ok(true),
            Ok(Progress::NeedData) => return Ok(false),
            Ok(Progress::Done | Progress::Interrupted | Progress::Acked(_)) => {
                dump.ended = true;
                return Ok(false);
            }
            Ok(Progress::Failed(_, error)) => Error::Rejected(error),
            Err(error) => Error::Decode(error),
        };
        Err(dump.failed(error))
    }

    /// Receives more. After something could not be read, nothing is waited for: if it was the end,
    /// no more will come.
    pub(crate) async fn receive_part(&mut self, dump: &mut DumpState) -> Result<(), Error> {
        self.socket.yield_now_and_then().await;
        let received = if dump.incomplete {
            self.socket.try_recv(self.exchange.space())
        } else {
            self.socket.recv(self.exchange.space()).await
        };
        let outcome = match received {
            Ok(len) => self.exchange.received(len).map_err(Error::Decode),
            Err(error) if dump.incomplete && error.kind() == io::ErrorKind::WouldBlock => {
                dump.ended = true;
                Ok(())
            }
            Err(error) => Err(Error::Receive(error)),
        };
        outcome.map_err(|error| dump.failed(error))
    }
}
