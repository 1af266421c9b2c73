//! The options of tunnel sockets.

use std::os::fd::BorrowedFd;

use super::error::{SocketError, SocketOperation};
use super::kind::SocketKind;
use super::option::SocketOption;
use crate::IfName;
use crate::error::ConfigError;
use crate::sys;

/// The options of a tunnel socket. Options that are `None` are not changed.
///
/// The options apply to control messages and to the packets of the tunnel's sessions, except
/// [`pmtu_discovery`](Self#structfield.pmtu_discovery). On an IPv6 UDP socket they also apply to
/// IPv4-mapped peers. Options that this socket type lacks, or that the kernel would ignore, are
/// rejected. Fields are public; setters of the same names chain.
///
/// ```no_run
/// use l2tp::{SocketOptions, TunnelSocket};
///
/// let options = SocketOptions::new().interface("eth0".parse()?).hop_limit(32).udp_csum(false);
/// let local: std::net::SocketAddr = "192.0.2.1:1701".parse()?;
/// let socket = TunnelSocket::open(local, None, &options)?;
/// assert_eq!(socket.options()?.hop_limit, Some(32));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SocketOptions {
    /// The only interface by which packets are sent and control messages received
    /// (`SO_BINDTODEVICE`). L2TP/IP data packets are accepted from any interface, since the kernel
    /// finds their session by its id only (net/l2tp/l2tp_ip.c, `l2tp_ip_recv`). Changing the interface
    /// of a socket that has one needs `CAP_NET_RAW`.
    ///
    /// The interface of a VRF places the socket in the VRF. An L2TP/IP socket must then be bound to the
    /// wildcard address: the kernel looks other addresses up outside VRFs only.
    ///
    /// The kernel binds to the interface, not to its name: see [`SocketError::InterfaceGone`].
    pub interface: Option<IfName>,
    /// Whether packets have a checksum; UDP over IPv4 only (`SO_NO_CHECK`, inverted). On by default,
    /// unlike in a static tunnel.
    pub udp_csum: Option<bool>,
    /// Whether packets are sent *without* a checksum; IPv6 UDP sockets only
    /// (`UDP_NO_CHECK6_TX`, RFC 6935; `SO_NO_CHECK` for IPv4-mapped peers). Off by default.
    pub udp_zero_csum6_tx: Option<bool>,
    /// Whether packets without a checksum are accepted; IPv6 UDP sockets only (`UDP_NO_CHECK6_RX`, RFC
    /// 6935). Off by default. They are always accepted from IPv4-mapped peers.
    pub udp_zero_csum6_rx: Option<bool>,
    /// Type of service or traffic class: six bits DSCP and two bits ECN (`IP_TOS`,
    /// `IPV6_TCLASS`).
    pub traffic_class: Option<u8>,
    /// Time to live or hop limit, 1 to 255 (`IP_TTL`, `IPV6_UNICAST_HOPS`).
    pub hop_limit: Option<u8>,
    /// The mark of sent packets, for routing rules and packet filters (`SO_MARK`). Needs
    /// `CAP_NET_ADMIN`.
    pub mark: Option<u32>,
    /// What the kernel does with control messages that exceed the path MTU (`IP_MTU_DISCOVER`,
    /// `IPV6_MTU_DISCOVER`). The kernel may fragment the packets of sessions whatever the value is
    /// (`ignore_df` in net/l2tp/l2tp_core.c).
    pub pmtu_discovery: Option<PmtuDiscovery>,
    /// Whether another socket may have the same address and port; UDP only (`SO_REUSEADDR`).
    pub reuse_address: Option<bool>,
    /// Whether sockets of the same user can share the address and port; UDP only (`SO_REUSEPORT`).
    pub reuse_port: Option<bool>,
    /// Whether IPv4 is excluded; UDP over IPv6 only, and only before the socket is bound
    /// (`IPV6_V6ONLY`). IPv6 L2TP/IP sockets always exclude it.
    pub ipv6_only: Option<bool>,
    /// Whether the socket can be bound to an address that the host does not have yet; UDP only
    /// (`IP_FREEBIND`, `IPV6_FREEBIND`).
    pub freebind: Option<bool>,
    /// Whether the socket can be bound to an address of another host; UDP only
    /// (`IP_TRANSPARENT`, `IPV6_TRANSPARENT`). Needs `CAP_NET_ADMIN` or `CAP_NET_RAW`.
    pub transparent: Option<bool>,
    /// The size of the receive buffer in bytes (`SO_RCVBUF`). Without `CAP_NET_ADMIN` it is limited to
    /// net.core.rmem_max. The kernel doubles the value; the value read back is half of the kernel's.
    pub recv_buffer: Option<u32>,
    /// The size of the send buffer in bytes (`SO_SNDBUF`), limited by net.core.wmem_max; otherwise as
    /// [`recv_buffer`](Self#structfield.recv_buffer).
    pub send_buffer: Option<u32>,
}

