//! Sessions: what one is made from, what can be changed, and what the kernel says of it.

use std::fmt;
use std::time::Duration;

use crate::codec::{Driver, Millis, OneIfSet, millis};
use crate::error::ConfigError;
use crate::netlink::attr::{FromAttrs, ToAttrs};
use crate::tunnel::check_id;
use crate::{
    Cookie, DebugFlags, IfName, L2SpecType, ProtocolVersion, PseudowireType, SessionId, Statistics,
    TunnelConfig, TunnelId,
};

/// The longest reorder timeout: the kernel keeps it in an `int` of milliseconds.
const MAX_TIMEOUT_MS: u64 = i32::MAX as u64;

/// What a session is made from.
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
    /// The version of its tunnel, which decides what the kernel would silently ignore. Not sent.
    #[nlattr(skip)]
    pub version: ProtocolVersion,
    /// The tunnel that carries it.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    pub tunnel_id: TunnelId,
    /// The peer's id of that tunnel. The kernel ignores it, as it knows the tunnel.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_CONN_ID)]
    pub peer_tunnel_id: TunnelId,
    /// The id by which the session is known here: in the packets received.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SESSION_ID)]
    pub session_id: SessionId,
    /// The id by which the peer knows it: in the packets sent.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_SESSION_ID)]
    pub peer_session_id: SessionId,
    /// What it carries. L2TPv2 carries PPP only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PW_TYPE, encode = Driver)]
    pub pseudowire: PseudowireType,
    /// The sublayer in front of each frame; both ends must agree. L2TPv3 only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_L2SPEC_TYPE)]
    pub l2spec: L2SpecType,
    /// The cookie put into packets *sent*: the peer's peer cookie. L2TPv3 only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_COOKIE)]
    pub local_cookie: Option<Cookie>,
    /// The cookie demanded of packets *received*: the peer's local cookie. L2TPv3 only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_COOKIE)]
    pub peer_cookie: Option<Cookie>,
    /// Name of the interface of an Ethernet session. Without it the kernel chooses `l2tpethN`.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IFNAME)]
    pub ifname: Option<IfName>,
    /// Whether packets sent are numbered (RFC 2661, section 5.4).
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SEND_SEQ, encode = OneIfSet)]
    pub send_seq: bool,
    /// Whether packets received without a number are dropped.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_SEQ, encode = OneIfSet)]
    pub recv_seq: bool,
    /// Whether this end decides about sequence numbers (an LNS); otherwise it follows its peer.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_LNS_MODE, encode = OneIfSet)]
    pub lns_mode: bool,
    /// How long a packet that arrived too early waits for those before it. The kernel rounds up
    /// to its tick (4 ms at 250 Hz); at most 2^31-1 ms.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_TIMEOUT, encode = Millis)]
    pub reorder_timeout: Option<Duration>,
    /// Ignored by kernels from 5.10 on.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_DEBUG)]
    pub debug: Option<DebugFlags>,
}

impl SessionConfig {
    /// A session of `tunnel` with the kernel's defaults: `session_id` here is `peer_session_id` at
    /// the other end.
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

    /// Refuses what the kernel would refuse without a word or, worse, accept and ignore.
    ///
    /// # Errors
    ///
    /// Zero ids, L2TPv2 ids over 65535, pseudowires without a driver, anything but PPP in L2TPv2,
    /// L2TPv3's fields in L2TPv2, cookies that were read back from the kernel with an odd length,
    /// an interface name for a session without interface, a timeout over 2^31-1 ms.
    pub fn validate(&self) -> Result<(), ConfigError> {
        for (field, id) in [
            ("tunnel_id", self.tunnel_id.0),
            ("peer_tunnel_id", self.peer_tunnel_id.0),
            ("session_id", self.session_id.0),
            ("peer_session_id", self.peer_session_id.0),
        ] {
            check_id(field, id, self.version)?;
        }
        self.check_pseudowire()?;
        self.check_cookies()?;
        if self.version == ProtocolVersion::V2 {
            self.check_v2()?;
        }
        if let L2SpecType::Unknown(number) = self.l2spec {
            return Err(ConfigError::new(
                "l2spec",
                number,
                "the kernel knows none (0) and default (1)",
            ));
        }
        check_timeout(self.reorder_timeout)
    }

