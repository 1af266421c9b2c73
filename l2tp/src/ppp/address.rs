//! Addresses of PPPoL2TP sockets, in four forms.
//!
//! The kernel distinguishes the forms by their length. It reads the ids, and the tunnel's socket if it
//! creates a tunnel; the IP addresses it only writes.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, BorrowedFd};

use l2tp_sys::{
    in_addr, in6_addr, in6_addr__bindgen_ty_1, pppol2tp_addr, pppol2tpin6_addr, pppol2tpv3_addr,
    pppol2tpv3in6_addr, sockaddr_in, sockaddr_in6, sockaddr_pppol2tp, sockaddr_pppol2tpin6,
    sockaddr_pppol2tpv3, sockaddr_pppol2tpv3in6,
};

use crate::error::ConfigError;
use crate::sys::in6_octets;
use crate::sys::ppp::Name;
use crate::{ProtocolVersion, SessionConfig, SessionId, SessionInfo, TunnelId, TunnelInfo};

/// The address of a PPPoL2TP socket, which identifies a session.
///
/// ```
/// use l2tp::ppp::{SessionAddress, SessionAddressForm};
/// use l2tp::{EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};
///
/// let tunnel = TunnelConfig::new(ProtocolVersion::V2, EncapType::Udp, 1, 2);
/// let session = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20);
/// let address = SessionAddress::from(&session).peer("[2001:db8::1]:1701".parse()?);
/// assert_eq!(address.form()?, SessionAddressForm::V2Ip6);
/// assert_eq!(address.form()?.len(), 50);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionAddress {
    /// The tunnel's version; ids have 16 bits in L2TPv2 and 32 in L2TPv3.
    pub version: ProtocolVersion,
    /// The local tunnel id.
    pub tunnel_id: TunnelId,
    /// The peer's tunnel id. The kernel ignores it, unless the tunnel has none yet.
    pub peer_tunnel_id: TunnelId,
    /// The local session id.
    pub session_id: SessionId,
    /// The peer's session id. The kernel ignores it if the session exists.
    pub peer_session_id: SessionId,
    /// The tunnel's peer. Its address family determines the form; the kernel ignores the rest. It is
    /// set in the address that [`SessionSocket::address`](super::SessionSocket::address)
    /// returns, with the UDP port, or 0 with IP encapsulation.
    pub peer: SocketAddr,
}

/// The forms of a PPPoL2TP address, each a structure of `linux/if_pppox.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionAddressForm {
    /// `sockaddr_pppol2tp`: L2TPv2 over IPv4.
    V2Ip4,
    /// `sockaddr_pppol2tpin6`: L2TPv2 over IPv6.
    V2Ip6,
    /// `sockaddr_pppol2tpv3`: L2TPv3 over IPv4.
    V3Ip4,
    /// `sockaddr_pppol2tpv3in6`: L2TPv3 over IPv6.
    V3Ip6,
}

impl SessionAddressForm {
    /// All forms.
    pub const ALL: [Self; 4] = [Self::V2Ip4, Self::V2Ip6, Self::V3Ip4, Self::V3Ip6];

    const fn version(self) -> ProtocolVersion {
        match self {
            Self::V2Ip4 | Self::V2Ip6 => ProtocolVersion::V2,
            Self::V3Ip4 | Self::V3Ip6 => ProtocolVersion::V3,
        }
    }
}

impl SessionAddress {
    /// The form that the kernel receives.
    ///
    /// # Errors
    ///
    /// For a version other than L2TPv2 and L2TPv3.
    pub fn form(&self) -> Result<SessionAddressForm, ConfigError> {
        match (self.version, self.peer.is_ipv4()) {
            (ProtocolVersion::V2, true) => Ok(SessionAddressForm::V2Ip4),
            (ProtocolVersion::V2, false) => Ok(SessionAddressForm::V2Ip6),
            (ProtocolVersion::V3, true) => Ok(SessionAddressForm::V3Ip4),
            (ProtocolVersion::V3, false) => Ok(SessionAddressForm::V3Ip6),
            (ProtocolVersion::Unknown(number), _) => {
                Err(ConfigError::new("version", number, "a PPPoL2TP address has version 2 or 3"))
            }
        }
    }

    /// Sets [`peer`](Self#structfield.peer).
    #[must_use]
    pub fn peer(mut self, peer: SocketAddr) -> Self {
        self.peer = peer;
        self
    }

