//! The integer socket options: level and name of each, by kind of socket.

use std::os::fd::BorrowedFd;

use super::error::{SocketError, SocketOperation};
use super::kind::SocketKind;
use crate::error::ConfigError;
use crate::sys;

/// Level and name of an option in `setsockopt(2)`.
type OptionName = (i32, i32);

/// A socket option; `field` is its field of [`SocketOptions`](super::SocketOptions).
pub(super) struct SocketOption {
    field: &'static str,
    /// The option's names for a kind of socket; empty if that kind lacks it. An IPv6 UDP socket uses
    /// the IPv4 options for IPv4-mapped peers, so it has both names. The first one is read back.
    names: fn(SocketKind) -> &'static [OptionName],
    /// The remedy in the error if the socket lacks the option.
    remedy: &'static str,
}

const UDP_ONLY: &str = "the kernel ignores it on L2TP/IP sockets: omit it";

const NO_CHECK: OptionName = (libc::SOL_SOCKET, libc::SO_NO_CHECK);
const NO_CHECK6_TX: OptionName = (libc::SOL_UDP, libc::UDP_NO_CHECK6_TX);
const NO_CHECK6_RX: OptionName = (libc::SOL_UDP, libc::UDP_NO_CHECK6_RX);
const TOS: OptionName = (libc::SOL_IP, libc::IP_TOS);
const TCLASS: OptionName = (libc::SOL_IPV6, libc::IPV6_TCLASS);
const TTL: OptionName = (libc::SOL_IP, libc::IP_TTL);
const HOPS: OptionName = (libc::SOL_IPV6, libc::IPV6_UNICAST_HOPS);
const MTU_DISCOVER: OptionName = (libc::SOL_IP, libc::IP_MTU_DISCOVER);
const MTU_DISCOVER6: OptionName = (libc::SOL_IPV6, libc::IPV6_MTU_DISCOVER);

