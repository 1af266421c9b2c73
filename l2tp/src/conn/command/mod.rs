//! The family's commands, each described once: the table of numbers, what an error says was
//! attempted, what a command does, and its attributes.
//!
//! Connections, batches and the dry run all send these. This layer is beneath
//! [`Error`](crate::Error), which names an [`Operation`].

mod list;

pub(crate) use list::{List, Row};

use std::fmt;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd};

use crate::error::ConfigError;
use crate::netlink::attr::{AttrWriter, EncodeError, FromAttrs, ToAttrs};
use crate::netlink::exchange::Exchange;
use crate::netlink::message::Request;
use crate::tunnel::{ManagedSocket, StaticAddresses, TunnelKey};
use crate::{
    IfName, ProtocolVersion, SessionChange, SessionConfig, SessionId, SessionInfo, SessionKey,
    TunnelConfig, TunnelId, TunnelInfo,
};

/// The flags of a request that is acknowledged.
pub(crate) const ACK: u16 = l2tp_sys::NLM_F_ACK;
/// The flags of a get request, which has one message as its reply and is not acknowledged.
pub(crate) const GET: u16 = 0;
/// The flags of a dump request.
const DUMP: u16 = l2tp_sys::NLM_F_DUMP;

/// The version of the family in a request.
pub(crate) const VERSION: u8 = l2tp_sys::L2TP_GENL_VERSION;

/// One of `enum l2tp_cmd` of `linux/l2tp.h`, with its attributes.
pub(crate) trait Command: Numbered {
    /// What an error says was attempted.
    fn operation(&self) -> Operation;

    /// Fails for what cannot work, which must not be sent.
    fn check(&self) -> Result<(), ConfigError> {
        Ok(())
    }

    /// What it does to tunnels and sessions.
    fn effect(&self) -> Effect {
        Effect::Nothing
    }

    /// Appends its attributes.
    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError>;

    /// Adds it to the exchange's datagram.
    #[inline]
    fn push(&self, exchange: &mut Exchange, family: u16) -> Result<(), EncodeError> {
        let request =
            Request { family, command: Self::NUMBER, version: VERSION, flags: Self::FLAGS };
        exchange.push(&request, |out| self.fill(out))
    }
}

/// A get request: the kernel replies with one message.
pub(crate) trait Get: Command {
    /// What the reply says.
    type Info: for<'msg> FromAttrs<'msg>;

    /// Whether the reply is about what the request names.
    #[inline]
    fn is_about(&self, _: &Self::Info) -> bool {
        true
    }
}

/// The number of a command, and the flags of its request.
pub(crate) trait Numbered {
    const NUMBER: u8;
    /// [`ACK`], [`GET`] or [`DUMP`].
    const FLAGS: u16;
}

/// Numbers the commands of a table, whose rows are a type, its number and its flags.
macro_rules! number {
    ($($command:ty: $number:ident, $flags:ident;)*) => {
        /// The numbers of all commands.
        pub(crate) const NUMBERS: &[u8] = &[$(l2tp_sys::$number),*];
        $(
            impl Numbered for $command {
                const NUMBER: u8 = l2tp_sys::$number;
                const FLAGS: u16 = $flags;
            }
        )*
    };
}

number! {
    Noop: L2TP_CMD_NOOP, GET;
    CreateStaticTunnel<'_>: L2TP_CMD_TUNNEL_CREATE, ACK;
    CreateManagedTunnel<'_>: L2TP_CMD_TUNNEL_CREATE, ACK;
    DeleteTunnel: L2TP_CMD_TUNNEL_DELETE, ACK;
    ModifyTunnel: L2TP_CMD_TUNNEL_MODIFY, ACK;
    GetTunnel: L2TP_CMD_TUNNEL_GET, GET;
    CreateSession<'_>: L2TP_CMD_SESSION_CREATE, ACK;
    DeleteSession: L2TP_CMD_SESSION_DELETE, ACK;
    ModifySession<'_>: L2TP_CMD_SESSION_MODIFY, ACK;
    GetSession: L2TP_CMD_SESSION_GET, GET;
}

