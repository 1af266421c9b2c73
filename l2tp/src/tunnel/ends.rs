//! Addresses that no tunnel can have, whatever makes its socket.

use std::net::{IpAddr, Ipv4Addr};

use crate::EncapType;
use crate::error::ConfigError;

/// Refuses an address that the near end of a tunnel cannot have.
pub(crate) fn check_local(local: IpAddr, encap: EncapType) -> Result<(), ConfigError> {
    let refused = |remedy| Err(ConfigError::new("local", local, remedy));
    if is_mapped(local) && encap == EncapType::Ip {
        return refused(UNMAPPED);
    }
    // The kernel would bind such a socket, send from another address, and receive what is sent to
    // the group alone.
    if is_group(local) {
        return refused(
            "it is no single host's: packets would leave from another address, to which the \
             peer's answers would not be received; name an address of this host",
        );
    }
    Ok(())
}

/// Refuses an address that the far end of a tunnel cannot have.
pub(crate) fn check_peer(peer: IpAddr, encap: EncapType) -> Result<(), ConfigError> {
    check_destination(peer, encap)?;
    // A connected socket receives what comes from the peer's address, and a group's is nobody's.
    if is_group(peer) {
        return Err(ConfigError::new(
            "peer",
            peer,
            "a tunnel's peer is a single host: what the members of a group send comes from their \
             own addresses, and would not be received",
        ));
    }
    Ok(())
}

/// Refuses an address to which no message can be meant.
pub(crate) fn check_destination(peer: IpAddr, encap: EncapType) -> Result<(), ConfigError> {
    let refused = |remedy| Err(ConfigError::new("peer", peer, remedy));
    if peer.to_canonical().is_unspecified() {
        return refused(
            "the kernel takes it for this host itself: name the peer's address, and leave the \
             socket of a managed tunnel unconnected as long as that is not known",
        );
    }
    if is_mapped(peer) && encap == EncapType::Ip {
        return refused(UNMAPPED);
    }
    Ok(())
}

/// Refuses two ends that one socket cannot have.
pub(crate) fn check_pair(local: IpAddr, peer: IpAddr) -> Result<(), ConfigError> {
    let refused = |remedy| Err(ConfigError::new("peer", peer, remedy));
    if local.is_ipv4() != peer.is_ipv4() {
        return refused("local and peer address must be of one family, both IPv4 or both IPv6");
    }
    match (is_mapped(local), is_mapped(peer)) {
        (true, false) => refused(
            "the local address is IPv4-mapped, from which only IPv4-mapped peers are reached: name \
             a local address of IPv6",
        ),
        (false, true) if !local.is_unspecified() => refused(
            "it is IPv4-mapped, and reached only from a local address that is IPv4-mapped, too, or \
             from the wildcard address ::",
        ),
        _ => Ok(()),
    }
}

const UNMAPPED: &str = "L2TP/IP has no IPv4-mapped addresses: use the IPv4 address itself, which takes a socket of IPv4";

/// Whether it is an IPv4 address in the form of IPv6.
pub(crate) fn is_mapped(addr: IpAddr) -> bool {
    matches!(addr, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some())
}

/// Whether it stands for several hosts. Which other addresses are broadcast addresses depends on
/// the interfaces and is left to the kernel.
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
    fn groups_and_nobody_are_refused_by_the_field() {
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
    fn two_ends_are_of_one_kind() {
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