    /// The address of an existing session in an existing tunnel.
    #[must_use]
    pub fn of(tunnel: &TunnelInfo, session: &SessionInfo) -> Self {
        Self {
            version: tunnel.version,
            tunnel_id: tunnel.tunnel_id,
            peer_tunnel_id: tunnel.peer_tunnel_id,
            session_id: session.session_id,
            peer_session_id: session.peer_session_id,
            peer: tunnel.peer().unwrap_or(ANY),
        }
    }

    fn read(form: SessionAddressForm, ids: [u32; 4], peer: SocketAddr) -> Self {
        let [tunnel, peer_tunnel, session, peer_session] = ids;
        Self {
            version: form.version(),
            tunnel_id: TunnelId(tunnel),
            peer_tunnel_id: TunnelId(peer_tunnel),
            session_id: SessionId(session),
            peer_session_id: SessionId(peer_session),
            peer,
        }
    }
}

/// The forms have the same fields in another order, and other types.
macro_rules! forms {
    ($($form:ident = $sockaddr:ident { $address:ident, $put:ident, $get:ident })*) => {
        impl SessionAddressForm {
            /// The length in bytes, by which the kernel distinguishes the forms.
            #[must_use]
            #[allow(clippy::len_without_is_empty, reason = "an address is never empty")]
            pub const fn len(self) -> usize {
                match self {
                    $(Self::$form => size_of::<$sockaddr>(),)*
                }
            }
        }

        impl SessionAddress {
            /// The address as a kernel structure; the kernel creates a tunnel on `socket` if it is given.
            pub(super) fn to_name(self, socket: Option<BorrowedFd<'_>>) -> Result<Name, ConfigError> {
                Ok(match self.form()? {
                    $(SessionAddressForm::$form => Name::of(&$sockaddr {
                        sa_family: FAMILY,
                        sa_protocol: l2tp_sys::PX_PROTO_OL2TP,
                        pppol2tp: $address {
                            pid: 0,
                            fd: socket.map_or(-1, |socket| socket.as_raw_fd()),
                            addr: $put(self.peer),
                            s_tunnel: narrow("tunnel_id", self.tunnel_id.0)?,
                            s_session: narrow("session_id", self.session_id.0)?,
                            d_tunnel: narrow("peer_tunnel_id", self.peer_tunnel_id.0)?,
                            d_session: narrow("peer_session_id", self.peer_session_id.0)?,
                        },
                    }),)*
                })
            }

            /// The address in a kernel structure; `None` for an unknown form.
            pub(super) fn from_name(name: &Name) -> Option<Self> {
                $(if let Some($sockaddr { pppol2tp: at, .. }) = name.read() {
                    let ids = [at.s_tunnel, at.d_tunnel, at.s_session, at.d_session];
                    return Some(Self::read(SessionAddressForm::$form, ids.map(u32::from), $get(at.addr)));
                })*
                None
            }
        }
    };
}

forms! {
    V2Ip4 = sockaddr_pppol2tp { pppol2tp_addr, in4, from_in4 }
    V2Ip6 = sockaddr_pppol2tpin6 { pppol2tpin6_addr, in6, from_in6 }
    V3Ip4 = sockaddr_pppol2tpv3 { pppol2tpv3_addr, in4, from_in4 }
    V3Ip6 = sockaddr_pppol2tpv3in6 { pppol2tpv3in6_addr, in6, from_in6 }
}

/// The address of a session with this configuration, in an IPv4 form, which the kernel accepts for any
/// tunnel.
impl From<&SessionConfig> for SessionAddress {
    fn from(session: &SessionConfig) -> Self {
        Self {
            version: session.version,
            tunnel_id: session.tunnel_id,
            peer_tunnel_id: session.peer_tunnel_id,
            session_id: session.session_id,
            peer_session_id: session.peer_session_id,
            peer: ANY,
        }
    }
}

impl fmt::Display for SessionAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "session {} to {} of tunnel {} to {}, {} by {}",
            self.session_id,
            self.peer_session_id,
            self.tunnel_id,
            self.peer_tunnel_id,
            self.version,
            self.peer
        )
    }
}

/// The unspecified IPv4 address; every kernel has IPv4.
pub(super) const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

pub(super) const FAMILY: u16 = family(libc::AF_PPPOX);
const AF_INET: u16 = family(libc::AF_INET);
const AF_INET6: u16 = family(libc::AF_INET6);

