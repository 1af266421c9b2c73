//! The reason why an address cannot be used yet.

use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv6Addr};

use crate::SocketOptions;
use crate::socket;
use crate::socket::TunnelAddr;
use crate::sys::{self, InterfaceAddr};
use crate::types::printable::printable;

/// The state of an address in the network namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AddressState {
    /// No interface has it.
    Absent,
    /// An interface has it, but is down. A socket can still be bound to an IPv4 address; only a
    /// route is missing.
    Down {
        /// The interface.
        interface: String,
    },
    /// An interface has it, but duplicate address detection has not ended (IPv6).
    Tentative {
        /// The interface.
        interface: String,
    },
    /// Another host on the link also has it: duplicate address detection failed (IPv6).
    Duplicate {
        /// The interface.
        interface: String,
    },
    /// The interface that has it belongs to a VRF. A UDP socket can be bound to it if its option
    /// [`interface`](crate::SocketOptions#structfield.interface) is the VRF or one of the VRF's
    /// interfaces. An L2TP/IP socket cannot be bound to it.
    InVrf {
        /// The interface.
        interface: String,
        /// The interface of the VRF.
        vrf: String,
    },
    /// An interface has it. Either it appeared after the attempt, or the socket is bound to another
    /// interface.
    Present {
        /// The interface.
        interface: String,
    },
}

/// `IFA_F_DADFAILED` of `linux/if_addr.h`.
const DAD_FAILED: u32 = 0x08;
/// `IFA_F_TENTATIVE`.
const TENTATIVE: u32 = 0x40;

impl AddressState {
    /// The state in the calling thread's namespace. If the state cannot be read, the address counts
    /// as absent.
    pub(crate) fn of(addr: IpAddr) -> Self {
        let holders = sys::interface_addrs().unwrap_or_default();
        let flags = fs::read_to_string("/proc/thread-self/net/if_inet6").unwrap_or_default();
        let state = Self::from_parts(addr, &holders, &flags);
        match &state {
            Self::Present { interface } | Self::Down { interface } => {
                match vrf_of(addr, &holders) {
                    Some(vrf) => Self::InVrf { interface: interface.clone(), vrf },
                    None => state,
                }
            }
            _ => state,
        }
    }

    /// The state on the interface where it is usable first, if several interfaces have it.
    fn from_parts(addr: IpAddr, holders: &[InterfaceAddr], if_inet6: &str) -> Self {
        let addr = addr.to_canonical();
        let states = holders
            .iter()
            .filter(|holder| holder.addr == Some(addr))
            .map(|holder| Self::on(holder, addr, if_inet6));
        states.min_by_key(Self::rank).unwrap_or(Self::Absent)
    }

    /// A state with a lower rank is closer to being usable.
    fn rank(&self) -> u8 {
        match self {
            Self::Present { .. } | Self::InVrf { .. } => 0,
            Self::Tentative { .. } => 1,
            Self::Down { .. } => 2,
            Self::Duplicate { .. } => 3,
            Self::Absent => 4,
        }
    }

    fn on(holder: &InterfaceAddr, addr: IpAddr, if_inet6: &str) -> Self {
        let interface = holder.interface.clone();
        let flags = match addr {
            IpAddr::V4(_) => 0,
            IpAddr::V6(addr) => flags_of(addr, &holder.interface, if_inet6).unwrap_or(0),
        };
        match flags {
            flags if flags & DAD_FAILED != 0 => Self::Duplicate { interface },
            _ if !holder.up => Self::Down { interface },
            flags if flags & TENTATIVE != 0 => Self::Tentative { interface },
            _ => Self::Present { interface },
        }
    }
}

/// The flags of an address in `/proc/net/if_inet6`: address, interface index, prefix length, scope,
/// flags, all hexadecimal without a prefix, then the interface.
fn flags_of(addr: Ipv6Addr, interface: &str, if_inet6: &str) -> Option<u32> {
    let addr = format!("{:032x}", u128::from(addr));
    let is_on = |line: &&str| line.split_whitespace().nth(5) == Some(interface);
    let line = if_inet6.lines().filter(|line| line.starts_with(&addr)).find(is_on)?;
    u32::from_str_radix(line.split_whitespace().nth(4)?, 16).ok()
}

