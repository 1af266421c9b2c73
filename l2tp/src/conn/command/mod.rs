//! The family's commands: each a small value that can check itself, fill a message, and say in
//! an error what was attempted.
//!
//! The blocking connection, the async one and the batch all send these, so a command is described
//! once.

mod list;

pub(crate) use list::{List, Row};

use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd};

use crate::error::{ConfigError, Error, Operation};
use crate::netlink::attr::{AttrWriter, EncodeError, ToAttrs};
use crate::netlink::exchange::Exchange;
use crate::netlink::message::Request;
use crate::session::SessionKeyAttrs;
use crate::tunnel::{ManagedSocket, StaticAddresses, TunnelKey};
use crate::{SessionChange, SessionConfig, SessionKey, TunnelConfig, TunnelId};

/// A question is answered by a message of its own; anything else is acknowledged.
pub(crate) const ACK: u16 = l2tp_sys::NLM_F_ACK;
/// The flags of a question, which is answered by one message.
pub(crate) const QUESTION: u16 = 0;
/// The flags of a question that is answered by a listing.
const DUMP: u16 = l2tp_sys::NLM_F_DUMP;

const VERSION: u8 = l2tp_sys::L2TP_GENL_VERSION;

/// One of `enum l2tp_cmd` of `linux/l2tp.h`, with its attributes.
pub(crate) trait Command {
    /// Its number.
    const NUMBER: u8;
    /// [`ACK`], [`QUESTION`] or [`DUMP`].
    const FLAGS: u16;

    /// What an error says was attempted.
    fn operation(&self) -> Operation;

    /// Appends its attributes.
    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError>;

    /// Adds it to the exchange's datagram.
    #[inline]
    fn push(&self, exchange: &mut Exchange, family: u16) -> Result<(), Error> {
        self.push_with(exchange, family, Self::FLAGS)
    }

    /// Adds it to the exchange's datagram with flags other than its own.
    #[inline]
    fn push_with(&self, exchange: &mut Exchange, family: u16, flags: u16) -> Result<(), Error> {
        let request = Request { family, command: Self::NUMBER, version: VERSION, flags };
        exchange
            .push(&request, |out| self.fill(out))
            .map_err(|error| Error::Encode { operation: self.operation(), error })
    }
}

/// The numbers of all commands.
pub(crate) const NUMBERS: &[u8] = &[
    Noop::NUMBER,
    CreateStaticTunnel::NUMBER,
    CreateManagedTunnel::NUMBER,
    DeleteTunnel::NUMBER,
    GetTunnel::NUMBER,
    ModifyTunnel::NUMBER,
    CreateSession::NUMBER,
    DeleteSession::NUMBER,
    GetSession::NUMBER,
    ModifySession::NUMBER,
];

/// Wraps what a validation found.
#[cold]
fn refused(operation: Operation) -> impl FnOnce(ConfigError) -> Error {
    move |error| Error::Config { operation, error }
}

/// `L2TP_CMD_NOOP`.
pub(crate) struct Noop;

impl Command for Noop {
    const NUMBER: u8 = l2tp_sys::L2TP_CMD_NOOP;
    const FLAGS: u16 = QUESTION;

    fn operation(&self) -> Operation {
        Operation::Probe
    }

    fn fill(&self, _: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        Ok(())
    }
}

/// `L2TP_CMD_TUNNEL_CREATE` with addresses: the kernel makes the socket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CreateStaticTunnel {
    config: TunnelConfig,
    addresses: StaticAddresses,
}

impl CreateStaticTunnel {
    pub(crate) fn new(
        local: SocketAddr,
        peer: SocketAddr,
        config: &TunnelConfig,
    ) -> Result<Self, Error> {
        let addresses = StaticAddresses::new(local, peer, config)
            .map_err(refused(Operation::CreateStaticTunnel(config.tunnel_id)))?;
        Ok(Self { config: *config, addresses })
    }
}

impl Command for CreateStaticTunnel {
    const NUMBER: u8 = l2tp_sys::L2TP_CMD_TUNNEL_CREATE;
    const FLAGS: u16 = ACK;

    fn operation(&self) -> Operation {
        Operation::CreateStaticTunnel(self.config.tunnel_id)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        self.config.to_attrs(out)?;
        self.addresses.to_attrs(out)
    }
}

/// `L2TP_CMD_TUNNEL_CREATE` with a descriptor: the caller's socket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CreateManagedTunnel<'a> {
    config: TunnelConfig,
    socket: BorrowedFd<'a>,
}

impl<'a> CreateManagedTunnel<'a> {
    pub(crate) fn new(socket: BorrowedFd<'a>, config: &TunnelConfig) -> Result<Self, Error> {
        let operation = Operation::CreateManagedTunnel(config.tunnel_id);
        config.validate_managed().map_err(refused(operation))?;
        Ok(Self { config: *config, socket })
    }
}

