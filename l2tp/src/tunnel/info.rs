//! What the kernel says of a tunnel.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::netlink::attr::{FromAttrs, ToAttrs};
use crate::{DebugFlags, EncapType, ProtocolVersion, Statistics, TunnelId};

/// What the kernel says of a tunnel (`l2tp_nl_tunnel_send` of net/l2tp/l2tp_netlink.c).
///
/// Whether the tunnel is static or managed is not reported. A newer kernel may report more, so the
/// type is built with [`new`](Self::new).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs)]
pub struct TunnelInfo {
    /// The protocol's version, as it was asked for.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PROTO_VERSION)]
    pub version: ProtocolVersion,
    /// The id by which the tunnel is known here.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    pub tunnel_id: TunnelId,
    /// The id by which the peer knows it.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_CONN_ID)]
    pub peer_tunnel_id: TunnelId,
    /// Always 0.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_DEBUG, default)]
    pub debug: DebugFlags,
    /// UDP or IP.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_ENCAP_TYPE)]
    pub encap: EncapType,
    /// Counters of all its packets.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_STATS, nested, default)]
    pub statistics: Statistics,
    /// Whether UDP packets over IPv4 carry a checksum; `None` for IPv6 and for IP encapsulation.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_CSUM, with = u8)]
    pub udp_csum: Option<bool>,
    /// Whether UDP packets over IPv6 are sent without a checksum.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_ZERO_CSUM6_TX, flag, rare)]
    pub udp_zero_csum6_tx: bool,
    /// Whether UDP packets over IPv6 are accepted without a checksum.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_ZERO_CSUM6_RX, flag, rare)]
    pub udp_zero_csum6_rx: bool,
    /// Local UDP port.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_SPORT)]
    pub udp_sport: Option<u16>,
    /// UDP port of the peer; 0 while the socket is not connected.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_DPORT)]
    pub udp_dport: Option<u16>,
    /// Local IPv4 address.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP_SADDR)]
    pub ip_saddr: Option<Ipv4Addr>,
    /// IPv4 address of the peer; 0.0.0.0 while the socket is not connected.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP_DADDR)]
    pub ip_daddr: Option<Ipv4Addr>,
    /// Local IPv6 address, without its scope.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP6_SADDR, rare)]
    pub ip6_saddr: Option<Ipv6Addr>,
    /// IPv6 address of the peer, without its scope; `::` while the socket is not connected.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP6_DADDR, rare)]
    pub ip6_daddr: Option<Ipv6Addr>,
}

impl TunnelInfo {
    /// A new tunnel, for tests of programs that read infos: without addresses and ports, and with
    /// nothing counted. Every field can be set afterwards.
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

    /// The local end: address and UDP port, or port 0 with IP encapsulation. `None` when the
    /// tunnel has lost its socket.
    #[must_use]
    pub fn local(&self) -> Option<SocketAddr> {
        endpoint(self.ip_saddr, self.ip6_saddr, self.udp_sport)
    }

    /// The peer's end, likewise. An unspecified address means that the socket is not connected.
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
