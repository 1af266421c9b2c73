//! The options of tunnel sockets, set together and read back together.

use std::os::fd::BorrowedFd;

use super::error::{SocketError, SocketStep};
use super::kind::SocketKind;
use super::knob::Knob;
use crate::IfName;
use crate::error::ConfigError;
use crate::sys;

/// The options of a tunnel socket. What is `None` stays as it is.
///
/// They hold for control messages and for the packets of the tunnel's sessions, with one exception:
/// [`pmtu_discovery`](Self#structfield.pmtu_discovery). On a UDP socket of IPv6 they hold for
/// IPv4-mapped peers, too. Options that the kind of socket lacks, or that the kernel would ignore,
/// are refused. Fields are public; setters of the same names chain.
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
    /// The only interface by which packets leave and control messages arrive
    /// (`SO_BINDTODEVICE`). Data packets of L2TP/IP are accepted from any: the kernel finds their
    /// session by its id alone (net/l2tp/l2tp_ip.c, `l2tp_ip_recv`). Moving a socket from one
    /// interface to another needs `CAP_NET_RAW`.
    ///
    /// The interface of a VRF puts the socket into the VRF. An L2TP/IP socket must then be bound
    /// to the wildcard address: the kernel looks for any other outside of VRFs only.
    ///
    /// The kernel binds to the interface, not to its name: see [`SocketError::InterfaceGone`].
    pub interface: Option<IfName>,
    /// Whether packets carry a checksum; UDP over IPv4 only (`SO_NO_CHECK`, inverted). On by
    /// default, unlike a static tunnel's.
    pub udp_csum: Option<bool>,
    /// Whether packets are sent *without* a checksum; UDP sockets of IPv6 only
    /// (`UDP_NO_CHECK6_TX`, RFC 6935; `SO_NO_CHECK` for IPv4-mapped peers). Off by default.
    pub udp_zero_csum6_tx: Option<bool>,
    /// Whether packets without a checksum are accepted; UDP sockets of IPv6 only
    /// (`UDP_NO_CHECK6_RX`, RFC 6935). Off by default. From IPv4-mapped peers they always are.
    pub udp_zero_csum6_rx: Option<bool>,
    /// Type of service or traffic class: six bits DSCP and two bits ECN (`IP_TOS`,
    /// `IPV6_TCLASS`).
    pub traffic_class: Option<u8>,
    /// Time to live or hop limit, 1 to 255 (`IP_TTL`, `IPV6_UNICAST_HOPS`).
    pub hop_limit: Option<u8>,
    /// The mark of packets sent, for routing rules and filters (`SO_MARK`). Needs
    /// `CAP_NET_ADMIN`.
    pub mark: Option<u32>,
    /// What to do about control messages that the path does not take whole (`IP_MTU_DISCOVER`,
    /// `IPV6_MTU_DISCOVER`). The packets of sessions may be fragmented whatever it is: the kernel
    /// exempts them (`ignore_df` in net/l2tp/l2tp_core.c).
    pub pmtu_discovery: Option<PmtuDiscovery>,
    /// Whether another socket may have the same address and port; UDP only (`SO_REUSEADDR`).
    pub reuse_address: Option<bool>,
    /// Whether sockets of the same user share address and port; UDP only (`SO_REUSEPORT`).
    pub reuse_port: Option<bool>,
    /// Whether IPv4 is excluded; UDP over IPv6 only, and only before the socket has an address
    /// (`IPV6_V6ONLY`). L2TP/IP sockets of IPv6 always exclude it.
    pub ipv6_only: Option<bool>,
    /// Whether it can be bound to an address that the host does not have yet; UDP only
    /// (`IP_FREEBIND`, `IPV6_FREEBIND`).
    pub freebind: Option<bool>,
    /// Whether it can be bound to an address that the host will never have; UDP only
    /// (`IP_TRANSPARENT`, `IPV6_TRANSPARENT`). Needs `CAP_NET_ADMIN` or `CAP_NET_RAW`.
    pub transparent: Option<bool>,
    /// Bytes of received messages that the kernel holds (`SO_RCVBUF`). With `CAP_NET_ADMIN` any
    /// number, without it net.core.rmem_max at most. The kernel's figure, which is twice this, is
    /// halved when it is read back.
    pub recv_buffer: Option<u32>,
    /// Bytes of messages under way that the kernel holds (`SO_SNDBUF`), otherwise as
    /// [`recv_buffer`](Self#structfield.recv_buffer).
    pub send_buffer: Option<u32>,
}

