//! The socket of a managed tunnel: UDP or L2TP/IP, over IPv4 or IPv6.
//!
//! A managed tunnel exists as long as the program's socket. It has the socket's addresses and options,
//! and the program runs the control connection. [`TunnelSocket`] opens or adopts such a socket; it also
//! reports the peer of an L2TP/IP socket, which the kernel does not.

mod addr;
mod adopt;
mod control;
mod error;
mod explain;
mod header;
mod kind;
mod option;
mod options;
mod peer;
mod probe;
mod wait;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

pub use addr::TunnelAddr;
pub use control::ReceivedMessage;
pub use error::{DescriptorFault, SocketError, SocketOperation};
pub use header::ControlHeader;
pub use kind::SocketKind;
pub use options::{PmtuDiscovery, SocketOptions};

use crate::error::ConfigError;
use crate::tunnel::ends;
use crate::{Netns, TunnelConfig, TunnelId, sys};
use peer::Peer;
pub(crate) use probe::probe;

/// A socket that can carry a tunnel, for [`Conn::create_managed_tunnel`].
///
/// The socket belongs to the network namespace of the thread that opened it. When its last file
/// descriptor is closed, the kernel deletes the tunnel on it without a notification. Descriptors from
/// [`OwnedFd::from`] and in other processes count.
///
/// ```no_run
/// use l2tp::{Conn, EncapType, ProtocolVersion, TunnelConfig, TunnelSocket};
///
/// let socket = TunnelSocket::udp("192.0.2.1:1701".parse()?, Some("192.0.2.2:1701".parse()?))?;
/// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
/// Conn::open()?.create_managed_tunnel(&socket, &tunnel)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Peers
///
/// An unconnected socket can carry a tunnel; the kernel drops the packets of its sessions until the
/// socket is connected. Connecting the socket again changes the peer of the tunnel on it.
///
/// The kernel reports the peer of a UDP socket, but not of an L2TP/IP socket: `l2tp_ip_getname` of
/// net/l2tp/l2tp_ip.c requires a port, which L2TP/IP lacks; over IPv6 it requires a peer tunnel id
/// other than 0, and still reports the peer after a disconnect. For L2TP/IP this value therefore stores
/// the peer.
///
/// [`Conn::create_managed_tunnel`]: crate::Conn::create_managed_tunnel
#[derive(Debug)]
pub struct TunnelSocket {
    fd: OwnedFd,
    kind: SocketKind,
    peer: Peer,
}

impl TunnelSocket {
    /// Opens a UDP socket, binds it to `local`, and connects it to `peer` if there is one.
    ///
    /// Port 0 of `local` means any free port. A link-local IPv6 address needs its interface's index as
    /// scope id.
    ///
    /// ```no_run
    /// # use l2tp::TunnelSocket;
    /// let socket = TunnelSocket::udp("192.0.2.1:1701".parse()?, Some("192.0.2.2:1701".parse()?))?;
    /// println!("bound to {}", socket.local_addr()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SocketError::Config`] if the addresses do not match, if the local address is multicast or
    /// broadcast, or if the peer address is unspecified, multicast or broadcast;
    /// [`SocketError::System`] with `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES` (a privileged port, an
    /// interface's broadcast address as peer), `ENETUNREACH`, `EINVAL` (a link-local address
    /// without scope id).
    pub fn udp(local: SocketAddr, peer: Option<SocketAddr>) -> Result<Self, SocketError> {
        Self::open(local, peer.map(TunnelAddr::Udp), &SocketOptions::new())
    }

    /// Opens an L2TP/IP socket, binds it to `local` and the tunnel id, and connects it to the peer's
    /// address and tunnel id if there are any. The kernel loads `l2tp_ip` or `l2tp_ip6`.
    ///
    /// A socket bound to tunnel id 0 receives the messages that open control connections.
    ///
    /// For link-local addresses use [`open`](Self::open) with [`TunnelAddr::Ip`].
    ///
    /// ```no_run
    /// # use l2tp::{TunnelId, TunnelSocket};
    /// let peer = ("192.0.2.2".parse()?, TunnelId(2));
    /// let socket = TunnelSocket::ip("192.0.2.1".parse()?, 1, Some(peer))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`udp`](Self::udp); `EPROTONOSUPPORT` if the kernel has no L2TP/IP; `EADDRINUSE` if
    /// another socket at this address is bound to the tunnel id.
    pub fn ip(
        local: IpAddr,
        tunnel_id: impl Into<TunnelId>,
        peer: Option<(IpAddr, TunnelId)>,
    ) -> Result<Self, SocketError> {
        Self::open((local, tunnel_id.into()), peer.map(TunnelAddr::from), &SocketOptions::new())
    }

