//! The async follower.

#![expect(clippy::missing_errors_doc, reason = "each method fails as the blocking one it names")]

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use super::socket::AsyncSocket;
use crate::Netns;
use crate::error::{Error, Operation, closed};
use crate::events::follower::{Change, Driver, Picture, sockets};
use crate::events::{cannot_listen, deadline};
use crate::netlink::socket::Socket;

/// A live picture of the tunnels and sessions of a network namespace: the async form of
/// [`l2tp::Follower`](crate::Follower).
///
/// A future that waits for a change may be dropped: no change is lost. The next call sends
/// the requests that were due.
///
/// ```no_run
/// use std::time::Duration;
/// use l2tp::tokio::Follower;
///
/// # async fn example() -> Result<(), l2tp::Error> {
/// let mut follower = Follower::open(Duration::from_secs(1)).await?;
/// loop {
///     println!("{:?}", follower.next_change().await?);
///     println!("{} sessions", follower.picture().sessions().count());
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Follower {
    driver: Driver<AsyncSocket>,
}

impl Follower {
    /// Follows the network namespace of the calling thread:
    /// [`Follower::open`](crate::Follower::open).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn example(follower: &mut l2tp::tokio::Follower) -> Result<(), Box<dyn std::error::Error>> {
    /// let follower = l2tp::tokio::Follower::open(Duration::from_secs(5)).await?;
    /// println!("{} tunnels", follower.picture().tunnels().count());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn open(interval: Duration) -> Result<Self, Error> {
        Self::over(sockets().map_err(cannot_listen)?, interval).await
    }

    /// Follows another network namespace: [`Follower::open_in`](crate::Follower::open_in).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use l2tp::{Netns, tokio::Follower};
    /// # async fn example(follower: &mut l2tp::tokio::Follower) -> Result<(), Box<dyn std::error::Error>> {
    /// let blue = Netns::named("blue")?;
    /// let follower = Follower::open_in(&blue, Duration::from_secs(5)).await?;
    /// println!("{} tunnels", follower.picture().tunnels().count());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn open_in(netns: &Netns, interval: Duration) -> Result<Self, Error> {
        let opened = netns.run(sockets).map_err(closed(Operation::Listen))?;
        Self::over(opened.map_err(cannot_listen)?, interval).await
    }

    async fn over(sockets: (Socket, Socket), interval: Duration) -> Result<Self, Error> {
        let events = AsyncSocket::listening(sockets.0).map_err(cannot_listen)?;
        let requests = AsyncSocket::asking(sockets.1).map_err(cannot_listen)?;
        Ok(Self { driver: Driver::open(events, requests, interval).await? })
    }

    /// Waits for the next change:
    /// [`Follower::next_change`](crate::Follower::next_change).
    ///
    /// ```no_run
    /// # async fn example(follower: &mut l2tp::tokio::Follower) -> Result<(), Box<dyn std::error::Error>> {
    /// println!("{}", follower.next_change().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next_change(&mut self) -> Result<Change, Error> {
        loop {
            if let Some(change) = self.driver.next(None).await? {
                return Ok(change);
            }
        }
    }

    /// Waits for the next change, at most for `limit`:
    /// [`Follower::next_within`](crate::Follower::next_within).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn example(follower: &mut l2tp::tokio::Follower) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Some(change) = follower.next_within(Duration::from_secs(10)).await? {
    ///     println!("{change}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next_within(&mut self, limit: Duration) -> Result<Option<Change>, Error> {
        self.driver.next(deadline(limit)).await
    }

    /// The next change, if one is known: [`Follower::try_next`](crate::Follower::try_next).
    ///
    /// ```no_run
    /// # async fn example(follower: &mut l2tp::tokio::Follower) -> Result<(), Box<dyn std::error::Error>> {
    /// while let Some(change) = follower.try_next().await? {
    ///     println!("{change}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn try_next(&mut self) -> Result<Option<Change>, Error> {
        self.driver.next(Some(Instant::now())).await
    }

    /// The longest time that a caller may wait for the file descriptor:
    /// [`Follower::timeout`](crate::Follower::timeout).
    ///
    /// ```no_run
    /// # async fn example(follower: &mut l2tp::tokio::Follower) -> Result<(), Box<dyn std::error::Error>> {
    /// println!("call try_next after {:?} at the latest", follower.timeout());
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout(&mut self) -> Option<Duration> {
        self.driver.timeout()
    }

    /// Every tunnel and session that the follower knows: [`Follower::picture`](crate::Follower::picture).
    ///
    /// ```no_run
    /// # async fn example(follower: &mut l2tp::tokio::Follower) -> Result<(), Box<dyn std::error::Error>> {
    /// println!("{} sessions", follower.picture().sessions().count());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn picture(&self) -> &Picture {
        self.driver.picture()
    }
}

impl AsFd for Follower {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.driver.socket().as_fd()
    }
}
