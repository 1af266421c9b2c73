//! Everything that can go wrong, said so that the reader knows what to do.
//!
//! An [`Error`] names what was attempted and with which ids. When the kernel refused, it adds the
//! errno, the kernel's own words and attribute if there are any, and what the errno means for
//! this operation ([`explain`]). The kernel's L2TP code has no words of its own, so those are
//! where a reader finds help.
//!
//! The sentence holds its cause, so no error has a `source()`, and `Debug` is the sentence, too.

mod config;
mod errno;
mod explain;
mod kind;
mod operation;

use std::io;
use std::time::Duration;

pub use config::ConfigError;
pub(crate) use errno::{entering_netns, errno_kind, errno_name, path_kind};
pub use kind::ErrorKind;
pub use operation::Operation;

use crate::IfName;
use crate::netlink::attr::debug_as_display;
use crate::netlink::attr::{DecodeError, EncodeError};
use crate::netlink::extack::KernelError;
use crate::socket::SocketError;

debug_as_display!(Error);

/// What can go wrong in an operation.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot work; nothing was sent.
    #[error("{operation}: {error}")]
    Config {
        /// What was attempted.
        operation: Operation,
        /// The field, its value, and the remedy.
        error: ConfigError,
    },
    /// The kernel refused.
    #[error("{}", explain::refusal(operation, error))]
    Refused {
        /// What was attempted.
        operation: Operation,
        /// The errno, and what the kernel added to it.
        error: KernelError,
    },
    /// The kernel refused a session because something of it is in use, and it was looked up what.
    #[error("{}", explain::in_use(operation, error, *what))]
    InUse {
        /// What was attempted.
        operation: Operation,
        /// The errno, `EEXIST`, and what the kernel added to it.
        error: KernelError,
        /// What is in use.
        what: InUse,
    },
    /// The kernel has no L2TP, or it is not loaded and could not be. Which it is, and what to do,
    /// [`diagnose()`](fn@crate::diagnose) tells.
    #[error(
        "the kernel offers no L2TP ({}): load it with `modprobe l2tp_netlink`; if there is no such \
         module, install the kernel's full package (a cloud or minimal image may lack it) or build \
         the kernel with CONFIG_L2TP and CONFIG_L2TP_V3; `l2tp::diagnose()` tells which it is",
        errno_name(*errno)
    )]
    NoFamily {
        /// What the controller answered, `ENOENT` as a rule.
        errno: i32,
    },
    /// A system call on the netlink socket failed.
    #[error("{operation}: netlink socket: {error}{}", explain::io_remedy(error))]
    Io {
        /// What was attempted.
        operation: Operation,
        /// The system call's error.
        error: io::Error,
    },
    /// The network namespace could not be entered; nothing was asked there.
    #[error("{operation}: {}", explain::closed_netns(error))]
    Netns {
        /// What was attempted.
        operation: Operation,
        /// The system call's error.
        error: io::Error,
    },
    /// The kernel's answer does not have the form that this library knows.
    #[error("{operation}: {error}; the operation itself may have been carried out")]
    Decode {
        /// What was attempted.
        operation: Operation,
        /// Where the answer is malformed.
        error: DecodeError,
    },
    /// A value has no form as an attribute; nothing was sent.
    #[error("{operation}: {error}")]
    Encode {
        /// What was attempted.
        operation: Operation,
        /// Which attribute.
        error: EncodeError,
    },
    /// The request was sent and its answer could not be received: whether it was carried out is
    /// not known.
    #[error(
        "{operation}: the answer was lost ({}): it may or may not have been carried out; ask \
         before trying again",
        explain::lost(error)
    )]
    AnswerLost {
        /// What was attempted.
        operation: Operation,
        /// The error of the reception: `ENOBUFS` when the kernel dropped answers.
        error: io::Error,
    },
    /// What has to be known before the operation could not be learnt, as for a guard
    /// ([`Conn::set_guards`](crate::Conn::set_guards)); the operation was not sent.
    #[error("{operation}: not attempted, as the look-up before it failed: {error}")]
    LookupFailed {
        /// What would have been attempted.
        operation: Operation,
        /// Why the look-up failed.
        error: Box<Error>,
    },
    /// An earlier request of the batch failed, and the batch stops at the first error, or could
    /// not go on; nothing was sent.
    #[error("{operation}: not attempted, as an earlier request of the batch failed")]
    NotAttempted {
        /// What would have been attempted.
        operation: Operation,
    },
    /// The object was deleted but is still there, or an interface of it.
    #[error("{}", explain::still_there(operation, *interface, *waited))]
    StillThere {
        /// The deletion.
        operation: Operation,
        /// The interface, if that is what is left.
        interface: Option<IfName>,
        /// How long was waited.
        waited: Duration,
    },
    /// A listing changed every time it was taken.
    #[error(
        "{operation}: no two of {tries} listings agreed, as other programs create and delete all \
         the time; take one listing as it comes instead"
    )]
    Unsettled {
        /// The listing.
        operation: Operation,
        /// How often it was taken.
        tries: usize,
    },
    /// A session was created, but it could not be told which interface it got.
    #[error("{operation}: {reason}; the session was deleted again")]
    NoInterface {
        /// The creation.
        operation: Operation,
        /// Why it could not be told.
        reason: &'static str,
    },
    /// A tunnel's socket could not be had or used.
    #[error(transparent)]
    Socket(Box<SocketError>),
    /// The kernel acknowledged a question without answering it.
    #[error("{operation}: the kernel acknowledged the request but sent no answer")]
    NoAnswer {
        /// What was attempted.
        operation: Operation,
    },
}

