//! The socket of a managed tunnel: UDP or L2TP/IP, over IPv4 or IPv6.
//!
//! A tunnel on a socket of the program's own lives as long as the socket, has the socket's
//! addresses and options, and leaves the control connection to the program. [`TunnelSocket`]
//! makes or adopts such a socket and tells the truth about it where the kernel does not.

mod addr;
mod adopt;
mod control;
mod error;
mod explain;
mod header;
mod kind;
mod knob;
mod options;
mod peer;
mod probe;
mod wait;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

pub use addr::TunnelAddr;
pub use control::Received;
pub use error::{DescriptorFault, SocketError, SocketStep};
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
/// It belongs to the network namespace of the thread that opened it. A tunnel on it ends, without
/// a notification, when its last descriptor is closed, this one as well as those that
/// [`OwnedFd::from`] or another process has.
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
/// An unconnected socket carries a tunnel too, and the kernel drops what the tunnel's sessions
/// send until it is connected. Connecting it again changes the peer of the tunnel on it.
///
/// The kernel tells the peer of a UDP socket. Of an L2TP/IP socket it does not
/// (`l2tp_ip_getname` of net/l2tp/l2tp_ip.c asks for a port, of which there is none; of IPv6 the
/// peer's tunnel id must not be 0, and what it then tells outlasts the connection), so the peer is
/// remembered here.
///
/// [`Conn::create_managed_tunnel`]: crate::Conn::create_managed_tunnel
#[derive(Debug)]
pub struct TunnelSocket {
    fd: OwnedFd,
    kind: SocketKind,
    peer: Peer,
}

impl TunnelSocket {
    /// Opens a UDP socket, bound to `local` and connected to `peer` if there is one.
    ///
    /// Port 0 of `local` is any free port. For a link-local IPv6 address `local` has the
    /// interface's index as scope id.
    ///
    /// # Errors
    ///
    /// [`SocketError::Config`] for addresses that do not fit together, a local address that is no
    /// single host's, and a peer that is not another host's: unspecified, multicast, broadcast;
    /// [`SocketError::System`] with `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES` (a privileged port, an
    /// interface's broadcast address as peer), `ENETUNREACH`, `EINVAL` (a link-local address
    /// without scope id).
    pub fn udp(local: SocketAddr, peer: Option<SocketAddr>) -> Result<Self, SocketError> {
        Self::open(local, peer.map(TunnelAddr::Udp), &SocketOptions::new())
    }

    /// Opens an L2TP/IP socket, bound to `local` and the tunnel's id, and connected to the peer's
    /// address and id of the tunnel if there are any. The kernel loads `l2tp_ip` or `l2tp_ip6`.
    ///
    /// Bound to the tunnel id 0 it receives the messages that open control connections.
    ///
    /// For link-local addresses see [`open`](Self::open) and [`TunnelAddr::Ip`].
    ///
    /// # Errors
    ///
    /// As [`udp`](Self::udp); `EPROTONOSUPPORT` when the kernel has no L2TP/IP; `EADDRINUSE` when
    /// another socket has the tunnel id at this address.
    pub fn ip(
        local: IpAddr,
        tunnel_id: impl Into<TunnelId>,
        peer: Option<(IpAddr, TunnelId)>,
    ) -> Result<Self, SocketError> {
        Self::open((local, tunnel_id.into()), peer.map(TunnelAddr::from), &SocketOptions::new())
    }

    /// Opens a socket of the kind that `local` asks for, with options that are in force before it
    /// has an address.
    ///
    /// # Errors
    ///
    /// As [`udp`](Self::udp) and [`ip`](Self::ip); of options `EPERM`, `ENODEV` (no such
    /// interface), and [`SocketError::Config`] for those that the kind of socket has not.
    pub fn open(
        local: impl Into<TunnelAddr>,
        peer: Option<TunnelAddr>,
        options: &SocketOptions,
    ) -> Result<Self, SocketError> {
        let local = local.into();
        let kind = local.kind();
        ends::check_local(local.ip(), kind.encap())
            .map_err(SocketError::config(SocketStep::Bind(local)))?;
        let fd = sys::socket(kind.domain(), libc::SOCK_DGRAM, kind.protocol())
            .map_err(SocketError::system(SocketStep::Open(kind)))?;
        let mut socket = Self { fd, kind, peer: Peer::None };
        options.apply(socket.as_fd(), kind)?;
        sys::bind(socket.as_fd(), &local.to_sys()).map_err(socket.unbound(local))?;
        if let Some(peer) = peer {
            socket.connect(peer)?;
        }
        Ok(socket)
    }

