//! What a listener is told.

use std::fmt;

use crate::{SessionId, SessionInfo, TunnelId, TunnelInfo};

/// A tunnel or a session, as the kernel describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TunnelOrSession {
    /// A tunnel.
    Tunnel(TunnelInfo),
    /// A session.
    Session(SessionInfo),
}

impl TunnelOrSession {
    /// The tunnel that it is or belongs to.
    #[must_use]
    pub fn tunnel_id(&self) -> TunnelId {
        match self {
            Self::Tunnel(tunnel) => tunnel.tunnel_id,
            Self::Session(session) => session.tunnel_id,
        }
    }

    /// Its session id, if it is a session.
    #[must_use]
    pub fn session_id(&self) -> Option<SessionId> {
        match self {
            Self::Tunnel(_) => None,
            Self::Session(session) => Some(session.session_id),
        }
    }
}

impl fmt::Display for TunnelOrSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tunnel(tunnel) => tunnel.fmt(f),
            Self::Session(session) => session.fmt(f),
        }
    }
}

/// Whose request made the kernel notify.
///
/// A connection recognises its own by [`Conn::port`](crate::Conn::port).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Requester {
    /// The port of the netlink socket that sent the request: often, but not always, the number of
    /// its process.
    pub port: u32,
    /// The sequence number of the request, as its sender chose it.
    pub seq: u32,
}

/// What a listener is told.
///
/// The kernel notifies of what is done over netlink, and of nothing else: sessions that go with
/// their tunnel, tunnels that die with their socket, and whatever PPPoL2TP sockets do, are silent.
/// Up to Linux 7.2 listeners in every network namespace are told of all of them, without a word
/// about which it was. A [`Follower`](crate::Follower) makes a true picture of it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Created; statistics are zero.
    Created(TunnelOrSession, Requester),
    /// Deleted, or about to be: the kernel tears down after it has told. The statistics are final
    /// but for packets on their way.
    Deleted(TunnelOrSession, Requester),
    /// Modified. Of a tunnel this means nothing: its command changes nothing.
    Modified(TunnelOrSession, Requester),
    /// A command that this library does not know, from a newer kernel.
    Unknown {
        /// Its number (`enum l2tp_cmd`).
        command: u8,
        /// The attributes, as they came.
        attributes: Box<[u8]>,
        /// Whose request it was.
        requester: Requester,
    },
    /// Notifications were lost: whoever keeps a picture should look again. Events go on.
    Lost(EventLoss),
}

/// Why notifications were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventLoss {
    /// They came faster than they were read, and the receive buffer was full (`ENOBUFS`).
    ///
    /// It is told at once, and once more when nothing is lost any longer if more may have been lost
    /// since: what is looked at after the last one is complete.
    Overrun,
    /// The kernel's L2TP module was unloaded and loaded again.
    Reload,
}

impl Event {
    /// Whose request it was, unless notifications were lost.
    #[must_use]
    pub fn requester(&self) -> Option<Requester> {
        match self {
            Self::Created(_, requester)
            | Self::Deleted(_, requester)
            | Self::Modified(_, requester)
            | Self::Unknown { requester, .. } => Some(*requester),
            Self::Lost(_) => None,
        }
    }

    /// The tunnel or session that it is about, if it is known.
    #[must_use]
    pub fn object(&self) -> Option<&TunnelOrSession> {
        match self {
            Self::Created(object, _) | Self::Deleted(object, _) | Self::Modified(object, _) => {
                Some(object)
            }
            Self::Unknown { .. } | Self::Lost(_) => None,
        }
    }
}

/// Unknown attributes are counted in bytes and not shown: they may hold a cookie.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut about =
            |name, object, requester| f.debug_tuple(name).field(object).field(requester).finish();
        match self {
            Self::Created(object, requester) => about("Created", object, requester),
            Self::Deleted(object, requester) => about("Deleted", object, requester),
            Self::Modified(object, requester) => about("Modified", object, requester),
            Self::Unknown { command, attributes, requester } => f
                .debug_struct("Unknown")
                .field("command", command)
                .field("attributes", &format_args!("{} bytes", attributes.len()))
                .field("requester", requester)
                .finish(),
            Self::Lost(missed) => f.debug_tuple("EventLoss").field(missed).finish(),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created(object, _) => write!(f, "created {object}"),
            Self::Deleted(object, _) => write!(f, "deleted {object}"),
            Self::Modified(object, _) => write!(f, "modified {object}"),
            Self::Unknown { command, attributes, .. } => {
                write!(f, "command {command} with {} bytes of attributes", attributes.len())
            }
            Self::Lost(missed) => missed.fmt(f),
        }
    }
}

impl fmt::Display for EventLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overrun => "events were lost: they came faster than they were read",
            Self::Reload => "events may have been lost: the kernel's L2TP module was reloaded",
        })
    }
}
