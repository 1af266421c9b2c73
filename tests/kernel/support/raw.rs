//! Requests that the library would never send, made with its netlink layer.

use anyhow::{Context, Result, bail, ensure};
use l2tp::netlink::attr::{AttrWriter, EncodeError, FromAttrs, ToAttrs};
use l2tp::netlink::ctrl::{Family, FamilyName, GET_FAMILY};
use l2tp::netlink::exchange::{Exchange, Progress};
use l2tp::netlink::extack::KernelError;
use l2tp::netlink::message::{Message, Request};
use l2tp::netlink::socket::Socket;

use super::Net;

/// A netlink socket on which the family `l2tp` has been looked up.
pub(crate) struct Raw {
    socket: Socket,
    exchange: Exchange,
    family: u16,
    group: u32,
}

impl Raw {
    /// Opens the socket in a namespace.
    pub(crate) fn open(net: &Net) -> Result<Self> {
        let socket = net.run(|| Ok(Socket::open()?))?;
        let mut raw = Self { socket, exchange: Exchange::new(), family: 0, group: 0 };
        let name = FamilyName { name: l2tp_sys::L2TP_GENL_NAME };
        let answer = raw.transact(GET_FAMILY, |out| name.to_attrs(out))?;
        ensure!(matches!(answer, Progress::Reply(_)), "no family: {answer:?}");
        let family = Family::from_attrs(raw.exchange.message()?.attrs()?)?;
        let group = family.group(l2tp_sys::L2TP_GENL_MCGROUP)?;
        (raw.family, raw.group) = (family.id, group.context("no group")?);
        Ok(raw)
    }

    /// The number that the family has now.
    pub(crate) fn family(&self) -> u16 {
        self.family
    }

    /// The number of the family's multicast group.
    pub(crate) fn group(&self) -> u32 {
        self.group
    }

    /// Sends a command (`L2TP_CMD_*`) with any attributes and asks for an acknowledgement.
    pub(crate) fn command(
        &mut self,
        command: u32,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<Result<(), KernelError>> {
        self.flagged(command, l2tp_sys::NLM_F_ACK, fill)
    }

    /// As [`command`](Self::command), with these flags (`NLM_F_*`).
    pub(crate) fn flagged(
        &mut self,
        command: u32,
        flags: u32,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<Result<(), KernelError>> {
        let request = self.request(command, flags)?;
        match self.transact(request, fill)? {
            Progress::Acked(_) => Ok(Ok(())),
            Progress::Failed(_, error) => Ok(Err(error)),
            other => bail!("command {command} was answered with {other:?}"),
        }
    }

    /// The answer to a question.
    pub(crate) fn answer(
        &mut self,
        command: u32,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<Message<'_>> {
        let request = self.request(command, 0)?;
        let answer = self.transact(request, fill)?;
        ensure!(matches!(answer, Progress::Reply(_)), "command {command}: {answer:?}");
        Ok(self.exchange.message()?)
    }

    /// The number of rows of a listing whose request has these attributes.
    pub(crate) fn rows(
        &mut self,
        command: u32,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<usize> {
        let request = self.request(command, l2tp_sys::NLM_F_DUMP)?;
        let mut progress = self.transact(request, fill)?;
        let mut rows = 0;
        loop {
            match progress {
                Progress::Reply(_) => rows += 1,
                Progress::Done => return Ok(rows),
                other => bail!("a listing was answered with {other:?}"),
            }
            progress = self.progress()?;
        }
    }

    fn request(&self, command: u32, flags: u32) -> Result<Request> {
        Ok(Request {
            family: self.family,
            command: u8::try_from(command)?,
            version: 1,
            flags: u16::try_from(flags)?,
        })
    }

    fn transact(
        &mut self,
        request: Request,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<Progress> {
        self.exchange.start();
        self.exchange.push(&request, fill).context("cannot encode")?;
        self.socket.send(self.exchange.outgoing())?;
        self.exchange.sent();
        self.progress()
    }

    fn progress(&mut self) -> Result<Progress> {
        loop {
            match self.exchange.poll()? {
                Progress::NeedData => {
                    let len = self.socket.recv(self.exchange.space())?;
                    self.exchange.received(len)?;
                }
                progress => return Ok(progress),
            }
        }
    }
}