/// An operation of the library with the ids that it concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Opening a connection and finding the family.
    Open,
    /// Checking that the family replies (`L2TP_CMD_NOOP`).
    Probe,
    /// Listening for notifications.
    Listen,
    /// Following network interfaces.
    ListLinks,
    /// Running a batch.
    Batch,
    /// Creating a tunnel whose socket the kernel opens.
    CreateStaticTunnel(TunnelId),
    /// Creating a tunnel on the caller's socket.
    CreateManagedTunnel(TunnelId),
    /// Deleting a tunnel.
    DeleteTunnel(TunnelId),
    /// Getting a tunnel.
    GetTunnel(TunnelId),
    /// Dumping all tunnels.
    ListTunnels,
    /// Making the kernel send a notification about a tunnel.
    ModifyTunnel(TunnelId),
    /// Opening or using a tunnel's socket: the error names the step.
    UseSocket,
    /// Creating a session.
    CreateSession(TunnelId, SessionId),
    /// Deleting a session.
    DeleteSession(SessionKey),
    /// Getting a session.
    GetSession(SessionKey),
    /// Dumping all sessions.
    ListSessions,
    /// Modifying a session.
    ModifySession(SessionKey),
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open a connection to the kernel's L2TP"),
            Self::Probe => f.write_str("probe the kernel's L2TP"),
            Self::Listen => f.write_str("listen for the kernel's L2TP notifications"),
            Self::ListLinks => f.write_str("list network interfaces"),
            Self::Batch => f.write_str("run a batch"),
            Self::CreateStaticTunnel(id) => write!(f, "create static tunnel {id}"),
            Self::CreateManagedTunnel(id) => write!(f, "create managed tunnel {id}"),
            Self::DeleteTunnel(id) => write!(f, "delete tunnel {id}"),
            Self::GetTunnel(id) => write!(f, "get tunnel {id}"),
            Self::ListTunnels => f.write_str("list tunnels"),
            Self::ModifyTunnel(id) => write!(f, "send a notification about tunnel {id}"),
            Self::UseSocket => f.write_str("use a tunnel's socket"),
            Self::CreateSession(tunnel, id) => write!(f, "create session {id} in tunnel {tunnel}"),
            Self::DeleteSession(key) => write!(f, "delete {key}"),
            Self::GetSession(key) => write!(f, "get {key}"),
            Self::ListSessions => f.write_str("list sessions"),
            Self::ModifySession(key) => write!(f, "modify {key}"),
        }
    }
}

/// What a request does to tunnels and sessions, as far as guards and waits depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Nothing,
    CreatesTunnel,
    CreatesSession { ids: (TunnelId, SessionId), version: ProtocolVersion, ifname: Option<IfName> },
    ModifiesSession(SessionKey),
    DeletesSession(SessionKey),
    DeletesTunnel(TunnelId),
}

/// `L2TP_CMD_NOOP`.
pub(crate) struct Noop;

impl Command for Noop {
    fn operation(&self) -> Operation {
        Operation::Probe
    }

    fn fill(&self, _: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        Ok(())
    }
}

/// `L2TP_CMD_TUNNEL_CREATE` with addresses: the kernel makes the socket.
pub(crate) struct CreateStaticTunnel<'a> {
    config: &'a TunnelConfig,
    addresses: Result<StaticAddresses, ConfigError>,
}

impl<'a> CreateStaticTunnel<'a> {
    pub(crate) fn new(local: SocketAddr, peer: SocketAddr, config: &'a TunnelConfig) -> Self {
        Self { config, addresses: StaticAddresses::new(local, peer, config) }
    }
}

impl Command for CreateStaticTunnel<'_> {
    fn operation(&self) -> Operation {
        Operation::CreateStaticTunnel(self.config.tunnel_id)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.addresses.as_ref().map(drop).map_err(Clone::clone)
    }

    fn effect(&self) -> Effect {
        Effect::CreatesTunnel
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        self.config.to_attrs(out)?;
        match &self.addresses {
            Ok(addresses) => addresses.to_attrs(out),
            // It fails its check.
            Err(_) => Ok(()),
        }
    }
}

