//! A live picture of the tunnels and sessions of a network namespace.
//!
//! The kernel's notifications leave much out and, up to Linux 7.2, tell of other namespaces too. A
//! [`Follower`] takes them as hints to ask again, and lists everything at an interval to find what
//! happened silently. `machine` decides what to ask and what has changed, over a `picture` and an
//! `agenda`; it knows neither sockets nor clocks. `driver` joins it to them.

mod agenda;
mod change;
mod driver;
mod machine;
mod picture;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

pub use change::Change;
pub(crate) use driver::Driver;
pub use picture::Picture;

use crate::error::{Error, Operation, closed};
use crate::events::{bound, cannot_listen, deadline};
use crate::netlink::socket::Socket;
use crate::netlink::transport::ready;
use crate::{Netns, SessionId, TunnelId};

/// What identifies a session.
type SessionIds = (TunnelId, SessionId);

/// A live picture of the tunnels and sessions of a network namespace.
///
/// It begins with what is there, which it yields as [`Change::Added`], and goes on with what
/// changes. It needs `CAP_NET_ADMIN`, as questions do.
///
/// - **What is notified** shows at once: every event makes the follower ask the kernel about the
///   object, so that an event of another namespace (the kernel tells them too up to 7.2) costs a
///   question and shows nothing.
/// - **What is silent** shows at the next listing, one `interval` later at most: tunnels whose
///   socket was closed, sessions that PPPoL2TP sockets made or took with them. The sessions of a
///   deleted tunnel are removed with it.
/// - **Order**: a tunnel is added before its sessions; sessions are removed before their tunnel.
/// - **Counters** alone are no change. The picture's are as old as the last question.
/// - **Lost events** ([`Event::Lost`](crate::Event::Lost)) make it list everything at once.
///   Two changes of one object between two looks show as one, or not at all.
/// - **Failures** are returned, and what failed is tried again after a pause of 2 ms that grows to
///   half a second, whatever the interval.
/// - **Floods** keep no call past its deadline for longer than a few hundred questions take, and
///   take no more memory than what exists, the changes that have not been taken and a fixed number
///   of questions: when other namespaces tell of more objects than that, everything is listed.
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
/// With `poll(2)`, wait until the descriptor is readable or [`timeout`](Self::timeout) has passed,
/// and take changes with [`try_next`](Self::try_next) until there is none.
///
/// A follower holds two sockets, so the namespace it is in cannot end.
#[derive(Debug)]
pub struct Follower {
    driver: Driver<Socket>,
}

impl Follower {
    /// Looks at the network namespace of the calling thread, and begins to listen. Everything is
    /// listed anew each `interval`, which is a millisecond at least; [`Duration::MAX`] is never.
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
    /// [`Error::Io`] when no socket can be had.
    pub fn open(interval: Duration) -> Result<Self, Error> {
        let (events, questions) = sockets().map_err(cannot_listen)?;
        Ok(Self { driver: ready(Driver::open(events, questions, interval))? })
    }

    /// Likewise in another network namespace, without moving the caller's thread.
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

    /// The next change, as soon as there is one.
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
    /// When a question or a listing fails: the picture stays as it is, and it is tried again.
    pub fn next_change(&mut self) -> Result<Change, Error> {
        loop {
            if let Some(change) = ready(self.driver.next(None))? {
                return Ok(change);
            }
        }
    }

    /// The next change, or `None` if there is none within `limit`.
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

    /// The next change, if there is one already. Asks the kernel what is due to be asked, at most
    /// some hundred questions and parts of a listing; what is left is due at the next call, and
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

    /// How long a caller that waits for the descriptor may wait at most before it calls
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

    /// What the follower knows: every tunnel and session, as the changes so far have made it.
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

/// One for events and one for questions.
pub(crate) fn sockets() -> io::Result<(Socket, Socket)> {
    Ok((bound()?, Socket::open()?))
}
