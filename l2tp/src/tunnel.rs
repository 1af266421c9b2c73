//! Tunnels: what one is made from, and what the kernel says of it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::codec::OneIfSet;
use crate::error::ConfigError;
use crate::netlink::attr::{FromAttrs, ToAttrs};
use crate::{DebugFlags, EncapType, ProtocolVersion, Statistics, TunnelId};

/// What a tunnel is made from, beside its addresses or its socket.
///
/// Fields are public; setters of the same names chain.
///
/// ```
/// use l2tp::{EncapType, ProtocolVersion, TunnelConfig};
///
/// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2).udp_csum(true);
/// assert_eq!(tunnel.peer_tunnel_id.0, 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs)]
pub struct TunnelConfig {
    /// L2TPv2 or L2TPv3.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PROTO_VERSION)]
    pub version: ProtocolVersion,
    /// UDP or IP; L2TPv2 has UDP only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_ENCAP_TYPE)]
    pub encap: EncapType,
    /// The id by which the tunnel is known here.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    pub tunnel_id: TunnelId,
    /// The id by which the peer knows it, put into the packets sent by L2TPv2.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_CONN_ID)]
    pub peer_tunnel_id: TunnelId,
    /// Whether UDP packets over IPv4 carry a checksum. Static tunnels only: a managed tunnel's
    /// socket has its own setting. Off by default, as in the kernel.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_CSUM, encode = OneIfSet, decode = u8, default)]
    pub udp_csum: bool,
    /// Whether UDP packets over IPv6 are sent *without* a checksum (RFC 6935). Static tunnels
    /// only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_ZERO_CSUM6_TX, flag)]
    pub udp_zero_csum6_tx: bool,
    /// Whether UDP packets over IPv6 are accepted without a checksum (RFC 6935). Static tunnels
    /// only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_ZERO_CSUM6_RX, flag)]
    pub udp_zero_csum6_rx: bool,
    /// Ignored by kernels from 5.10 on.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_DEBUG)]
    pub debug: Option<DebugFlags>,
}

impl TunnelConfig {
    /// A tunnel with the kernel's defaults: `tunnel_id` here is `peer_tunnel_id` at the other end.
    pub fn new(
        version: ProtocolVersion,
        encap: EncapType,
        tunnel_id: impl Into<TunnelId>,
        peer_tunnel_id: impl Into<TunnelId>,
    ) -> Self {
        Self {
            version,
            encap,
            tunnel_id: tunnel_id.into(),
            peer_tunnel_id: peer_tunnel_id.into(),
            udp_csum: false,
            udp_zero_csum6_tx: false,
            udp_zero_csum6_rx: false,
            debug: None,
        }
    }

    /// Sets [`udp_csum`](Self#structfield.udp_csum).
    #[must_use]
    pub fn udp_csum(mut self, on: bool) -> Self {
        self.udp_csum = on;
        self
    }

    /// Sets [`udp_zero_csum6_tx`](Self#structfield.udp_zero_csum6_tx).
    #[must_use]
    pub fn udp_zero_csum6_tx(mut self, on: bool) -> Self {
        self.udp_zero_csum6_tx = on;
        self
    }

    /// Sets [`udp_zero_csum6_rx`](Self#structfield.udp_zero_csum6_rx).
    #[must_use]
    pub fn udp_zero_csum6_rx(mut self, on: bool) -> Self {
        self.udp_zero_csum6_rx = on;
        self
    }

    /// Sets [`debug`](Self#structfield.debug).
    #[must_use]
    pub fn debug(mut self, flags: DebugFlags) -> Self {
        self.debug = Some(flags);
        self
    }

