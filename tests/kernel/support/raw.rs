//! Requests that the library would never send, made with its netlink layer.

use anyhow::{Context, Result, bail, ensure};
use l2tp::netlink::attr::{AttrWriter, EncodeError, FromAttrs, ToAttrs};
use l2tp::netlink::ctrl::{Family, FamilyName, GET_FAMILY};
use l2tp::netlink::exchange::{Exchange, Progress};
use l2tp::netlink::extack::KernelError;
use l2tp::netlink::message::{Message, Request};
use l2tp::netlink::socket::Socket;

use super::Net;

/// What writes a request's attributes.
pub(crate) type Fill<'a> = &'a dyn Fn(&mut AttrWriter<'_>) -> Result<(), EncodeError>;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was answered with an object.
    Replied,
    /// It was acknowledged.
    Done,
    /// It was refused with this errno.
    Refused(i32),
}

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
        command: u8,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<Result<(), KernelError>> {
        self.flagged(command, l2tp_sys::NLM_F_ACK, fill)
    }

    /// As [`command`](Self::command), with these flags (`NLM_F_*`).
    pub(crate) fn flagged(
        &mut self,
        command: u8,
        flags: u16,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<Result<(), KernelError>> {
        let request = self.request(command, flags);
        match self.transact(request, fill)? {
            Progress::Acked(_) => Ok(Ok(())),
            Progress::Failed(_, error) => Ok(Err(error)),
            other => bail!("command {command} was answered with {other:?}"),
        }
    }

    /// Sends commands (`L2TP_CMD_*`) in one datagram; what becomes of each, in the order of the
    /// answers. Those that get something are answered with it, the others are acknowledged.
    pub(crate) fn together(
        &mut self,
        requests: &[(u8, Fill<'_>)],
    ) -> Result<Vec<(usize, Outcome)>> {
        self.exchange.start();
        for (command, fill) in requests {
            let request = self.request(*command, ack_unless_get(*command));
            self.exchange.push(&request, fill).context("cannot encode")?;
        }
        self.send()?;
        let mut outcomes = Vec::new();
        while outcomes.len() < requests.len() {
            outcomes.push(match self.progress()? {
                Progress::Reply(at) => (at, Outcome::Replied),
                Progress::Acked(at) => (at, Outcome::Done),
                Progress::Failed(at, error) => (at, Outcome::Refused(error.errno())),
                other => bail!("a request was answered with {other:?}"),
            });
        }
        Ok(outcomes)
    }

    /// What becomes of one command.
    pub(crate) fn outcome(&mut self, command: u8, fill: Fill<'_>) -> Result<Outcome> {
        let outcomes = self.together(&[(command, fill)])?;
        Ok(outcomes[0].1)
    }

    /// Sends a command and receives nothing.
    pub(crate) fn only_send(&mut self, command: u8, flags: u16, fill: Fill<'_>) -> Result<()> {
        self.exchange.start();
        let request = self.request(command, flags);
        self.exchange.push(&request, fill).context("cannot encode")?;
        self.send()
    }

    /// The sequence number of the first request that was sent last.
    pub(crate) fn sequence(&self) -> Result<u32> {
        Ok(Message::first(self.exchange.outgoing())?.0.header.seq)
    }

    /// The length of a datagram that has arrived; an error if there is none.
    pub(crate) fn arrived(&mut self) -> Result<usize> {
        Ok(self.socket.try_recv(self.exchange.space())?)
    }

    /// The answer to a question.
    pub(crate) fn answer(
        &mut self,
        command: u8,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<Message<'_>> {
        let request = self.request(command, 0);
        let answer = self.transact(request, fill)?;
        ensure!(matches!(answer, Progress::Reply(_)), "command {command}: {answer:?}");
        Ok(self.exchange.message()?)
    }

    /// The number of rows of a listing whose request has these attributes.
    pub(crate) fn rows(
        &mut self,
        command: u8,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<usize> {
        let request = self.request(command, l2tp_sys::NLM_F_DUMP);
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

    /// The lengths of the datagrams of a listing that is received into a buffer of `room` bytes.
    pub(crate) fn datagrams(&mut self, command: u8, room: usize) -> Result<Vec<usize>> {
        self.only_send(command, l2tp_sys::NLM_F_DUMP, &|_| Ok(()))?;
        let (mut buffer, mut lengths) = (vec![0; room], Vec::new());
        loop {
            let length = self.socket.recv(&mut buffer)?;
            lengths.push(length);
            let (first, _) = Message::first(&buffer[..length])?;
            if first.header.kind == l2tp_sys::NLMSG_DONE {
                self.exchange.settled();
                return Ok(lengths);
            }
        }
    }

    fn request(&self, command: u8, flags: u16) -> Request {
        Request { family: self.family, command, version: 1, flags }
    }

    fn transact(
        &mut self,
        request: Request,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<Progress> {
        self.exchange.start();
        self.exchange.push(&request, fill).context("cannot encode")?;
        self.send()?;
        self.progress()
    }

    fn send(&mut self) -> Result<()> {
        self.socket.send(self.exchange.outgoing())?;
        self.exchange.sent();
        Ok(())
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

/// An answer says enough; what has none is acknowledged.
fn ack_unless_get(command: u8) -> u16 {
    match command {
        l2tp_sys::L2TP_CMD_TUNNEL_GET | l2tp_sys::L2TP_CMD_SESSION_GET => 0,
        _ => l2tp_sys::NLM_F_ACK,
    }
}
