//! The operation that an error names.

use std::fmt;

use crate::{SessionId, SessionKey, TunnelId};

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
