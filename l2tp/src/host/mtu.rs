//! The MTU of sessions: what a session's headers leave of the path MTU.
//!
//! A tunnel adds headers to each frame. A packet that then exceeds the path MTU is fragmented, which is
//! slow, and some networks drop fragments. [`Overhead`] computes the size of the headers from the
//! configurations.
//!
//! # Ethernet
//! The kernel computes the MTU of a session's interface only once, when the session is created, from
//! the path MTU that it then knows; [`Overhead::interface_mtu`] computes the same. If the path MTU
//! decreases later, set the interface's MTU with `ip link set … mtu`.
//!
//! For example a session with a cookie of 8 bytes, over UDP and IPv4, with a path MTU of 1500 bytes:
//!
//! | before the packet | bytes |
//! |---|---|
//! | IPv4 | 20 |
//! | UDP | 8 |
//! | L2TPv3: flags and version (4, over UDP only), session id (4) | 8 |
//! | cookie | 8 |
//! | default L2-specific sublayer | 4 |
//! | Ethernet | 14 |
//! | **total** | **62** |
//!
//! This leaves 1438 bytes for the packet in the frame:
//!
//! ```
//! use l2tp::host::mtu::{IpVersion, Overhead};
//! use l2tp::{EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};
//!
//! let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
//! let session = SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20).local_cookie([7; 8]);
//! let overhead = Overhead::of(&tunnel, &session, IpVersion::V4);
//! assert_eq!(overhead.total(), 62);
//! assert_eq!(overhead.mtu(1500), 1438);
//! assert_eq!(session.mtu(&tunnel, IpVersion::V4, 1500), 1438); // the same in one call
//! ```
//!
//! A VLAN tag needs four more bytes: set the MTU of a VLAN on the interface to 1434. If the interface is
//! bridged with an Ethernet whose MTU is 1500, larger packets are dropped without an error: lower the
//! MTU there too, or increase the path MTU.
//!
//! # PPP
//! The kernel does not compute an MTU: PPP negotiates it, and pppd proposes 1500. Set the options of
//! pppd: `mtu 1462 mru 1462` for L2TPv2 with a path MTU of 1500 bytes, 1458 with sequence numbers.
//! [`Overhead`] includes the four bytes of PPP that the kernel sends before a packet, address, control
//! and protocol:
//!
//! ```
//! # use l2tp::host::mtu::IpVersion;
//! # use l2tp::{EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};
//! let tunnel = TunnelConfig::new(ProtocolVersion::V2, EncapType::Udp, 1, 2);
//! let session = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20);
//! assert_eq!(session.mtu(&tunnel, IpVersion::V4, 1500), 1462);
//! assert_eq!(session.send_seq(true).mtu(&tunnel, IpVersion::V4, 1500), 1458);
//! ```
//!
//! An end that is not in [LNS mode](SessionConfig#structfield.lns_mode) sends sequence numbers as soon
//! as its peer does: include sequence numbers there.
//!
//! # The path MTU
//! [`of_path`] queries the kernel; [`of_path_with`] does so for a socket with options. The result is the
//! MTU of the interface to the peer, or the route's own MTU if it has one, or the result of path MTU
//! discovery. It is reduced by the overhead of IPsec. The kernel's own computation includes IPsec too, if
//! its policies and keys exist before the session is created.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::socket::{SocketError, TunnelAddr};
use crate::{
    EncapType, L2SpecType, ProtocolVersion, PseudowireType, SessionConfig, SocketOptions,
    TunnelConfig, socket,
};

/// The IP version that carries a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IpVersion {
    /// IPv4, a header of 20 bytes.
    V4,
    /// IPv6, a header of 40 bytes.
    V6,
}

