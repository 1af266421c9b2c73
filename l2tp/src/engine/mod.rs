//! What a connection does, written once for the blocking and the async one.
//!
//! An [`Engine`] joins the exchange, which knows what to say, to a [`Transport`], which can say
//! it. Its methods are `async`; over the blocking transport no future ever waits, so the blocking
//! connection runs each to its end with a single poll ([`ready`]) and no runtime is involved.

#[macro_use]
mod batch;
#[cfg(test)]
pub(crate) mod cancellation;
mod dump;
mod family;
mod guard;
mod settle;
mod transport;
mod wait;

pub(crate) use batch::Queue;
pub use batch::{Answer, BatchReport};
pub(crate) use dump::{Listing, Row};
pub(crate) use family::Family;
pub(crate) use transport::{Transport, ready};
pub use wait::Wait;
pub(crate) use wait::{Pauses, is_passing};

use crate::command::Command;
use crate::error::{Error, Operation};
use crate::netlink::attr::FromAttrs;
use crate::netlink::exchange::{Exchange, Progress};
use crate::netlink::extack::KernelError;
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

    /// Runs a command that is acknowledged.
    #[inline]
    pub(crate) async fn command(&mut self, command: &impl Command) -> Result<(), Error> {
        self.run(command).await.map(drop)
    }

    /// Runs a command that is answered with a `T`.
    #[inline]
    pub(crate) async fn question<T: for<'a> FromAttrs<'a>>(
        &mut self,
        command: &impl Command,
    ) -> Result<T, Error> {
        match self.run(command).await? {
            Progress::Reply(_) => self.decode(|| command.operation()),
            _ => Err(Error::NoAnswer { operation: command.operation() }),
        }
    }

    /// Sends a command and waits for what ends it: an acknowledgement or an answer.
    #[inline]
    async fn run(&mut self, command: &impl Command) -> Result<Progress, Error> {
        match self.outcome(command).await? {
            Progress::Failed(_, error) => Err(refused(command.operation(), error)),
            progress => Ok(progress),
        }
    }

    /// Sends a command and waits for what ends it, be it a refusal.
    #[inline]
    async fn outcome(&mut self, command: &impl Command) -> Result<Progress, Error> {
        match self.round_trip(command).await? {
            Progress::Failed(_, error) if error.errno() == libc::ENOENT => {
                // No L2TP command fails so: the module was unloaded and loaded again, and the
                // family has another number.
                self.renew_family().await?;
                self.round_trip(command).await
            }
            progress => Ok(progress),
        }
    }

    #[cold]
    async fn renew_family(&mut self) -> Result<(), Error> {
        self.family = look_up(&self.socket, &mut self.exchange).await?;
        Ok(())
    }

    #[inline]
    async fn round_trip(&mut self, command: &impl Command) -> Result<Progress, Error> {
        if self.exchange.has_stale_answers() {
            self.settle().await.map_err(|failure| failure.of(command.operation()))?;
        }
        self.exchange.start();
        command.push(&mut self.exchange, self.family.id)?;
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
        self.exchange
            .message()
            .and_then(|message| T::from_attrs(message.attrs()?))
            .map_err(|source| Error::Decode { operation: operation(), source })
    }
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
