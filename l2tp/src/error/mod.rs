//! Errors that say what failed and what to do.
//!
//! An [`Error`] names the operation and its ids. When the kernel rejected the request, it adds the
//! errno, the message and attribute of the extended acknowledgement if the kernel sent one, and
//! what the errno means for this operation. The kernel's L2TP code sends no messages of its own, so
//! that explanation is all the help that a reader gets.
//!
//! The text of an error includes its cause, so no error has a `source()`. `Debug` prints the same
//! text, so that a program whose `main` returns an error shows it.

mod config;
mod errno;
mod explain;
mod kind;

use std::io;
use std::time::Duration;

pub use crate::conn::command::Operation;
pub use config::ConfigError;
pub(crate) use errno::{entering_netns, errno_kind, errno_name, path_kind};
pub use kind::ErrorKind;

use crate::IfName;
use crate::netlink;
use crate::netlink::attr::debug_as_display;
use crate::netlink::attr::{DecodeError, EncodeError};
use crate::netlink::extack::KernelError;
use crate::socket::SocketError;

debug_as_display!(Error);

/// An operation that failed.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot work. Nothing was sent.
    #[error("{operation}: {error}")]
    Config {
        /// The operation that failed.
        operation: Operation,
        /// The field, its value, and the remedy.
        error: ConfigError,
    },
    /// The kernel rejected the request.
    #[error("{}", explain::rejection(operation, error))]
    Rejected {
        /// The operation that failed.
        operation: Operation,
        /// The errno, with the extended acknowledgement.
        error: KernelError,
    },
    /// The kernel rejected a new session because its id or its interface name is in use. A further
    /// request found out which.
    #[error("{}", explain::in_use(operation, error, *what))]
    SessionConflict {
        /// The operation that failed.
        operation: Operation,
        /// The errno, `EEXIST`, with the extended acknowledgement.
        error: KernelError,
        /// What is in use.
        what: SessionConflict,
    },
    /// The kernel has no L2TP family: its module is not loaded and could not be, or does not exist.
    /// [`diagnose()`](fn@crate::diagnose) finds out which, and what to do.
    #[error(
        "the kernel has no L2TP family ({}): load it with `modprobe l2tp_netlink`; if there is no \
         such module, install the kernel's full package (a cloud or minimal image may lack it) or \
         build the kernel with CONFIG_L2TP and CONFIG_L2TP_V3; `l2tp::diagnose()` finds out which \
         of these it is",
        errno_name(*errno)
    )]
    NoFamily {
        /// The errno of the controller's reply, usually `ENOENT`.
        errno: i32,
    },
    /// A system call on the netlink socket failed.
    #[error("{operation}: netlink socket: {error}{}", explain::io_remedy(error))]
    Io {
        /// The operation that failed.
        operation: Operation,
        /// The system call's error.
        error: io::Error,
    },
    /// The network namespace could not be entered. Nothing was sent.
    #[error("{operation}: {}", explain::closed_netns(error))]
    Netns {
        /// The operation that failed.
        operation: Operation,
        /// The system call's error.
        error: io::Error,
    },
    /// The kernel's reply is malformed.
    #[error("{operation}: {error}; the kernel may have executed the operation all the same")]
    Decode {
        /// The operation that failed.
        operation: Operation,
        /// Where the reply is malformed.
        error: DecodeError,
    },
    /// A value cannot be encoded as an attribute. Nothing was sent.
    #[error("{operation}: {error}")]
    Encode {
        /// The operation that failed.
        operation: Operation,
        /// Which attribute.
        error: EncodeError,
    },
    /// The request was sent, but its reply could not be received: it is not known whether the
    /// kernel executed it.
    #[error(
        "{operation}: the reply was lost ({}): the kernel may or may not have executed the request; \
         check before you send it again",
        explain::lost(error)
    )]
    ReplyLost {
        /// The operation that failed.
        operation: Operation,
        /// The error of the receiving system call: `ENOBUFS` when the kernel dropped replies.
        error: io::Error,
    },
    /// A look-up that must precede the operation failed, such as that of a guard
    /// ([`Conn::set_guards`](crate::Conn::set_guards)). The operation was not sent.
    #[error("{operation}: not sent, because the look-up before it failed: {error}")]
    LookupFailed {
        /// The operation that was not sent.
        operation: Operation,
        /// Why the look-up failed.
        error: Box<Error>,
    },
    /// An earlier request of the batch failed, and the batch stops at the first error or could not
    /// continue. This request was not sent.
    #[error("{operation}: not sent, because an earlier request of the batch failed")]
    NotAttempted {
        /// The operation that was not sent.
        operation: Operation,
    },
    /// The object was deleted, but it or one of its interfaces still exists.
    #[error("{}", explain::still_there(operation, *interface, *waited))]
    StillExists {
        /// The deletion.
        operation: Operation,
        /// The interface, if that is what still exists.
        interface: Option<IfName>,
        /// How long the call waited.
        waited: Duration,
    },
    /// Every dump differed from the one before.
    #[error(
        "{operation}: no two of {tries} dumps agreed, because other programs keep creating and \
         deleting objects; use a single dump instead of a snapshot"
    )]
    InconsistentDump {
        /// The dump.
        operation: Operation,
        /// How many dumps were made.
        tries: usize,
    },
    /// A session was created, but its interface could not be determined.
    #[error("{operation}: {reason}; the session was deleted again")]
    NoInterface {
        /// The creation.
        operation: Operation,
        /// Why it could not be determined.
        reason: &'static str,
    },
    /// A tunnel's socket could not be opened or used.
    #[error(transparent)]
    Socket(Box<SocketError>),
    /// The kernel acknowledged a get request without a reply.
    #[error("{operation}: the kernel acknowledged the request but sent no reply")]
    NoReply {
        /// The operation that failed.
        operation: Operation,
    },
}

