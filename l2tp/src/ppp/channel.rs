//! Channels: what carries PPP frames to a peer.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use super::device::{self, device};
use super::error::{At, Error, Step};
use super::unit::UnitIndex;
use crate::sys::ppp::request;

/// The number of a channel in its network namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelIndex(pub u32);

impl fmt::Display for ChannelIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A descriptor of `/dev/ppp` that is attached to a channel.
///
/// Frames for the daemon are read from it: those of LCP and authentication always (protocols from
/// 0xc000 on), and all of them while the channel is connected to no [`Unit`](super::Unit) and not
/// bridged. Frames that are written to it go to the peer. A frame is the protocol's number in two
/// bytes and its packet, without address and control bytes.
///
/// The descriptor and the channel's fate are apart: closing it neither disconnects the channel
/// from its unit nor ends its bridge, and the channel ends with its socket. After that a read
/// returns 0 bytes.
#[derive(Debug)]
pub struct Channel {
    device: File,
    index: ChannelIndex,
}

impl Channel {
    /// Attaches to a channel of the calling thread's network namespace.
    ///
    /// # Errors
    ///
    /// `ENXIO` when there is no such channel; `EPERM` without `CAP_NET_ADMIN`; `ENOENT` and
    /// `ENXIO` when there is no `/dev/ppp`.
    pub fn attach(index: ChannelIndex) -> Result<Self, Error> {
        let device = device::open()?;
        request::ATTACH_CHANNEL
            .on(device.as_fd(), device::raw(index.0))
            .at(Step::AttachChannel(index))?;
        Ok(Self { device, index })
    }

    /// Its number.
    #[must_use]
    pub fn index(&self) -> ChannelIndex {
        self.index
    }

    /// Connects it to a unit of its network namespace: it carries the interface's packets from
    /// now on.
    ///
    /// # Errors
    ///
    /// `ENXIO` when there is no such unit; `EINVAL` when it is connected or bridged already;
    /// `ENOTCONN` when its socket is gone.
    pub fn connect(&self, unit: UnitIndex) -> Result<(), Error> {
        request::CONNECT.on(self.as_fd(), device::raw(unit.0)).at(Step::Connect(self.index, unit))
    }

    /// Disconnects it from its unit. Nothing else does while its socket is open.
    ///
    /// # Errors
    ///
    /// `EINVAL` when it is not connected.
    pub fn disconnect(&self) -> Result<(), Error> {
        request::DISCONNECT.on(self.as_fd()).at(Step::Disconnect(self.index))
    }

    /// Bridges it to another channel of the calling thread's network namespace: what either
    /// receives the other sends. Lasts until [`unbridge`](Self::unbridge), or until one of the two
    /// sockets is closed; a [`Bridge`](super::Bridge) ends with its value.
    ///
    /// # Errors
    ///
    /// `ENOTTY` from kernels before 5.11; `ENXIO` when there is no such channel; `EALREADY` when
    /// one of the two is bridged or connected to a unit.
    pub fn bridge(&self, other: ChannelIndex) -> Result<(), Error> {
        request::BRIDGE.on(self.as_fd(), device::raw(other.0)).at(Step::Bridge(self.index, other))
    }

    /// Ends its bridge, on both sides.
    ///
    /// # Errors
    ///
    /// `EINVAL` when it is not bridged; `ENOTTY` from kernels before 5.11.
    pub fn unbridge(&self) -> Result<(), Error> {
        request::UNBRIDGE.on(self.as_fd()).at(Step::Unbridge(self.index))
    }

    /// Makes reads return `WouldBlock` instead of waiting.
    ///
    /// # Errors
    ///
    /// None that the kernel documents.
    pub fn set_nonblocking(&self, on: bool) -> io::Result<()> {
        device::set_nonblocking(&self.device, on)
    }
}

device!(Channel);
