//! What can go wrong with a tunnel socket.

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;

use super::addr::TunnelAddr;
use super::explain;
use super::kind::SocketKind;
use crate::error::{ConfigError, ErrorKind, errno_kind, path_kind};
use crate::netlink::attr::debug_as_display;

debug_as_display!(SocketError, DescriptorFault);

/// What was attempted with a tunnel socket, for the first words of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SocketStep {
    /// Making one.
    Open(SocketKind),
    /// Entering the network namespace in which it is to be opened.
    EnterNetns,
    /// Setting the option of this name.
    Set(SocketKind, &'static str),
    /// Reading the option of this name.
    Get(SocketKind, &'static str),
    /// Giving it its own address.
    Bind(TunnelAddr),
    /// Giving it its peer's address.
    Connect(TunnelAddr),
    /// Taking its peer's address away.
    Disconnect(SocketKind),
    /// Asking for its own address.
    LocalAddr(SocketKind),
    /// Asking for its peer's address.
    PeerAddr(SocketKind),
    /// Sending a control message, to an address or to the connected peer.
    Send(SocketKind, Option<TunnelAddr>),
    /// Receiving a message.
    Receive(SocketKind),
    /// Registering it with the reactor of an async runtime.
    Register(SocketKind),
    /// Comparing it with the configuration of a tunnel.
    Compare(SocketKind),
    /// Taking over a descriptor.
    Adopt,
}

impl fmt::Display for SocketStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(kind) => write!(f, "open {kind}"),
            Self::EnterNetns => f.write_str("open tunnel socket in another network namespace"),
            Self::Set(kind, option) => write!(f, "set {option} of {kind}"),
            Self::Get(kind, option) => write!(f, "get {option} of {kind}"),
            Self::Bind(addr) => write!(f, "bind {} to {addr}", addr.kind()),
            Self::Connect(addr) => write!(f, "connect {} to {addr}", addr.kind()),
            Self::Disconnect(kind) => write!(f, "disconnect {kind}"),
            Self::LocalAddr(kind) => write!(f, "get local address of {kind}"),
            Self::PeerAddr(kind) => write!(f, "get peer address of {kind}"),
            Self::Send(kind, None) => write!(f, "send control message from {kind}"),
            Self::Send(kind, Some(to)) => write!(f, "send control message from {kind} to {to}"),
            Self::Receive(kind) => write!(f, "receive from {kind}"),
            Self::Register(kind) => write!(f, "register {kind} with the runtime's reactor"),
            Self::Compare(kind) => write!(f, "use {kind} for a tunnel"),
            Self::Adopt => f.write_str("adopt descriptor as tunnel socket"),
        }
    }
}

/// What can go wrong with a tunnel socket.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum SocketError {
    /// It cannot work; the kernel was not asked.
    #[error("{step}: {error}")]
    Config {
        /// What was attempted.
        step: SocketStep,
        /// The field or argument, its value, and the remedy.
        error: ConfigError,
    },
    /// The kernel refused.
    #[error("{}", explain::refusal(step, error))]
    System {
        /// What was attempted.
        step: SocketStep,
        /// The system call's error, which the text tells with what it means.
        error: io::Error,
    },
    /// The interface to which the socket is bound (`SO_BINDTODEVICE`) was removed, or moved to
    /// another network namespace. The binding is to the interface, not to its name, and stays:
    /// nothing is sent or received, also when another interface has got the name.
    #[error(
        "{step}: the socket is bound to interface {index}, which is gone{}: set the option \
         interface again once there is an interface of the name, which binds the socket to that \
         one, or free the socket with leave_interface",
        explain::in_brackets(error.as_ref())
    )]
    InterfaceGone {
        /// What was attempted.
        step: SocketStep,
        /// The index that the interface had.
        index: u32,
        /// The system call's error, if one was made.
        error: Option<io::Error>,
    },
    /// A descriptor that cannot be a tunnel's socket, given back unharmed.
    #[error("{}: {fault}", SocketStep::Adopt)]
    Unsuitable {
        /// The descriptor.
        descriptor: OwnedFd,
        /// What is wrong with it.
        fault: DescriptorFault,
    },
    /// The kernel does not tell the peer of an L2TP/IP socket that somebody else connected.
    #[error(
        "{}: the kernel does not tell it (ENOTCONN, connected or not) and this value did not \
         connect the socket: connect it again, which disturbs no tunnel on it",
        SocketStep::PeerAddr(*kind)
    )]
    PeerUnknown {
        /// The socket's kind.
        kind: SocketKind,
    },
}