/// What prevents the creation of a session because it is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionConflict {
    /// The session id.
    SessionId,
    /// The name of the interface. It is not known whether the id is in use too.
    InterfaceName(IfName),
}

/// Wraps the failure to enter a network namespace.
pub(crate) fn closed(operation: Operation) -> impl FnOnce(io::Error) -> Error {
    move |error| Error::Netns { operation, error }
}

impl Error {
    /// A failure on a netlink socket in the course of an operation.
    #[cold]
    pub(crate) fn of_netlink(operation: Operation, error: netlink::Error) -> Self {
        use netlink::Error as Netlink;
        match error {
            Netlink::Open(error) | Netlink::Join { error, .. } | Netlink::Send(error) => {
                Self::Io { operation, error }
            }
            Netlink::Receive(error) => Self::ReplyLost { operation, error },
            Netlink::Encode(error) => Self::Encode { operation, error },
            Netlink::Decode(error) => Self::Decode { operation, error },
            Netlink::Rejected(error) => Self::Rejected { operation, error },
            Netlink::NoFamily { errno, .. } => Self::NoFamily { errno },
            Netlink::NoReply => Self::NoReply { operation },
            Netlink::Interrupted => Self::InconsistentDump { operation, tries: 1 },
            Netlink::Overrun => {
                let error = io::Error::from_raw_os_error(libc::ENOBUFS);
                Self::Io { operation, error }
            }
        }
    }
}

impl From<SocketError> for Error {
    fn from(error: SocketError) -> Self {
        Self::Socket(Box::new(error))
    }
}

