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

/// A live picture of the tunnels and sessions of a network namespace, as
/// [`l2tp::Follower`](crate::Follower) is one.
///
/// A future that waits for a change may be dropped: no change is lost. What it was about to ask
/// the kernel is asked by the next one.
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
    /// Looks at the network namespace of the calling thread, and begins to listen:
    /// [`Follower::open`](crate::Follower::open).
    pub async fn open(interval: Duration) -> Result<Self, Error> {
        Self::over(sockets().map_err(cannot_listen)?, interval).await
    }

    /// Likewise in another network namespace: [`Follower::open_in`](crate::Follower::open_in).
    pub async fn open_in(netns: &Netns, interval: Duration) -> Result<Self, Error> {
        let opened = netns.run(sockets).map_err(closed(Operation::Listen))?;
        Self::over(opened.map_err(cannot_listen)?, interval).await
    }

    async fn over(sockets: (Socket, Socket), interval: Duration) -> Result<Self, Error> {
        let events = AsyncSocket::listening(sockets.0).map_err(cannot_listen)?;
        let questions = AsyncSocket::asking(sockets.1).map_err(cannot_listen)?;
        Ok(Self { driver: Driver::open(events, questions, interval).await? })
    }

    /// The next change, as soon as there is one:
    /// [`Follower::next_change`](crate::Follower::next_change).
    pub async fn next_change(&mut self) -> Result<Change, Error> {
        loop {
            if let Some(change) = self.driver.next(None).await? {
                return Ok(change);
            }
        }
    }

    /// The next change, or `None` if there is none within `limit`:
    /// [`Follower::next_within`](crate::Follower::next_within).
    pub async fn next_within(&mut self, limit: Duration) -> Result<Option<Change>, Error> {
        self.driver.next(deadline(limit)).await
    }

    /// The next change, if there is one already: [`Follower::try_next`](crate::Follower::try_next).
    pub async fn try_next(&mut self) -> Result<Option<Change>, Error> {
        self.driver.next(Some(Instant::now())).await
    }

    /// How long a caller that waits for the descriptor may wait at most:
    /// [`Follower::timeout`](crate::Follower::timeout).
    pub fn timeout(&mut self) -> Option<Duration> {
        self.driver.timeout()
    }

    /// What the follower knows: [`Follower::picture`](crate::Follower::picture).
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