impl SocketOption {
    pub(super) const NO_CHECKSUM: Self = Self {
        field: "udp_csum",
        names: |kind| if kind == SocketKind::Udp4 { &[NO_CHECK] } else { &[] },
        remedy: "only UDP over IPv4 has it: for UDP over IPv6 use udp_zero_csum6_tx and \
                 udp_zero_csum6_rx; L2TP/IP has no checksum",
    };
    pub(super) const NO_CHECKSUM6_TX: Self = Self {
        field: "udp_zero_csum6_tx",
        names: |kind| if kind == SocketKind::Udp6 { &[NO_CHECK6_TX, NO_CHECK] } else { &[] },
        remedy: "only UDP over IPv6 has it: for UDP over IPv4 use udp_csum; L2TP/IP has no checksum",
    };
    pub(super) const NO_CHECKSUM6_RX: Self = Self {
        field: "udp_zero_csum6_rx",
        names: |kind| if kind == SocketKind::Udp6 { &[NO_CHECK6_RX] } else { &[] },
        remedy: "only UDP over IPv6 has it: UDP over IPv4 always accepts packets without a \
                 checksum; L2TP/IP has no checksum",
    };
    pub(super) const TRAFFIC_CLASS: Self = Self {
        field: "traffic_class",
        names: |kind| by_family(kind, &[TOS], &[TCLASS, TOS]),
        remedy: "",
    };
    pub(super) const HOP_LIMIT: Self = Self {
        field: "hop_limit",
        names: |kind| by_family(kind, &[TTL], &[HOPS, TTL]),
        remedy: "",
    };
    pub(super) const PMTU_DISCOVERY: Self = Self {
        field: "pmtu_discovery",
        names: |kind| by_family(kind, &[MTU_DISCOVER], &[MTU_DISCOVER6, MTU_DISCOVER]),
        remedy: "",
    };
    pub(super) const MARK: Self =
        Self { field: "mark", names: |_| &[(libc::SOL_SOCKET, libc::SO_MARK)], remedy: "" };
    pub(super) const REUSE_ADDRESS: Self = Self {
        field: "reuse_address",
        names: |kind| udp_only(kind, &[(libc::SOL_SOCKET, libc::SO_REUSEADDR)]),
        remedy: UDP_ONLY,
    };
    pub(super) const REUSE_PORT: Self = Self {
        field: "reuse_port",
        names: |kind| udp_only(kind, &[(libc::SOL_SOCKET, libc::SO_REUSEPORT)]),
        remedy: UDP_ONLY,
    };
    pub(super) const IPV6_ONLY: Self = Self {
        field: "ipv6_only",
        names: |kind| match kind {
            SocketKind::Udp6 => &[(libc::SOL_IPV6, libc::IPV6_V6ONLY)],
            _ => &[],
        },
        remedy: "only UDP over IPv6 has it; omit it",
    };
    /// The kernel has one flag for both families.
    pub(super) const FREEBIND: Self = Self {
        field: "freebind",
        names: |kind| match kind {
            SocketKind::Udp4 => &[(libc::SOL_IP, libc::IP_FREEBIND)],
            SocketKind::Udp6 => &[(libc::SOL_IPV6, libc::IPV6_FREEBIND)],
            _ => &[],
        },
        remedy: UDP_ONLY,
    };
    /// The kernel has one flag for both families.
    pub(super) const TRANSPARENT: Self = Self {
        field: "transparent",
        names: |kind| match kind {
            SocketKind::Udp4 => &[(libc::SOL_IP, libc::IP_TRANSPARENT)],
            SocketKind::Udp6 => &[(libc::SOL_IPV6, libc::IPV6_TRANSPARENT)],
            _ => &[],
        },
        remedy: UDP_ONLY,
    };
    pub(super) const RECV_BUFFER: Self = Self {
        field: "recv_buffer",
        names: |_| &[(libc::SOL_SOCKET, libc::SO_RCVBUF)],
        remedy: "",
    };
    pub(super) const SEND_BUFFER: Self = Self {
        field: "send_buffer",
        names: |_| &[(libc::SOL_SOCKET, libc::SO_SNDBUF)],
        remedy: "",
    };
    /// The interface index for `interface`; not a field of its own.
    pub(super) const INTERFACE_INDEX: Self = Self {
        field: "interface",
        names: |_| &[(libc::SOL_SOCKET, libc::SO_BINDTOIFINDEX)],
        remedy: "",
    };

    /// Sets the option if a value is given.
    pub(super) fn set(
        &self,
        fd: BorrowedFd<'_>,
        kind: SocketKind,
        value: Option<i32>,
    ) -> Result<(), SocketError> {
        let Some(value) = value else { return Ok(()) };
        let operation = SocketOperation::SetOption(kind, self.field);
        let names = (self.names)(kind);
        if names.is_empty() {
            let error = ConfigError::new(self.field, "set", self.remedy);
            return Err(SocketError::config(operation)(error));
        }
        names.iter().try_for_each(|&(level, name)| {
            sys::set_option(fd, level, name, value).map_err(SocketError::system(operation))
        })
    }

    /// The option's value, if sockets of this kind have it.
    pub(super) fn get(
        &self,
        fd: BorrowedFd<'_>,
        kind: SocketKind,
    ) -> Result<Option<i32>, SocketError> {
        let Some(&(level, name)) = (self.names)(kind).first() else { return Ok(None) };
        sys::option(fd, level, name)
            .map(Some)
            .map_err(SocketError::system(SocketOperation::GetOption(kind, self.field)))
    }
}

/// The names by family. IPv6 L2TP/IP sockets have no IPv4-mapped peers, so only the IPv6 options.
fn by_family(
    kind: SocketKind,
    ipv4: &'static [OptionName],
    both: &'static [OptionName],
) -> &'static [OptionName] {
    match kind {
        SocketKind::Udp4 | SocketKind::Ip4 => ipv4,
        SocketKind::Udp6 => both,
        SocketKind::Ip6 => &both[..1],
    }
}

fn udp_only(kind: SocketKind, names: &'static [OptionName]) -> &'static [OptionName] {
    if kind.is_udp() { names } else { &[] }
}
