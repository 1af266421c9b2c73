//! What can go wrong between a request and its reply, whatever the family.

use std::ffi::CString;
use std::io;

use super::attr::{DecodeError, EncodeError, debug_as_display};
use super::extack::KernelError;

debug_as_display!(Error);

/// What can go wrong on a netlink socket.
///
/// The message contains its cause, so no error has a `source()`.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No socket could be opened.
    #[error("cannot open a netlink socket: {0}")]
    Open(io::Error),
    /// The socket could not join a multicast group.
    #[error("cannot join multicast group {group}: {error}")]
    Join {
        /// The group's number.
        group: u32,
        /// The system call's error.
        error: io::Error,
    },
    /// A value has no form as an attribute; nothing was sent.
    #[error("cannot encode the request: {0}")]
    Encode(EncodeError),
    /// The request could not be sent.
    #[error("cannot send the request: {0}")]
    Send(io::Error),
    /// The request was sent and its reply could not be received: whether it was carried out is not
    /// known. `ENOBUFS` means that the kernel had to drop messages.
    #[error("cannot receive the reply: {0}; the request may or may not have been carried out")]
    Receive(io::Error),
    /// What was received does not have the expected form.
    #[error("cannot decode the reply: {0}")]
    Decode(DecodeError),
    /// The kernel rejected the request.
    #[error("the kernel rejected the request: {0}")]
    Rejected(KernelError),
    /// The kernel has no generic-netlink family of this name, or its module could not be loaded.
    #[error("the kernel has no generic-netlink family {}: {}", name.to_string_lossy(), io::Error::from_raw_os_error(*errno))]
    NoFamily {
        /// The name.
        name: CString,
        /// The controller's error, `ENOENT` as a rule.
        errno: i32,
    },
    /// The kernel acknowledged a get request and sent no reply.
    #[error("the kernel acknowledged the request but sent no reply")]
    NoReply,
    /// What was dumped changed meanwhile (`NLM_F_DUMP_INTR`): objects may be missing or repeated.
    #[error("the dump is inconsistent, as its objects changed meanwhile; repeat it")]
    Interrupted,
    /// Notifications were lost, as the socket's receive buffer was full.
    #[error("notifications were lost, as the receive buffer was full")]
    Overrun,
}

impl Error {
    /// The errno behind the error, positive, if there is one.
    #[must_use]
    pub fn raw_os_error(&self) -> Option<i32> {
        match self {
            Self::Open(error)
            | Self::Join { error, .. }
            | Self::Send(error)
            | Self::Receive(error) => error.raw_os_error(),
            Self::Rejected(error) => Some(error.errno()),
            Self::NoFamily { errno, .. } => Some(*errno),
            Self::Overrun => Some(libc::ENOBUFS),
            Self::Encode(_) | Self::Decode(_) | Self::NoReply | Self::Interrupted => None,
        }
    }

    /// Whether the operation has only to be waited for.
    pub(crate) fn is_would_block(&self) -> bool {
        let (Self::Send(error) | Self::Receive(error)) = self else { return false };
        error.kind() == io::ErrorKind::WouldBlock
    }

    /// Whether the kernel had to drop replies: the receive buffer was full, or it had no memory.
    pub(crate) fn is_overrun(&self) -> bool {
        matches!(self, Self::Receive(error) if error.raw_os_error() == Some(libc::ENOBUFS))
    }
}

impl From<DecodeError> for Error {
    #[cold]
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Open(error)
            | Error::Join { error, .. }
            | Error::Send(error)
            | Error::Receive(error) => error,
            error => match error.raw_os_error() {
                Some(errno) => Self::from_raw_os_error(errno),
                None => Self::new(io::ErrorKind::InvalidData, error),
            },
        }
    }
}
