//! What was attempted, for the first words of an error.

use std::fmt;

use crate::{SessionId, SessionKey, TunnelId};

/// An operation of the library with the ids that it concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Opening a connection and finding the family.
    Open,
    /// Asking for a sign of life.
    Probe,
    /// Listening to notifications.
    Listen,
    /// Watching network interfaces.
    ListLinks,
    /// Running a batch.
    Batch,
    /// Creating a tunnel whose socket the kernel makes.
    CreateStaticTunnel(TunnelId),
    /// Creating a tunnel on the caller's socket.
    CreateManagedTunnel(TunnelId),
    /// Deleting a tunnel.
    DeleteTunnel(TunnelId),
    /// Asking about a tunnel.
    GetTunnel(TunnelId),
    /// Asking about all tunnels.
    ListTunnels,
    /// Making the kernel notify listeners of a tunnel.
    ModifyTunnel(TunnelId),
    /// Opening or using a tunnel's socket; the error itself says more.
    UseSocket,
    /// Creating a session.
    CreateSession(TunnelId, SessionId),
    /// Deleting a session.
    DeleteSession(SessionKey),
    /// Asking about a session.
    GetSession(SessionKey),
    /// Asking about all sessions.
    ListSessions,
    /// Changing a session.
    ModifySession(SessionKey),
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open a connection to the kernel's L2TP"),
            Self::Probe => f.write_str("probe the kernel's L2TP"),
            Self::Listen => f.write_str("listen to the kernel's L2TP notifications"),
            Self::ListLinks => f.write_str("list network interfaces"),
            Self::Batch => f.write_str("run a batch"),
            Self::CreateStaticTunnel(id) => write!(f, "create static tunnel {id}"),
            Self::CreateManagedTunnel(id) => write!(f, "create managed tunnel {id}"),
            Self::DeleteTunnel(id) => write!(f, "delete tunnel {id}"),
            Self::GetTunnel(id) => write!(f, "get tunnel {id}"),
            Self::ListTunnels => f.write_str("list tunnels"),
            Self::ModifyTunnel(id) => write!(f, "notify of tunnel {id}"),
            Self::UseSocket => f.write_str("use a tunnel's socket"),
            Self::CreateSession(tunnel, id) => write!(f, "create session {id} in tunnel {tunnel}"),
            Self::DeleteSession(key) => write!(f, "delete {key}"),
            Self::GetSession(key) => write!(f, "get {key}"),
            Self::ListSessions => f.write_str("list sessions"),
            Self::ModifySession(key) => write!(f, "modify {key}"),
        }
    }
}
