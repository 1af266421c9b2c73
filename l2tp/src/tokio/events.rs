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

/// An async listener to the kernel's L2TP notifications: the async form of
/// [`l2tp::Events`](crate::Events).
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
    ///
    /// ```no_run
    /// # async fn example(events: &mut l2tp::tokio::Events) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut events = l2tp::tokio::Events::open().await?;
    /// println!("{}", events.next_event().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn open() -> Result<Self, Error> {
        Self::over(Socket::open().map_err(cannot_listen)?).await
    }

    /// Begins to listen in another network namespace:
    /// [`Events::open_in`](crate::Events::open_in).
    ///
    /// ```no_run
    /// # use l2tp::Netns;
    /// # async fn example(events: &mut l2tp::tokio::Events) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut events = l2tp::tokio::Events::open_in(&Netns::named("blue")?).await?;
    /// println!("{}", events.next_event().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn open_in(netns: &Netns) -> Result<Self, Error> {
        let opened = netns.run(Socket::open).map_err(closed(Operation::Listen))?;
        Self::over(opened.map_err(cannot_listen)?).await
    }

    async fn over(socket: Socket) -> Result<Self, Error> {
        let socket = AsyncSocket::listening(socket).map_err(cannot_listen)?;
        Ok(Self { listener: Listener::open(socket).await? })
    }

    /// Waits for the next event: [`Events::next_event`](crate::Events::next_event).
    ///
    /// ```no_run
    /// # async fn example(events: &mut l2tp::tokio::Events) -> Result<(), Box<dyn std::error::Error>> {
    /// println!("{}", events.next_event().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next_event(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = self.listener.next(None).await? {
                return Ok(event);
            }
        }
    }

    /// Waits for the next event, at most for `limit`:
    /// [`Events::next_within`](crate::Events::next_within).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn example(events: &mut l2tp::tokio::Events) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Some(event) = events.next_within(Duration::from_secs(10)).await? {
    ///     println!("{event}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next_within(&mut self, limit: Duration) -> Result<Option<Event>, Error> {
        self.listener.next(deadline(limit)).await
    }

    /// The next event, if one has been received: [`Events::try_next`](crate::Events::try_next).
    ///
    /// ```no_run
    /// # async fn example(events: &mut l2tp::tokio::Events) -> Result<(), Box<dyn std::error::Error>> {
    /// while let Some(event) = events.try_next()? {
    ///     println!("{event}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn try_next(&mut self) -> Result<Option<Event>, Error> {
        self.listener.try_next()
    }

    /// The longest time that a caller may wait for the file descriptor:
    /// [`Events::timeout`](crate::Events::timeout).
    ///
    /// ```no_run
    /// # async fn example(events: &mut l2tp::tokio::Events) -> Result<(), Box<dyn std::error::Error>> {
    /// println!("call try_next after {:?} at the latest", events.timeout());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.listener.timeout()
    }

    /// Requests a receive buffer of `bytes`: [`Events::reserve`](crate::Events::reserve).
    ///
    /// ```no_run
    /// # async fn example(events: &mut l2tp::tokio::Events) -> Result<(), Box<dyn std::error::Error>> {
    /// println!("the receive buffer has {} bytes", events.reserve(16 << 20)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn reserve(&self, bytes: usize) -> io::Result<usize> {
        self.listener.socket.reserve_receive_buffer(bytes)
    }
}

impl AsFd for Events {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.socket.as_fd()
    }
}