    fn check_pseudowire(&self) -> Result<(), ConfigError> {
        use PseudowireType::{Eth, EthVlan, Ppp, PppAc};

        if !matches!(self.pseudowire, Eth | EthVlan | Ppp | PppAc) {
            return Err(ConfigError::new(
                "pseudowire",
                self.pseudowire,
                "the kernel has drivers for Ethernet (l2tp_eth) and PPP (l2tp_ppp)",
            ));
        }
        let ethernet = matches!(self.pseudowire, Eth | EthVlan);
        if self.version == ProtocolVersion::V2 && ethernet {
            return Err(ConfigError::new(
                "pseudowire",
                self.pseudowire,
                "L2TPv2 carries PPP only: use PseudowireType::Ppp, or an L2TPv3 tunnel",
            ));
        }
        match self.ifname {
            Some(name) if !ethernet => Err(ConfigError::new(
                "ifname",
                name,
                "a PPP session has no interface of its own: pppd or the PPP unit names it",
            )),
            _ => Ok(()),
        }
    }

    fn check_cookies(&self) -> Result<(), ConfigError> {
        for (field, cookie) in
            [("local_cookie", self.local_cookie), ("peer_cookie", self.peer_cookie)]
        {
            if let Some(cookie) = cookie.filter(|cookie| !matches!(cookie.as_bytes().len(), 4 | 8))
            {
                return Err(ConfigError::new(
                    field,
                    cookie,
                    "a cookie has 4 or 8 bytes (RFC 3931, section 4.1)",
                ));
            }
        }
        Ok(())
    }

    fn check_v2(&self) -> Result<(), ConfigError> {
        let ignored = "L2TPv2 has no such thing and the kernel would ignore it: leave it out";
        if let Some(cookie) = self.local_cookie {
            return Err(ConfigError::new("local_cookie", cookie, ignored));
        }
        if let Some(cookie) = self.peer_cookie {
            return Err(ConfigError::new("peer_cookie", cookie, ignored));
        }
        if self.l2spec != L2SpecType::default() {
            return Err(ConfigError::new("l2spec", self.l2spec, ignored));
        }
        Ok(())
    }
}

fn check_timeout(timeout: Option<Duration>) -> Result<(), ConfigError> {
    match timeout {
        Some(timeout) if millis(timeout) > MAX_TIMEOUT_MS => Err(ConfigError::new(
            "reorder_timeout",
            format_args!("{timeout:?}"),
            "the kernel would cut it to 32 bits: at most 2^31-1 ms, some 24 days",
        )),
        _ => Ok(()),
    }
}

/// A change to a session: what is not set stays as it is.
///
/// These four are all that the kernel lets be changed.
///
/// ```
/// use std::time::Duration;
/// use l2tp::SessionChange;
///
/// let change = SessionChange::new().send_seq(true).reorder_timeout(Duration::ZERO);
/// assert_eq!(change.recv_seq, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ToAttrs, FromAttrs)]
pub struct SessionChange {
    /// Whether packets sent are numbered.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SEND_SEQ, with = u8)]
    pub send_seq: Option<bool>,
    /// Whether packets received without a number are dropped.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_SEQ, with = u8)]
    pub recv_seq: Option<bool>,
    /// Whether this end decides about sequence numbers.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_LNS_MODE, with = u8)]
    pub lns_mode: Option<bool>,
    /// How long an early packet waits; zero turns reordering off.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_TIMEOUT, with = Millis)]
    pub reorder_timeout: Option<Duration>,
}

impl SessionChange {
    /// A change of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`send_seq`](Self#structfield.send_seq).
    #[must_use]
    pub fn send_seq(mut self, on: bool) -> Self {
        self.send_seq = Some(on);
        self
    }

    /// Sets [`recv_seq`](Self#structfield.recv_seq).
    #[must_use]
    pub fn recv_seq(mut self, on: bool) -> Self {
        self.recv_seq = Some(on);
        self
    }