/// What of a session is in use that could not be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InUse {
    /// Its id.
    SessionId,
    /// The name of its interface. Whether its id is, too, is not known then.
    InterfaceName(IfName),
}

/// Wraps what kept the library out of a network namespace.
pub(crate) fn closed(operation: Operation) -> impl FnOnce(io::Error) -> Error {
    move |error| Error::Netns { operation, error }
}

impl From<SocketError> for Error {
    fn from(error: SocketError) -> Self {
        Self::Socket(Box::new(error))
    }
}

impl Error {
    /// The errno behind the error, positive, if there is one.
    #[must_use]
    pub fn raw_os_error(&self) -> Option<i32> {
        match self {
            Self::Refused { error, .. } | Self::InUse { error, .. } => Some(error.errno()),
            Self::NoFamily { errno } => Some(*errno),
            Self::Io { error, .. } | Self::Netns { error, .. } | Self::AnswerLost { error, .. } => {
                error.raw_os_error()
            }
            Self::LookupFailed { error, .. } => error.raw_os_error(),
            Self::Socket(error) => error.raw_os_error(),
            _ => None,
        }
    }

    /// What was attempted.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self {
            Self::Config { operation, .. }
            | Self::Refused { operation, .. }
            | Self::InUse { operation, .. }
            | Self::Io { operation, .. }
            | Self::Netns { operation, .. }
            | Self::Decode { operation, .. }
            | Self::Encode { operation, .. }
            | Self::AnswerLost { operation, .. }
            | Self::LookupFailed { operation, .. }
            | Self::NotAttempted { operation }
            | Self::StillThere { operation, .. }
            | Self::Unsettled { operation, .. }
            | Self::NoInterface { operation, .. }
            | Self::NoAnswer { operation } => *operation,
            Self::NoFamily { .. } => Operation::Open,
            Self::Socket(_) => Operation::UseSocket,
        }
    }

    /// What sort of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Config { .. } | Self::Encode { .. } => ErrorKind::Config,
            Self::NoFamily { .. } => ErrorKind::Unsupported,
            Self::Decode { .. } | Self::NoAnswer { .. } => ErrorKind::Protocol,
            Self::StillThere { .. } | Self::Unsettled { .. } => ErrorKind::TimedOut,
            Self::AnswerLost { .. } | Self::NotAttempted { .. } | Self::NoInterface { .. } => {
                ErrorKind::Other
            }
            Self::Refused { error, .. } => path_kind(error.errno()),
            Self::Io { error, .. } | Self::Netns { error, .. } => {
                error.raw_os_error().map_or(ErrorKind::Other, errno_kind)
            }
            Self::InUse { .. } => ErrorKind::Exists,
            Self::LookupFailed { error, .. } => error.kind(),
            Self::Socket(error) => error.kind(),
        }
    }

    /// Whether the tunnel or session does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Whether the id, name or address is in use.
    #[must_use]
    pub fn is_exists(&self) -> bool {
        self.kind() == ErrorKind::Exists
    }

    /// Whether `CAP_NET_ADMIN` is missing.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.kind() == ErrorKind::Permission
    }
}
