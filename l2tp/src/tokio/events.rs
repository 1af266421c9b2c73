//! The async listener.

#![expect(clippy::missing_errors_doc, reason = "each method fails as the blocking one it names")]

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::socket::AsyncSocket;
use crate::Netns;
use crate::error::{Error, Operation, closed};
use crate::events::{Event, Listener, cannot_listen, deadline};
use crate::netlink::socket::Socket;
use crate::netlink::transport::Transport;

/// A listener to the kernel's L2TP notifications, as [`l2tp::Events`](crate::Events) is one.
///
/// A future that waits for an event may be dropped: no event is lost.
///
/// ```no_run
/// use l2tp::tokio::{Conn, Events};
///
/// # async fn example() -> Result<(), l2tp::Error> {
/// let mut events = Events::open().await?;
/// let mut conn = Conn::open().await?;
/// tokio::select! {
///     event = events.next_event() => println!("{}", event?),
///     _ = tokio::time::sleep(std::time::Duration::from_secs(1)) => conn.noop().await?,
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Events {
    listener: Listener<AsyncSocket>,
}

impl Events {
    /// Begins to listen in the network namespace of the calling thread:
    /// [`Events::open`](crate::Events::open).
    pub async fn open() -> Result<Self, Error> {
        Self::over(Socket::open().map_err(cannot_listen)?).await
    }

    /// Begins to listen in another network namespace:
    /// [`Events::open_in`](crate::Events::open_in).
    pub async fn open_in(netns: &Netns) -> Result<Self, Error> {
        let opened = netns.run(Socket::open).map_err(closed(Operation::Listen))?;
        Self::over(opened.map_err(cannot_listen)?).await
    }

    async fn over(socket: Socket) -> Result<Self, Error> {
        let socket = AsyncSocket::listening(socket).map_err(cannot_listen)?;
        Ok(Self { listener: Listener::open(socket).await? })
    }

    /// The next event, as soon as there is one: [`Events::next_event`](crate::Events::next_event).
    pub async fn next_event(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = self.listener.next(None).await? {
                return Ok(event);
            }
        }
    }

    /// The next event, or `None` if there is none within `limit`:
    /// [`Events::next_within`](crate::Events::next_within).
    pub async fn next_within(&mut self, limit: Duration) -> Result<Option<Event>, Error> {
        self.listener.next(deadline(limit)).await
    }

    /// The next event, if there is one already: [`Events::try_next`](crate::Events::try_next).
    pub fn try_next(&mut self) -> Result<Option<Event>, Error> {
        self.listener.try_next()
    }

    /// How long a caller that waits for the descriptor may wait at most:
    /// [`Events::timeout`](crate::Events::timeout).
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.listener.timeout()
    }

    /// Asks for a receive buffer of `bytes`: [`Events::reserve`](crate::Events::reserve).
    pub fn reserve(&self, bytes: usize) -> io::Result<usize> {
        self.listener.socket.reserve_receive_buffer(bytes)
    }
}

impl AsFd for Events {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.socket.as_fd()
    }
}