/// The VRF in which a socket can be bound to an address, if it cannot be bound without a VRF. This
/// tries every interface that may be a VRF.
fn vrf_of(addr: IpAddr, interfaces: &[InterfaceAddr]) -> Option<String> {
    let local = TunnelAddr::with_port(addr, 0, 0);
    let usable = |options: &SocketOptions| socket::probe(Some(local), None, options).is_ok();
    if usable(&SocketOptions::new()) {
        return None;
    }
    let mut names: Vec<_> =
        interfaces.iter().filter(|one| one.master).map(|one| &one.interface).collect();
    names.sort_unstable();
    names.dedup();
    let in_vrf = |name: &&String| {
        name.parse().is_ok_and(|name| usable(&SocketOptions::new().interface(name)))
    };
    names.into_iter().find(in_vrf).cloned()
}

/// The predicate of a sentence whose subject is the address.
impl fmt::Display for AddressState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("is not on any interface of this network namespace"),
            Self::Down { interface } => write!(f, "is on {}, which is down", printable(interface)),
            Self::Tentative { interface } => {
                write!(f, "is on {} but still tentative", printable(interface))
            }
            Self::Duplicate { interface } => {
                write!(
                    f,
                    "is on {} but another host on the link has it, too,",
                    printable(interface)
                )
            }
            Self::Present { interface } => {
                write!(f, "is on {} but was not accepted", printable(interface))
            }
            Self::InVrf { interface, vrf } => {
                write!(
                    f,
                    "is on {}, which belongs to VRF {},",
                    printable(interface),
                    printable(vrf)
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IF_INET6: &str = "\
00000000000000000000000000000001 01 80 10 80       lo
fd000000000000000000000000000005 07 40 00 c0    veth0
fd000000000000000000000000000006 07 40 00 c8    veth0
fd000000000000000000000000000007 07
fd000000000000000000000000000008 07 40 00 zz    veth0
";

    fn state(addr: &str, up: bool) -> AddressState {
        let addr: IpAddr = addr.parse().unwrap();
        AddressState::from_parts(addr, &[holder("veth0", addr, up)], IF_INET6)
    }

    fn holder(interface: &str, addr: IpAddr, up: bool) -> InterfaceAddr {
        InterfaceAddr { interface: interface.into(), addr: Some(addr), up, master: false }
    }

    #[test]
    fn the_usable_one_of_several_interfaces_decides_the_state() {
        let addr = "fd00::6".parse().unwrap();
        let none = InterfaceAddr { addr: None, ..holder("eth0", addr, true) };
        let holders = [none, holder("veth0", addr, true), holder("eth1", addr, false)];
        let down = AddressState::Down { interface: "eth1".into() };
        assert_eq!(AddressState::from_parts(addr, &holders, IF_INET6), down);
        let holders = [holder("eth1", addr, false), holder("eth2", addr, true)];
        let present = AddressState::Present { interface: "eth2".into() };
        assert_eq!(AddressState::from_parts(addr, &holders, IF_INET6), present);
    }

    #[test]
    fn flags_are_read_from_proc() {
        let interface = || "veth0".to_owned();
        assert_eq!(state("fd00::5", true), AddressState::Tentative { interface: interface() });
        assert_eq!(state("fd00::5", false), AddressState::Down { interface: interface() });
        assert_eq!(state("fd00::6", true), AddressState::Duplicate { interface: interface() });
        assert_eq!(state("::1", true), AddressState::Present { interface: interface() });
        assert_eq!(state("10.0.0.1", false), AddressState::Down { interface: interface() });
    }

    #[test]
    fn malformed_lines_are_skipped() {
        for addr in ["fd00::7", "fd00::8", "fd00::9"] {
            assert_eq!(flags_of(addr.parse().unwrap(), "veth0", IF_INET6), None, "{addr}");
        }
    }

    #[test]
    fn the_loopback_interface_has_its_address() {
        let state = AddressState::of([127, 0, 0, 1].into());
        assert_eq!(state, AddressState::Present { interface: "lo".into() });
        assert_eq!(AddressState::of([192, 0, 2, 77].into()), AddressState::Absent);
    }
}