    /// Refuses what could not work with any socket.
    ///
    /// # Errors
    ///
    /// Zero ids, L2TPv2 ids over 65535, L2TPv2 over IP, versions and encapsulations that the
    /// kernel has no code for.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if let EncapType::Unknown(number) = self.encap {
            return Err(ConfigError::new(
                "encap",
                number,
                "the kernel carries L2TP over UDP (0) and IP (1)",
            ));
        }
        match (self.version, self.encap) {
            (ProtocolVersion::Unknown(number), _) => {
                return Err(ConfigError::new("version", number, "L2TP has versions 2 and 3"));
            }
            (ProtocolVersion::V2, EncapType::Ip) => {
                return Err(ConfigError::new(
                    "encap",
                    "IP",
                    "L2TPv2 runs over UDP only: use EncapType::Udp, or L2TPv3",
                ));
            }
            _ => {}
        }
        check_id("tunnel_id", self.tunnel_id.0, self.version)?;
        check_id("peer_tunnel_id", self.peer_tunnel_id.0, self.version)
    }

    /// Refuses what could not work with a socket of the caller's, on which the kernel ignores
    /// every checksum attribute.
    pub(crate) fn validate_managed(&self) -> Result<(), ConfigError> {
        self.validate()?;
        match self.checksum_field() {
            Some(field) => Err(ConfigError::new(
                field,
                true,
                "the kernel ignores it on a managed tunnel: set the option on the tunnel's socket",
            )),
            None => Ok(()),
        }
    }

    /// The first checksum field that asks for something.
    fn checksum_field(&self) -> Option<&'static str> {
        [
            ("udp_csum", self.udp_csum),
            ("udp_zero_csum6_tx", self.udp_zero_csum6_tx),
            ("udp_zero_csum6_rx", self.udp_zero_csum6_rx),
        ]
        .into_iter()
        .find_map(|(field, set)| set.then_some(field))
    }
}

/// Refuses ids that are reserved or that an L2TPv2 header has no room for.
pub(crate) fn check_id(
    field: &'static str,
    id: u32,
    version: ProtocolVersion,
) -> Result<(), ConfigError> {
    if id == 0 {
        return Err(ConfigError::new(
            field,
            id,
            "0 is reserved for the control channel: ids start at 1",
        ));
    }
    if version == ProtocolVersion::V2 && id > 0xffff {
        return Err(ConfigError::new(
            field,
            id,
            "an L2TPv2 header has 16 bits for it: use 1 to 65535",
        ));
    }
    Ok(())
}

/// Where the kernel makes the socket of a static tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ToAttrs, FromAttrs)]
pub(crate) struct StaticAddresses {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP_SADDR)]
    ip_saddr: Option<Ipv4Addr>,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP_DADDR)]
    ip_daddr: Option<Ipv4Addr>,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP6_SADDR)]
    ip6_saddr: Option<Ipv6Addr>,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP6_DADDR)]
    ip6_daddr: Option<Ipv6Addr>,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_SPORT)]
    udp_sport: Option<u16>,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_DPORT)]
    udp_dport: Option<u16>,
}

impl StaticAddresses {
    /// The addresses as attributes, after refusing those that could not work.
    pub(crate) fn new(
        local: SocketAddr,
        peer: SocketAddr,
        config: &TunnelConfig,
    ) -> Result<Self, ConfigError> {
        config.validate()?;
        check_address("local", local)?;
        check_address("peer", peer)?;
        check_ports(local, peer, config.encap)?;
        check_checksums(peer, config)?;
        let mut addresses = Self::default();
        if config.encap == EncapType::Udp {
            addresses.udp_sport = Some(local.port());
            addresses.udp_dport = Some(peer.port());
        }
        match (local.ip(), peer.ip()) {
            (IpAddr::V4(local), IpAddr::V4(peer)) => {
                addresses.ip_saddr = Some(local);
                addresses.ip_daddr = Some(peer);
            }
            (IpAddr::V6(local), IpAddr::V6(peer)) => {
                addresses.ip6_saddr = Some(local);
                addresses.ip6_daddr = Some(peer);
            }
            _ => {
                return Err(ConfigError::new(
                    "peer",
                    peer,
                    "local and peer address must be of one family, both IPv4 or both IPv6",
                ));
            }
        }
        Ok(addresses)
    }
}

