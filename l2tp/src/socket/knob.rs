//! Socket options that are an integer: where each stands in the kernel, by kind of socket.

use std::os::fd::BorrowedFd;

use super::error::{SocketError, SocketStep};
use super::kind::SocketKind;
use crate::error::ConfigError;
use crate::sys;

/// Level and name of `setsockopt(2)`.
type Place = (i32, i32);

/// An option under the name of its field of [`SocketOptions`](super::SocketOptions).
pub(super) struct Knob {
    field: &'static str,
    /// Where sockets of a kind have it; nowhere if they lack it. A UDP socket of IPv6 sends to
    /// IPv4-mapped peers by the code of IPv4, which reads the options of IPv4: it has both, the
    /// first of which is read back.
    places: fn(SocketKind) -> &'static [Place],
    /// What to do instead on a socket that lacks it.
    remedy: &'static str,
}

const UDP_ONLY: &str = "the kernel's L2TP/IP ignores it: leave it out";

const NO_CHECK: Place = (libc::SOL_SOCKET, libc::SO_NO_CHECK);
const NO_CHECK6_TX: Place = (libc::SOL_UDP, libc::UDP_NO_CHECK6_TX);
const NO_CHECK6_RX: Place = (libc::SOL_UDP, libc::UDP_NO_CHECK6_RX);
const TOS: Place = (libc::SOL_IP, libc::IP_TOS);
const TCLASS: Place = (libc::SOL_IPV6, libc::IPV6_TCLASS);
const TTL: Place = (libc::SOL_IP, libc::IP_TTL);
const HOPS: Place = (libc::SOL_IPV6, libc::IPV6_UNICAST_HOPS);
const MTU_DISCOVER: Place = (libc::SOL_IP, libc::IP_MTU_DISCOVER);
const MTU_DISCOVER6: Place = (libc::SOL_IPV6, libc::IPV6_MTU_DISCOVER);