    /// Opens a socket of the kind of `local`. The options are set before the socket is bound.
    ///
    /// ```no_run
    /// use std::net::SocketAddr;
    /// use l2tp::{SocketOptions, TunnelSocket};
    ///
    /// let options = SocketOptions::new().interface("vrf-blue".parse()?).traffic_class(0xb8);
    /// let local: SocketAddr = "192.0.2.1:1701".parse()?;
    /// let peer: SocketAddr = "192.0.2.2:1701".parse()?;
    /// let socket = TunnelSocket::open(local, Some(peer.into()), &options)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`udp`](Self::udp) and [`ip`](Self::ip); for options `EPERM`, `ENODEV` (no such
    /// interface), and [`SocketError::Config`] for options that this kind of socket lacks.
    pub fn open(
        local: impl Into<TunnelAddr>,
        peer: Option<TunnelAddr>,
        options: &SocketOptions,
    ) -> Result<Self, SocketError> {
        let local = local.into();
        let kind = local.kind();
        ends::check_local(local.ip(), kind.encap())
            .map_err(SocketError::config(SocketOperation::Bind(local)))?;
        let fd = sys::socket(kind.domain(), libc::SOCK_DGRAM, kind.protocol())
            .map_err(SocketError::system(SocketOperation::Open(kind)))?;
        let mut socket = Self { fd, kind, peer: Peer::None };
        options.apply(socket.as_fd(), kind)?;
        sys::bind(socket.as_fd(), &local.to_sys()).map_err(socket.bind_error(local))?;
        if let Some(peer) = peer {
            socket.connect(peer)?;
        }
        Ok(socket)
    }

    /// Opens a socket in another network namespace. The calling thread stays in its own.
    ///
    /// ```no_run
    /// use std::net::SocketAddr;
    /// use l2tp::{Netns, SocketOptions, TunnelSocket};
    ///
    /// let blue = Netns::named("blue")?;
    /// let local: SocketAddr = "192.0.2.1:1701".parse()?;
    /// let socket = TunnelSocket::open_in(&blue, local, None, &SocketOptions::new())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); also if the namespace cannot be entered.
    pub fn open_in(
        netns: &Netns,
        local: impl Into<TunnelAddr>,
        peer: Option<TunnelAddr>,
        options: &SocketOptions,
    ) -> Result<Self, SocketError> {
        let local = local.into();
        netns
            .run(|| Self::open(local, peer, options))
            .map_err(SocketError::system(SocketOperation::EnterNetns))?
    }