    /// Sets [`lns_mode`](Self#structfield.lns_mode).
    #[must_use]
    pub fn lns_mode(mut self, on: bool) -> Self {
        self.lns_mode = Some(on);
        self
    }

    /// Sets [`reorder_timeout`](Self#structfield.reorder_timeout).
    #[must_use]
    pub fn reorder_timeout(mut self, timeout: Duration) -> Self {
        self.reorder_timeout = Some(timeout);
        self
    }

    /// Refuses a timeout that the kernel would cut.
    ///
    /// # Errors
    ///
    /// A timeout over 2^31-1 ms.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_timeout(self.reorder_timeout)
    }
}

/// How a request names a session: by its ids, or by its interface.
///
/// The kernel matches an interface's name as it was when the session was created, not after a
/// rename, and looks at L2TPv3 sessions only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionKey {
    /// The tunnel's id and the session's.
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

/// The attributes that name a session in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs)]
pub(crate) struct SessionKeyAttrs {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    tunnel_id: Option<TunnelId>,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SESSION_ID)]
    session_id: Option<SessionId>,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IFNAME)]
    ifname: Option<IfName>,
}

impl From<SessionKey> for SessionKeyAttrs {
    #[inline]
    fn from(key: SessionKey) -> Self {
        match key {
            SessionKey::Ids(tunnel, session) => {
                Self { tunnel_id: Some(tunnel), session_id: Some(session), ifname: None }
            }
            SessionKey::Name(name) => {
                Self { tunnel_id: None, session_id: None, ifname: Some(name) }
            }
        }
    }
}

/// What the kernel says of a session (`l2tp_nl_session_send` of net/l2tp/l2tp_netlink.c).
///
/// It reports neither the L2-specific type nor the version, encapsulation, MTU or interface index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs)]
pub struct SessionInfo {
    /// The tunnel that carries it.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    pub tunnel_id: TunnelId,
    /// The id by which the session is known here.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SESSION_ID)]
    pub session_id: SessionId,
    /// The peer's id of the tunnel.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_CONN_ID)]
    pub peer_tunnel_id: TunnelId,
    /// The peer's id of the session.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_SESSION_ID)]
    pub peer_session_id: SessionId,
    /// Always 0.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_DEBUG, default)]
    pub debug: DebugFlags,
    /// What it carries.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PW_TYPE)]
    pub pseudowire: PseudowireType,
    /// The interface of an Ethernet session, by its name at creation: a rename does not show.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IFNAME)]
    pub ifname: Option<IfName>,
    /// The cookie put into packets sent.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_COOKIE)]
    pub local_cookie: Option<Cookie>,
    /// The cookie demanded of packets received.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_COOKIE)]
    pub peer_cookie: Option<Cookie>,
    /// Whether packets received without a sequence number are dropped.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_SEQ, with = u8, default)]
    pub recv_seq: bool,
    /// Whether packets sent are numbered.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SEND_SEQ, with = u8, default)]
    pub send_seq: bool,
    /// Whether this end decides about sequence numbers.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_LNS_MODE, with = u8, default)]
    pub lns_mode: bool,
    /// Whether the tunnel's socket has an IPsec policy of its own. Policies of the system, which
    /// is how IPsec is mostly set up, do not show here.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_USING_IPSEC, with = u8, default)]
    pub using_ipsec: bool,
    /// How long an early packet waits for those before it, in the kernel's ticks; zero for not
    /// at all.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_TIMEOUT, with = Millis, default)]
    pub reorder_timeout: Duration,
    /// Counters of its packets.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_STATS, nested, default)]
    pub statistics: Statistics,
}

impl fmt::Display for SessionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "session {} to {} in tunnel {} to {}, {}",
            self.session_id,
            self.peer_session_id,
            self.tunnel_id,
            self.peer_tunnel_id,
            self.pseudowire
        )?;
        if let Some(name) = self.ifname {
            write!(f, " on {name}")?;
        }
        if let Some(cookie) = self.local_cookie {
            write!(f, ", cookie {cookie}")?;
        }
        if let Some(cookie) = self.peer_cookie {
            write!(f, ", peer cookie {cookie}")?;
        }
        write!(f, ": {}", self.statistics)
    }
}
