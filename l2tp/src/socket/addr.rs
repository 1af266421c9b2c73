//! The address of one end of a tunnel, and its conversion to the kernel's structures.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::kind::SocketKind;
use crate::TunnelId;
use crate::sys::{self, SockAddr};

/// The address of one end of a tunnel.
///
/// A [`SocketAddr`] converts into the UDP form; an IP address with a tunnel id converts into the L2TP/IP
/// form.
///
/// ```
/// use std::net::Ipv4Addr;
/// use l2tp::socket::TunnelAddr;
/// use l2tp::TunnelId;
///
/// let addr = TunnelAddr::from((Ipv4Addr::LOCALHOST.into(), TunnelId(7)));
/// assert_eq!(addr.to_string(), "127.0.0.1 tunnel 7");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TunnelAddr {
    /// The address and port of a UDP tunnel. A link-local IPv6 address needs its interface's index as
    /// scope id.
    Udp(SocketAddr),
    /// The address of an L2TP/IP tunnel, which has no port (`sockaddr_l2tpip`, `sockaddr_l2tpip6`).
    Ip {
        /// The address.
        addr: IpAddr,
        /// The index of the interface, for a link-local IPv6 address; otherwise 0.
        scope_id: u32,
        /// This end's tunnel id. A socket bound to it receives the control messages with this id.
        /// Messages that open a control connection have the id 0 (RFC 3931, section 3.3); a socket
        /// bound to 0 receives them.
        tunnel_id: TunnelId,
    },
}

impl TunnelAddr {
    /// The IP address without port or tunnel id.
    #[must_use]
    pub fn ip(&self) -> IpAddr {
        match self {
            Self::Udp(addr) => addr.ip(),
            Self::Ip { addr, .. } => *addr,
        }
    }

    /// The scope id of an IPv6 address, which is an interface index; 0 without one.
    #[must_use]
    pub fn scope_id(&self) -> u32 {
        match self {
            Self::Udp(SocketAddr::V6(addr)) => addr.scope_id(),
            Self::Udp(SocketAddr::V4(_)) => 0,
            Self::Ip { scope_id, .. } => *scope_id,
        }
    }

    /// The port of a UDP address; `None` for an L2TP/IP address.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Udp(addr) => Some(addr.port()),
            Self::Ip { .. } => None,
        }
    }

    /// The tunnel id of an L2TP/IP address; `None` for a UDP address.
    #[must_use]
    pub fn tunnel_id(&self) -> Option<TunnelId> {
        match self {
            Self::Udp(_) => None,
            Self::Ip { tunnel_id, .. } => Some(*tunnel_id),
        }
    }

    /// The kind of socket that uses this form of address.
    #[must_use]
    pub fn kind(&self) -> SocketKind {
        match self {
            Self::Udp(SocketAddr::V4(_)) => SocketKind::Udp4,
            Self::Udp(SocketAddr::V6(_)) => SocketKind::Udp6,
            Self::Ip { addr: IpAddr::V4(_), .. } => SocketKind::Ip4,
            Self::Ip { addr: IpAddr::V6(_), .. } => SocketKind::Ip6,
        }
    }

    /// The UDP form of an address.
    pub(crate) fn with_port(ip: IpAddr, scope_id: u32, port: u16) -> Self {
        match ip {
            IpAddr::V4(ip) => Self::Udp(SocketAddrV4::new(ip, port).into()),
            IpAddr::V6(ip) => Self::Udp(SocketAddrV6::new(ip, port, 0, scope_id).into()),
        }
    }

    /// The L2TP/IP form of an address, with tunnel id 0 if it has none.
    pub(crate) fn over_ip(&self) -> Self {
        let tunnel_id = self.tunnel_id().unwrap_or(TunnelId(0));
        Self::Ip { addr: self.ip(), scope_id: self.scope_id(), tunnel_id }
    }

    /// Whether this is a link-local IPv6 address without a scope id.
    pub(crate) fn lacks_scope(&self) -> bool {
        matches!(self.ip(), IpAddr::V6(addr) if addr.segments()[0] & 0xffc0 == 0xfe80)
            && self.scope_id() == 0
    }

    /// The kernel's structure for this address.
    pub(super) fn to_sys(self) -> SockAddr {
        match self {
            Self::Udp(SocketAddr::V4(addr)) => SockAddr::Udp4(libc::sockaddr_in {
                sin_family: INET,
                sin_port: addr.port().to_be(),
                sin_addr: libc::in_addr { s_addr: network(*addr.ip()) },
                sin_zero: [0; 8],
            }),
            Self::Udp(SocketAddr::V6(addr)) => SockAddr::Udp6(libc::sockaddr_in6 {
                sin6_family: INET6,
                sin6_port: addr.port().to_be(),
                sin6_flowinfo: addr.flowinfo().to_be(),
                sin6_addr: libc::in6_addr { s6_addr: addr.ip().octets() },
                sin6_scope_id: addr.scope_id(),
            }),
            Self::Ip { addr: IpAddr::V4(addr), tunnel_id, .. } => {
                SockAddr::Ip4(l2tp_sys::sockaddr_l2tpip {
                    l2tp_family: INET,
                    l2tp_addr: l2tp_sys::in_addr { s_addr: network(addr) },
                    l2tp_conn_id: tunnel_id.0,
                    ..Default::default()
                })
            }
            Self::Ip { addr: IpAddr::V6(addr), scope_id, tunnel_id } => {
                let in6_u = l2tp_sys::in6_addr__bindgen_ty_1 { u6_addr8: addr.octets() };
                SockAddr::Ip6(l2tp_sys::sockaddr_l2tpip6 {
                    l2tp_family: INET6,
                    l2tp_addr: l2tp_sys::in6_addr { in6_u },
                    l2tp_scope_id: scope_id,
                    l2tp_conn_id: tunnel_id.0,
                    ..Default::default()
                })
            }
        }
    }

    /// The address in the kernel's structure.
    pub(super) fn from_sys(addr: &SockAddr) -> Self {
        match addr {
            SockAddr::Udp4(addr) => Self::Udp(
                SocketAddrV4::new(host(addr.sin_addr.s_addr), u16::from_be(addr.sin_port)).into(),
            ),
            SockAddr::Udp6(addr) => Self::Udp(
                SocketAddrV6::new(
                    addr.sin6_addr.s6_addr.into(),
                    u16::from_be(addr.sin6_port),
                    u32::from_be(addr.sin6_flowinfo),
                    addr.sin6_scope_id,
                )
                .into(),
            ),
            SockAddr::Ip4(addr) => Self::Ip {
                addr: host(addr.l2tp_addr.s_addr).into(),
                scope_id: 0,
                tunnel_id: TunnelId(addr.l2tp_conn_id),
            },
            SockAddr::Ip6(addr) => Self::Ip {
                addr: Ipv6Addr::from(sys::in6_octets(&addr.l2tp_addr)).into(),
                scope_id: addr.l2tp_scope_id,
                tunnel_id: TunnelId(addr.l2tp_conn_id),
            },
        }
    }
}

