//! The kinds of tunnel sockets.

use std::fmt;

use crate::EncapType;
use crate::sys::SockAddr;

/// The kind of a tunnel socket: an encapsulation and an IP version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SocketKind {
    /// UDP over IPv4: `socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)`.
    Udp4,
    /// UDP over IPv6: `socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP)`.
    Udp6,
    /// L2TP/IP over IPv4: `socket(AF_INET, SOCK_DGRAM, IPPROTO_L2TP)`, which loads `l2tp_ip`.
    Ip4,
    /// L2TP/IP over IPv6: `socket(AF_INET6, SOCK_DGRAM, IPPROTO_L2TP)`, which loads `l2tp_ip6`.
    Ip6,
}

impl SocketKind {
    /// The encapsulation of the tunnels that such a socket can carry.
    #[must_use]
    pub fn encap(self) -> EncapType {
        if self.is_udp() { EncapType::Udp } else { EncapType::Ip }
    }

    /// Whether it is an IPv6 socket.
    #[must_use]
    pub fn is_ipv6(self) -> bool {
        matches!(self, Self::Udp6 | Self::Ip6)
    }

    pub(super) fn is_udp(self) -> bool {
        matches!(self, Self::Udp4 | Self::Udp6)
    }

    /// `AF_INET` or `AF_INET6`.
    pub(super) fn domain(self) -> i32 {
        if self.is_ipv6() { libc::AF_INET6 } else { libc::AF_INET }
    }

    /// `IPPROTO_UDP` or `IPPROTO_L2TP`.
    pub(super) fn protocol(self) -> i32 {
        if self.is_udp() { libc::IPPROTO_UDP } else { IPPROTO_L2TP }
    }

    /// The kind with this family and protocol.
    pub(super) fn of(domain: i32, protocol: i32) -> Option<Self> {
        [Self::Udp4, Self::Udp6, Self::Ip4, Self::Ip6]
            .into_iter()
            .find(|kind| kind.domain() == domain && kind.protocol() == protocol)
    }

    /// An empty address structure for a sender. Over IPv4 the kernel reports an L2TP/IP sender as
    /// `sockaddr_in`, with port 0.
    pub(super) fn blank_sender(self) -> SockAddr {
        match self {
            Self::Ip4 => Self::Udp4.blank(),
            other => other.blank(),
        }
    }

    /// An empty address structure of this kind.
    pub(super) fn blank(self) -> SockAddr {
        match self {
            Self::Udp4 => SockAddr::Udp4(libc::sockaddr_in {
                sin_family: 0,
                sin_port: 0,
                sin_addr: libc::in_addr { s_addr: 0 },
                sin_zero: [0; 8],
            }),
            Self::Udp6 => SockAddr::Udp6(libc::sockaddr_in6 {
                sin6_family: 0,
                sin6_port: 0,
                sin6_flowinfo: 0,
                sin6_addr: libc::in6_addr { s6_addr: [0; 16] },
                sin6_scope_id: 0,
            }),
            Self::Ip4 => SockAddr::Ip4(l2tp_sys::sockaddr_l2tpip::default()),
            Self::Ip6 => SockAddr::Ip6(l2tp_sys::sockaddr_l2tpip6::default()),
        }
    }
}

/// Protocol 115, in the type of `socket(2)`.
#[allow(clippy::cast_possible_wrap)]
const IPPROTO_L2TP: i32 = l2tp_sys::IPPROTO_L2TP as i32;

impl fmt::Display for SocketKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp4 => "IPv4 UDP socket",
            Self::Udp6 => "IPv6 UDP socket",
            Self::Ip4 => "IPv4 L2TP/IP socket",
            Self::Ip6 => "IPv6 L2TP/IP socket",
        })
    }
}
