//! The errors of tunnel sockets.

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;

use super::addr::TunnelAddr;
use super::explain;
use super::kind::SocketKind;
use crate::error::{ConfigError, ErrorKind, errno_kind, path_kind};
use crate::netlink::attr::debug_as_display;

debug_as_display!(SocketError, DescriptorFault);

/// The operation on a tunnel socket that failed; the text of an error begins with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SocketOperation {
    /// Opening a socket.
    Open(SocketKind),
    /// Entering the network namespace in which to open the socket.
    EnterNetns,
    /// Setting the option of this name.
    SetOption(SocketKind, &'static str),
    /// Reading the option of this name.
    GetOption(SocketKind, &'static str),
    /// Binding the socket to its local address.
    Bind(TunnelAddr),
    /// Connecting the socket to its peer.
    Connect(TunnelAddr),
    /// Disconnecting the socket from its peer.
    Disconnect(SocketKind),
    /// Getting the local address.
    LocalAddr(SocketKind),
    /// Getting the peer's address.
    PeerAddr(SocketKind),
    /// Sending a control message, to an address or to the connected peer.
    Send(SocketKind, Option<TunnelAddr>),
    /// Receiving a message.
    Receive(SocketKind),
    /// Registering the socket with the reactor of an async runtime.
    Register(SocketKind),
    /// Comparing the socket with the configuration of a tunnel.
    CheckTunnel(SocketKind),
    /// Adopting a file descriptor.
    Adopt,
}

impl fmt::Display for SocketOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(kind) => write!(f, "open {kind}"),
            Self::EnterNetns => f.write_str("open tunnel socket in another network namespace"),
            Self::SetOption(kind, option) => write!(f, "set {option} of {kind}"),
            Self::GetOption(kind, option) => write!(f, "get {option} of {kind}"),
            Self::Bind(addr) => write!(f, "bind {} to {addr}", addr.kind()),
            Self::Connect(addr) => write!(f, "connect {} to {addr}", addr.kind()),
            Self::Disconnect(kind) => write!(f, "disconnect {kind}"),
            Self::LocalAddr(kind) => write!(f, "get local address of {kind}"),
            Self::PeerAddr(kind) => write!(f, "get peer address of {kind}"),
            Self::Send(kind, None) => write!(f, "send control message from {kind}"),
            Self::Send(kind, Some(to)) => write!(f, "send control message from {kind} to {to}"),
            Self::Receive(kind) => write!(f, "receive from {kind}"),
            Self::Register(kind) => write!(f, "register {kind} with the runtime's reactor"),
            Self::CheckTunnel(kind) => write!(f, "use {kind} for a tunnel"),
            Self::Adopt => f.write_str("adopt file descriptor as tunnel socket"),
        }
    }
}

/// An error of a tunnel socket.
///
/// [`kind`](Self::kind) classifies it for programs; the text states the cause, if it is known, and the
/// remedy.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum SocketError {
    /// An argument is invalid; no system call was made for it.
    #[error("{operation}: {error}")]
    Config {
        /// The operation that failed.
        operation: SocketOperation,
        /// The field or argument, its value, and the remedy.
        error: ConfigError,
    },
    /// A system call failed.
    #[error("{}", explain::system_error(operation, error))]
    System {
        /// The operation that failed.
        operation: SocketOperation,
        /// The system call's error; the text explains it.
        error: io::Error,
    },
    /// The interface to which the socket is bound (`SO_BINDTODEVICE`) was removed, or moved to
    /// another network namespace. The socket stays bound to the interface, not to its name: it sends and
    /// receives nothing, even if another interface gets the name.
    #[error(
        "{operation}: the socket is bound to interface {index}, which is gone{}: set the option \
         interface again once an interface with the name exists, or remove the binding with \
         unbind_interface",
        explain::errno_suffix(error.as_ref())
    )]
    InterfaceGone {
        /// The operation that failed.
        operation: SocketOperation,
        /// The index that the interface had.
        index: u32,
        /// The system call's error, if one was made.
        error: Option<io::Error>,
    },
    /// The file descriptor cannot be a tunnel's socket. It is returned unchanged.
    #[error("{}: {fault}", SocketOperation::Adopt)]
    UnsuitableDescriptor {
        /// The descriptor.
        descriptor: OwnedFd,
        /// Why it cannot be used.
        fault: DescriptorFault,
    },
    /// The kernel does not report the peer of an L2TP/IP socket, and this value did not connect it.
    #[error(
        "{}: the kernel does not report it for L2TP/IP (ENOTCONN, connected or not), and this value did \
         not connect the socket: connect it again, which does not disturb a tunnel on it",
        SocketOperation::PeerAddr(*kind)
    )]
    PeerUnknown {
        /// The socket's kind.
        kind: SocketKind,
    },
}