impl Command for CreateManagedTunnel<'_> {
    const NUMBER: u8 = l2tp_sys::L2TP_CMD_TUNNEL_CREATE;
    const FLAGS: u16 = ACK;

    fn operation(&self) -> Operation {
        Operation::CreateManagedTunnel(self.config.tunnel_id)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        self.config.to_attrs(out)?;
        // An open descriptor is never negative.
        ManagedSocket { fd: self.socket.as_raw_fd().unsigned_abs() }.to_attrs(out)
    }
}

/// `L2TP_CMD_TUNNEL_DELETE`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeleteTunnel(pub(crate) TunnelId);

impl Command for DeleteTunnel {
    const NUMBER: u8 = l2tp_sys::L2TP_CMD_TUNNEL_DELETE;
    const FLAGS: u16 = ACK;

    fn operation(&self) -> Operation {
        Operation::DeleteTunnel(self.0)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        TunnelKey { tunnel_id: self.0 }.to_attrs(out)
    }
}

/// `L2TP_CMD_TUNNEL_GET`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GetTunnel(pub(crate) TunnelId);

impl Command for GetTunnel {
    const NUMBER: u8 = l2tp_sys::L2TP_CMD_TUNNEL_GET;
    const FLAGS: u16 = QUESTION;

    fn operation(&self) -> Operation {
        Operation::GetTunnel(self.0)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        TunnelKey { tunnel_id: self.0 }.to_attrs(out)
    }
}

/// `L2TP_CMD_TUNNEL_MODIFY`, which changes nothing.
pub(crate) struct ModifyTunnel(pub(crate) TunnelId);

impl Command for ModifyTunnel {
    const NUMBER: u8 = l2tp_sys::L2TP_CMD_TUNNEL_MODIFY;
    const FLAGS: u16 = ACK;

    fn operation(&self) -> Operation {
        Operation::ModifyTunnel(self.0)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        TunnelKey { tunnel_id: self.0 }.to_attrs(out)
    }
}

/// `L2TP_CMD_SESSION_CREATE`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CreateSession(pub(crate) SessionConfig);

impl CreateSession {
    #[inline]
    pub(crate) fn new(config: &SessionConfig) -> Result<Self, Error> {
        Self::check(config)?;
        Ok(Self(*config))
    }

    /// Refuses what could not work.
    #[inline]
    pub(crate) fn check(config: &SessionConfig) -> Result<(), Error> {
        let operation = Operation::CreateSession(config.tunnel_id, config.session_id);
        config.validate().map_err(refused(operation))
    }
}

impl Command for CreateSession {
    const NUMBER: u8 = l2tp_sys::L2TP_CMD_SESSION_CREATE;
    const FLAGS: u16 = ACK;

    fn operation(&self) -> Operation {
        Operation::CreateSession(self.0.tunnel_id, self.0.session_id)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        self.0.to_attrs(out)
    }
}

/// `L2TP_CMD_SESSION_DELETE`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeleteSession(pub(crate) SessionKey);

impl Command for DeleteSession {
    const NUMBER: u8 = l2tp_sys::L2TP_CMD_SESSION_DELETE;
    const FLAGS: u16 = ACK;

    fn operation(&self) -> Operation {
        Operation::DeleteSession(self.0)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        SessionKeyAttrs::from(self.0).to_attrs(out)
    }
}

/// `L2TP_CMD_SESSION_GET`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GetSession(pub(crate) SessionKey);

impl Command for GetSession {
    const NUMBER: u8 = l2tp_sys::L2TP_CMD_SESSION_GET;
    const FLAGS: u16 = QUESTION;

    fn operation(&self) -> Operation {
        Operation::GetSession(self.0)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        SessionKeyAttrs::from(self.0).to_attrs(out)
    }
}

/// `L2TP_CMD_SESSION_MODIFY`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModifySession {
    pub(crate) key: SessionKey,
    change: SessionChange,
}

impl ModifySession {
    pub(crate) fn new(key: SessionKey, change: &SessionChange) -> Result<Self, Error> {
        change.validate().map_err(refused(Operation::ModifySession(key)))?;
        Ok(Self { key, change: *change })
    }
}

impl Command for ModifySession {
    const NUMBER: u8 = l2tp_sys::L2TP_CMD_SESSION_MODIFY;
    const FLAGS: u16 = ACK;

    fn operation(&self) -> Operation {
        Operation::ModifySession(self.key)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        SessionKeyAttrs::from(self.key).to_attrs(out)?;
        self.change.to_attrs(out)
    }
}
