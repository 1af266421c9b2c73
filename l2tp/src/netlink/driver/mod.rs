//! Requests and their replies on one socket: the loop that everything goes through.
//!
//! A [`Driver`] joins the [`exchange`](super::exchange), which knows what a message means, to a
//! [`Transport`], which sends and receives. Its methods are `async`; over the blocking transport no
//! future ever waits, so a blocking caller runs each to its end with a single poll
//! ([`ready`](super::transport::ready)).
//!
//! A future may be dropped at any point. What the kernel still has to send for the abandoned
//! request is received and passed over before the next one ([`settle`](Driver::settle)).

mod dump;
mod notifications;
mod settle;
#[cfg(test)]
mod tests;

use std::ffi::CStr;

pub(crate) use dump::DumpState;

use super::attr::{FromAttrs, ToAttrs};
use super::ctrl::{self, FamilyName};
use super::error::Error;
use super::exchange::{Exchange, Progress};
use super::message::{Message, RequestHeader};
use super::transport::Transport;

/// An exchange joined to a transport.
#[derive(Debug)]
pub(crate) struct Driver<S> {
    pub(crate) socket: S,
    pub(crate) exchange: Exchange,
    /// Whether the kernel dropped something since the request was sent: what is not queued by now
    /// will not come.
    overrun: bool,
}

impl<S: Transport> Driver<S> {
    pub(crate) fn new(socket: S) -> Self {
        Self { socket, exchange: Exchange::new(), overrun: false }
    }

    /// Sends a request and receives until its outcome is known.
    async fn request(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<Progress, Error> {
        self.settle_replies().await?;
        self.exchange.start();
        self.exchange.push(request, |out| attributes.to_attrs(out)).map_err(Error::Encode)?;
        self.transact().await
    }

    /// Sends a request that is acknowledged.
    pub(crate) async fn acknowledged(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<(), Error> {
        let request = request.with_flags(l2tp_sys::NLM_F_ACK);
        match self.request(&request, attributes).await? {
            Progress::Failed(_, error) => Err(Error::Rejected(error)),
            _ => Ok(()),
        }
    }

    /// Sends a request and returns its reply.
    pub(crate) async fn ask_message(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<Message<'_>, Error> {
        // A request without a reply would be waited for without end; the acknowledgement of one
        // that has a reply is passed over later.
        self.reply(&request.with_flags(l2tp_sys::NLM_F_ACK), attributes).await
    }

    /// Sends a request and decodes the attributes of its reply.
    pub(crate) async fn ask<'c, T: FromAttrs<'c>>(
        &'c mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<T, Error> {
        let length = request.length();
        let message = self.ask_message(request, attributes).await?;
        Ok(T::from_attrs(message.attrs_behind(length)?)?)
    }

    async fn reply(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<Message<'_>, Error> {
        match self.request(request, attributes).await? {
            Progress::Reply(_) => Ok(self.exchange.message()?),
            Progress::Failed(_, error) => Err(Error::Rejected(error)),
            _ => Err(Error::NoReply),
        }
    }

    /// Looks a generic-netlink family up. The kernel loads its module if it can.
    pub(crate) async fn family(&mut self, name: &CStr) -> Result<ctrl::Family<'_>, Error> {
        match self.reply(&ctrl::GET_FAMILY, &FamilyName { name }).await {
            Ok(message) => Ok(ctrl::Family::from_attrs(message.attrs()?)?),
            Err(Error::Rejected(error)) => {
                Err(Error::NoFamily { name: name.to_owned(), errno: error.errno() })
            }
            Err(error) => Err(error),
        }
    }

    /// Sends what the exchange holds and receives a datagram, as far as nothing has to be waited
    /// for: the kernel mostly has replied when the sending returns. Returns whether the request was
    /// sent.
    #[inline]
    pub(crate) fn try_transact(&mut self) -> Result<bool, Error> {
        self.overrun = false;
        match self.socket.try_send(self.exchange.outgoing()) {
            Ok(()) => self.exchange.sent(),
            Err(error) => return unless_would_block(Error::Send(error)).map(|()| false),
        }
        match self.socket.try_recv(self.exchange.space()) {
            Ok(len) => self.exchange.received(len)?,
            Err(error) => {
                let error = Error::Receive(error);
                self.overrun = error.is_overrun();
                if !self.overrun {
                    unless_would_block(error)?;
                }
            }
        }
        Ok(true)
    }

    /// Sends what the exchange holds and receives until it makes progress.
    #[inline]
    pub(crate) async fn transact(&mut self) -> Result<Progress, Error> {
        self.overrun = false;
        self.socket.send(self.exchange.outgoing()).await.map_err(Error::Send)?;
        self.exchange.sent();
        self.progress().await
    }

    /// Receives until the exchange makes progress. If the kernel had to drop something, what it did
    /// not drop is queued, and nothing is waited for.
    #[inline]
    pub(crate) async fn progress(&mut self) -> Result<Progress, Error> {
        if !self.overrun {
            match self.step().await {
                Err(error) if error.is_overrun() => self.overrun = true,
                outcome => return outcome,
            }
        }
        match self.try_step() {
            Err(error) if error.is_would_block() => {
                Err(Error::Receive(std::io::Error::from_raw_os_error(libc::ENOBUFS)))
            }
            outcome => outcome,
        }
    }

    /// Receives until the exchange makes progress or something fails.
    #[inline]
    pub(crate) async fn step(&mut self) -> Result<Progress, Error> {
        loop {
            match self.exchange.poll()? {
                Progress::NeedData => {
                    let len =
                        self.socket.recv(self.exchange.space()).await.map_err(Error::Receive)?;
                    self.exchange.received(len)?;
                }
                progress => return Ok(progress),
            }
        }
    }

    /// The progress that the exchange makes by what is queued; if there is none, an error with
    /// `WouldBlock`.
    pub(crate) fn try_step(&mut self) -> Result<Progress, Error> {
        loop {
            match self.exchange.poll()? {
                Progress::NeedData => {
                    let len =
                        self.socket.try_recv(self.exchange.space()).map_err(Error::Receive)?;
                    self.exchange.received(len)?;
                }
                progress => return Ok(progress),
            }
        }
    }
}

/// The error, unless it only says that something has to be waited for.
#[cold]
fn unless_would_block(error: Error) -> Result<(), Error> {
    if error.is_would_block() { Ok(()) } else { Err(error) }
}