    /// The kind of socket.
    ///
    /// ```no_run
    /// # use l2tp::socket::SocketKind;
    /// # use l2tp::TunnelSocket;
    /// # fn example(socket: &TunnelSocket) -> Result<(), Box<dyn std::error::Error>> {
    /// assert_ne!(socket.kind(), SocketKind::Udp6, "this program only carries IPv4");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn kind(&self) -> SocketKind {
        self.kind
    }

    /// The socket's local address, with the tunnel id of an L2TP/IP socket; unspecified if the socket
    /// is not bound.
    ///
    /// ```no_run
    /// # use l2tp::TunnelSocket;
    /// let socket = TunnelSocket::udp("192.0.2.1:0".parse()?, None)?;
    /// println!("the kernel chose port {:?}", socket.local_addr()?.port());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// It does not fail for a valid socket.
    pub fn local_addr(&self) -> Result<TunnelAddr, SocketError> {
        let mut addr = self.kind.blank();
        sys::local_addr(self.as_fd(), &mut addr)
            .map_err(SocketError::system(SocketOperation::LocalAddr(self.kind)))?;
        Ok(TunnelAddr::from_sys(&addr))
    }

    /// Sets the options that are not `None`.
    ///
    /// ```no_run
    /// # use l2tp::{SocketOptions, TunnelSocket};
    /// # fn example(socket: &TunnelSocket) -> Result<(), l2tp::socket::SocketError> {
    /// socket.set_options(&SocketOptions::new().hop_limit(64).mark(7))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open); `EINVAL` for `ipv6_only`, which can only be set before the socket is
    /// bound.
    pub fn set_options(&self, options: &SocketOptions) -> Result<(), SocketError> {
        options.apply(self.as_fd(), self.kind)
    }

    /// The current options. Options that this kind of socket lacks are `None`; `interface` is `None` if
    /// the socket is not bound to one. For an IPv6 UDP socket these are the options for IPv6 peers.
    ///
    /// ```no_run
    /// # use l2tp::TunnelSocket;
    /// # fn example(socket: &TunnelSocket) -> Result<(), l2tp::socket::SocketError> {
    /// println!("hop limit {:?}", socket.options()?.hop_limit);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SocketError::InterfaceGone`] if the interface to which the socket is bound is gone.
    pub fn options(&self) -> Result<SocketOptions, SocketError> {
        SocketOptions::read(self.as_fd(), self.kind)
    }

    /// Removes the socket's binding to an interface (`SO_BINDTODEVICE`).
    ///
    /// ```no_run
    /// # use l2tp::TunnelSocket;
    /// # fn example(socket: &TunnelSocket) -> Result<(), Box<dyn std::error::Error>> {
    /// socket.unbind_interface()?;
    /// assert_eq!(socket.options()?.interface, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `EPERM` without `CAP_NET_RAW`.
    pub fn unbind_interface(&self) -> Result<(), SocketError> {
        options::set_interface(self.as_fd(), self.kind, &[])
    }

    /// Checks that the socket can carry a tunnel with this configuration: the encapsulation must match,
    /// and an L2TP/IP socket must be bound to the tunnel id.
    ///
    /// ```no_run
    /// # use l2tp::{EncapType, ProtocolVersion, TunnelConfig, TunnelSocket};
    /// let socket = TunnelSocket::udp("192.0.2.1:1701".parse()?, None)?;
    /// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Ip, 1, 2);
    /// assert!(socket.check_tunnel(&tunnel).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SocketError::Config`], which names the field that does not match.
    pub fn check_tunnel(&self, tunnel: &TunnelConfig) -> Result<(), SocketError> {
        let mismatch = |field, value: String, remedy| {
            let operation = SocketOperation::CheckTunnel(self.kind);
            Err(SocketError::config(operation)(ConfigError::new(field, value, remedy)))
        };
        if tunnel.encap != self.kind.encap() {
            return mismatch(
                "encap",
                tunnel.encap.to_string(),
                "UDP sockets carry UDP encapsulation, L2TP/IP sockets IP encapsulation",
            );
        }
        match self.local_addr()?.tunnel_id() {
            Some(bound) if bound != tunnel.tunnel_id => mismatch(
                "tunnel_id",
                format!("{} on a socket bound to {bound}", tunnel.tunnel_id),
                "the socket would not receive the tunnel's control messages: bind the socket to the tunnel's id",
            ),
            _ => Ok(()),
        }
    }

    /// The error of a failed bind. A scope id binds the socket to an interface even if that interface
    /// never existed, so a missing interface does not mean that it is gone.
    fn bind_error(&self, local: TunnelAddr) -> impl FnOnce(io::Error) -> SocketError {
        move |error| match local.scope_id() {
            0 => self.system_error(SocketOperation::Bind(local))(error),
            _ => SocketError::System { operation: SocketOperation::Bind(local), error },
        }
    }

    /// The error of a failed system call; the cause may be that the interface to which the socket is
    /// bound is gone.
    fn system_error(&self, operation: SocketOperation) -> impl FnOnce(io::Error) -> SocketError {
        move |error| match options::gone_interface(self.as_fd(), self.kind) {
            Some(index) if may_mean_interface_gone(&error) => {
                SocketError::InterfaceGone { operation, index, error: Some(error) }
            }
            _ => SocketError::System { operation, error },
        }
    }
}

/// Whether the kernel returns this errno if the interface to which a socket is bound is gone. The
/// errno depends on the family, the protocol and the system call.
fn may_mean_interface_gone(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::ENODEV
                | libc::ENETUNREACH
                | libc::EHOSTUNREACH
                | libc::ENETDOWN
                | libc::EADDRNOTAVAIL
        )
    )
}

impl AsFd for TunnelSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl AsRawFd for TunnelSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

/// Returns the file descriptor. A tunnel on the socket exists as long as the descriptor is open.
impl From<TunnelSocket> for OwnedFd {
    fn from(socket: TunnelSocket) -> Self {
        socket.fd
    }
}

#[cfg(test)]
mod tests;