/// Why a file descriptor cannot be a tunnel's socket.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum DescriptorFault {
    /// It is not a socket.
    #[error("it is not a socket (ENOTSOCK): pass a UDP or L2TP/IP socket")]
    NotSocket,
    /// `SO_DOMAIN` is neither `AF_INET` nor `AF_INET6`.
    #[error(
        "its address family is {0}: a tunnel's socket has AF_INET ({ipv4}) or AF_INET6 ({ipv6})",
        ipv4 = libc::AF_INET,
        ipv6 = libc::AF_INET6
    )]
    Family(i32),
    /// `SO_TYPE` is not `SOCK_DGRAM`.
    #[error("its type is {0}: a tunnel's socket has SOCK_DGRAM ({dgram})", dgram = libc::SOCK_DGRAM)]
    Type(i32),
    /// `SO_PROTOCOL` is neither UDP nor L2TP.
    #[error(
        "its protocol is {0}: a tunnel's socket has IPPROTO_UDP ({udp}) or IPPROTO_L2TP ({l2tp})",
        udp = libc::IPPROTO_UDP,
        l2tp = l2tp_sys::IPPROTO_L2TP
    )]
    Protocol(i32),
    /// It belongs to another network namespace than the given one.
    #[error(
        "it belongs to another network namespace, and only tunnels of that namespace can use it: adopt \
         it with `from_fd_in` and open the `Conn` in its namespace with `open_in`"
    )]
    OtherNetns,
    /// It could not be examined.
    #[error("{what}: {error}{}", explain::examination_remedy(error))]
    Unreadable {
        /// The property that could not be read.
        what: &'static str,
        /// The system call's error.
        error: io::Error,
    },
}

impl SocketError {
    pub(super) fn config(operation: SocketOperation) -> impl FnOnce(ConfigError) -> Self {
        move |error| Self::Config { operation, error }
    }

    pub(crate) fn system(operation: SocketOperation) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::System { operation, error }
    }

    /// The operation that failed.
    #[must_use]
    pub fn operation(&self) -> SocketOperation {
        match self {
            Self::Config { operation, .. }
            | Self::System { operation, .. }
            | Self::InterfaceGone { operation, .. } => *operation,
            Self::UnsuitableDescriptor { .. } => SocketOperation::Adopt,
            Self::PeerUnknown { kind } => SocketOperation::PeerAddr(*kind),
        }
    }

    /// The errno behind the error, positive, if there is one.
    #[must_use]
    pub fn raw_os_error(&self) -> Option<i32> {
        match self {
            Self::System { error, .. }
            | Self::UnsuitableDescriptor {
                fault: DescriptorFault::Unreadable { error, .. }, ..
            } => error.raw_os_error(),
            Self::InterfaceGone { error, .. } => error.as_ref()?.raw_os_error(),
            _ => None,
        }
    }

    /// The kind of error.
    ///
    /// ```no_run
    /// use l2tp::{ErrorKind, TunnelSocket};
    ///
    /// match TunnelSocket::udp("192.0.2.1:1701".parse()?, None) {
    ///     Err(error) if error.kind() == ErrorKind::Exists => println!("the port is in use"),
    ///     Err(error) => return Err(error.into()),
    ///     Ok(socket) => println!("bound to {}", socket.local_addr()?),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Config { .. } => ErrorKind::Config,
            Self::InterfaceGone { .. } => ErrorKind::Network,
            // A packet filter or an IPsec policy on the path.
            Self::System {
                operation: SocketOperation::Connect(_) | SocketOperation::Send(..),
                error,
            } if error.raw_os_error() == Some(libc::EPERM) => ErrorKind::Network,
            // An interface is missing: no socket operation is about a tunnel or session.
            _ if self.raw_os_error() == Some(libc::ENODEV) => ErrorKind::Network,
            Self::System {
                operation: SocketOperation::Connect(_) | SocketOperation::Send(..),
                error,
            } => error.raw_os_error().map_or(ErrorKind::Other, path_kind),
            _ => self.raw_os_error().map_or(ErrorKind::Other, errno_kind),
        }
    }

    /// Whether a call on a non-blocking socket would have to wait, or a timeout expired.
    #[must_use]
    pub fn is_would_block(&self) -> bool {
        matches!(self, Self::System { error, .. } if error.kind() == io::ErrorKind::WouldBlock)
    }
}
