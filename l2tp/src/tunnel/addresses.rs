//! The addresses of a static tunnel, for which the kernel makes the socket.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{TunnelConfig, ends};
use crate::EncapType;
use crate::error::ConfigError;
use crate::netlink::attr::{FromAttrs, ToAttrs};

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
        ends::check_local(local.ip(), config.encap)?;
        ends::check_peer(peer.ip(), config.encap)?;
        ends::check_pair(local.ip(), peer.ip())?;
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
            // Refused above.
            _ => {}
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
    } else if ends::is_mapped(peer.ip()) {
        (
            first,
            "packets to an IPv4-mapped peer have checksums, and the kernel ignores the switches of \
             IPv6: make the tunnel between IPv4 addresses, or a managed one",
        )
    } else if peer.is_ipv4() && config.udp_zero_csum6_tx {
        ("udp_zero_csum6_tx", "it concerns IPv6 only: over IPv4 the switch is udp_csum")
    } else if peer.is_ipv4() && config.udp_zero_csum6_rx {
        ("udp_zero_csum6_rx", "it concerns IPv6 only: over IPv4 packets without are accepted")
    } else {
        return Ok(());
    };
    Err(ConfigError::new(field, true, problem))
}
