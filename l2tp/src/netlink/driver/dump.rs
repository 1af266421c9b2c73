//! Dumps: replies one by one from the buffer in which they arrived, so memory stays the same
//! whatever their number.

use std::io;

use super::Driver;
use crate::netlink::attr::{DecodeReason, FromAttrs, ToAttrs};
use crate::netlink::error::Error;
use crate::netlink::exchange::Progress;
use crate::netlink::message::RequestHeader;
use crate::netlink::transport::Transport;

/// How often a dump is made at most that has to be repeated.
const ATTEMPTS: usize = 16;

/// How far a dump has come.
///
/// A reply that cannot be decoded is an error in its place; any other error ends the dump.
#[derive(Debug, Default)]
pub(crate) struct DumpState {
    ended: bool,
    /// Something could not be read, perhaps the end.
    incomplete: bool,
    /// The end said that the objects had changed meanwhile.
    interrupted: bool,
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
    /// Sends a request for a dump and receives its first part.
    pub(crate) async fn dump(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<DumpState, Error> {
        self.settle().await?;
        self.exchange.start();
        let request = request.with_flags(l2tp_sys::NLM_F_DUMP);
        self.exchange.push(&request, |out| attributes.to_attrs(out)).map_err(Error::Encode)?;
        self.begin_dump().await
    }

    /// Dumps everything, again if it changed meanwhile or a part did not fit into the buffer, which
    /// has grown since.
    pub(crate) async fn dump_all<T: for<'a> FromAttrs<'a>>(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<Vec<T>, Error> {
        let mut attempts = 1;
        loop {
            match self.try_dump_all(request, attributes).await {
                Err(error) if attempts < ATTEMPTS && is_passing(&error) => attempts += 1,
                outcome => return outcome,
            }
        }
    }

    async fn try_dump_all<T: for<'a> FromAttrs<'a>>(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        let mut dump = self.dump(request, attributes).await?;
        while self.next_in_dump(&mut dump).await? {
            let attrs = self.exchange.message()?.attrs_behind(request.length())?;
            all.push(T::from_attrs(attrs)?);
        }
        Ok(all)
    }

    /// Sends the request for a dump that the exchange holds and receives its first part.
    pub(crate) async fn begin_dump(&mut self) -> Result<DumpState, Error> {
        self.socket.send(self.exchange.outgoing()).await.map_err(Error::Send)?;
        self.exchange.sent();
        let mut dump = DumpState::default();
        self.receive_part(&mut dump).await?;
        Ok(dump)
    }

    /// Moves on to the next reply, which is then the exchange's message; `false` after the last.
    pub(crate) async fn next_in_dump(&mut self, dump: &mut DumpState) -> Result<bool, Error> {
        loop {
            if dump.ended {
                let interrupted = std::mem::take(&mut dump.interrupted);
                return if interrupted { Err(Error::Interrupted) } else { Ok(false) };
            }
            if self.exchange.next_reply().is_some() || self.after_replies(dump)? {
                return Ok(true);
            }
            if !dump.ended {
                self.receive_part(dump).await?;
            }
        }
    }

    /// Reads what follows the replies that [`Exchange::next_reply`] returns. Returns whether it is
    /// another reply; if not, the dump has ended or there is more to receive.
    pub(crate) fn after_replies(&mut self, dump: &mut DumpState) -> Result<bool, Error> {
        let error = match self.exchange.poll() {
            Ok(Progress::Reply(_)) => return Ok(true),
            Ok(Progress::NeedData) => return Ok(false),
            Ok(progress @ (Progress::Done | Progress::Interrupted | Progress::Acked(_))) => {
                dump.ended = true;
                dump.interrupted = progress == Progress::Interrupted;
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

/// Whether a dump may succeed when it is repeated.
fn is_passing(error: &Error) -> bool {
    match error {
        Error::Interrupted => true,
        Error::Decode(error) => matches!(error.reason(), DecodeReason::Cut { .. }),
        _ => false,
    }
}