/// Why a descriptor cannot be a tunnel's socket.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum DescriptorFault {
    /// It is a file, a pipe or the like.
    #[error("it is no socket (ENOTSOCK): hand over a UDP or L2TP/IP socket")]
    NotSocket,
    /// `SO_DOMAIN` is neither `AF_INET` nor `AF_INET6`.
    #[error(
        "its address family is {0}: a tunnel's socket is of AF_INET ({ipv4}) or AF_INET6 ({ipv6})",
        ipv4 = libc::AF_INET,
        ipv6 = libc::AF_INET6
    )]
    Family(i32),
    /// `SO_TYPE` is not `SOCK_DGRAM`.
    #[error("its type is {0}: a tunnel's socket is of SOCK_DGRAM ({dgram})", dgram = libc::SOCK_DGRAM)]
    Type(i32),
    /// `SO_PROTOCOL` is neither UDP nor L2TP.
    #[error(
        "its protocol is {0}: a tunnel's socket is of IPPROTO_UDP ({udp}) or IPPROTO_L2TP ({l2tp})",
        udp = libc::IPPROTO_UDP,
        l2tp = l2tp_sys::IPPROTO_L2TP
    )]
    Protocol(i32),
    /// It belongs to another network namespace than the one it is to be used in.
    #[error(
        "it belongs to another network namespace, whose tunnels alone can use it: adopt it with \
         `from_fd_in` and open the `Conn` in its namespace with `open_in`"
    )]
    OtherNetns,
    /// It could not be examined.
    #[error("{what}: {error}{}", explain::examination_remedy(error))]
    Unreadable {
        /// What was asked of it.
        what: &'static str,
        /// The system call's error.
        error: io::Error,
    },
}

impl SocketError {
    pub(super) fn config(step: SocketStep) -> impl FnOnce(ConfigError) -> Self {
        move |error| Self::Config { step, error }
    }

    pub(crate) fn system(step: SocketStep) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::System { step, error }
    }

    /// What was attempted.
    #[must_use]
    pub fn step(&self) -> SocketStep {
        match self {
            Self::Config { step, .. }
            | Self::System { step, .. }
            | Self::InterfaceGone { step, .. } => *step,
            Self::Unsuitable { .. } => SocketStep::Adopt,
            Self::PeerUnknown { kind } => SocketStep::PeerAddr(*kind),
        }
    }

    /// The errno behind the error, positive, if there is one.
    #[must_use]
    pub fn raw_os_error(&self) -> Option<i32> {
        match self {
            Self::System { error, .. }
            | Self::Unsuitable { fault: DescriptorFault::Unreadable { error, .. }, .. } => {
                error.raw_os_error()
            }
            Self::InterfaceGone { error, .. } => error.as_ref()?.raw_os_error(),
            _ => None,
        }
    }

    /// What sort of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Config { .. } => ErrorKind::Config,
            Self::InterfaceGone { .. } => ErrorKind::Network,
            // A firewall's refusal, too, is one of the path.
            Self::System { step: SocketStep::Connect(_) | SocketStep::Send(..), error }
                if error.raw_os_error() == Some(libc::EPERM) =>
            {
                ErrorKind::Network
            }
            // Of an interface: no step with a socket is about a tunnel or session.
            _ if self.raw_os_error() == Some(libc::ENODEV) => ErrorKind::Network,
            Self::System { step: SocketStep::Connect(_) | SocketStep::Send(..), error } => {
                error.raw_os_error().map_or(ErrorKind::Other, path_kind)
            }
            _ => self.raw_os_error().map_or(ErrorKind::Other, errno_kind),
        }
    }

    /// Whether a call on a non-blocking socket would have had to wait, or a timeout was over.
    #[must_use]
    pub fn is_would_block(&self) -> bool {
        matches!(self, Self::System { error, .. } if error.kind() == io::ErrorKind::WouldBlock)
    }
}