/// What a socket does about the path's MTU (ip(7), ipv6(7)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PmtuDiscovery {
    /// Never forbids fragments (`IP_PMTUDISC_DONT`).
    Dont,
    /// Fragments what the path does not take whole (`IP_PMTUDISC_WANT`).
    Want,
    /// Forbids fragments and refuses what the path does not take (`IP_PMTUDISC_DO`).
    Do,
    /// Forbids fragments and ignores what is known of the path (`IP_PMTUDISC_PROBE`).
    Probe,
    /// Believes the interface's MTU alone; what exceeds it is refused (`IP_PMTUDISC_INTERFACE`).
    Interface,
    /// Believes the interface's MTU alone; what exceeds it is fragmented (`IP_PMTUDISC_OMIT`).
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
    /// Everything as the kernel has it.
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

    /// Sets on a socket what is not `None`.
    pub(super) fn apply(&self, fd: BorrowedFd<'_>, kind: SocketKind) -> Result<(), SocketError> {
        let set = |knob: &Knob, value: Option<i32>| knob.set(fd, kind, value);
        let switch = |knob: &Knob, value: Option<bool>| set(knob, value.map(i32::from));

        switch(&Knob::NO_CHECKSUM, self.udp_csum.map(|on| !on))?;
        switch(&Knob::NO_CHECKSUM6_TX, self.udp_zero_csum6_tx)?;
        switch(&Knob::NO_CHECKSUM6_RX, self.udp_zero_csum6_rx)?;
        set(&Knob::TRAFFIC_CLASS, self.traffic_class.map(i32::from))?;
        if self.hop_limit == Some(0) {
            return Err(SocketError::config(SocketStep::Set(kind, "hop_limit"))(ConfigError::new(
                "hop_limit",
                0,
                "packets would not leave the host: it is 1 to 255",
            )));
        }
        set(&Knob::HOP_LIMIT, self.hop_limit.map(i32::from))?;
        set(&Knob::MARK, self.mark.map(same_bits))?;
        set(&Knob::PMTU_DISCOVERY, self.pmtu_discovery.map(i32::from))?;
        switch(&Knob::REUSE_ADDRESS, self.reuse_address)?;
        switch(&Knob::REUSE_PORT, self.reuse_port)?;
        switch(&Knob::IPV6_ONLY, self.ipv6_only)?;
        switch(&Knob::FREEBIND, self.freebind)?;
        switch(&Knob::TRANSPARENT, self.transparent)?;
        set_buffer(fd, kind, &Knob::RECV_BUFFER, libc::SO_RCVBUFFORCE, self.recv_buffer)?;
        set_buffer(fd, kind, &Knob::SEND_BUFFER, libc::SO_SNDBUFFORCE, self.send_buffer)?;
        match self.interface {
            Some(name) => set_interface(fd, kind, name.as_bytes()),
            None => Ok(()),
        }
    }

    /// Reads everything that a socket of this kind has.
    pub(super) fn read(fd: BorrowedFd<'_>, kind: SocketKind) -> Result<Self, SocketError> {
        let get = |knob: &Knob| knob.get(fd, kind);
        let switch = |knob: &Knob| Ok(get(knob)?.map(|value| value != 0));
        let byte = |knob: &Knob| Ok(get(knob)?.and_then(|value| u8::try_from(value).ok()));
        let buffer = |knob: &Knob| Ok(get(knob)?.map(|value| value.unsigned_abs() / 2));
        Ok(Self {
            interface: interface(fd, kind)?,
            udp_csum: switch(&Knob::NO_CHECKSUM)?.map(|off: bool| !off),
            udp_zero_csum6_tx: switch(&Knob::NO_CHECKSUM6_TX)?,
            udp_zero_csum6_rx: switch(&Knob::NO_CHECKSUM6_RX)?,
            traffic_class: byte(&Knob::TRAFFIC_CLASS)?,
            hop_limit: byte(&Knob::HOP_LIMIT)?,
            mark: get(&Knob::MARK)?.map(|mark| u32::from_ne_bytes(mark.to_ne_bytes())),
            pmtu_discovery: get(&Knob::PMTU_DISCOVERY)?.map(PmtuDiscovery::from),
            reuse_address: switch(&Knob::REUSE_ADDRESS)?,
            reuse_port: switch(&Knob::REUSE_PORT)?,
            ipv6_only: switch(&Knob::IPV6_ONLY)?,
            freebind: switch(&Knob::FREEBIND)?,
            transparent: switch(&Knob::TRANSPARENT)?,
            recv_buffer: buffer(&Knob::RECV_BUFFER)?,
            send_buffer: buffer(&Knob::SEND_BUFFER)?,
        })
    }
}

