//! Validation of a tunnel's local and peer address, for static and managed tunnels.

use std::net::{IpAddr, Ipv4Addr};

use crate::EncapType;
use crate::error::ConfigError;

/// Rejects an address that cannot be a tunnel's local address.
pub(crate) fn check_local(local: IpAddr, encap: EncapType) -> Result<(), ConfigError> {
    let rejected = |remedy| Err(ConfigError::new("local", local, remedy));
    if is_mapped(local) && encap == EncapType::Ip {
        return rejected(UNMAPPED);
    }
    // The kernel would bind such a socket, send from another address, and receive only what is sent to
    // the group.
    if is_group(local) {
        return rejected(
            "it is a multicast or broadcast address: packets would be sent from another address, and \
             the peer's replies to that address would not be received; use an address of this host",
        );
    }
    Ok(())
}

/// Rejects an address that cannot be a tunnel's peer address.
pub(crate) fn check_peer(peer: IpAddr, encap: EncapType) -> Result<(), ConfigError> {
    check_destination(peer, encap)?;
    // A connected socket only receives packets from the peer's address, and no packet has a group's
    // address as its source.
    if is_group(peer) {
        return Err(ConfigError::new(
            "peer",
            peer,
            "a tunnel's peer must be a single host: the members of a group send from their own \
             addresses, and their packets would not be received",
        ));
    }
    Ok(())
}

/// Rejects an address to which no message can be sent.
pub(crate) fn check_destination(peer: IpAddr, encap: EncapType) -> Result<(), ConfigError> {
    let rejected = |remedy| Err(ConfigError::new("peer", peer, remedy));
    if peer.to_canonical().is_unspecified() {
        return rejected(
            "the kernel would use this host as the peer: give the peer's address; while it is not \
             known, leave a managed tunnel's socket unconnected",
        );
    }
    if is_mapped(peer) && encap == EncapType::Ip {
        return rejected(UNMAPPED);
    }
    Ok(())
}

/// Rejects two addresses that one socket cannot have.
pub(crate) fn check_pair(local: IpAddr, peer: IpAddr) -> Result<(), ConfigError> {
    let rejected = |remedy| Err(ConfigError::new("peer", peer, remedy));
    if local.is_ipv4() != peer.is_ipv4() {
        return rejected("the local and peer address must both be IPv4 or both be IPv6");
    }
    match (is_mapped(local), is_mapped(peer)) {
        (true, false) => rejected(
            "the local address is IPv4-mapped and reaches only IPv4-mapped peers: use an IPv6 local \
             address",
        ),
        (false, true) if !local.is_unspecified() => rejected(
            "it is IPv4-mapped, and can be reached only from an IPv4-mapped local address or from the \
             wildcard address ::",
        ),
        _ => Ok(()),
    }
}

const UNMAPPED: &str =
    "L2TP/IP has no IPv4-mapped addresses: use the IPv4 address and an IPv4 socket";

/// Whether this is an IPv4-mapped IPv6 address.
pub(crate) fn is_mapped(addr: IpAddr) -> bool {
    matches!(addr, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some())
}

/// Whether this is a multicast address or the limited broadcast address. Other broadcast addresses
/// depend on the interfaces; the kernel checks them.
fn is_group(addr: IpAddr) -> bool {
    let addr = addr.to_canonical();
    addr.is_multicast() || addr == IpAddr::V4(Ipv4Addr::BROADCAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn multicast_broadcast_and_unspecified_addresses_are_rejected() {
        for (addr, local, peer, udp) in [
            ("10.0.0.1", true, true, true),
            ("127.0.0.1", true, true, true),
            ("0.0.0.0", true, false, true),
            ("224.0.0.1", false, false, true),
            ("255.255.255.255", false, false, true),
            ("fd00::1", true, true, true),
            ("::1", true, true, true),
            ("::", true, false, true),
            ("ff0e::1", false, false, true),
            ("::ffff:10.0.0.1", true, true, true),
            ("::ffff:10.0.0.1", false, false, false),
            ("::ffff:0.0.0.0", true, false, true),
            ("::ffff:224.0.0.1", false, false, true),
            ("::ffff:255.255.255.255", false, false, true),
        ] {
            let encap = if udp { EncapType::Udp } else { EncapType::Ip };
            for (field, works, outcome) in [
                ("local", local, check_local(ip(addr), encap)),
                ("peer", peer, check_peer(ip(addr), encap)),
            ] {
                assert_eq!(outcome.is_ok(), works, "{field} {addr}");
                if let Err(error) = outcome {
                    assert_eq!((error.field(), error.value()), (field, addr));
                }
            }
        }
    }

    #[test]
    fn local_and_peer_address_must_match() {
        for (local, peer, works) in [
            ("10.0.0.1", "10.0.0.2", true),
            ("10.0.0.1", "fd00::2", false),
            ("fd00::1", "10.0.0.2", false),
            ("fd00::1", "fd00::2", true),
            ("::", "fd00::2", true),
            ("::", "::ffff:10.0.0.2", true),
            ("::ffff:10.0.0.1", "::ffff:10.0.0.2", true),
            ("::ffff:0.0.0.0", "::ffff:10.0.0.2", true),
            ("::ffff:10.0.0.1", "fd00::2", false),
            ("::ffff:0.0.0.0", "fd00::2", false),
            ("fd00::1", "::ffff:10.0.0.2", false),
        ] {
            let outcome = check_pair(ip(local), ip(peer));
            assert_eq!(outcome.is_ok(), works, "{local} {peer}: {outcome:?}");
        }
    }
}