impl From<IpAddr> for IpVersion {
    fn from(addr: IpAddr) -> Self {
        if addr.is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

impl From<SocketAddr> for IpVersion {
    fn from(addr: SocketAddr) -> Self {
        addr.ip().into()
    }
}

/// The sizes of the headers before each packet that a session carries, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Overhead {
    /// The IP header, without options (`IP_OPTIONS`, IPv6 extension headers) that a managed tunnel's
    /// socket may add. The kernel's own computation includes these.
    pub ip: u32,
    /// The UDP header.
    pub udp: u32,
    /// The L2TP header: for L2TPv2 with sequence numbers if they are sent; for L2TPv3 the session id,
    /// and over UDP also flags and version.
    pub l2tp: u32,
    /// The cookie in sent packets. L2TPv3 only.
    pub cookie: u32,
    /// The L2-specific sublayer, which has sequence numbers. L2TPv3 only.
    pub sublayer: u32,
    /// The header of the frame that is carried, Ethernet or PPP.
    pub frame: u32,
}

/// The largest packet of a standard Ethernet (`ETH_DATA_LEN`).
const ETH_DATA_LEN: u32 = 1500;
/// The largest MTU of an interface (`ETH_MAX_MTU`).
const ETH_MAX_MTU: u32 = 65535;

impl Overhead {
    /// The sizes of the headers of a session's packets.
    ///
    /// Fields that the kernel ignores do not count: cookie and sublayer of an L2TPv2 session. The
    /// configuration is not validated.
    #[must_use]
    pub fn of(
        tunnel: &TunnelConfig,
        session: &SessionConfig,
        ip_version: impl Into<IpVersion>,
    ) -> Self {
        let udp = tunnel.encap == EncapType::Udp;
        let v2 = tunnel.version == ProtocolVersion::V2;
        let cookie = session.local_cookie.map_or(0, |cookie| cookie.as_bytes().len());
        Self {
            ip: match ip_version.into() {
                IpVersion::V4 => 20,
                IpVersion::V6 => 40,
            },
            udp: if udp { 8 } else { 0 },
            l2tp: match (v2, udp, session.send_seq) {
                (true, _, false) => 6,
                (true, _, true) => 10,
                (false, true, _) => 8,
                (false, false, _) => 4,
            },
            // A cookie has at most eight bytes.
            cookie: if v2 { 0 } else { u32::try_from(cookie).unwrap_or_default() },
            sublayer: if !v2 && session.l2spec == L2SpecType::Default { 4 } else { 0 },
            frame: match session.pseudowire {
                PseudowireType::Eth | PseudowireType::EthVlan => 14,
                PseudowireType::Ppp | PseudowireType::PppAc => 4,
                _ => 0,
            },
        }
    }

    /// The total size of the headers.
    #[must_use]
    pub fn total(&self) -> u32 {
        let Self { ip, udp, l2tp, cookie, sublayer, frame } = self;
        ip + udp + l2tp + cookie + sublayer + frame
    }

    /// The largest packet that the session can carry without fragmentation over a path with this MTU; 0 if
    /// the headers exceed it.
    #[must_use]
    pub fn mtu(&self, path_mtu: u32) -> u32 {
        path_mtu.saturating_sub(self.total())
    }

    /// The MTU that the kernel sets on the interface of an Ethernet session when it is created.
    ///
    /// It is the same as [`mtu`](Self::mtu), except that the kernel assumes a path MTU of 1500 bytes in
    /// three cases: if the headers exceed the path MTU, if the result exceeds the largest MTU of an
    /// interface, 65535, and if the path MTU is unknown (`None`), because a managed tunnel's socket is not
    /// connected or its route is gone.
    #[must_use]
    pub fn interface_mtu(&self, path_mtu: Option<u32>) -> u32 {
        match path_mtu.and_then(|mtu| mtu.checked_sub(self.total())) {
            Some(left) if left <= ETH_MAX_MTU => left,
            _ => ETH_DATA_LEN.saturating_sub(self.total()),
        }
    }
}

/// The total and the sizes of the headers, outermost first.
impl fmt::Display for Overhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ip, udp, l2tp, cookie, sublayer, frame } = *self;
        write!(f, "{} bytes: IP {ip}", self.total())?;
        for (name, bytes) in [
            ("UDP", udp),
            ("L2TP", l2tp),
            ("cookie", cookie),
            ("sublayer", sublayer),
            ("frame header", frame),
        ] {
            if bytes > 0 {
                write!(f, ", {name} {bytes}")?;
            }
        }
        Ok(())
    }
}

impl SessionConfig {
    /// The largest packet that the session can carry without fragmentation over a path with this MTU: the
    /// MTU of an Ethernet session's interface, or pppd's `mtu` and `mru` for a PPP session. See
    /// [`mtu`](crate::host::mtu) for the computation.
    #[must_use]
    pub fn mtu(
        &self,
        tunnel: &TunnelConfig,
        ip_version: impl Into<IpVersion>,
        path_mtu: u32,
    ) -> u32 {
        Overhead::of(tunnel, self, ip_version).mtu(path_mtu)
    }
}

