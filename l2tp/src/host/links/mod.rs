//! Which network interface a session got: its index, which no rename changes.
//!
//! The kernel does not report it. It does announce every interface when it is registered, on the
//! group of rtnetlink, and queues that before it acknowledges the session's creation. So a socket
//! that joined the group before the request holds the answer after it, whatever others do to
//! interfaces at the same time. `message` reads rtnetlink, `table` keeps account without a socket,
//! `view` joins both to one, and `create` that to a connection.

mod create;
mod message;
mod table;
mod view;

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use view::View;

use crate::conn::engine::ready;
use crate::error::{Error, Operation, closed};
use crate::netlink::socket::Socket;
use crate::{Conn, IfName, Netns, SessionConfig};

/// What is asked of the receive buffer: room for several hundred notifications.
const RECEIVE_BUFFER: usize = 4 << 20;

/// A network interface, as it was at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interface {
    /// Its number in its network namespace. It stays when the interface is renamed.
    pub index: u32,
    /// Its name.
    pub name: IfName,
    /// Its MTU in bytes: for a new session what the kernel computed from the path to the peer.
    pub mtu: u32,
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (index {}, MTU {})", self.name, self.index, self.mtu)
    }
}

/// Where an interface is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// In the namespace, under this name.
    Here(IfName),
    /// In another namespace: `ip link set NAME netns …`.
    Moved {
        /// The number by which this namespace knows that one (`ip netns list-id`).
        netns_id: Option<i32>,
        /// Its index there.
        index: u32,
    },
    /// Nowhere: its session was deleted, or nothing is known of it.
    Gone,
}

/// A view of a network namespace's interfaces, and the way to create Ethernet sessions whose
/// interface is known.
///
/// One serves for any number of creations. It follows renames and moves: each question first reads
/// the notifications that have arrived, so it is answered as of that moment. Needs no privilege of
/// its own.
///
/// ```no_run
/// use l2tp::{Conn, EncapType, Links, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};
///
/// let mut conn = Conn::open()?;
/// let mut links = Links::open()?;
/// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
/// let session = SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20);
/// let interface = links.create_session(&mut conn, &session)?;
/// println!("session 10 is on {interface}");
/// // … and later, whatever udev has renamed it to:
/// println!("now {:?}", links.name_of(interface.index)?);
/// # Ok::<(), l2tp::Error>(())
/// ```
#[derive(Debug)]
pub struct Links {
    view: View<Socket>,
}

impl Links {
    /// Begins to watch the interfaces of the calling thread's network namespace.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when no socket can be had.
    pub fn open() -> Result<Self, Error> {
        let (socket, port) = listen().map_err(cannot_list)?;
        Ok(Self { view: View::open(socket, port)? })
    }

    /// Begins to watch the interfaces of another network namespace, without moving the caller's
    /// thread.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`Error::Netns`] when the namespace cannot be entered.
    pub fn open_in(netns: &Netns) -> Result<Self, Error> {
        netns.run(Self::open).map_err(closed(Operation::ListLinks))?
    }

    /// Creates an Ethernet session and tells which interface it got. The connection must be of the
    /// same network namespace.
    ///
    /// There is no race to lose: the kernel announces the interface before it acknowledges the
    /// session. Should another program get an interface of the same name registered in the same
    /// moment, or notifications be lost, the session is deleted and created again.
    ///
    /// # Errors
    ///
    /// Those of [`Conn::create_session`]; [`Error::Config`] for a session without an interface;
    /// [`Error::NoInterface`] when none was announced.
    pub fn create_session(
        &mut self,
        conn: &mut Conn,
        config: &SessionConfig,
    ) -> Result<Interface, Error> {
        ready(self.create(conn.engine(), config))
    }

    /// The name that an interface has now; `None` if there is none of this index here.
    ///
    /// # Errors
    ///
    /// When the socket fails.
    pub fn name_of(&mut self, index: u32) -> Result<Option<IfName>, Error> {
        Ok(self.view.refreshed()?.get(index).map(|interface| interface.name))
    }

    /// The interface that has this name now.
    ///
    /// # Errors
    ///
    /// When the socket fails.
    pub fn named(&mut self, name: IfName) -> Result<Option<Interface>, Error> {
        Ok(self.view.refreshed()?.named(name).copied())
    }

    /// Where the interface is that had this index here. Moves are known of interfaces that
    /// [`create_session`](Self::create_session) made.
    ///
    /// # Errors
    ///
    /// When the socket fails.
    pub fn place_of(&mut self, index: u32) -> Result<Place, Error> {
        Ok(self.view.refreshed()?.place(index))
    }

    /// All interfaces of the namespace, by index.
    ///
    /// # Errors
    ///
    /// When the socket fails.
    pub fn interfaces(&mut self) -> Result<impl Iterator<Item = &Interface>, Error> {
        Ok(self.view.refreshed()?.all())
    }
}

impl AsFd for Links {
    /// Readable when something has happened to an interface.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.view.socket().as_fd()
    }
}

/// A socket that has joined the group of interfaces, and its port.
fn listen() -> io::Result<(Socket, u32)> {
    let socket = Socket::open_route()?;
    socket.join(l2tp_sys::RTNLGRP_LINK)?;
    // Without privilege the wish is granted in part: then creations are repeated sooner.
    socket.reserve_receive_buffer(RECEIVE_BUFFER)?;
    let port = socket.port()?;
    Ok((socket, port))
}

fn cannot_list(error: io::Error) -> Error {
    Error::Io { operation: Operation::ListLinks, error }
}