/// Refuses addresses that need an interface to mean something: the kernel's own sockets have no
/// scope.
fn check_address(field: &'static str, address: SocketAddr) -> Result<(), ConfigError> {
    let SocketAddr::V6(v6) = address else { return Ok(()) };
    if v6.ip().is_unicast_link_local() || v6.scope_id() != 0 {
        return Err(ConfigError::new(
            field,
            address,
            "a static tunnel's socket has no interface to which a link-local address could belong: \
             bind and connect a socket of your own and create a managed tunnel",
        ));
    }
    Ok(())
}

fn check_ports(local: SocketAddr, peer: SocketAddr, encap: EncapType) -> Result<(), ConfigError> {
    if encap == EncapType::Udp {
        if peer.port() == 0 {
            return Err(ConfigError::new(
                "peer",
                peer,
                "without a peer port the kernel would forget the peer's address and send nothing: \
                 name the port, 1701 by convention",
            ));
        }
        return Ok(());
    }
    for (field, address) in [("local", local), ("peer", peer)] {
        if address.port() != 0 {
            return Err(ConfigError::new(
                field,
                address,
                "IP encapsulation has no ports: use port 0",
            ));
        }
    }
    Ok(())
}

/// Refuses checksum switches of the other address family or encapsulation, which the kernel would
/// silently ignore.
fn check_checksums(peer: SocketAddr, config: &TunnelConfig) -> Result<(), ConfigError> {
    let Some(first) = config.checksum_field() else { return Ok(()) };
    let (field, problem) = if config.encap != EncapType::Udp {
        (first, "IP encapsulation has no checksum of its own")
    } else if peer.is_ipv6() && config.udp_csum {
        ("udp_csum", "over IPv6 checksums are on unless udp_zero_csum6_tx turns them off")
    } else if peer.is_ipv4() && config.udp_zero_csum6_tx {
        ("udp_zero_csum6_tx", "it concerns IPv6 only: over IPv4 the switch is udp_csum")
    } else if peer.is_ipv4() && config.udp_zero_csum6_rx {
        ("udp_zero_csum6_rx", "it concerns IPv6 only: over IPv4 packets without are accepted")
    } else {
        return Ok(());
    };
    Err(ConfigError::new(field, true, problem))
}

/// A descriptor that the kernel takes as the tunnel's socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs)]
pub(crate) struct ManagedSocket {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_FD)]
    pub(crate) fd: u32,
}

/// The attribute that names a tunnel in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs)]
pub(crate) struct TunnelKey {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    pub(crate) tunnel_id: TunnelId,
}

/// What the kernel says of a tunnel (`l2tp_nl_tunnel_send` of net/l2tp/l2tp_netlink.c).
///
/// Whether the tunnel is static or managed is not reported.
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
    /// UDP or IP.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_ENCAP_TYPE)]
    pub encap: EncapType,
    /// Always 0.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_DEBUG, default)]
    pub debug: DebugFlags,
    /// Whether UDP packets over IPv4 carry a checksum; `None` for IPv6 and for IP encapsulation.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_CSUM, with = u8)]
    pub udp_csum: Option<bool>,
    /// Whether UDP packets over IPv6 are sent without a checksum.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_ZERO_CSUM6_TX, flag)]
    pub udp_zero_csum6_tx: bool,
    /// Whether UDP packets over IPv6 are accepted without a checksum.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_ZERO_CSUM6_RX, flag)]
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
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP6_SADDR)]
    pub ip6_saddr: Option<Ipv6Addr>,
    /// IPv6 address of the peer, without its scope; `::` while the socket is not connected.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IP6_DADDR)]
    pub ip6_daddr: Option<Ipv6Addr>,
    /// Counters of all its packets.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_STATS, nested, default)]
    pub statistics: Statistics,
}

impl TunnelInfo {
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
