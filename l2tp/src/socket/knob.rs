//! Socket options that are an integer: where each stands in the kernel, by kind of socket.

use std::os::fd::BorrowedFd;

use super::error::{SocketError, SocketStep};
use super::kind::SocketKind;
use crate::error::ConfigError;
use crate::sys;

/// An option under the name of its field of [`SocketOptions`](super::SocketOptions).
pub(super) struct Knob {
    field: &'static str,
    /// Level and name of `setsockopt(2)`, if sockets of this kind have it.
    place: fn(SocketKind) -> Option<(i32, i32)>,
    /// What to tell who sets it on a socket that has not.
    remedy: &'static str,
}

const UDP_ONLY: &str = "the kernel's L2TP/IP does not look at it; leave it out";

impl Knob {
    pub(super) const NO_CHECKSUM: Self = Self {
        field: "udp_csum",
        place: |kind| match kind {
            SocketKind::Udp4 => Some((libc::SOL_SOCKET, libc::SO_NO_CHECK)),
            _ => None,
        },
        remedy: "UDP over IPv4 alone has it: UDP over IPv6 has udp_zero_csum6_tx and \
                 udp_zero_csum6_rx, L2TP/IP no checksum",
    };
    pub(super) const NO_CHECKSUM6_TX: Self = Self {
        field: "udp_zero_csum6_tx",
        place: |kind| match kind {
            SocketKind::Udp6 => Some((libc::SOL_UDP, libc::UDP_NO_CHECK6_TX)),
            _ => None,
        },
        remedy: "UDP over IPv6 alone has it: UDP over IPv4 has udp_csum, L2TP/IP no checksum",
    };
    pub(super) const NO_CHECKSUM6_RX: Self = Self {
        field: "udp_zero_csum6_rx",
        place: |kind| match kind {
            SocketKind::Udp6 => Some((libc::SOL_UDP, libc::UDP_NO_CHECK6_RX)),
            _ => None,
        },
        remedy: "UDP over IPv6 alone has it: UDP over IPv4 accepts packets without a checksum \
                 always, L2TP/IP has none",
    };
    pub(super) const TRAFFIC_CLASS: Self = Self {
        field: "traffic_class",
        place: |kind| {
            Some(by_family(kind, (libc::SOL_IP, libc::IP_TOS), (SOL_IPV6, libc::IPV6_TCLASS)))
        },
        remedy: "",
    };
    pub(super) const HOP_LIMIT: Self = Self {
        field: "hop_limit",
        place: |kind| {
            let ipv6 = (SOL_IPV6, libc::IPV6_UNICAST_HOPS);
            Some(by_family(kind, (libc::SOL_IP, libc::IP_TTL), ipv6))
        },
        remedy: "",
    };
    pub(super) const PMTU_DISCOVERY: Self = Self {
        field: "pmtu_discovery",
        place: |kind| {
            let ipv6 = (SOL_IPV6, libc::IPV6_MTU_DISCOVER);
            Some(by_family(kind, (libc::SOL_IP, libc::IP_MTU_DISCOVER), ipv6))
        },
        remedy: "",
    };
    pub(super) const MARK: Self =
        Self { field: "mark", place: |_| Some((libc::SOL_SOCKET, libc::SO_MARK)), remedy: "" };
    pub(super) const REUSE_ADDRESS: Self = Self {
        field: "reuse_address",
        place: |kind| kind.is_udp().then_some((libc::SOL_SOCKET, libc::SO_REUSEADDR)),
        remedy: UDP_ONLY,
    };
    pub(super) const REUSE_PORT: Self = Self {
        field: "reuse_port",
        place: |kind| kind.is_udp().then_some((libc::SOL_SOCKET, libc::SO_REUSEPORT)),
        remedy: UDP_ONLY,
    };
    pub(super) const IPV6_ONLY: Self = Self {
        field: "ipv6_only",
        place: |kind| (kind == SocketKind::Udp6).then_some((SOL_IPV6, libc::IPV6_V6ONLY)),
        remedy: "UDP over IPv6 alone can speak IPv4 too; leave it out",
    };
    pub(super) const FREEBIND: Self = Self {
        field: "freebind",
        place: |kind| match kind {
            SocketKind::Udp4 => Some((libc::SOL_IP, libc::IP_FREEBIND)),
            SocketKind::Udp6 => Some((SOL_IPV6, libc::IPV6_FREEBIND)),
            _ => None,
        },
        remedy: UDP_ONLY,
    };
    pub(super) const TRANSPARENT: Self = Self {
        field: "transparent",
        place: |kind| match kind {
            SocketKind::Udp4 => Some((libc::SOL_IP, libc::IP_TRANSPARENT)),
            SocketKind::Udp6 => Some((SOL_IPV6, libc::IPV6_TRANSPARENT)),
            _ => None,
        },
        remedy: UDP_ONLY,
    };
    pub(super) const RECV_BUFFER: Self = Self {
        field: "recv_buffer",
        place: |_| Some((libc::SOL_SOCKET, libc::SO_RCVBUF)),
        remedy: "",
    };
    pub(super) const SEND_BUFFER: Self = Self {
        field: "send_buffer",
        place: |_| Some((libc::SOL_SOCKET, libc::SO_SNDBUF)),
        remedy: "",
    };
    /// Not a field: the index behind `interface`.
    pub(super) const INTERFACE_INDEX: Self = Self {
        field: "interface",
        place: |_| Some((libc::SOL_SOCKET, libc::SO_BINDTOIFINDEX)),
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
        let Some((level, name)) = (self.place)(kind) else {
            let refusal = ConfigError::new(self.field, "asked for", self.remedy);
            return Err(SocketError::config(step)(refusal));
        };
        sys::set_option(fd, level, name, value).map_err(SocketError::system(step))
    }

    /// Its value, if sockets of this kind have it.
    pub(super) fn get(
        &self,
        fd: BorrowedFd<'_>,
        kind: SocketKind,
    ) -> Result<Option<i32>, SocketError> {
        let Some((level, name)) = (self.place)(kind) else { return Ok(None) };
        sys::option(fd, level, name)
            .map(Some)
            .map_err(SocketError::system(SocketStep::Get(kind, self.field)))
    }
}

const SOL_IPV6: i32 = libc::SOL_IPV6;

fn by_family(kind: SocketKind, ipv4: (i32, i32), ipv6: (i32, i32)) -> (i32, i32) {
    if kind.is_ipv6() { ipv6 } else { ipv4 }
}