/// `L2TP_CMD_TUNNEL_CREATE` with a file descriptor: the caller's socket.
pub(crate) struct CreateManagedTunnel<'a>(pub(crate) BorrowedFd<'a>, pub(crate) &'a TunnelConfig);

impl Command for CreateManagedTunnel<'_> {
    fn operation(&self) -> Operation {
        Operation::CreateManagedTunnel(self.1.tunnel_id)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.1.validate_managed()
    }

    fn effect(&self) -> Effect {
        Effect::CreatesTunnel
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        self.1.to_attrs(out)?;
        // An open descriptor is never negative.
        ManagedSocket { fd: self.0.as_raw_fd().unsigned_abs() }.to_attrs(out)
    }
}

/// `L2TP_CMD_TUNNEL_DELETE`.
pub(crate) struct DeleteTunnel(pub(crate) TunnelId);

impl Command for DeleteTunnel {
    fn operation(&self) -> Operation {
        Operation::DeleteTunnel(self.0)
    }

    fn effect(&self) -> Effect {
        Effect::DeletesTunnel(self.0)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        TunnelKey { tunnel_id: self.0 }.to_attrs(out)
    }
}

/// `L2TP_CMD_TUNNEL_GET`.
pub(crate) struct GetTunnel(pub(crate) TunnelId);

impl Command for GetTunnel {
    fn operation(&self) -> Operation {
        Operation::GetTunnel(self.0)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        TunnelKey { tunnel_id: self.0 }.to_attrs(out)
    }
}

impl Get for GetTunnel {
    type Info = TunnelInfo;
}

/// `L2TP_CMD_TUNNEL_MODIFY`, which changes nothing.
pub(crate) struct ModifyTunnel(pub(crate) TunnelId);

impl Command for ModifyTunnel {
    fn operation(&self) -> Operation {
        Operation::ModifyTunnel(self.0)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        TunnelKey { tunnel_id: self.0 }.to_attrs(out)
    }
}

/// `L2TP_CMD_SESSION_CREATE`.
pub(crate) struct CreateSession<'a>(pub(crate) &'a SessionConfig);

impl Command for CreateSession<'_> {
    fn operation(&self) -> Operation {
        Operation::CreateSession(self.0.tunnel_id, self.0.session_id)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.0.validate()
    }

    fn effect(&self) -> Effect {
        let ids = (self.0.tunnel_id, self.0.session_id);
        Effect::CreatesSession { ids, version: self.0.version, ifname: self.0.ifname }
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        self.0.to_attrs(out)
    }
}

/// `L2TP_CMD_SESSION_DELETE`.
pub(crate) struct DeleteSession(pub(crate) SessionKey);

impl Command for DeleteSession {
    fn operation(&self) -> Operation {
        Operation::DeleteSession(self.0)
    }

    fn effect(&self) -> Effect {
        Effect::DeletesSession(self.0)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        self.0.to_attrs(out)
    }
}

/// `L2TP_CMD_SESSION_GET`.
pub(crate) struct GetSession(pub(crate) SessionKey);

impl Command for GetSession {
    fn operation(&self) -> Operation {
        Operation::GetSession(self.0)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        self.0.to_attrs(out)
    }
}

impl Get for GetSession {
    type Info = SessionInfo;

    /// From 6.12 to 7.3 the kernel may reply with another tunnel's session of the same id.
    #[inline]
    fn is_about(&self, info: &SessionInfo) -> bool {
        match self.0 {
            SessionKey::Ids(tunnel, _) => info.tunnel_id == tunnel,
            SessionKey::Name(_) => true,
        }
    }
}

/// `L2TP_CMD_SESSION_MODIFY`.
pub(crate) struct ModifySession<'a>(pub(crate) SessionKey, pub(crate) &'a SessionChange);

impl Command for ModifySession<'_> {
    fn operation(&self) -> Operation {
        Operation::ModifySession(self.0)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.1.validate()
    }

    fn effect(&self) -> Effect {
        Effect::ModifiesSession(self.0)
    }

    fn fill(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        self.0.to_attrs(out)?;
        self.1.to_attrs(out)
    }
}
