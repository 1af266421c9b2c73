//! The attributes that identify a tunnel or its socket in a request.

use crate::TunnelId;
use crate::netlink::attr::{FromAttrs, ToAttrs};

/// The attribute with the file descriptor of a managed tunnel's socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs)]
pub(crate) struct ManagedSocket {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_FD)]
    pub(crate) fd: u32,
}

/// The attribute that identifies a tunnel in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs)]
pub(crate) struct TunnelKey {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    pub(crate) tunnel_id: TunnelId,
}