    /// Opens a socket in another network namespace, without moving the caller's thread.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and when the namespace cannot be entered.
    pub fn open_in(
        netns: &Netns,
        local: impl Into<TunnelAddr>,
        peer: Option<TunnelAddr>,
        options: &SocketOptions,
    ) -> Result<Self, SocketError> {
        let local = local.into();
        netns
            .run(|| Self::open(local, peer, options))
            .map_err(SocketError::system(SocketStep::EnterNetns))?
    }

    /// What kind of socket it is.
    #[must_use]
    pub fn kind(&self) -> SocketKind {
        self.kind
    }

    /// The socket's own address, with the tunnel id of L2TP/IP; unspecified if it has none.
    ///
    /// # Errors
    ///
    /// None that a valid socket can give.
    pub fn local_addr(&self) -> Result<TunnelAddr, SocketError> {
        let mut addr = self.kind.blank();
        sys::local_addr(self.as_fd(), &mut addr)
            .map_err(SocketError::system(SocketStep::LocalAddr(self.kind)))?;
        Ok(TunnelAddr::of_sys(&addr))
    }

    /// Sets options of the open socket, those that are not `None`.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open); `EINVAL` for `ipv6_only`, which it is too late for.
    pub fn set_options(&self, options: &SocketOptions) -> Result<(), SocketError> {
        options.apply(self.as_fd(), self.kind)
    }

    /// The options in force. Those that this kind of socket lacks are `None`, and so is
    /// `interface` if it is bound to none. Of a UDP socket of IPv6 they are those for peers of
    /// IPv6.
    ///
    /// # Errors
    ///
    /// [`SocketError::InterfaceGone`] when the interface to which it is bound is gone.
    pub fn options(&self) -> Result<SocketOptions, SocketError> {
        SocketOptions::read(self.as_fd(), self.kind)
    }

    /// Frees the socket from the interface that it is bound to.
    ///
    /// # Errors
    ///
    /// `EPERM` without `CAP_NET_RAW`.
    pub fn leave_interface(&self) -> Result<(), SocketError> {
        options::set_interface(self.as_fd(), self.kind, &[])
    }

    /// Whether a tunnel of this configuration can be had on the socket: its encapsulation, and for
    /// L2TP/IP the tunnel id that the socket is bound to.
    ///
    /// # Errors
    ///
    /// [`SocketError::Config`] that names the field which does not fit.
    pub fn check(&self, tunnel: &TunnelConfig) -> Result<(), SocketError> {
        let refused = |field, value: String, remedy| {
            let step = SocketStep::Compare(self.kind);
            Err(SocketError::config(step)(ConfigError::new(field, value, remedy)))
        };
        if tunnel.encap != self.kind.encap() {
            return refused(
                "encap",
                tunnel.encap.to_string(),
                "UDP sockets carry UDP encapsulation, L2TP/IP sockets IP encapsulation",
            );
        }
        match self.local_addr()?.tunnel_id() {
            Some(bound) if bound != tunnel.tunnel_id => refused(
                "tunnel_id",
                format!("{} on a socket bound to {bound}", tunnel.tunnel_id),
                "control messages would never arrive: bind the socket to the tunnel's id",
            ),
            _ => Ok(()),
        }
    }

    /// A failure to bind the socket. A scope id binds it to an interface, also to one that was never
    /// there.
    fn unbound(&self, local: TunnelAddr) -> impl FnOnce(io::Error) -> SocketError {
        move |error| match local.scope_id() {
            0 => self.failed(SocketStep::Bind(local))(error),
            _ => SocketError::System { step: SocketStep::Bind(local), error },
        }
    }

    /// A failure of a system call on this socket, which may be due to the interface to which it is
    /// bound.
    fn failed(&self, step: SocketStep) -> impl FnOnce(io::Error) -> SocketError {
        move |error| match options::gone_interface(self.as_fd(), self.kind) {
            Some(index) if may_be_the_interface(&error) => {
                SocketError::InterfaceGone { step, index, error: Some(error) }
            }
            _ => SocketError::System { step, error },
        }
    }
}

/// Whether the kernel answers so when the interface to which a socket is bound is gone: which it
/// is depends on the family, the protocol and the call.
fn may_be_the_interface(error: &io::Error) -> bool {
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

/// Hands the socket out. A tunnel on it lives on with the descriptor.
impl From<TunnelSocket> for OwnedFd {
    fn from(socket: TunnelSocket) -> Self {
        socket.fd
    }
}

#[cfg(test)]
mod tests;