impl Knob {
    pub(super) const NO_CHECKSUM: Self = Self {
        field: "udp_csum",
        places: |kind| if kind == SocketKind::Udp4 { &[NO_CHECK] } else { &[] },
        remedy: "UDP over IPv4 alone has it: UDP over IPv6 has udp_zero_csum6_tx and \
                 udp_zero_csum6_rx, L2TP/IP no checksum",
    };
    pub(super) const NO_CHECKSUM6_TX: Self = Self {
        field: "udp_zero_csum6_tx",
        places: |kind| if kind == SocketKind::Udp6 { &[NO_CHECK6_TX, NO_CHECK] } else { &[] },
        remedy: "UDP over IPv6 alone has it: UDP over IPv4 has udp_csum, L2TP/IP no checksum",
    };
    pub(super) const NO_CHECKSUM6_RX: Self = Self {
        field: "udp_zero_csum6_rx",
        places: |kind| if kind == SocketKind::Udp6 { &[NO_CHECK6_RX] } else { &[] },
        remedy: "UDP over IPv6 alone has it: UDP over IPv4 accepts packets without a checksum \
                 always, L2TP/IP has none",
    };
    pub(super) const TRAFFIC_CLASS: Self = Self {
        field: "traffic_class",
        places: |kind| by_family(kind, &[TOS], &[TCLASS, TOS]),
        remedy: "",
    };
    pub(super) const HOP_LIMIT: Self = Self {
        field: "hop_limit",
        places: |kind| by_family(kind, &[TTL], &[HOPS, TTL]),
        remedy: "",
    };
    pub(super) const PMTU_DISCOVERY: Self = Self {
        field: "pmtu_discovery",
        places: |kind| by_family(kind, &[MTU_DISCOVER], &[MTU_DISCOVER6, MTU_DISCOVER]),
        remedy: "",
    };
    pub(super) const MARK: Self =
        Self { field: "mark", places: |_| &[(libc::SOL_SOCKET, libc::SO_MARK)], remedy: "" };
    pub(super) const REUSE_ADDRESS: Self = Self {
        field: "reuse_address",
        places: |kind| udp_only(kind, &[(libc::SOL_SOCKET, libc::SO_REUSEADDR)]),
        remedy: UDP_ONLY,
    };
    pub(super) const REUSE_PORT: Self = Self {
        field: "reuse_port",
        places: |kind| udp_only(kind, &[(libc::SOL_SOCKET, libc::SO_REUSEPORT)]),
        remedy: UDP_ONLY,
    };
    pub(super) const IPV6_ONLY: Self = Self {
        field: "ipv6_only",
        places: |kind| match kind {
            SocketKind::Udp6 => &[(libc::SOL_IPV6, libc::IPV6_V6ONLY)],
            _ => &[],
        },
        remedy: "UDP over IPv6 alone can send to IPv4 too; leave it out",
    };
    /// The kernel has one flag for both families.
    pub(super) const FREEBIND: Self = Self {
        field: "freebind",
        places: |kind| match kind {
            SocketKind::Udp4 => &[(libc::SOL_IP, libc::IP_FREEBIND)],
            SocketKind::Udp6 => &[(libc::SOL_IPV6, libc::IPV6_FREEBIND)],
            _ => &[],
        },
        remedy: UDP_ONLY,
    };
    /// The kernel has one flag for both families.
    pub(super) const TRANSPARENT: Self = Self {
        field: "transparent",
        places: |kind| match kind {
            SocketKind::Udp4 => &[(libc::SOL_IP, libc::IP_TRANSPARENT)],
            SocketKind::Udp6 => &[(libc::SOL_IPV6, libc::IPV6_TRANSPARENT)],
            _ => &[],
        },
        remedy: UDP_ONLY,
    };
    pub(super) const RECV_BUFFER: Self = Self {
        field: "recv_buffer",
        places: |_| &[(libc::SOL_SOCKET, libc::SO_RCVBUF)],
        remedy: "",
    };
    pub(super) const SEND_BUFFER: Self = Self {
        field: "send_buffer",
        places: |_| &[(libc::SOL_SOCKET, libc::SO_SNDBUF)],
        remedy: "",
    };
    /// Not a field: the index behind `interface`.
    pub(super) const INTERFACE_INDEX: Self = Self {
        field: "interface",
        places: |_| &[(libc::SOL_SOCKET, libc::SO_BINDTOIFINDEX)],
        remedy: "",
    };

    /// Sets it, if a value is given.
    pub(super) fn set(
        &self,
        fd: BorrowedFd<'_>,
        kind: SocketKind,
        value: Option<i32>,
    ) -> Result<(), SocketError> {
        let Some(value) = value else { return Ok(()) };
        let step = SocketStep::Set(kind, self.field);
        let places = (self.places)(kind);
        if places.is_empty() {
            let refusal = ConfigError::new(self.field, "asked for", self.remedy);
            return Err(SocketError::config(step)(refusal));
        }
        places.iter().try_for_each(|&(level, name)| {
            sys::set_option(fd, level, name, value).map_err(SocketError::system(step))
        })
    }

    /// Its value, if sockets of this kind have it.
    pub(super) fn get(
        &self,
        fd: BorrowedFd<'_>,
        kind: SocketKind,
    ) -> Result<Option<i32>, SocketError> {
        let Some(&(level, name)) = (self.places)(kind).first() else { return Ok(None) };
        sys::option(fd, level, name)
            .map(Some)
            .map_err(SocketError::system(SocketStep::Get(kind, self.field)))
    }
}

/// L2TP/IP sockets of IPv6 have no IPv4-mapped peers, and the options of their own family alone.
fn by_family(kind: SocketKind, ipv4: &'static [Place], both: &'static [Place]) -> &'static [Place] {
    match kind {
        SocketKind::Udp4 | SocketKind::Ip4 => ipv4,
        SocketKind::Udp6 => both,
        SocketKind::Ip6 => &both[..1],
    }
}

fn udp_only(kind: SocketKind, places: &'static [Place]) -> &'static [Place] {
    if kind.is_udp() { places } else { &[] }
}
