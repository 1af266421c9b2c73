//! Bridges between two PPP channels.

use super::channel::{Channel, ChannelIndex};
use super::error::PppError;
use super::socket::ChannelSocket;

/// A bridge between two PPP channels in the kernel: each channel sends the frames that the other one
/// receives. Dropping the value removes the bridge.
///
/// An L2TP access concentrator is a [`PppoeSocket`](super::PppoeSocket) bridged to a
/// [`SessionSocket`](super::SessionSocket), so that PPP runs between the subscriber and the
/// network server; a tunnel switch is two `SessionSocket`s. The bridge does not own the sockets: when one
/// of them is closed, its channel and the bridge are gone.
///
/// ```no_run
/// use l2tp::ppp::{Bridge, PppoeAddress, PppoeSocket, SessionSocket};
/// use l2tp::{Conn, IfName, SessionId, TunnelId};
///
/// let mut conn = Conn::open()?;
/// let session = SessionSocket::attach(&mut conn, (TunnelId(1), SessionId(10)))?;
/// let subscriber = PppoeSocket::connect(&PppoeAddress {
///     session_id: 1,
///     remote: [2, 0, 0, 0, 0, 1],
///     device: IfName::new("eth0")?,
/// })?;
/// let bridge = Bridge::new(&subscriber, &session)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "dropping the value removes the bridge"]
pub struct Bridge {
    one: Channel,
    other: ChannelIndex,
    keep: bool,
}

impl Bridge {
    /// Bridges the channels of two sockets of the calling thread's network namespace.
    ///
    /// # Errors
    ///
    /// `ENOTTY` from kernels before 5.11; `EALREADY` if one of the channels is bridged or
    /// connected to a unit; otherwise as [`ChannelSocket::channel`].
    pub fn new(one: &impl ChannelSocket, other: &impl ChannelSocket) -> Result<Self, PppError> {
        let one = one.channel()?;
        let other = other.channel_index()?;
        one.bridge(other)?;
        Ok(Self { one, other, keep: false })
    }

    /// The two channels.
    #[must_use]
    pub fn channels(&self) -> (ChannelIndex, ChannelIndex) {
        (self.one.index(), self.other)
    }

    /// Removes the bridge and returns the result, which dropping ignores.
    ///
    /// # Errors
    ///
    /// `EINVAL` if it is already gone, with one of the sockets.
    pub fn end(mut self) -> Result<(), PppError> {
        self.keep = true;
        self.one.unbridge()
    }

    /// Keeps the bridge when this value is dropped: it exists as long as both sockets.
    pub fn keep(mut self) {
        self.keep = true;
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        if !self.keep {
            // It may be gone already, and drop cannot return an error.
            let _ = self.one.unbridge();
        }
    }
}