/// A mark as the `int` that `setsockopt(2)` takes.
fn same_bits(mark: u32) -> i32 {
    i32::from_ne_bytes(mark.to_ne_bytes())
}

/// Beyond net.core.rmem_max if the process may, else as far as that.
fn set_buffer(
    fd: BorrowedFd<'_>,
    kind: SocketKind,
    knob: &Knob,
    beyond: i32,
    bytes: Option<u32>,
) -> Result<(), SocketError> {
    // The kernel doubles it, and caps it itself where the double is not an `int`.
    let Some(bytes) = bytes.map(|bytes| i32::try_from(bytes).unwrap_or(i32::MAX)) else {
        return Ok(());
    };
    match sys::set_option(fd, libc::SOL_SOCKET, beyond, bytes) {
        Ok(()) => Ok(()),
        Err(_) => knob.set(fd, kind, Some(bytes)),
    }
}

/// Binds to the interface of this name, or to none if it is empty.
pub(super) fn set_interface(
    fd: BorrowedFd<'_>,
    kind: SocketKind,
    name: &[u8],
) -> Result<(), SocketError> {
    sys::set_option_bytes(fd, libc::SOL_SOCKET, libc::SO_BINDTODEVICE, name)
        .map_err(SocketError::system(SocketStep::Set(kind, "interface")))
}

/// The interface's name as it is now.
fn interface(fd: BorrowedFd<'_>, kind: SocketKind) -> Result<Option<IfName>, SocketError> {
    let step = SocketStep::Get(kind, "interface");
    let mut name = [0; libc::IFNAMSIZ];
    match sys::option_bytes(fd, libc::SOL_SOCKET, libc::SO_BINDTODEVICE, &mut name) {
        Ok(len) => {
            let text = std::str::from_utf8(&name[..len]).unwrap_or_default();
            Ok(IfName::new(text.trim_end_matches('\0')).ok())
        }
        Err(error) => Err(match gone_interface(fd, kind) {
            Some(index) => SocketError::InterfaceGone { step, index, error: Some(error) },
            None => SocketError::System { step, error },
        }),
    }
}

/// The index of the interface to which the socket is bound, if that is not in its namespace any
/// more.
pub(super) fn gone_interface(fd: BorrowedFd<'_>, kind: SocketKind) -> Option<u32> {
    let index = Knob::INTERFACE_INDEX.get(fd, kind).ok().flatten().filter(|&index| index != 0)?;
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

/// The numbers are the same for IPv6 (linux/in6.h).
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