/// The path MTU to a peer that the kernel would use for a tunnel, in the network namespace of the calling
/// thread (see [`Netns::run`](crate::Netns::run)).
///
/// `local` selects the route if routes depend on the source address. Ports may be 0. No packet is sent.
///
/// The query uses a UDP socket with any local port. An IPsec policy for the tunnel's own port, or for
/// L2TP/IP (protocol 115) only, therefore does not affect the result.
///
/// # Errors
///
/// If there is no route to the peer (`ENETUNREACH`), or `local` is not an address of this host
/// (`EADDRNOTAVAIL`).
pub fn of_path(local: Option<IpAddr>, peer: SocketAddr) -> Result<u32, SocketError> {
    of_path_with(local, peer, &SocketOptions::new())
}

/// [`of_path`] for the socket of a managed tunnel with these options. Only the options that
/// [`wait_for_path_with`](crate::host::wait_for_path_with) lists are used.
///
/// For a peer with a tunnel id ([`TunnelAddr::Ip`]) the query uses an L2TP/IP socket, with the IPsec
/// policies for protocol 115; the kernel then loads `l2tp_ip` or `l2tp_ip6`.
///
/// ```no_run
/// let options = l2tp::SocketOptions::new().interface("vrf-blue".parse()?);
/// let peer: std::net::SocketAddr = "198.51.100.1:1701".parse()?;
/// println!("{} bytes", l2tp::host::mtu::of_path_with(None, peer, &options)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`of_path`]; also `ENODEV` and `EPERM` for the options.
pub fn of_path_with(
    local: Option<IpAddr>,
    peer: impl Into<TunnelAddr>,
    options: &SocketOptions,
) -> Result<u32, SocketError> {
    let peer = peer.into();
    let local = local.map(|local| TunnelAddr::with_port(local, peer.scope_id(), 0));
    socket::probe(local, Some(peer), options)?.path_mtu()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cookie;

    fn overhead(version: ProtocolVersion, encap: EncapType, cookie: &[u8]) -> Overhead {
        let tunnel = TunnelConfig::new(version, encap, 1, 2);
        let mut session = SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20);
        session.local_cookie = Cookie::new(cookie).ok();
        Overhead::of(&tunnel, &session, IpVersion::V6)
    }

    #[test]
    fn each_header_is_counted_and_named() {
        let all = overhead(ProtocolVersion::V3, EncapType::Udp, &[0; 8]);
        assert_eq!(
            all.to_string(),
            "82 bytes: IP 40, UDP 8, L2TP 8, cookie 8, sublayer 4, frame header 14"
        );
        let few = overhead(ProtocolVersion::V3, EncapType::Ip, &[]);
        assert_eq!(few.to_string(), "62 bytes: IP 40, L2TP 4, sublayer 4, frame header 14");
    }

    #[test]
    fn an_l2tpv2_session_has_neither_cookie_nor_sublayer() {
        let v2 = overhead(ProtocolVersion::V2, EncapType::Udp, &[0; 4]);
        assert_eq!((v2.l2tp, v2.cookie, v2.sublayer), (6, 0, 0));
    }

    #[test]
    fn path_mtus_that_are_too_small_too_large_or_unknown_count_as_1500() {
        let overhead = overhead(ProtocolVersion::V3, EncapType::Udp, &[]);
        let total = overhead.total();
        assert_eq!(overhead.mtu(total - 1), 0);
        assert_eq!(overhead.mtu(total + 1), 1);
        for path in [None, Some(0), Some(total - 1), Some(u32::MAX), Some(total + 65536)] {
            assert_eq!(overhead.interface_mtu(path), 1500 - total, "{path:?}");
        }
        for (path, left) in [(total, 0), (total + 1, 1), (total + 65535, 65535)] {
            assert_eq!(overhead.interface_mtu(Some(path)), left, "{path}");
        }
    }

    #[test]
    fn the_loopback_interface_has_a_path_too() {
        assert!(of_path(None, "127.0.0.1:0".parse().unwrap()).unwrap() >= 576);
    }
}
