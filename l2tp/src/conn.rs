//! The blocking connection: one socket, no thread, two system calls an operation.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use crate::command::{
    Command, CreateManagedTunnel, CreateSession, CreateStaticTunnel, DeleteSession, DeleteTunnel,
    GetSession, GetTunnel, Noop,
};
use crate::error::{Error, Operation};
use crate::family::{self, Family};
use crate::netlink::attr::{DecodeError, FromAttrs};
use crate::netlink::exchange::{Exchange, Progress};
use crate::netlink::extack::KernelError;
use crate::netlink::socket::Socket;
use crate::{Netns, SessionConfig, SessionInfo, SessionKey, TunnelConfig, TunnelId, TunnelInfo};

/// A connection to the kernel's L2TP in the network namespace of the thread that opened it.
///
/// Every operation but opening needs `CAP_NET_ADMIN` in the user namespace that owns that network
/// namespace, questions included.
#[derive(Debug)]
pub struct Conn {
    socket: Socket,
    exchange: Exchange,
    family: Family,
}

impl Conn {
    /// Opens a connection. The kernel loads its L2TP module for the question if it can.
    ///
    /// Needs no privilege: the operations do.
    ///
    /// # Errors
    ///
    /// [`Error::NoFamily`] when the kernel has no L2TP; [`Error::Io`] when no socket can be had.
    pub fn open() -> Result<Self, Error> {
        let socket =
            Socket::open().map_err(|source| Error::Io { operation: Operation::Open, source })?;
        let mut exchange = Exchange::new();
        let family = look_up(&socket, &mut exchange)?;
        Ok(Self { socket, exchange, family })
    }

    /// Opens a connection in another network namespace, without moving the caller's thread.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`Error::Io`] when the namespace cannot be entered.
    pub fn open_in(netns: &Netns) -> Result<Self, Error> {
        match netns.run(Self::open) {
            Ok(opened) => opened,
            Err(source) => Err(Error::Io { operation: Operation::Open, source }),
        }
    }

    /// Asks the kernel for a sign of life (`L2TP_CMD_NOOP`).
    ///
    /// # Errors
    ///
    /// When the kernel refuses or does not answer.
    pub fn noop(&mut self) -> Result<(), Error> {
        self.command(&Noop)
    }

    /// Creates a tunnel whose socket the kernel makes. It lives until it is deleted.
    ///
    /// With [`EncapType::Ip`](crate::EncapType::Ip) both ports are 0. A local port of 0 is any
    /// free port. A route to the peer must exist.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what could not work; [`Error::Refused`] with `EEXIST` (the id),
    /// `EADDRINUSE`, `EADDRNOTAVAIL`, `ENETUNREACH`, `EACCES` (a broadcast peer), `EPERM`.
    pub fn create_static_tunnel(
        &mut self,
        local: SocketAddr,
        peer: SocketAddr,
        config: &TunnelConfig,
    ) -> Result<(), Error> {
        self.command(&CreateStaticTunnel::new(local, peer, config)?)
    }

    /// Creates a tunnel on a socket of the caller's: UDP, or L2TP/IP bound to the tunnel's id.
    ///
    /// The tunnel dies with the last descriptor of the socket, without a notification. Addresses,
    /// ports and checksums are the socket's; packets are dropped while it is not connected.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what could not work; [`Error::Refused`] with `EEXIST` (the id),
    /// `EBADF`, `ENOTSOCK`, `EPROTONOSUPPORT` (another sort of socket), `EBUSY` (it carries a
    /// tunnel), `EINVAL` (another network namespace), `EPERM`.
    pub fn create_managed_tunnel(
        &mut self,
        socket: &impl AsFd,
        config: &TunnelConfig,
    ) -> Result<(), Error> {
        self.command(&CreateManagedTunnel::new(socket.as_fd(), config)?)
    }

    /// Deletes a tunnel with its sessions.
    ///
    /// The kernel acknowledges first and tears down afterwards: for a few milliseconds the id
    /// still answers and cannot be used again. The sessions go without notifications; a managed
    /// tunnel's socket stays open.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `ENODEV` (no such tunnel) or `EPERM`.
    pub fn delete_tunnel(&mut self, tunnel: TunnelId) -> Result<(), Error> {
        self.command(&DeleteTunnel(tunnel))
    }

