//! The info about a tunnel that the kernel reports.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::netlink::attr::{FromAttrs, ToAttrs};
use crate::types::{DebugFlags, Statistics};
use crate::{EncapType, ProtocolVersion, TunnelId};

/// What the kernel reports about a tunnel (`l2tp_nl_tunnel_send` of net/l2tp/l2tp_netlink.c).
///
/// The kernel does not report whether the tunnel is static or managed. A newer kernel may report more,
/// so [`new`](Self::new) creates a value.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs)]
pub struct TunnelInfo {
    /// The version that was given at creation.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PROTO_VERSION)]
    pub version: ProtocolVersion,
    /// The local tunnel id.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    pub tunnel_id: TunnelId,
    /// The peer's tunnel id.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_CONN_ID)]
    pub peer_tunnel_id: TunnelId,
    /// Always 0.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_DEBUG, default)]
    pub debug: DebugFlags,
    /// The encapsulation.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_ENCAP_TYPE)]
    pub encap: EncapType,
    /// The counters of all packets of the tunnel.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_STATS, nested, default)]
    pub statistics: Statistics,
    /// Whether UDP packets over IPv4 have a checksum; `None` for IPv6 and for IP encapsulation.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_CSUM, with = u8)]
    pub udp_csum: Option<bool>,
    /// Whether UDP packets over IPv6 are sent without a checksum.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_ZERO_CSUM6_TX, flag)]
    pub udp_zero_csum6_tx: bool,
    /// Whether UDP packets over IPv6 are accepted without a checksum.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_ZERO_CSUM6_RX, flag)]
    pub udp_zero_csum6_rx: bool,
    /// The local UDP port.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_SPORT)]
    pub udp_sport: Option<u16>,
    /// The peer's UDP port; 0 while the socket is not connected.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_DPORT)]
    pub udp_dport: Option<u16>,
    /// The local IPv4 address.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP_SADDR)]
    pub ip_saddr: Option<Ipv4Addr>,
    /// The peer's IPv4 address; 0.0.0.0 while the socket is not connected.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP_DADDR)]
    pub ip_daddr: Option<Ipv4Addr>,
    /// The local IPv6 address, without its scope id.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP6_SADDR)]
    pub ip6_saddr: Option<Ipv6Addr>,
    /// The peer's IPv6 address, without its scope id; `::` while the socket is not connected.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP6_DADDR)]
    pub ip6_daddr: Option<Ipv6Addr>,
}

impl TunnelInfo {
    /// An info without addresses and ports and with all counters 0, for tests of programs that read infos.
    /// Every field can be set afterwards.
    ///
    /// ```
    /// use l2tp::{EncapType, ProtocolVersion, TunnelInfo};
    ///
    /// let mut tunnel = TunnelInfo::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    /// tunnel.ip_saddr = Some([192, 0, 2, 1].into());
    /// tunnel.udp_sport = Some(1701);
    /// assert_eq!(tunnel.local(), Some("192.0.2.1:1701".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn new(
        version: ProtocolVersion,
        encap: EncapType,
        tunnel_id: impl Into<TunnelId>,
        peer_tunnel_id: impl Into<TunnelId>,
    ) -> Self {
        Self {
            version,
            tunnel_id: tunnel_id.into(),
            peer_tunnel_id: peer_tunnel_id.into(),
            debug: DebugFlags::default(),
            encap,
            statistics: Statistics::default(),
            udp_csum: None,
            udp_zero_csum6_tx: false,
            udp_zero_csum6_rx: false,
            udp_sport: None,
            udp_dport: None,
            ip_saddr: None,
            ip_daddr: None,
            ip6_saddr: None,
            ip6_daddr: None,
        }
    }

    /// The local address and UDP port; with IP encapsulation the port is 0. `None` if the kernel reports no
    /// address, because the tunnel's socket is gone.
    #[must_use]
    pub fn local(&self) -> Option<SocketAddr> {
        endpoint(self.ip_saddr, self.ip6_saddr, self.udp_sport)
    }

    /// The peer's address and UDP port, likewise. An unspecified address means that the socket is not
    /// connected.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        endpoint(self.ip_daddr, self.ip6_daddr, self.udp_dport)
    }
}

fn endpoint(v4: Option<Ipv4Addr>, v6: Option<Ipv6Addr>, port: Option<u16>) -> Option<SocketAddr> {
    let ip = v6.map(IpAddr::V6).or(v4.map(IpAddr::V4))?;
    Some(SocketAddr::new(ip, port.unwrap_or(0)))
}

impl fmt::Display for TunnelInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "tunnel {} to {}, {} over {}",
            self.tunnel_id, self.peer_tunnel_id, self.version, self.encap
        )?;
        if let (Some(local), Some(peer)) = (self.local(), self.peer()) {
            if self.encap == EncapType::Udp {
                write!(f, ", {local} to {peer}")?;
            } else {
                write!(f, ", {} to {}", local.ip(), peer.ip())?;
            }
        }
        write!(f, ": {}", self.statistics)
    }
}
