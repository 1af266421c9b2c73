//! The configuration of a session.

use std::time::Duration;

use crate::netlink::attr::ToAttrs;
use crate::types::DebugFlags;
use crate::types::codec::{Driver, Millis, OneIfSet};
use crate::{
    Cookie, IfName, L2SpecType, ProtocolVersion, PseudowireType, SessionId, TunnelConfig, TunnelId,
};

/// The configuration of a session.
///
/// Fields are public; setters of the same names chain.
///
/// ```
/// use l2tp::{EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};
///
/// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
/// let session = SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20)
///     .local_cookie([0xde, 0xad, 0xbe, 0xef])
///     .peer_cookie([0xca, 0xfe, 0xf0, 0x0d]);
/// assert_eq!(session.tunnel_id, tunnel.tunnel_id);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs)]
pub struct SessionConfig {
    /// The version of the tunnel. It is not sent; validation uses it to reject what the kernel would
    /// ignore.
    #[nlattr(skip)]
    pub version: ProtocolVersion,
    /// The local id of the tunnel that carries the session.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    pub tunnel_id: TunnelId,
    /// The peer's id of that tunnel. The kernel ignores it.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_CONN_ID)]
    pub peer_tunnel_id: TunnelId,
    /// The local session id, which received packets have.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SESSION_ID)]
    pub session_id: SessionId,
    /// The peer's session id, which sent packets have.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_SESSION_ID)]
    pub peer_session_id: SessionId,
    /// The pseudowire type. L2TPv2 carries PPP only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PW_TYPE, encode = Driver)]
    pub pseudowire: PseudowireType,
    /// The L2-specific sublayer before each frame; both ends must use the same. L2TPv3 only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_L2SPEC_TYPE)]
    pub l2spec: L2SpecType,
    /// The cookie in *sent* packets: the other end's peer cookie. L2TPv3 only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_COOKIE)]
    pub local_cookie: Option<Cookie>,
    /// The cookie required in *received* packets: the other end's local cookie. L2TPv3 only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_COOKIE)]
    pub peer_cookie: Option<Cookie>,
    /// The name of an Ethernet session's interface. Without it the kernel chooses `l2tpethN`.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IFNAME)]
    pub ifname: Option<IfName>,
    /// Whether sent packets have sequence numbers (RFC 2661, section 5.4).
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SEND_SEQ, encode = OneIfSet)]
    pub send_seq: bool,
    /// Whether received packets without a sequence number are dropped.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_SEQ, encode = OneIfSet)]
    pub recv_seq: bool,
    /// Whether this end decides about the use of sequence numbers (an LNS); otherwise it follows its peer.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_LNS_MODE, encode = OneIfSet)]
    pub lns_mode: bool,
    /// How long an early packet waits for earlier ones, at most 2^31-1 ms. The kernel rounds up to its
    /// tick (4 ms at 250 Hz).
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_TIMEOUT, encode = Millis)]
    pub reorder_timeout: Option<Duration>,
    /// Ignored by kernels from 5.10 on.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_DEBUG)]
    pub debug: Option<DebugFlags>,
}

impl SessionConfig {
    /// A configuration for a session in `tunnel` with the kernel's defaults. `session_id` at this end is
    /// `peer_session_id` at the other end.
    pub fn new(
        tunnel: &TunnelConfig,
        pseudowire: PseudowireType,
        session_id: impl Into<SessionId>,
        peer_session_id: impl Into<SessionId>,
    ) -> Self {
        Self {
            version: tunnel.version,
            tunnel_id: tunnel.tunnel_id,
            peer_tunnel_id: tunnel.peer_tunnel_id,
            session_id: session_id.into(),
            peer_session_id: peer_session_id.into(),
            pseudowire,
            l2spec: L2SpecType::default(),
            local_cookie: None,
            peer_cookie: None,
            ifname: None,
            send_seq: false,
            recv_seq: false,
            lns_mode: false,
            reorder_timeout: None,
            debug: None,
        }
    }

    /// Sets [`l2spec`](Self#structfield.l2spec).
    #[must_use]
    pub fn l2spec(mut self, l2spec: L2SpecType) -> Self {
        self.l2spec = l2spec;
        self
    }

    /// Sets [`local_cookie`](Self#structfield.local_cookie).
    #[must_use]
    pub fn local_cookie(mut self, cookie: impl Into<Cookie>) -> Self {
        self.local_cookie = Some(cookie.into());
        self
    }

    /// Sets [`peer_cookie`](Self#structfield.peer_cookie).
    #[must_use]
    pub fn peer_cookie(mut self, cookie: impl Into<Cookie>) -> Self {
        self.peer_cookie = Some(cookie.into());
        self
    }

    /// Sets [`ifname`](Self#structfield.ifname).
    #[must_use]
    pub fn ifname(mut self, name: IfName) -> Self {
        self.ifname = Some(name);
        self
    }

    /// Sets [`send_seq`](Self#structfield.send_seq).
    #[must_use]
    pub fn send_seq(mut self, on: bool) -> Self {
        self.send_seq = on;
        self
    }

    /// Sets [`recv_seq`](Self#structfield.recv_seq).
    #[must_use]
    pub fn recv_seq(mut self, on: bool) -> Self {
        self.recv_seq = on;
        self
    }

    /// Sets [`lns_mode`](Self#structfield.lns_mode).
    #[must_use]
    pub fn lns_mode(mut self, on: bool) -> Self {
        self.lns_mode = on;
        self
    }

    /// Sets [`reorder_timeout`](Self#structfield.reorder_timeout).
    #[must_use]
    pub fn reorder_timeout(mut self, timeout: Duration) -> Self {
        self.reorder_timeout = Some(timeout);
        self
    }

    /// Sets [`debug`](Self#structfield.debug).
    #[must_use]
    pub fn debug(mut self, flags: DebugFlags) -> Self {
        self.debug = Some(flags);
        self
    }
}
