//! The addresses of a static tunnel, whose socket the kernel creates.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{TunnelConfig, ends};
use crate::EncapType;
use crate::error::ConfigError;
use crate::netlink::attr::{FromAttrs, ToAttrs};

/// The addresses and ports of a static tunnel's socket.
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
    /// The addresses as attributes. Rejects addresses that cannot work.
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
            // check_pair has rejected this.
            _ => {}
        }
        Ok(addresses)
    }
}

/// Rejects addresses that need an interface: sockets that the kernel creates have no scope id.
fn check_address(field: &'static str, address: SocketAddr) -> Result<(), ConfigError> {
    let SocketAddr::V6(v6) = address else { return Ok(()) };
    if v6.ip().is_unicast_link_local() || v6.scope_id() != 0 {
        return Err(ConfigError::new(
            field,
            address,
            "a static tunnel cannot have link-local addresses, because the kernel gives its socket no \
             scope id: open a TunnelSocket and create a managed tunnel",
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
                "without a peer port the kernel ignores the peer's address and sends nothing: give the \
                 port, usually 1701",
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

/// Rejects checksum options of the other address family or encapsulation, which the kernel would
/// ignore.
fn check_checksums(peer: SocketAddr, config: &TunnelConfig) -> Result<(), ConfigError> {
    let Some(first) = config.checksum_field() else { return Ok(()) };
    let (field, problem) = if config.encap != EncapType::Udp {
        (first, "IP encapsulation has no checksum")
    } else if peer.is_ipv6() && config.udp_csum {
        ("udp_csum", "over IPv6, checksums are on unless udp_zero_csum6_tx is set")
    } else if ends::is_mapped(peer.ip()) {
        (
            first,
            "packets to an IPv4-mapped peer have checksums, and the kernel ignores the IPv6 options: \
             use IPv4 addresses, or create a managed tunnel",
        )
    } else if peer.is_ipv4() && config.udp_zero_csum6_tx {
        ("udp_zero_csum6_tx", "it applies to IPv6 only: use udp_csum for IPv4")
    } else if peer.is_ipv4() && config.udp_zero_csum6_rx {
        (
            "udp_zero_csum6_rx",
            "it applies to IPv6 only: over IPv4, packets without a checksum are always accepted",
        )
    } else {
        return Ok(());
    };
    Err(ConfigError::new(field, true, problem))
}
