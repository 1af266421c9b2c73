//! What a connection does, written once for the blocking and the async one.
//!
//! An [`Engine`] is a netlink [`Driver`] and what it takes for L2TP. Its methods are `async`; over
//! the blocking transport no future ever waits, so the blocking connection runs each to its end
//! with a single poll ([`ready`](crate::netlink::transport::ready)) and no runtime is involved.

mod batch;
#[cfg(test)]
mod batches;
#[cfg(test)]
pub(crate) mod cancellation;
#[cfg(test)]
mod deletions;
mod dump;
#[cfg(test)]
mod failures;
mod family;
mod guard;
mod host;
mod remnants;
mod wait;

pub(crate) use batch::Memory;
pub(crate) use dump::Listing;
pub(crate) use family::{Family, look_up};
pub(crate) use host::Host;
pub use wait::DeletionWait;
pub(crate) use wait::{Pauses, is_passing};

use crate::conn::command::{Command, Get};
use crate::error::{Error, Operation};
use crate::netlink::attr::FromAttrs;
use crate::netlink::driver::Driver;
use crate::netlink::exchange::Progress;
use crate::netlink::extack::KernelError;
use crate::netlink::message::Message;

/// A conversation with the family over a transport.
#[derive(Debug)]
pub(crate) struct Engine<S> {
    pub(crate) netlink: Driver<S>,
    family: Family,
    guards: bool,
}

impl<S: Host> Engine<S> {
    /// Finds the family. The guards are on.
    pub(crate) async fn open(socket: S) -> Result<Self, Error> {
        let mut netlink = Driver::new(socket);
        let family = look_up(&mut netlink).await?;
        Ok(Self { netlink, family, guards: true })
    }

    /// Switches the guards of [`guard`].
    pub(crate) fn set_guards(&mut self, on: bool) {
        self.guards = on;
    }

    /// Runs a command that is acknowledged, without its check and its guard.
    #[inline]
    pub(crate) async fn command(&mut self, command: &impl Command) -> Result<(), Error> {
        match self.outcome(command).await? {
            Progress::Failed(_, error) => Err(refused(command.operation(), error)),
            _ => Ok(()),
        }
    }

    /// Runs a get request. A reply about another object counts as the kernel's report that there is
    /// no such object.
    #[inline]
    pub(crate) async fn get<G: Get>(&mut self, get: &G) -> Result<G::Info, Error> {
        match self.reply(get).await {
            Ok(info) if !get.is_about(&info) => Err(guard::no_such(get.operation())),
            outcome => outcome,
        }
    }

    /// The reply to a get request.
    #[inline]
    async fn reply<G: Get>(&mut self, get: &G) -> Result<G::Info, Error> {
        self.netlink.socket.yield_now_and_then().await;
        let sent = self.try_send(get)?;
        if sent {
            if let Some(message) = self.netlink.exchange.next_reply() {
                return read(&message, || get.operation());
            }
        }
        match self.conclude(get, sent).await? {
            Progress::Reply(_) => self.decode(|| get.operation()),
            Progress::Failed(_, error) => Err(refused(get.operation(), error)),
            _ => Err(Error::NoReply { operation: get.operation() }),
        }
    }

    /// Sends a command and waits for what ends it: an acknowledgement, a reply, an error.
    #[inline]
    async fn outcome(&mut self, command: &impl Command) -> Result<Progress, Error> {
        self.netlink.socket.yield_now_and_then().await;
        let sent = self.try_send(command)?;
        self.conclude(command, sent).await
    }

    /// Sends a command and receives a datagram, as far as nothing has to be waited for. Returns
    /// whether the command was sent.
    #[inline]
    fn try_send(&mut self, command: &impl Command) -> Result<bool, Error> {
        if self.netlink.exchange.has_stale_answers() {
            return Ok(false);
        }
        self.netlink.exchange.start();
        self.push(command)?;
        self.netlink.try_transact().map_err(|error| Error::of_netlink(command.operation(), error))
    }

    /// What ends a command that has been sent, or could not be without waiting. All that is out of
    /// the ordinary goes on in [`pursue`](Self::pursue).
    #[inline]
    async fn conclude(&mut self, command: &impl Command, sent: bool) -> Result<Progress, Error> {
        if sent {
            match self.netlink.exchange.poll() {
                Ok(Progress::NeedData) => {}
                Ok(Progress::Failed(_, error)) if is_renumbered(&error) => {
                    return self.send_to_renewed_family(command).await;
                }
                Ok(progress) => return Ok(progress),
                Err(error) => {
                    return Err(Error::Decode { operation: command.operation(), error });
                }
            }
        }
        self.pursue(command, sent).await
    }

    /// Waits for what ends a command.
    async fn pursue(&mut self, command: &impl Command, sent: bool) -> Result<Progress, Error> {
        let progress = if sent {
            let progress = self.netlink.progress().await;
            progress.map_err(|error| Error::of_netlink(command.operation(), error))?
        } else {
            self.round_trip(command).await?
        };
        match progress {
            Progress::Failed(_, error) if is_renumbered(&error) => {
                self.send_to_renewed_family(command).await
            }
            progress => Ok(progress),
        }
    }

    async fn send_to_renewed_family(&mut self, command: &impl Command) -> Result<Progress, Error> {
        self.renew_family().await?;
        self.round_trip(command).await
    }

    async fn renew_family(&mut self) -> Result<(), Error> {
        self.family = look_up(&mut self.netlink).await?;
        Ok(())
    }

    async fn round_trip(&mut self, command: &impl Command) -> Result<Progress, Error> {
        let failed = |error| Error::of_netlink(command.operation(), error);
        self.netlink.settle_replies().await.map_err(failed)?;
        self.netlink.exchange.start();
        self.push(command)?;
        self.netlink.transact().await.map_err(failed)
    }

    /// Adds a command to the exchange's datagram.
    #[inline]
    fn push(&mut self, command: &impl Command) -> Result<(), Error> {
        command
            .push(&mut self.netlink.exchange, self.family.id)
            .map_err(|error| Error::Encode { operation: command.operation(), error })
    }

    /// The message behind the last reply as a `T`.
    #[inline]
    fn decode<T: for<'a> FromAttrs<'a>>(
        &self,
        operation: impl FnOnce() -> Operation,
    ) -> Result<T, Error> {
        match self.netlink.exchange.message() {
            Ok(message) => read(&message, operation),
            Err(error) => Err(Error::Decode { operation: operation(), error }),
        }
    }
}

/// A message as a `T`.
#[inline]
fn read<'a, T: FromAttrs<'a>>(
    message: &Message<'a>,
    operation: impl FnOnce() -> Operation,
) -> Result<T, Error> {
    let malformed = |error| Error::Decode { operation: operation(), error };
    let attrs = match message.attrs() {
        Ok(attrs) => attrs,
        Err(error) => return Err(malformed(error)),
    };
    // Not `from_attrs`, whose result would be moved once more into this function's.
    if let Some(value) = T::in_order(attrs.clone()) {
        return Ok(value);
    }
    T::in_any_order(attrs).map_err(malformed)
}

/// No L2TP command fails so: the module was unloaded and loaded again, and the family has another
/// number.
#[inline]
fn is_renumbered(error: &KernelError) -> bool {
    error.errno() == libc::ENOENT
}

#[cold]
pub(crate) fn refused(operation: Operation, error: KernelError) -> Error {
    Error::Rejected { operation, error }
}
