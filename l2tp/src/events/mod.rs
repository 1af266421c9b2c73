//! The kernel's notifications: which tunnels and sessions were created, deleted and modified, and
//! by whose request.
//!
//! [`Events`] is a socket that has joined the family's multicast group. `decoder` turns datagrams
//! into [`Event`]s without a socket; `listener` connects it to one, and `check` finds out when a
//! loss of notifications has ended. [`Follower`] keeps a picture of all tunnels and sessions up to
//! date.

mod check;
mod decoder;
mod event;
pub(crate) mod follower;
mod listener;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

pub use event::{Event, EventLoss, Requester, TunnelOrSession};
pub use follower::{Change, Follower, Picture};
pub(crate) use listener::{Listener, deadline};

use crate::Netns;
use crate::error::{Error, Operation, closed};
use crate::netlink::socket::Socket;
use crate::netlink::transport::ready;

/// A listener to the kernel's L2TP notifications, on a socket of its own.
///
/// As an iterator it waits for each event and never ends, not even after an error (a message that
/// cannot be decoded). It needs no privilege.
///
/// ```no_run
/// use l2tp::events::TunnelOrSession;
/// use l2tp::{Event, Events};
///
/// for event in Events::open()? {
///     match event? {
///         Event::Created(TunnelOrSession::Session(session), by) => println!("{session} by {}", by.port),
///         Event::Lost(_) => println!("some were lost: dump everything again"),
///         event => println!("{event}"),
///     }
/// }
/// # Ok::<(), l2tp::Error>(())
/// ```
///
/// With `poll(2)`, wait until the file descriptor is readable or [`timeout`](Self::timeout) has
/// passed, and call [`try_next`](Self::try_next) until it returns `None`. Register the file
/// descriptor as level-triggered: one call reads a limited number of messages that are not events,
/// so some may be left.
#[derive(Debug)]
pub struct Events {
    listener: Listener<Socket>,
}

impl Events {
    /// Begins to listen in the calling thread's network namespace. From then on a lost notification
    /// is reported by an [`Event::Lost`].
    ///
    /// ```no_run
    /// let mut events = l2tp::Events::open()?;
    /// println!("{}", events.next_event()?);
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoFamily`] when the kernel has no L2TP; [`Error::Io`] when no socket can be opened.
    pub fn open() -> Result<Self, Error> {
        let socket = Socket::open().map_err(cannot_listen)?;
        Ok(Self { listener: ready(Listener::open(socket))? })
    }

    /// Begins to listen in another network namespace. The calling thread stays in its own.
    ///
    /// ```no_run
    /// # use l2tp::{Events, Netns};
    /// let mut events = Events::open_in(&Netns::named("blue")?)?;
    /// println!("{}", events.next_event()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`Error::Netns`] when the namespace cannot be entered.
    pub fn open_in(netns: &Netns) -> Result<Self, Error> {
        netns.run(Self::open).map_err(closed(Operation::Listen))?
    }

    /// Waits for the next event.
    ///
    /// ```no_run
    /// # let mut events = l2tp::Events::open()?;
    /// let event = events.next_event()?;
    /// if let Some(requester) = event.requester() {
    ///     println!("{event}, requested by port {}", requester.port);
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] for a message that cannot be decoded: the next call continues with the
    /// message after it. [`Error::Io`] when the kernel has no memory: a later call tries again.
    pub fn next_event(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = ready(self.listener.next(None))? {
                return Ok(event);
            }
        }
    }

    /// Waits for the next event, at most for `limit`; `None` if there was none.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # let mut events = l2tp::Events::open()?;
    /// match events.next_within(Duration::from_secs(10))? {
    ///     Some(event) => println!("{event}"),
    ///     None => println!("no event for ten seconds"),
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event).
    pub fn next_within(&mut self, limit: Duration) -> Result<Option<Event>, Error> {
        ready(self.listener.next(deadline(limit)))
    }

    /// The next event if one has been received; never waits.
    ///
    /// ```no_run
    /// # let mut events = l2tp::Events::open()?;
    /// while let Some(event) = events.try_next()? {
    ///     println!("{event}");
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event).
    pub fn try_next(&mut self) -> Result<Option<Event>, Error> {
        self.listener.try_next()
    }

    /// The longest time that a caller may wait for the file descriptor before it calls
    /// [`try_next`](Self::try_next). `None` means no limit, and is usual: there is a limit only
    /// while something failed for lack of memory and must be tried again.
    ///
    /// ```no_run
    /// # let events = l2tp::Events::open()?;
    /// let milliseconds = match events.timeout() {
    ///     None => -1, // As `poll(2)` wants it: without a limit.
    ///     Some(timeout) => i32::try_from(timeout.as_millis() + 1).unwrap_or(i32::MAX),
    /// };
    /// # let _ = milliseconds;
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.listener.timeout()
    }

    /// Requests a receive buffer of `bytes` and returns its size afterwards. An event takes about
    /// 1 KiB of it. The initial size is 1 MiB if the process has `CAP_NET_ADMIN`, and otherwise at
    /// most `net.core.rmem_max`.
    ///
    /// ```no_run
    /// let events = l2tp::Events::open()?;
    /// let granted = events.reserve(16 << 20)?;
    /// println!("the buffer holds about {} events", granted / 1024);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// None that an open socket returns.
    pub fn reserve(&self, bytes: usize) -> io::Result<usize> {
        self.listener.socket.reserve_receive_buffer(bytes)
    }
}

impl Iterator for Events {
    type Item = Result<Event, Error>;

    /// Waits for the next event. Never `None`.
    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_event())
    }
}

impl AsFd for Events {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.socket.as_fd()
    }
}

pub(crate) fn cannot_listen(error: io::Error) -> Error {
    Error::Io { operation: Operation::Listen, error }
}