    /// Creates a session in a tunnel. An Ethernet session gets a network interface.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what could not work; [`Error::Refused`] with `ENODEV` (no such
    /// tunnel), `EEXIST` (the id or the interface name), `EPROTONOSUPPORT` (the pseudowire's
    /// module), `EINVAL`, `EPERM`.
    pub fn create_session(&mut self, config: &SessionConfig) -> Result<(), Error> {
        self.command(&CreateSession::new(config)?)
    }

    /// Deletes a session, named by its ids, its interface, its configuration or its info.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `ENODEV` (no such session) or `EPERM`.
    pub fn delete_session(&mut self, session: impl Into<SessionKey>) -> Result<(), Error> {
        self.command(&DeleteSession(session.into()))
    }

    /// What the kernel says of a session, with its counters.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `ENODEV` (no such session) or `EPERM`. Kernels 6.12 to 7.3 answer
    /// with another tunnel's session when the named tunnel has none of that id; that answer is
    /// recognised and reported as `ENODEV`.
    pub fn get_session_info(
        &mut self,
        session: impl Into<SessionKey>,
    ) -> Result<SessionInfo, Error> {
        let key = session.into();
        let info: SessionInfo = self.question(&GetSession(key))?;
        match key {
            SessionKey::Ids(tunnel, _) if tunnel != info.tunnel_id => {
                Err(refused(Operation::GetSession(key), KernelError::from_errno(libc::ENODEV)))
            }
            _ => Ok(info),
        }
    }

    /// What the kernel says of a tunnel, with its counters.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `ENODEV` (no such tunnel) or `EPERM`.
    pub fn get_tunnel_info(&mut self, tunnel: TunnelId) -> Result<TunnelInfo, Error> {
        self.question(&GetTunnel(tunnel))
    }

    /// Runs a command that is acknowledged.
    #[inline]
    fn command(&mut self, command: &impl Command) -> Result<(), Error> {
        self.run(command).map(drop)
    }

    /// Runs a command that is answered with a `T`.
    #[inline]
    fn question<T: for<'a> FromAttrs<'a>>(&mut self, command: &impl Command) -> Result<T, Error> {
        let operation = || command.operation();
        match self.run(command)? {
            Progress::Reply(_) => self
                .exchange
                .message()
                .and_then(|message| T::from_attrs(message.attrs()?))
                .map_err(|source| Error::Decode { operation: operation(), source }),
            _ => Err(Error::NoAnswer { operation: operation() }),
        }
    }

    /// Sends a command and waits for what ends it: an acknowledgement or an answer.
    #[inline]
    fn run(&mut self, command: &impl Command) -> Result<Progress, Error> {
        let progress = match self.round_trip(command)? {
            Progress::Failed(_, error) if error.errno() == libc::ENOENT => {
                // No L2TP command fails so: the module was unloaded and loaded again, and the
                // family has another number.
                self.family = look_up(&self.socket, &mut self.exchange)?;
                self.round_trip(command)?
            }
            progress => progress,
        };
        match progress {
            Progress::Failed(_, error) => Err(refused(command.operation(), error)),
            progress => Ok(progress),
        }
    }

    #[inline]
    fn round_trip(&mut self, command: &impl Command) -> Result<Progress, Error> {
        self.exchange.start();
        command.push(&mut self.exchange, self.family.id)?;
        transact(&self.socket, &mut self.exchange)
            .map_err(|failure| failure.of(command.operation()))
    }
}

impl AsFd for Conn {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cold]
fn refused(operation: Operation, error: KernelError) -> Error {
    Error::Refused { operation, error: Box::new(error) }
}

/// Asks the controller for the family.
fn look_up(socket: &Socket, exchange: &mut Exchange) -> Result<Family, Error> {
    family::ask(exchange)?;
    let progress = transact(socket, exchange).map_err(|failure| failure.of(Operation::Open))?;
    family::answer(exchange, progress)
}

/// Sends what the exchange holds and receives until it makes progress.
#[inline]
fn transact(socket: &Socket, exchange: &mut Exchange) -> Result<Progress, Failure> {
    socket.send(exchange.outgoing())?;
    loop {
        match exchange.poll()? {
            Progress::NeedData => {
                let len = socket.recv(exchange.space())?;
                exchange.received(len)?;
            }
            progress => return Ok(progress),
        }
    }
}

/// What can break a conversation, before it is known which operation it was for.
enum Failure {
    Io(io::Error),
    Decode(DecodeError),
}

impl Failure {
    #[cold]
    fn of(self, operation: Operation) -> Error {
        match self {
            Self::Io(source) => Error::Io { operation, source },
            Self::Decode(source) => Error::Decode { operation, source },
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}
