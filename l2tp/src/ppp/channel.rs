//! PPP channels, which carry frames to a peer.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use super::device::{self, device};
use super::error::{At, PppError, PppOperation};
use super::unit::UnitIndex;
use crate::sys::ppp::request;

/// The index of a PPP channel in its network namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelIndex(pub u32);

impl fmt::Display for ChannelIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A file descriptor of `/dev/ppp` that is attached to a PPP channel.
///
/// Reading returns frames for the daemon: always those of LCP and authentication (protocols from 0xc000
/// on), and all frames while the channel is neither connected to a [`Unit`](super::Unit) nor bridged.
/// Written frames are sent to the peer. A frame is the protocol number in two bytes and the packet,
/// without address and control bytes.
///
/// Closing the file descriptor neither disconnects the channel from its unit nor removes its bridge. The
/// channel exists as long as its socket; after that a read returns 0 bytes.
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
    pub fn attach(index: ChannelIndex) -> Result<Self, PppError> {
        let device = device::open()?;
        request::ATTACH_CHANNEL
            .on(device.as_fd(), device::raw(index.0))
            .at(PppOperation::AttachChannel(index))?;
        Ok(Self { device, index })
    }

    /// The channel's index.
    #[must_use]
    pub fn index(&self) -> ChannelIndex {
        self.index
    }

    /// Connects the channel to a unit of its network namespace: from then on it carries the interface's
    /// packets.
    ///
    /// # Errors
    ///
    /// `ENXIO` when there is no such unit; `EINVAL` when it is connected or bridged already;
    /// `ENOTCONN` when its socket is gone.
    pub fn connect(&self, unit: UnitIndex) -> Result<(), PppError> {
        request::CONNECT
            .on(self.as_fd(), device::raw(unit.0))
            .at(PppOperation::Connect(self.index, unit))
    }

    /// Disconnects the channel from its unit. Nothing else does so while its socket is open.
    ///
    /// # Errors
    ///
    /// `EINVAL` when it is not connected.
    pub fn disconnect(&self) -> Result<(), PppError> {
        request::DISCONNECT.on(self.as_fd()).at(PppOperation::Disconnect(self.index))
    }

    /// Bridges the channel to another one of the calling thread's network namespace: each sends the frames
    /// that the other receives. The bridge exists until [`unbridge`](Self::unbridge), or until one of the
    /// two sockets is closed. A [`Bridge`](super::Bridge) removes it when its value is dropped.
    ///
    /// # Errors
    ///
    /// `ENOTTY` from kernels before 5.11; `ENXIO` when there is no such channel; `EALREADY` when
    /// one of the two is bridged or connected to a unit.
    pub fn bridge(&self, other: ChannelIndex) -> Result<(), PppError> {
        request::BRIDGE
            .on(self.as_fd(), device::raw(other.0))
            .at(PppOperation::Bridge(self.index, other))
    }

    /// Removes the bridge of both channels.
    ///
    /// # Errors
    ///
    /// `EINVAL` when it is not bridged; `ENOTTY` from kernels before 5.11.
    pub fn unbridge(&self) -> Result<(), PppError> {
        request::UNBRIDGE.on(self.as_fd()).at(PppOperation::Unbridge(self.index))
    }

    /// Makes reads return `WouldBlock` instead of waiting.
    ///
    /// # Errors
    ///
    /// The kernel documents none.
    pub fn set_nonblocking(&self, on: bool) -> io::Result<()> {
        device::set_nonblocking(&self.device, on)
    }
}

device!(Channel);
