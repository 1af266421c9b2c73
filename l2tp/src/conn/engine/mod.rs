//! What a connection does, written once for the blocking and the async one.
//!
//! An [`Engine`] joins the exchange, which knows what to say, to a [`Transport`], which can say
//! it. Its methods are `async`; over the blocking transport no future ever waits, so the blocking
//! connection runs each to its end with a single poll ([`ready`]) and no runtime is involved.

mod batch;
#[cfg(test)]
pub(crate) mod cancellation;
#[cfg(test)]
mod deletions;
mod dump;
#[cfg(test)]
mod failures;
mod family;
mod guard;
mod remnants;
mod settle;
mod transport;
mod wait;

pub(crate) use batch::Memory;
pub(crate) use dump::Listing;
pub(crate) use family::Family;
pub(crate) use transport::{Transport, by_descriptor, ready};
pub use wait::Wait;
pub(crate) use wait::{Pauses, is_passing};

use std::io;

use crate::conn::command::Command;
use crate::error::{Error, Operation};
use crate::netlink::attr::FromAttrs;
use crate::netlink::exchange::{Exchange, Progress};
use crate::netlink::extack::KernelError;
use crate::netlink::message::Message;
use transport::Failure;

/// A conversation with the family over a transport.
#[derive(Debug)]
pub(crate) struct Engine<S> {
    pub(crate) socket: S,
    exchange: Exchange,
    family: Family,
    guards: bool,
}

impl<S: Transport> Engine<S> {
    /// Finds the family. The guards are on.
    pub(crate) async fn open(socket: S) -> Result<Self, Error> {
        let mut exchange = Exchange::new();
        let family = look_up(&socket, &mut exchange).await?;
        Ok(Self { socket, exchange, family, guards: true })
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

    /// Runs a command that is answered with a `T`.
    #[inline]
    pub(crate) async fn question<T: for<'a> FromAttrs<'a>>(
        &mut self,
        command: &impl Command,
    ) -> Result<T, Error> {
        self.socket.yield_now_and_then().await;
        let progress = match self.attempt(command)? {
            Ok(()) => {
                if let Some(message) = self.exchange.next_reply() {
                    return read(&message, || command.operation());
                }
                self.conclude(command).await?
            }
            Err(failure) => self.pursue(command, failure).await?,
        };
        match progress {
            Progress::Reply(_) => self.decode(|| command.operation()),
            Progress::Failed(_, error) => Err(refused(command.operation(), error)),
            _ => Err(Error::NoAnswer { operation: command.operation() }),
        }
    }

    /// Sends a command and waits for what ends it: an acknowledgement, a reply or an error.
    #[inline]
    async fn outcome(&mut self, command: &impl Command) -> Result<Progress, Error> {
        self.socket.yield_now_and_then().await;
        match self.attempt(command)? {
            Ok(()) => self.conclude(command).await,
            Err(failure) => self.pursue(command, failure).await,
        }
    }

    /// Sends a command and receives a datagram, if neither has to wait: the kernel has usually
    /// replied when the send returns. The failure says whether the command was sent.
    #[inline]
    fn attempt(&mut self, command: &impl Command) -> Result<Result<(), Failure>, Error> {
        if self.exchange.has_stale_answers() {
            return Ok(Err(Failure::Unsent(io::ErrorKind::WouldBlock.into())));
        }
        self.exchange.start();
        self.push(command)?;
        Ok(transport::try_transact(&self.socket, &mut self.exchange))
    }

    /// What ends a command, after a datagram was received.
    #[inline]
    async fn conclude(&mut self, command: &impl Command) -> Result<Progress, Error> {
        match self.exchange.poll() {
            Ok(Progress::NeedData) => {
                let nothing = Failure::Unanswered(io::ErrorKind::WouldBlock.into());
                self.pursue(command, nothing).await
            }
            Ok(Progress::Failed(_, error)) if is_renumbered(&error) => {
                self.renew_family().await?;
                self.round_trip(command).await
            }
            Ok(progress) => Ok(progress),
            Err(error) => Err(Error::Decode { operation: command.operation(), error }),
        }
    }

    /// What ends a command of which an attempt failed: where the attempt would have had to wait,
    /// this waits.
    async fn pursue(
        &mut self,
        command: &impl Command,
        failure: Failure,
    ) -> Result<Progress, Error> {
        let outcome = match failure {
            Failure::Unsent(error) if error.kind() == io::ErrorKind::WouldBlock => {
                Ok(self.round_trip(command).await?)
            }
            failure if failure.is_wait() => {
                transport::progress(&self.socket, &mut self.exchange).await
            }
            failure if failure.is_overrun() => transport::rest(&self.socket, &mut self.exchange),
            failure => Err(failure),
        };
        match outcome.map_err(|failure| failure.of(command.operation()))? {
            Progress::Failed(_, error) if is_renumbered(&error) => {
                self.renew_family().await?;
                self.round_trip(command).await
            }
            progress => Ok(progress),
        }
    }

    /// Adds a command to the exchange's datagram.
    #[inline]
    fn push(&mut self, command: &impl Command) -> Result<(), Error> {
        command
            .push(&mut self.exchange, self.family.id)
            .map_err(|error| Error::Encode { operation: command.operation(), error })
    }

    async fn renew_family(&mut self) -> Result<(), Error> {
        self.family = look_up(&self.socket, &mut self.exchange).await?;
        Ok(())
    }

    async fn round_trip(&mut self, command: &impl Command) -> Result<Progress, Error> {
        if self.exchange.has_stale_answers() {
            self.settle().await.map_err(|failure| failure.of(command.operation()))?;
        }
        self.exchange.start();
        self.push(command)?;
        transport::transact(&self.socket, &mut self.exchange)
            .await
            .map_err(|failure| failure.of(command.operation()))
    }

    /// The message behind the last reply as a `T`.
    #[inline]
    fn decode<T: for<'a> FromAttrs<'a>>(
        &self,
        operation: impl FnOnce() -> Operation,
    ) -> Result<T, Error> {
        match self.exchange.message() {
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

/// Asks the controller for the family.
pub(crate) async fn look_up<S: Transport>(
    socket: &S,
    exchange: &mut Exchange,
) -> Result<Family, Error> {
    family::ask(exchange)?;
    let progress = transport::transact(socket, exchange)
        .await
        .map_err(|failure: Failure| failure.of(Operation::Open))?;
    family::answer(exchange, progress)
}

#[cold]
pub(crate) fn refused(operation: Operation, error: KernelError) -> Error {
    Error::Refused { operation, error }
}