/// How a socket handles the path MTU (ip(7), ipv6(7)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PmtuDiscovery {
    /// Always permits fragmentation (`IP_PMTUDISC_DONT`).
    Dont,
    /// Fragments packets that exceed the path MTU (`IP_PMTUDISC_WANT`).
    Want,
    /// Forbids fragmentation; sending a packet that exceeds the path MTU fails (`IP_PMTUDISC_DO`).
    Do,
    /// Forbids fragmentation and ignores the known path MTU (`IP_PMTUDISC_PROBE`).
    Probe,
    /// Uses the interface's MTU only; sending a larger packet fails (`IP_PMTUDISC_INTERFACE`).
    Interface,
    /// Uses the interface's MTU only; larger packets are fragmented (`IP_PMTUDISC_OMIT`).
    Omit,
    /// A value of a newer kernel.
    Unknown(i32),
}

macro_rules! setters {
    ($($field:ident: $type:ty),* $(,)?) => { $(
        #[doc = concat!("Sets [`", stringify!($field), "`](Self#structfield.", stringify!($field), ").")]
        #[must_use]
        pub fn $field(mut self, $field: $type) -> Self {
            self.$field = Some($field);
            self
        }
    )* };
}

impl SocketOptions {
    /// No options; the kernel's defaults apply.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        interface: IfName,
        udp_csum: bool,
        udp_zero_csum6_tx: bool,
        udp_zero_csum6_rx: bool,
        traffic_class: u8,
        hop_limit: u8,
        mark: u32,
        pmtu_discovery: PmtuDiscovery,
        reuse_address: bool,
        reuse_port: bool,
        ipv6_only: bool,
        freebind: bool,
        transparent: bool,
        recv_buffer: u32,
        send_buffer: u32,
    }

    /// Sets the options that are not `None`.
    pub(super) fn apply(&self, fd: BorrowedFd<'_>, kind: SocketKind) -> Result<(), SocketError> {
        let set = |option: &SocketOption, value: Option<i32>| option.set(fd, kind, value);
        let switch = |option: &SocketOption, value: Option<bool>| set(option, value.map(i32::from));

        switch(&SocketOption::NO_CHECKSUM, self.udp_csum.map(|on| !on))?;
        switch(&SocketOption::NO_CHECKSUM6_TX, self.udp_zero_csum6_tx)?;
        switch(&SocketOption::NO_CHECKSUM6_RX, self.udp_zero_csum6_rx)?;
        set(&SocketOption::TRAFFIC_CLASS, self.traffic_class.map(i32::from))?;
        if self.hop_limit == Some(0) {
            return Err(SocketError::config(SocketOperation::SetOption(kind, "hop_limit"))(
                ConfigError::new("hop_limit", 0, "packets would not leave the host: use 1 to 255"),
            ));
        }
        set(&SocketOption::HOP_LIMIT, self.hop_limit.map(i32::from))?;
        set(&SocketOption::MARK, self.mark.map(same_bits))?;
        set(&SocketOption::PMTU_DISCOVERY, self.pmtu_discovery.map(i32::from))?;
        switch(&SocketOption::REUSE_ADDRESS, self.reuse_address)?;
        switch(&SocketOption::REUSE_PORT, self.reuse_port)?;
        switch(&SocketOption::IPV6_ONLY, self.ipv6_only)?;
        switch(&SocketOption::FREEBIND, self.freebind)?;
        switch(&SocketOption::TRANSPARENT, self.transparent)?;
        set_buffer(fd, kind, &SocketOption::RECV_BUFFER, libc::SO_RCVBUFFORCE, self.recv_buffer)?;
        set_buffer(fd, kind, &SocketOption::SEND_BUFFER, libc::SO_SNDBUFFORCE, self.send_buffer)?;
        match self.interface {
            Some(name) => set_interface(fd, kind, name.as_bytes()),
            None => Ok(()),
        }
    }

    /// Reads the options that a socket of this kind has.
    pub(super) fn read(fd: BorrowedFd<'_>, kind: SocketKind) -> Result<Self, SocketError> {
        let get = |option: &SocketOption| option.get(fd, kind);
        let switch = |option: &SocketOption| Ok(get(option)?.map(|value| value != 0));
        let byte =
            |option: &SocketOption| Ok(get(option)?.and_then(|value| u8::try_from(value).ok()));
        let buffer = |option: &SocketOption| Ok(get(option)?.map(|value| value.unsigned_abs() / 2));
        Ok(Self {
            interface: interface(fd, kind)?,
            udp_csum: switch(&SocketOption::NO_CHECKSUM)?.map(|off: bool| !off),
            udp_zero_csum6_tx: switch(&SocketOption::NO_CHECKSUM6_TX)?,
            udp_zero_csum6_rx: switch(&SocketOption::NO_CHECKSUM6_RX)?,
            traffic_class: byte(&SocketOption::TRAFFIC_CLASS)?,
            hop_limit: byte(&SocketOption::HOP_LIMIT)?,
            mark: get(&SocketOption::MARK)?.map(|mark| u32::from_ne_bytes(mark.to_ne_bytes())),
            pmtu_discovery: get(&SocketOption::PMTU_DISCOVERY)?.map(PmtuDiscovery::from),
            reuse_address: switch(&SocketOption::REUSE_ADDRESS)?,
            reuse_port: switch(&SocketOption::REUSE_PORT)?,
            ipv6_only: switch(&SocketOption::IPV6_ONLY)?,
            freebind: switch(&SocketOption::FREEBIND)?,
            transparent: switch(&SocketOption::TRANSPARENT)?,
            recv_buffer: buffer(&SocketOption::RECV_BUFFER)?,
            send_buffer: buffer(&SocketOption::SEND_BUFFER)?,
        })
    }
}

