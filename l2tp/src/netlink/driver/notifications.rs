//! Notifications of multicast groups.

use std::io;
use std::time::{Duration, Instant};

use super::Driver;
use crate::netlink::error::Error;
use crate::netlink::message::Message;
use crate::netlink::transport::Transport;

impl<S: Transport> Driver<S> {
    /// Joins a multicast group.
    pub(crate) fn join(&self, group: u32) -> Result<(), Error> {
        self.socket.join(group).map_err(|error| Error::Join { group, error })
    }

    /// Joins a multicast group after the last request: of that nothing is left to receive then.
    pub(crate) async fn begin_to_listen(&mut self, group: u32) -> Result<(), Error> {
        self.settle().await?;
        self.pass_over().await?;
        self.join(group)
    }

    /// The next notification.
    pub(crate) async fn next_notification(&mut self) -> Result<Message<'_>, Error> {
        while !self.has_notification()? {
            self.socket.yield_now_and_then().await;
            let received = self.socket.recv(self.exchange.space()).await;
            self.take_datagram(received)?;
        }
        Ok(self.exchange.message()?)
    }

    /// The next notification, or `None` if there is none within `limit`.
    pub(crate) async fn next_notification_within(
        &mut self,
        limit: Duration,
    ) -> Result<Option<Message<'_>>, Error> {
        let deadline = Instant::now().checked_add(limit);
        let mut expired = false;
        while !self.has_notification()? {
            if expired {
                return Ok(None);
            }
            self.socket.yield_now_and_then().await;
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            // What was received by the deadline is read, and no more of what is no notification.
            expired = left.is_some_and(|left| left.is_zero());
            if !self.socket.readable(left).await.map_err(Error::Receive)? {
                return Ok(None);
            }
            match self.socket.try_recv(self.exchange.space()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                received => self.take_datagram(received)?,
            }
        }
        Ok(Some(self.exchange.message()?))
    }

    /// Moves on to the next notification of the datagram, which is then the exchange's message.
    fn has_notification(&mut self) -> Result<bool, Error> {
        while let Some(message) = self.exchange.inbox.next_message()? {
            // The numbers below are those of netlink itself, as of an acknowledgement.
            if message.header.kind >= l2tp_sys::NLMSG_MIN_TYPE {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn take_datagram(&mut self, received: io::Result<usize>) -> Result<(), Error> {
        match received {
            Ok(len) => Ok(self.exchange.received(len)?),
            Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => Err(Error::Overrun),
            Err(error) => Err(Error::Receive(error)),
        }
    }
}