impl Error {
    /// The errno behind the error, positive, if there is one.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, TunnelId};
    /// if let Err(error) = Conn::open()?.delete_tunnel(TunnelId(1)) {
    ///     println!("errno {:?}: {error}", error.raw_os_error());
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    #[must_use]
    pub fn raw_os_error(&self) -> Option<i32> {
        match self {
            Self::Rejected { error, .. } | Self::SessionConflict { error, .. } => {
                Some(error.errno())
            }
            Self::NoFamily { errno } => Some(*errno),
            Self::Io { error, .. } | Self::Netns { error, .. } | Self::ReplyLost { error, .. } => {
                error.raw_os_error()
            }
            Self::LookupFailed { error, .. } => error.raw_os_error(),
            Self::Socket(error) => error.raw_os_error(),
            _ => None,
        }
    }

    /// The operation that failed, with its ids.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, TunnelId};
    /// if let Err(error) = Conn::open()?.delete_tunnel(TunnelId(1)) {
    ///     println!("failed: {}", error.operation());
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self {
            Self::Config { operation, .. }
            | Self::Rejected { operation, .. }
            | Self::SessionConflict { operation, .. }
            | Self::Io { operation, .. }
            | Self::Netns { operation, .. }
            | Self::Decode { operation, .. }
            | Self::Encode { operation, .. }
            | Self::ReplyLost { operation, .. }
            | Self::LookupFailed { operation, .. }
            | Self::NotAttempted { operation }
            | Self::StillExists { operation, .. }
            | Self::InconsistentDump { operation, .. }
            | Self::NoInterface { operation, .. }
            | Self::NoReply { operation } => *operation,
            Self::NoFamily { .. } => Operation::Open,
            Self::Socket(_) => Operation::UseSocket,
        }
    }

    /// The kind of the error, for a program that decides by it.
    ///
    /// ```no_run
    /// use l2tp::{Conn, ErrorKind, TunnelId};
    ///
    /// let mut conn = Conn::open()?;
    /// match conn.delete_tunnel(TunnelId(1)) {
    ///     Err(error) if error.kind() == ErrorKind::NotFound => println!("already gone"),
    ///     outcome => outcome?,
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Config { .. } | Self::Encode { .. } => ErrorKind::Config,
            Self::NoFamily { .. } => ErrorKind::Unsupported,
            Self::Decode { .. } | Self::NoReply { .. } => ErrorKind::Protocol,
            Self::StillExists { .. } | Self::InconsistentDump { .. } => ErrorKind::TimedOut,
            Self::ReplyLost { .. } | Self::NotAttempted { .. } | Self::NoInterface { .. } => {
                ErrorKind::Other
            }
            Self::Rejected { error, .. } => path_kind(error.errno()),
            Self::Io { error, .. } | Self::Netns { error, .. } => {
                error.raw_os_error().map_or(ErrorKind::Other, errno_kind)
            }
            Self::SessionConflict { .. } => ErrorKind::Exists,
            Self::LookupFailed { error, .. } => error.kind(),
            Self::Socket(error) => error.kind(),
        }
    }

    /// Whether the tunnel or session does not exist.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, TunnelId};
    /// let exists = match Conn::open()?.get_tunnel_info(TunnelId(1)) {
    ///     Ok(_) => true,
    ///     Err(error) if error.is_not_found() => false,
    ///     Err(error) => return Err(error),
    /// };
    /// println!("{exists}");
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Whether the id, the interface name, or the address is in use.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, SessionConfig};
    /// # fn example(conn: &mut Conn, config: &SessionConfig) -> Result<(), l2tp::Error> {
    /// match conn.create_session(config) {
    ///     Err(error) if error.is_exists() => println!("it exists already"),
    ///     outcome => outcome?,
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_exists(&self) -> bool {
        self.kind() == ErrorKind::Exists
    }

    /// Whether the process lacks a privilege, usually `CAP_NET_ADMIN`.
    ///
    /// ```no_run
    /// if let Err(error) = l2tp::Follower::open(std::time::Duration::MAX) {
    ///     assert!(error.is_permission(), "not for lack of a privilege: {error}");
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.kind() == ErrorKind::Permission
    }
}
