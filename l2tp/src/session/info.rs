//! The info about a session that the kernel reports.

use std::fmt;
use std::time::Duration;

use crate::netlink::attr::{FromAttrs, ToAttrs};
use crate::types::codec::Millis;
use crate::types::{DebugFlags, Statistics};
use crate::{Cookie, IfName, PseudowireType, SessionId, TunnelId, TunnelInfo};

/// What the kernel reports about a session (`l2tp_nl_session_send` of net/l2tp/l2tp_netlink.c).
///
/// The kernel does not report the L2-specific sublayer, the version, encapsulation, MTU or interface
/// index. A newer kernel may report more, so [`new`](Self::new) creates a value.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs)]
pub struct SessionInfo {
    /// The local id of the tunnel that carries the session.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    pub tunnel_id: TunnelId,
    /// The local session id.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SESSION_ID)]
    pub session_id: SessionId,
    /// The peer's tunnel id.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_CONN_ID)]
    pub peer_tunnel_id: TunnelId,
    /// The peer's session id.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_SESSION_ID)]
    pub peer_session_id: SessionId,
    /// Always 0.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_DEBUG, default)]
    pub debug: DebugFlags,
    /// The pseudowire type.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PW_TYPE)]
    pub pseudowire: PseudowireType,
    /// The name that an Ethernet session's interface had at creation; a later rename is not reported.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IFNAME)]
    pub ifname: Option<IfName>,
    /// The cookie in sent packets.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_COOKIE)]
    pub local_cookie: Option<Cookie>,
    /// The cookie required in received packets.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_COOKIE)]
    pub peer_cookie: Option<Cookie>,
    /// Whether received packets without a sequence number are dropped.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_SEQ, with = u8, default)]
    pub recv_seq: bool,
    /// Whether sent packets have sequence numbers.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SEND_SEQ, with = u8, default)]
    pub send_seq: bool,
    /// Whether this end decides about the use of sequence numbers.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_LNS_MODE, with = u8, default)]
    pub lns_mode: bool,
    /// Whether the tunnel's socket has an IPsec policy of its own. Policies of the system, the usual kind,
    /// are not reported here.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_USING_IPSEC, with = u8, default)]
    pub using_ipsec: bool,
    /// How long an early packet waits for earlier ones, rounded to the kernel's tick; zero without
    /// reordering.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_TIMEOUT, with = Millis, default)]
    pub reorder_timeout: Duration,
    /// The counters of the session's packets.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_STATS, nested, default)]
    pub statistics: Statistics,
}

impl SessionInfo {
    /// An info of a session in `tunnel` without interface, cookies and sequence numbers and with all
    /// counters 0, for tests of programs that read infos. Every field can be set afterwards.
    ///
    /// ```
    /// use l2tp::{
    ///     Cookie, EncapType, IfName, ProtocolVersion, PseudowireType, SessionInfo, TunnelInfo,
    /// };
    ///
    /// let tunnel = TunnelInfo::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    /// let mut session = SessionInfo::new(&tunnel, PseudowireType::Eth, 10, 20);
    /// session.ifname = Some(IfName::new("l2tpeth0")?);
    /// session.peer_cookie = Some(Cookie::from([1, 2, 3, 4]));
    /// session.statistics.rx_cookie_discards = 3;
    ///
    /// // The function under test: whether the peer sends another cookie than expected.
    /// let has_wrong_cookie = |session: &SessionInfo| session.statistics.rx_cookie_discards > 0;
    /// assert!(has_wrong_cookie(&session));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn new(
        tunnel: &TunnelInfo,
        pseudowire: PseudowireType,
        session_id: impl Into<SessionId>,
        peer_session_id: impl Into<SessionId>,
    ) -> Self {
        Self {
            tunnel_id: tunnel.tunnel_id,
            session_id: session_id.into(),
            peer_tunnel_id: tunnel.peer_tunnel_id,
            peer_session_id: peer_session_id.into(),
            debug: DebugFlags::default(),
            pseudowire,
            ifname: None,
            local_cookie: None,
            peer_cookie: None,
            recv_seq: false,
            send_seq: false,
            lns_mode: false,
            using_ipsec: false,
            reorder_timeout: Duration::ZERO,
            statistics: Statistics::default(),
        }
    }

    /// The text of the info like [`Display`](fmt::Display), but with the digits of the cookies, which are
    /// secret.
    #[must_use]
    pub fn with_cookies(&self) -> impl fmt::Display {
        struct WithCookies(SessionInfo);

        impl fmt::Display for WithCookies {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write(f, fmt::Display::fmt)
            }
        }

        WithCookies(*self)
    }

    fn write(
        &self,
        f: &mut fmt::Formatter<'_>,
        show: impl Fn(&Cookie, &mut fmt::Formatter<'_>) -> fmt::Result,
    ) -> fmt::Result {
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
        for (what, cookie) in [("cookie", &self.local_cookie), ("peer cookie", &self.peer_cookie)] {
            if let Some(cookie) = cookie {
                write!(f, ", {what} ")?;
                show(cookie, f)?;
            }
        }
        write!(f, ": {}", self.statistics)
    }
}

/// Shows only the lengths of cookies; [`with_cookies`](SessionInfo::with_cookies) shows their digits.
impl fmt::Display for SessionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, |cookie, f| write!(f, "of {}", cookie.hidden()))
    }
}