/// A mark as an `int` for `setsockopt(2)`.
fn same_bits(mark: u32) -> i32 {
    i32::from_ne_bytes(mark.to_ne_bytes())
}

/// Sets a buffer size, beyond the system's maximum if the process has the privilege.
fn set_buffer(
    fd: BorrowedFd<'_>,
    kind: SocketKind,
    option: &SocketOption,
    force_name: i32,
    bytes: Option<u32>,
) -> Result<(), SocketError> {
    // The kernel doubles the value, and limits it if the double exceeds an `int`.
    let Some(bytes) = bytes.map(|bytes| i32::try_from(bytes).unwrap_or(i32::MAX)) else {
        return Ok(());
    };
    match sys::set_option(fd, libc::SOL_SOCKET, force_name, bytes) {
        Ok(()) => Ok(()),
        Err(_) => option.set(fd, kind, Some(bytes)),
    }
}

/// Binds to the interface with this name; an empty name removes the binding.
pub(super) fn set_interface(
    fd: BorrowedFd<'_>,
    kind: SocketKind,
    name: &[u8],
) -> Result<(), SocketError> {
    sys::set_option_bytes(fd, libc::SOL_SOCKET, libc::SO_BINDTODEVICE, name)
        .map_err(SocketError::system(SocketOperation::SetOption(kind, "interface")))
}

/// The interface's current name.
fn interface(fd: BorrowedFd<'_>, kind: SocketKind) -> Result<Option<IfName>, SocketError> {
    let operation = SocketOperation::GetOption(kind, "interface");
    let mut name = [0; libc::IFNAMSIZ];
    match sys::option_bytes(fd, libc::SOL_SOCKET, libc::SO_BINDTODEVICE, &mut name) {
        Ok(len) => {
            let text = std::str::from_utf8(&name[..len]).unwrap_or_default();
            Ok(IfName::new(text.trim_end_matches('\0')).ok())
        }
        Err(error) => Err(match gone_interface(fd, kind) {
            Some(index) => SocketError::InterfaceGone { operation, index, error: Some(error) },
            None => SocketError::System { operation, error },
        }),
    }
}

/// The index of the interface to which the socket is bound, if that interface is no longer in the
/// namespace.
pub(super) fn gone_interface(fd: BorrowedFd<'_>, kind: SocketKind) -> Option<u32> {
    let index =
        SocketOption::INTERFACE_INDEX.get(fd, kind).ok().flatten().filter(|&index| index != 0)?;
    let mut name = [0; libc::IFNAMSIZ];
    let named = sys::option_bytes(fd, libc::SOL_SOCKET, libc::SO_BINDTODEVICE, &mut name);
    let gone = named.is_err_and(|error| error.raw_os_error() == Some(libc::ENODEV));
    if gone { u32::try_from(index).ok() } else { None }
}

impl From<i32> for PmtuDiscovery {
    fn from(value: i32) -> Self {
        match value {
            libc::IP_PMTUDISC_DONT => Self::Dont,
            libc::IP_PMTUDISC_WANT => Self::Want,
            libc::IP_PMTUDISC_DO => Self::Do,
            libc::IP_PMTUDISC_PROBE => Self::Probe,
            libc::IP_PMTUDISC_INTERFACE => Self::Interface,
            libc::IP_PMTUDISC_OMIT => Self::Omit,
            other => Self::Unknown(other),
        }
    }
}

/// The values are the same for IPv6 (linux/in6.h).
impl From<PmtuDiscovery> for i32 {
    fn from(value: PmtuDiscovery) -> Self {
        match value {
            PmtuDiscovery::Dont => libc::IP_PMTUDISC_DONT,
            PmtuDiscovery::Want => libc::IP_PMTUDISC_WANT,
            PmtuDiscovery::Do => libc::IP_PMTUDISC_DO,
            PmtuDiscovery::Probe => libc::IP_PMTUDISC_PROBE,
            PmtuDiscovery::Interface => libc::IP_PMTUDISC_INTERFACE,
            PmtuDiscovery::Omit => libc::IP_PMTUDISC_OMIT,
            PmtuDiscovery::Unknown(other) => other,
        }
    }
}
