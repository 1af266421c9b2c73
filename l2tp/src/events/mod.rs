//! The kernel's notifications: what was created, deleted and modified, and at whose request.
//!
//! [`Events`] is a socket that has joined the family's multicast group. From the datagram to the
//! [`Event`] nothing but bytes is involved (`decoder`); `listener` joins that to a socket, and
//! `check` makes sure that an overrun is not the last that it receives.

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
/// As an iterator it waits for each event and never ends. An item that is an error (a message
/// that cannot be decoded) does not end it either. Needs no privilege.
///
/// ```no_run
/// use l2tp::events::TunnelOrSession;
/// use l2tp::{Event, Events};
///
/// for event in Events::open()? {
///     match event? {
///         Event::Created(TunnelOrSession::Session(session), by) => println!("{session} by {}", by.port),
///         Event::Lost(_) => println!("some were lost: list again"),
///         event => println!("{event}"),
///     }
/// }
/// # Ok::<(), l2tp::Error>(())
/// ```
///
/// With `poll(2)`, wait until the descriptor is readable or [`timeout`](Self::timeout) has passed,
/// and take events with [`try_next`](Self::try_next) until there is none. Register the descriptor
/// as level-triggered: a flood of messages that are no events leaves some unread.
#[derive(Debug)]
pub struct Events {
    listener: Listener<Socket>,
}

impl Events {
    /// Begins to listen in the calling thread's network namespace. From here on nothing is missed
    /// without an [`Event::Lost`].
    ///
    /// # Errors
    ///
    /// [`Error::NoFamily`] when the kernel has no L2TP; [`Error::Io`] when no socket can be had.
    pub fn open() -> Result<Self, Error> {
        let socket = bound().map_err(cannot_listen)?;
        Ok(Self { listener: ready(Listener::open(socket))? })
    }

    /// Begins to listen in another network namespace, without moving the caller's thread.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`Error::Netns`] when the namespace cannot be entered.
    pub fn open_in(netns: &Netns) -> Result<Self, Error> {
        netns.run(Self::open).map_err(closed(Operation::Listen))?
    }

    /// The next event, as soon as there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] for a message that cannot be decoded: the next call goes on behind it.
    /// [`Error::Io`] when the kernel has no memory: it is tried again by a later call.
    pub fn next_event(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = ready(self.listener.next(None))? {
                return Ok(event);
            }
        }
    }

    /// The next event, or `None` if there is none within `limit`.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event).
    pub fn next_within(&mut self, limit: Duration) -> Result<Option<Event>, Error> {
        ready(self.listener.next(deadline(limit)))
    }

    /// The next event, if there is one already.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event).
    pub fn try_next(&mut self) -> Result<Option<Event>, Error> {
        self.listener.try_next()
    }

    /// How long a caller that waits for the descriptor may wait at most before it calls
    /// [`try_next`](Self::try_next). `None`, which is for ever, unless the kernel had no memory for
    /// something that is to be tried again.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.listener.timeout()
    }

    /// Asks for a receive buffer of `bytes` and returns its size afterwards. An event takes about
    /// 1 KiB of it. It is 1 MiB at first, if the process has `CAP_NET_ADMIN`; otherwise at most
    /// `net.core.rmem_max`.
    ///
    /// # Errors
    ///
    /// None that an open socket gives.
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

/// A socket that has a port, without which it would be told nothing.
pub(crate) fn bound() -> io::Result<Socket> {
    Socket::open()
}

pub(crate) fn cannot_listen(error: io::Error) -> Error {
    Error::Io { operation: Operation::Listen, error }
}
