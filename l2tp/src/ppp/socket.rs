//! What the sockets of `AF_PPPOX` have in common: each makes a channel.

use std::os::fd::{AsFd, OwnedFd};

use super::channel::{Channel, ChannelIndex};
use super::error::{At, Error, Step};
use crate::sys;
use crate::sys::ppp::{Name, request};

/// Makes a socket of this protocol (`PX_PROTO_*`) and connects it; the steps are for the errors.
pub(super) fn connect(
    protocol: u32,
    name: &Name,
    make: Step,
    connect: Step,
) -> Result<OwnedFd, Error> {
    let socket = sys::socket(libc::AF_PPPOX, libc::SOCK_DGRAM, number(protocol)).at(make)?;
    sys::ppp::connect(socket.as_fd(), name).at(connect)?;
    Ok(socket)
}

/// Small numbers of the headers, as system calls take them.
#[allow(clippy::cast_possible_wrap)]
pub(super) const fn number(constant: u32) -> libc::c_int {
    constant as libc::c_int
}

/// A socket that carries a PPP channel: of an L2TP session or of a PPPoE session.
pub trait ChannelSocket: AsFd + sealed::Sealed {
    /// The number of its channel (`PPPIOCGCHAN`).
    ///
    /// The question is the switch, too: until it is asked, frames that the session receives wait
    /// to be read from the socket; from then on they go to the channel, and reading the socket gives
    /// `EIO`.
    ///
    /// # Errors
    ///
    /// None of a connected socket: the kernel answers even when the session is gone.
    fn channel_index(&self) -> Result<ChannelIndex, Error> {
        let index = request::CHANNEL_INDEX.on(self.as_fd(), 0).at(Step::ChannelOf)?;
        Ok(ChannelIndex(index.unsigned_abs()))
    }

    /// A descriptor of `/dev/ppp` attached to its channel. The calling thread must be in the
    /// socket's network namespace.
    ///
    /// # Errors
    ///
    /// As [`channel_index`](Self::channel_index) and [`Channel::attach`].
    fn channel(&self) -> Result<Channel, Error> {
        Channel::attach(self.channel_index()?)
    }
}

pub(super) mod sealed {
    /// Only sockets that have a channel implement [`ChannelSocket`](super::ChannelSocket).
    pub trait Sealed {}
}

/// Gives a type with a field `socket` the traits of a descriptor.
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
