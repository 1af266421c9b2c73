//! Why an address that somebody waits for cannot be used.

use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv6Addr};

use crate::sys::{self, InterfaceAddr};
use crate::types::printable::printable;

/// What the network namespace knows of an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AddressState {
    /// No interface has it.
    Absent,
    /// An interface has it, and is down. An address of IPv4 can be used all the same; what is
    /// missing is a route.
    Down {
        /// The interface.
        interface: String,
    },
    /// An interface has it, and duplicate address detection has not ended (IPv6).
    Tentative {
        /// The interface.
        interface: String,
    },
    /// Another host on the link has it, too: duplicate address detection failed (IPv6).
    Duplicate {
        /// The interface.
        interface: String,
    },
    /// An interface has it. It came in the last moment, or is asked for on another interface.
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
    /// That of the calling thread's namespace. What cannot be found out is taken for absent.
    pub(crate) fn of(addr: IpAddr) -> Self {
        let holders = sys::interface_addrs().unwrap_or_default();
        let flags = fs::read_to_string("/proc/thread-self/net/if_inet6").unwrap_or_default();
        Self::from_parts(addr, &holders, &flags)
    }

    fn from_parts(addr: IpAddr, holders: &[InterfaceAddr], if_inet6: &str) -> Self {
        let Some(holder) = holders.iter().find(|holder| holder.addr == addr) else {
            return Self::Absent;
        };
        let interface = holder.interface.clone();
        let flags = match addr {
            IpAddr::V4(_) => 0,
            IpAddr::V6(addr) => flags_of(addr, if_inet6).unwrap_or(0),
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
fn flags_of(addr: Ipv6Addr, if_inet6: &str) -> Option<u32> {
    let addr = format!("{:032x}", u128::from(addr));
    let line = if_inet6.lines().find(|line| line.starts_with(&addr))?;
    u32::from_str_radix(line.split_whitespace().nth(4)?, 16).ok()
}

/// The predicate of a sentence about an address.
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
        let holder = InterfaceAddr { interface: "veth0".into(), addr, up };
        AddressState::from_parts(addr, &[holder], IF_INET6)
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
    fn what_is_malformed_says_nothing() {
        for addr in ["fd00::7", "fd00::8", "fd00::9"] {
            assert_eq!(flags_of(addr.parse().unwrap(), IF_INET6), None, "{addr}");
        }
    }

    #[test]
    fn the_loopback_interface_has_its_address() {
        let state = AddressState::of([127, 0, 0, 1].into());
        assert_eq!(state, AddressState::Present { interface: "lo".into() });
        assert_eq!(AddressState::of([192, 0, 2, 77].into()), AddressState::Absent);
    }
}
