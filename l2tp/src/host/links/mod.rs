//! The network interface of an Ethernet session: its index, which renames do not change.
//!
//! The L2TP family does not report the index. But the kernel notifies rtnetlink's multicast group
//! of every interface when it is registered, before it acknowledges the creation of the session. A
//! socket that joined the group before the request has the notification after it, whatever other
//! programs do to interfaces at the same time. `message` decodes rtnetlink messages, `table` tracks
//! the interfaces without a socket, `view` adds the socket, and `create` adds the connection.

mod create;
mod message;
mod table;
mod view;

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use view::View;

use crate::error::{Error, Operation, closed};
use crate::netlink::socket::Socket;
use crate::netlink::transport::ready;
use crate::{Conn, IfName, Netns, SessionConfig};

/// The requested size of the receive buffer, enough for several hundred notifications.
const RECEIVE_BUFFER: usize = 4 << 20;

/// A network interface at the time of the call that returned it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interface {
    /// The index in its network namespace. A rename does not change it.
    pub index: u32,
    /// The name.
    pub name: IfName,
    /// The MTU in bytes. For a new session the kernel computes it from the path MTU to the peer.
    pub mtu: u32,
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (index {}, MTU {})", self.name, self.index, self.mtu)
    }
}

/// The network namespace in which an interface is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InterfaceNamespace {
    /// In the same namespace, with this name.
    Here(IfName),
    /// In another namespace: `ip link set NAME netns …`.
    Moved {
        /// The id that this namespace has for the other one (`ip netns list-id`).
        netns_id: Option<i32>,
        /// The interface's index there.
        index: u32,
    },
    /// The interface was deleted with its session, or is not known.
    Gone,
}

/// Tracks the interfaces of a network namespace, and creates Ethernet sessions whose interface it
/// reports.
///
/// One value can create any number of sessions. It follows renames and moves: each method first
/// reads the notifications that have arrived, so its result is current. It needs no privilege of
/// its own.
///
/// ```no_run
/// use l2tp::host::Links;
/// use l2tp::{Conn, EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};
///
/// let mut conn = Conn::open()?;
/// let mut links = Links::open()?;
/// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
/// let session = SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20);
/// let interface = links.create_session(&mut conn, &session)?;
/// println!("session 10 is on {interface}");
/// // Later, after udev may have renamed it:
/// println!("now {:?}", links.name_of(interface.index)?);
/// # Ok::<(), l2tp::Error>(())
/// ```
#[derive(Debug)]
pub struct Links {
    view: View<Socket>,
}

impl Links {
    /// Opens a socket in the calling thread's network namespace and lists its interfaces.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the socket cannot be opened.
    pub fn open() -> Result<Self, Error> {
        let (socket, port) = listen().map_err(cannot_dump)?;
        Ok(Self { view: View::open(socket, port)? })
    }

    /// Does the same in another network namespace. The calling thread stays in its own.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); also [`Error::Netns`] if the namespace cannot be entered.
    pub fn open_in(netns: &Netns) -> Result<Self, Error> {
        netns.run(Self::open).map_err(closed(Operation::ListLinks))?
    }

    /// Creates an Ethernet session and returns its interface. The connection must be in the same
    /// network namespace.
    ///
    /// There is no race: the kernel sends the notification about the interface before it
    /// acknowledges the session. If another program registers an interface with the same name at
    /// the same time, or notifications are lost, the session is deleted and created again.
    ///
    /// # Errors
    ///
    /// As [`Conn::create_session`]; [`Error::Config`] for a session without an interface;
    /// [`Error::NoInterface`] if no notification arrived.
    pub fn create_session(
        &mut self,
        conn: &mut Conn,
        config: &SessionConfig,
    ) -> Result<Interface, Error> {
        ready(self.create(conn.engine(), config))
    }

    /// The current name of an interface; `None` if the namespace has no interface with this index.
    ///
    /// # Errors
    ///
    /// If the socket fails.
    pub fn name_of(&mut self, index: u32) -> Result<Option<IfName>, Error> {
        Ok(self.view.refreshed()?.get(index).map(|interface| interface.name))
    }

    /// The interface that currently has this name.
    ///
    /// # Errors
    ///
    /// If the socket fails.
    pub fn named(&mut self, name: IfName) -> Result<Option<Interface>, Error> {
        Ok(self.view.refreshed()?.named(name).copied())
    }

    /// The namespace of the interface that had this index. Moves are tracked for the interfaces of
    /// [`create_session`](Self::create_session).
    ///
    /// # Errors
    ///
    /// If the socket fails.
    pub fn namespace_of(&mut self, index: u32) -> Result<InterfaceNamespace, Error> {
        Ok(self.view.refreshed()?.namespace(index))
    }

    /// All interfaces of the namespace, by index.
    ///
    /// # Errors
    ///
    /// If the socket fails.
    pub fn interfaces(&mut self) -> Result<impl Iterator<Item = &Interface>, Error> {
        Ok(self.view.refreshed()?.all())
    }
}

impl AsFd for Links {
    /// Readable when a notification about an interface has arrived.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.view.socket().as_fd()
    }
}

/// A socket that has joined the multicast group of interfaces, and its port.
fn listen() -> io::Result<(Socket, u32)> {
    let socket = Socket::open_route()?;
    socket.join(l2tp_sys::RTNLGRP_LINK)?;
    // Without privilege the kernel limits the size; an overrun is then more probable.
    socket.reserve_receive_buffer(RECEIVE_BUFFER)?;
    let port = socket.port()?;
    Ok((socket, port))
}

fn cannot_dump(error: io::Error) -> Error {
    Error::Io { operation: Operation::ListLinks, error }
}
