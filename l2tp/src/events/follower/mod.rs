//! A live picture of the tunnels and sessions of a network namespace.
//!
//! The kernel does not notify of every change and, up to Linux 7.2, also sends the notifications of
//! other namespaces. A [`Follower`] takes a notification as a hint to get the object again, and
//! dumps everything at an interval to find changes without a notification. `machine` decides what
//! to request and what has changed, with a `picture` and a `schedule`; it has neither socket nor
//! clock. `driver` connects it to them.

mod change;
mod driver;
mod machine;
mod picture;
mod schedule;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

pub use change::Change;
pub(crate) use driver::Driver;
pub use picture::Picture;

use crate::error::{Error, Operation, closed};
use crate::events::{cannot_listen, deadline};
use crate::netlink::socket::Socket;
use crate::netlink::transport::ready;
use crate::{Netns, SessionId, TunnelId};

/// The ids of a session.
type SessionIds = (TunnelId, SessionId);

/// A live picture of the tunnels and sessions of a network namespace.
///
/// It first returns every existing object as [`Change::Added`], and then each change. It needs
/// `CAP_NET_ADMIN`, as get requests and dumps do.
///
/// - **Changes with a notification** are returned at once: for every event the follower gets the
///   object from the kernel. An event of another namespace, which the kernel also sends up to 7.2,
///   costs a request and returns no change.
/// - **Changes without a notification** are returned after the next dump, at most one `interval`
///   later: tunnels whose socket was closed, sessions that PPPoL2TP sockets created or deleted. The
///   sessions of a deleted tunnel are removed with it.
/// - **Order**: a tunnel is added before its sessions, and sessions are removed before their tunnel.
/// - **Counters** alone are not a change. The picture's counters are as old as the last request.
/// - **Lost events** ([`Event::Lost`](crate::Event::Lost)) make the follower dump everything at once.
///   Two changes of one object between two requests are returned as one change, or not at all.
/// - **Failures** are returned. What failed is tried again after a pause of 2 ms, which grows to half
///   a second, whatever the interval.
/// - **Floods of events** delay a call past its deadline by at most a few hundred requests. Memory is
///   limited to the existing objects, the changes that the program has not taken yet, and a fixed
///   number of pending requests: when other namespaces send events of more objects than that,
///   everything is dumped instead.
///
/// As an iterator it waits for each change and never ends, not even after an error.
///
/// ```no_run
/// use std::time::Duration;
/// use l2tp::events::Change;
/// use l2tp::Follower;
///
/// for change in Follower::open(Duration::from_secs(1))? {
///     match change? {
///         Change::Added(object) => println!("new: {object}"),
///         Change::Changed { before, after } => println!("was {before}, is {after}"),
///         Change::Removed(object) => println!("gone: {object}"),
///     }
/// }
/// # Ok::<(), l2tp::Error>(())
/// ```
///
/// With `poll(2)`, wait until the file descriptor is readable or [`timeout`](Self::timeout) has
/// passed, and call [`try_next`](Self::try_next) until it returns `None`.
///
/// A follower keeps two sockets open, so its namespace cannot end.
#[derive(Debug)]
pub struct Follower {
    driver: Driver<Socket>,
}

impl Follower {
    /// Follows the network namespace of the calling thread. Everything is dumped again each
    /// `interval`, which is a millisecond at least; with [`Duration::MAX`], never.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// let follower = l2tp::Follower::open(Duration::from_secs(5))?;
    /// println!("{} tunnels", follower.picture().tunnels().count());
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoFamily`] when the kernel has no L2TP; [`Error::Rejected`] with `EPERM`;
    /// [`Error::Io`] when no socket can be opened.
    pub fn open(interval: Duration) -> Result<Self, Error> {
        let (events, queries) = sockets().map_err(cannot_listen)?;
        Ok(Self { driver: ready(Driver::open(events, queries, interval))? })
    }

    /// Follows another network namespace. The calling thread stays in its own.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use l2tp::{Follower, Netns};
    /// let follower = Follower::open_in(&Netns::named("blue")?, Duration::from_secs(5))?;
    /// println!("{} tunnels", follower.picture().tunnels().count());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`Error::Netns`] when the namespace cannot be entered.
    pub fn open_in(netns: &Netns, interval: Duration) -> Result<Self, Error> {
        netns.run(|| Self::open(interval)).map_err(closed(Operation::Listen))?
    }

    /// Waits for the next change.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use l2tp::events::Change;
    /// # use l2tp::Follower;
    /// let mut follower = Follower::open(Duration::from_secs(1))?;
    /// if let Change::Added(object) = follower.next_change()? {
    ///     println!("new: {object}");
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When a request or a dump fails. The picture stays as it is, and a later call tries again.
    pub fn next_change(&mut self) -> Result<Change, Error> {
        loop {
            if let Some(change) = ready(self.driver.next(None))? {
                return Ok(change);
            }
        }
    }

    /// Waits for the next change, at most for `limit`; `None` if there was none. Get requests and
    /// dumps that are due then are sent as [`try_next`](Self::try_next) does.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # let mut follower = l2tp::Follower::open(Duration::from_secs(1))?;
    /// match follower.next_within(Duration::from_secs(10))? {
    ///     Some(change) => println!("{change:?}"),
    ///     None => println!("nothing has changed for ten seconds"),
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`next_change`](Self::next_change).
    pub fn next_within(&mut self, limit: Duration) -> Result<Option<Change>, Error> {
        ready(self.driver.next(deadline(limit)))
    }

    /// The next change, if one is known. It first sends the get requests and dumps that are due,
    /// but none after ten milliseconds, except the first. The next call sends the rest, and
    /// [`timeout`](Self::timeout) is zero until then.
    ///
    /// ```no_run
    /// # let mut follower = l2tp::Follower::open(std::time::Duration::from_secs(1))?;
    /// while let Some(change) = follower.try_next()? {
    ///     println!("{change:?}");
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`next_change`](Self::next_change).
    pub fn try_next(&mut self) -> Result<Option<Change>, Error> {
        ready(self.driver.next(Some(Instant::now())))
    }

    /// The longest time that a caller may wait for the file descriptor before it calls
    /// [`try_next`](Self::try_next); `None` means without a limit.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # let mut follower = l2tp::Follower::open(Duration::from_secs(1))?;
    /// if follower.timeout() == Some(Duration::ZERO) {
    ///     println!("call try_next at once: {:?}", follower.try_next()?);
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    pub fn timeout(&mut self) -> Option<Duration> {
        self.driver.timeout()
    }

    /// Every tunnel and session that the follower knows.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use l2tp::{Follower, TunnelId};
    /// let follower = Follower::open(Duration::from_secs(1))?;
    /// println!("{} sessions", follower.picture().sessions_of(TunnelId(1)).count());
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    #[must_use]
    pub fn picture(&self) -> &Picture {
        self.driver.picture()
    }
}

impl Iterator for Follower {
    type Item = Result<Change, Error>;

    /// Waits for the next change. Never `None`.
    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_change())
    }
}

impl AsFd for Follower {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.driver.socket().as_fd()
    }
}

/// One socket for events and one for get requests.
pub(crate) fn sockets() -> io::Result<(Socket, Socket)> {
    Ok((Socket::open()?, Socket::open()?))
}