/// An address family in the type of the structures; each is below 50.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
const fn family(number: libc::c_int) -> u16 {
    number as u16
}

/// An id in the type of the structure; L2TPv2 ids have 16 bits.
fn narrow<T: TryFrom<u32>>(field: &'static str, id: u32) -> Result<T, ConfigError> {
    T::try_from(id).map_err(|_| {
        ConfigError::new(field, id, "an L2TPv2 address has 16 bits for an id: use at most 65535")
    })
}

fn in4(address: SocketAddr) -> sockaddr_in {
    let SocketAddr::V4(address) = address else { return sockaddr_in::default() };
    sockaddr_in {
        sin_family: AF_INET,
        sin_port: address.port().to_be(),
        sin_addr: in_addr { s_addr: u32::from_ne_bytes(address.ip().octets()) },
        ..sockaddr_in::default()
    }
}

fn in6(address: SocketAddr) -> sockaddr_in6 {
    let SocketAddr::V6(address) = address else { return sockaddr_in6::default() };
    sockaddr_in6 {
        sin6_family: AF_INET6,
        sin6_port: address.port().to_be(),
        sin6_flowinfo: 0,
        sin6_addr: in6_addr { in6_u: in6_addr__bindgen_ty_1 { u6_addr8: address.ip().octets() } },
        sin6_scope_id: address.scope_id(),
    }
}

fn from_in4(address: sockaddr_in) -> SocketAddr {
    let ip = Ipv4Addr::from(address.sin_addr.s_addr.to_ne_bytes());
    SocketAddr::new(ip.into(), u16::from_be(address.sin_port))
}

fn from_in6(address: sockaddr_in6) -> SocketAddr {
    let ip = Ipv6Addr::from(in6_octets(&address.sin6_addr));
    SocketAddr::new(ip.into(), u16::from_be(address.sin6_port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(version: ProtocolVersion, peer: &str) -> SessionAddress {
        SessionAddress {
            version,
            tunnel_id: TunnelId(1),
            peer_tunnel_id: TunnelId(2),
            session_id: SessionId(0x0a0b),
            peer_session_id: SessionId(0x0c0d),
            peer: peer.parse().unwrap(),
        }
    }

    #[test]
    fn each_form_survives_a_round_trip() {
        for (version, peer, len) in [
            (ProtocolVersion::V2, "192.0.2.1:1701", 38),
            (ProtocolVersion::V2, "[2001:db8::1]:1701", 50),
            (ProtocolVersion::V3, "192.0.2.1:0", 46),
            (ProtocolVersion::V3, "[2001:db8::1]:5000", 58),
        ] {
            let address = address(version, peer);
            let name = address.to_name(None).unwrap();
            assert_eq!((name.as_bytes().len(), address.form().unwrap().len()), (len, len));
            assert_eq!(SessionAddress::from_name(&name), Some(address));
        }
    }

    #[test]
    fn fields_are_at_the_kernels_offsets() {
        let name = address(ProtocolVersion::V2, "192.0.2.1:1701").to_name(None).unwrap();
        let at = name.read::<sockaddr_pppol2tp>().unwrap();
        assert_eq!({ at.sa_family }, 24);
        assert_eq!({ at.sa_protocol }, 1);
        let at = at.pppol2tp;
        assert_eq!((at.pid, at.fd), (0, -1));
        assert_eq!((at.s_tunnel, at.d_tunnel), (1, 2));
        assert_eq!((at.s_session, at.d_session), (0x0a0b, 0x0c0d));
        assert_eq!(at.addr.sin_addr.s_addr.to_ne_bytes(), [192, 0, 2, 1]);
        assert_eq!(at.addr.sin_port.to_ne_bytes(), 1701u16.to_be_bytes());
    }

    #[test]
    fn ids_and_versions_without_a_form_are_rejected() {
        let mut wide = address(ProtocolVersion::V2, "192.0.2.1:1701");
        wide.peer_session_id = SessionId(65536);
        assert_eq!(wide.to_name(None).err().unwrap().field(), "peer_session_id");
        wide.version = ProtocolVersion::V3;
        assert!(wide.to_name(None).is_ok());
        wide.version = ProtocolVersion::Unknown(7);
        assert_eq!(wide.to_name(None).err().unwrap().field(), "version");
    }
}
