//! The common part of `AF_PPPOX` sockets: each creates a PPP channel.

use std::os::fd::{AsFd, OwnedFd};

use super::channel::{Channel, ChannelIndex};
use super::error::{At, PppError, PppOperation};
use crate::sys;
use crate::sys::ppp::{Name, request};

/// Opens a socket with this protocol (`PX_PROTO_*`) and connects it; the operations are for errors.
pub(super) fn connect(
    protocol: u32,
    name: &Name,
    make: PppOperation,
    connect: PppOperation,
) -> Result<OwnedFd, PppError> {
    let socket = sys::socket(libc::AF_PPPOX, libc::SOCK_DGRAM, number(protocol)).at(make)?;
    sys::ppp::connect(socket.as_fd(), name).at(connect)?;
    Ok(socket)
}

/// A small constant of the headers in the type of system calls.
#[allow(clippy::cast_possible_wrap)]
pub(super) const fn number(constant: u32) -> libc::c_int {
    constant as libc::c_int
}

/// A socket that has a PPP channel: of an L2TP session or of a PPPoE session.
pub trait ChannelSocket: AsFd + sealed::Sealed {
    /// The index of the socket's channel (`PPPIOCGCHAN`).
    ///
    /// This call has an effect: before it, the program reads the session's frames from the socket; after
    /// it, the kernel passes them to the channel, and reading the socket fails with `EIO`.
    ///
    /// # Errors
    ///
    /// It does not fail for a connected socket, even if the session is gone.
    fn channel_index(&self) -> Result<ChannelIndex, PppError> {
        let index = request::CHANNEL_INDEX.on(self.as_fd(), 0).at(PppOperation::ChannelOf)?;
        Ok(ChannelIndex(index.unsigned_abs()))
    }

    /// Opens `/dev/ppp` and attaches it to the socket's channel. The calling thread must be in the
    /// socket's network namespace.
    ///
    /// # Errors
    ///
    /// As [`channel_index`](Self::channel_index) and [`Channel::attach`].
    fn channel(&self) -> Result<Channel, PppError> {
        Channel::attach(self.channel_index()?)
    }
}

pub(super) mod sealed {
    /// Only sockets that have a channel implement [`ChannelSocket`](super::ChannelSocket).
    pub trait Sealed {}
}

/// Implements the file descriptor traits for a type with a field `socket`.
macro_rules! descriptor {
    ($name:ident) => {
        impl std::os::fd::AsFd for $name {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                self.socket.as_fd()
            }
        }

        impl std::os::fd::AsRawFd for $name {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                self.socket.as_raw_fd()
            }
        }

        impl From<$name> for std::os::fd::OwnedFd {
            fn from(value: $name) -> Self {
                value.socket.into()
            }
        }
    };
}
pub(super) use descriptor;