/// The address families in the type of the structures; both are below 256.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
const INET: libc::sa_family_t = libc::AF_INET as libc::sa_family_t;
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
const INET6: libc::sa_family_t = libc::AF_INET6 as libc::sa_family_t;

/// An address as an integer in network byte order.
fn network(addr: Ipv4Addr) -> u32 {
    u32::from_ne_bytes(addr.octets())
}

fn host(addr: u32) -> Ipv4Addr {
    addr.to_ne_bytes().into()
}

impl From<SocketAddr> for TunnelAddr {
    fn from(addr: SocketAddr) -> Self {
        Self::Udp(addr)
    }
}

impl From<(IpAddr, TunnelId)> for TunnelAddr {
    fn from((addr, tunnel_id): (IpAddr, TunnelId)) -> Self {
        Self::Ip { addr, scope_id: 0, tunnel_id }
    }
}

/// `192.0.2.1:1701`, `192.0.2.1 tunnel 7`, `fe80::1%3 tunnel 7`.
impl fmt::Display for TunnelAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Udp(addr) => addr.fmt(f),
            Self::Ip { addr, scope_id: 0, tunnel_id } => write!(f, "{addr} tunnel {tunnel_id}"),
            Self::Ip { addr, scope_id, tunnel_id } => {
                write!(f, "{addr}%{scope_id} tunnel {tunnel_id}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_survives_a_round_trip() {
        let link_local: Ipv6Addr = "fe80::1".parse().unwrap();
        let (ipv4, ipv6) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from(link_local));
        let tunnel_id = TunnelId(0x0102_0304);
        for addr in [
            TunnelAddr::Udp((ipv4, 1701).into()),
            TunnelAddr::Udp(SocketAddrV6::new(link_local, 1701, 0x12345, 3).into()),
            TunnelAddr::Ip { addr: ipv4, scope_id: 0, tunnel_id },
            TunnelAddr::Ip { addr: ipv6, scope_id: 3, tunnel_id },
        ] {
            assert_eq!(TunnelAddr::from_sys(&addr.to_sys()), addr);
        }
    }

    #[test]
    fn ports_and_addresses_are_in_network_byte_order_and_tunnel_ids_are_not() {
        let ip = IpAddr::from([192, 0, 2, 1]);
        let SockAddr::Udp4(udp) = TunnelAddr::Udp((ip, 1701).into()).to_sys() else { panic!() };
        assert_eq!(udp.sin_port.to_ne_bytes(), 1701u16.to_be_bytes());
        assert_eq!(udp.sin_addr.s_addr.to_ne_bytes(), [192, 0, 2, 1]);
        let SockAddr::Ip4(l2tp) = TunnelAddr::from((ip, TunnelId(7))).to_sys() else { panic!() };
        assert_eq!((l2tp.l2tp_conn_id, l2tp.l2tp_unused), (7, 0));
        assert_eq!(l2tp.l2tp_addr.s_addr.to_ne_bytes(), [192, 0, 2, 1]);
    }

    #[test]
    fn every_form_has_its_family() {
        let (ipv4, ipv6) = (IpAddr::from([192, 0, 2, 1]), "fe80::1".parse().unwrap());
        let family = |addr: TunnelAddr| match addr.to_sys() {
            SockAddr::Udp4(addr) => addr.sin_family,
            SockAddr::Udp6(addr) => addr.sin6_family,
            SockAddr::Ip4(addr) => addr.l2tp_family,
            SockAddr::Ip6(addr) => addr.l2tp_family,
        };
        for (ip, expected) in [(ipv4, INET), (ipv6, INET6)] {
            assert_eq!(family(TunnelAddr::Udp((ip, 1701).into())), expected);
            assert_eq!(family(TunnelAddr::from((ip, TunnelId(7)))), expected);
        }
    }

    #[test]
    fn a_link_local_address_is_displayed_with_its_scope_id() {
        let addr = "fe80::1".parse().unwrap();
        let at = |scope_id| TunnelAddr::Ip { addr, scope_id, tunnel_id: TunnelId(7) };
        assert_eq!(at(3).to_string(), "fe80::1%3 tunnel 7");
        assert!(at(0).lacks_scope() && !at(3).lacks_scope());
        let global = TunnelAddr::from(("2001:db8::1".parse().unwrap(), TunnelId(7)));
        assert!(!global.lacks_scope());
        assert_eq!(global.to_string(), "2001:db8::1 tunnel 7");
    }
}
