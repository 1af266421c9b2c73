//! The events that a listener receives.

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
    /// The id of the tunnel, or of the session's tunnel.
    ///
    /// ```no_run
    /// # let event = l2tp::Events::open()?.next_event()?;
    /// if let Some(object) = event.object() {
    ///     println!("tunnel {}", object.tunnel_id());
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    #[must_use]
    pub fn tunnel_id(&self) -> TunnelId {
        match self {
            Self::Tunnel(tunnel) => tunnel.tunnel_id,
            Self::Session(session) => session.tunnel_id,
        }
    }

    /// The id of the session; `None` for a tunnel.
    ///
    /// ```no_run
    /// # let event = l2tp::Events::open()?.next_event()?;
    /// if let Some(session) = event.object().and_then(|object| object.session_id()) {
    ///     println!("session {session}");
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
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

/// The sender of the request that caused a notification.
///
/// A connection recognises its own requests by [`Conn::port`](crate::Conn::port).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Requester {
    /// The port of the netlink socket that sent the request: often, but not always, the number of
    /// its process.
    pub port: u32,
    /// The sequence number of the request, as its sender chose it.
    pub seq: u32,
}

/// A notification from the kernel, or the report that some were lost.
///
/// The kernel sends notifications for what is done over netlink only. It sends none when sessions
/// are deleted with their tunnel, when a tunnel ends because its socket is closed, or for what
/// PPPoL2TP sockets do. Up to Linux 7.2 a listener receives the notifications of all network
/// namespaces, and they do not say which one they belong to. A [`Follower`](crate::Follower)
/// maintains a correct picture in spite of that.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An object was created. Its statistics are zero.
    Created(TunnelOrSession, Requester),
    /// An object was deleted. The kernel sends the notification first and releases the object
    /// afterwards, so packets in transit can still change the statistics.
    Deleted(TunnelOrSession, Requester),
    /// An object was modified. For a tunnel nothing has changed: the kernel's command changes
    /// nothing.
    Modified(TunnelOrSession, Requester),
    /// A command that this library does not know, from a newer kernel.
    Unknown {
        /// Its number (`enum l2tp_cmd`).
        command: u8,
        /// The attributes, undecoded.
        attributes: Box<[u8]>,
        /// The sender of the request.
        requester: Requester,
    },
    /// Notifications were lost: a program that keeps a picture should dump everything again. Later
    /// events still arrive.
    Lost(EventLoss),
}

/// Why notifications were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventLoss {
    /// They arrived faster than they were read, and the receive buffer was full (`ENOBUFS`).
    ///
    /// The event is returned at once. If more notifications may have been lost afterwards, it is
    /// returned a second time when the loss has ended: a dump after the last one is complete.
    Overrun,
    /// The kernel's L2TP module was unloaded and loaded again.
    Reload,
}

impl Event {
    /// The sender of the request that caused the event; `None` when notifications were lost.
    ///
    /// ```no_run
    /// # let event = l2tp::Events::open()?.next_event()?;
    /// let conn = l2tp::Conn::open()?;
    /// let own = event.requester().map(|requester| requester.port) == conn.port().ok();
    /// println!("requested by this connection: {own}");
    /// # Ok::<(), l2tp::Error>(())
    /// ```
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

    /// The tunnel or session that the event is about, if the event has one.
    ///
    /// ```no_run
    /// # let event = l2tp::Events::open()?.next_event()?;
    /// match event.object() {
    ///     Some(object) => println!("{object}"),
    ///     None => println!("no object"),
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
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

/// Shows the length of unknown attributes, not their bytes: they may contain a cookie.
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
            Self::Lost(loss) => f.debug_tuple("Lost").field(loss).finish(),
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
            Self::Lost(loss) => loss.fmt(f),
        }
    }
}

impl fmt::Display for EventLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overrun => "events were lost: they arrived faster than they were read",
            Self::Reload => "events may have been lost: the kernel's L2TP module was reloaded",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_shown_by_its_variant_and_explained_in_words() {
        let loss = Event::Lost(EventLoss::Overrun);
        assert_eq!(format!("{loss:?}"), "Lost(Overrun)");
        assert_eq!(loss.to_string(), "events were lost: they arrived faster than they were read");
    }
}
