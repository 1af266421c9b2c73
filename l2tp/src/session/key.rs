//! The key that identifies a session in a request.

use std::fmt;

use super::{SessionConfig, SessionInfo};
use crate::netlink::attr::{AttrWriter, EncodeError, ToAttrs};
use crate::{IfName, SessionId, TunnelId};

/// Identifies a session in a request, by its ids or by its interface.
///
/// The kernel compares the name that the interface had when the session was created, not a later name,
/// and only for L2TPv3 sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionKey {
    /// The tunnel id and the session id.
    Ids(TunnelId, SessionId),
    /// The interface's name at creation.
    Name(IfName),
}

impl From<(TunnelId, SessionId)> for SessionKey {
    fn from((tunnel, session): (TunnelId, SessionId)) -> Self {
        Self::Ids(tunnel, session)
    }
}

impl From<IfName> for SessionKey {
    fn from(name: IfName) -> Self {
        Self::Name(name)
    }
}

impl From<&SessionConfig> for SessionKey {
    fn from(config: &SessionConfig) -> Self {
        Self::Ids(config.tunnel_id, config.session_id)
    }
}

impl From<&SessionInfo> for SessionKey {
    fn from(info: &SessionInfo) -> Self {
        Self::Ids(info.tunnel_id, info.session_id)
    }
}

impl fmt::Display for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ids(tunnel, session) => write!(f, "session {session} in tunnel {tunnel}"),
            Self::Name(name) => write!(f, "the session of interface {name}"),
        }
    }
}

impl SessionKey {
    /// Appends the attributes that identify the session.
    #[inline]
    pub(crate) fn to_attrs(self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        match self {
            Self::Ids(tunnel_id, session_id) => SessionIds { tunnel_id, session_id }.to_attrs(out),
            Self::Name(ifname) => SessionName { ifname }.to_attrs(out),
        }
    }
}

/// The attributes of [`SessionKey::Ids`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs)]
pub(crate) struct SessionIds {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    tunnel_id: TunnelId,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SESSION_ID)]
    session_id: SessionId,
}

/// The attribute of [`SessionKey::Name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs)]
pub(crate) struct SessionName {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IFNAME)]
    ifname: IfName,
}
