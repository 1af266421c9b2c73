//! Bridges: two channels that hand each other's frames on.

use super::channel::{Channel, ChannelIndex};
use super::error::Error;
use super::socket::ChannelSocket;

/// Two channels bridged in the kernel: what either receives the other sends, and no program sees
/// it. Ends when dropped.
///
/// An L2TP access concentrator is a [`PppoeSocket`](super::PppoeSocket) bridged to a
/// [`SessionSocket`](super::SessionSocket), so that PPP runs between the subscriber and the
/// network server; a tunnel switch is two `SessionSocket`s. The sockets are not the bridge's: when
/// one of them is closed its channel ends, and the bridge with it.
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
#[must_use = "a bridge ends when it is dropped"]
pub struct Bridge {
    one: Channel,
    other: ChannelIndex,
    stays: bool,
}

impl Bridge {
    /// Bridges the channels of two sockets of the calling thread's network namespace.
    ///
    /// # Errors
    ///
    /// `ENOTTY` from kernels before 5.11; `EALREADY` when one of the channels is bridged or
    /// connected to a unit; otherwise as [`ChannelSocket::channel`].
    pub fn new(one: &impl ChannelSocket, other: &impl ChannelSocket) -> Result<Self, Error> {
        let one = one.channel()?;
        let other = other.channel_index()?;
        one.bridge(other)?;
        Ok(Self { one, other, stays: false })
    }

    /// The two channels.
    #[must_use]
    pub fn channels(&self) -> (ChannelIndex, ChannelIndex) {
        (self.one.index(), self.other)
    }

    /// Ends the bridge and tells how that went, which dropping does not.
    ///
    /// # Errors
    ///
    /// `EINVAL` when it has ended before, with one of the sockets.
    pub fn end(mut self) -> Result<(), Error> {
        self.stays = true;
        self.one.unbridge()
    }

    /// Leaves the bridge to the two sockets: it lasts as long as both of them.
    pub fn keep(mut self) {
        self.stays = true;
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        if !self.stays {
            // It may have ended already, and there is nobody to tell.
            let _ = self.one.unbridge();
        }
    }
}
