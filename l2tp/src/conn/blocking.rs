//! The blocking connection: one socket, no thread, two system calls an operation.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::Batch;
use super::Dump;
use super::command::{
    CreateManagedTunnel, CreateStaticTunnel, DeleteTunnel, GetTunnel, ModifyTunnel, Noop,
};
use super::engine::{Engine, Pauses, Wait, is_passing, ready};
use crate::error::{Error, ErrorKind, Operation, closed};
use crate::netlink::socket::Socket;
use crate::{
    Netns, SessionChange, SessionConfig, SessionInfo, SessionKey, TunnelConfig, TunnelId,
    TunnelInfo,
};

/// A connection to the kernel's L2TP in the network namespace of the thread that opened it.
///
/// Every operation but opening needs `CAP_NET_ADMIN` in the user namespace that owns that network
/// namespace, questions included.
#[derive(Debug)]
pub struct Conn {
    engine: Engine<Socket>,
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
            Socket::open().map_err(|error| Error::Io { operation: Operation::Open, error })?;
        Ok(Self { engine: ready(Engine::open(socket))? })
    }

    /// Opens a connection in another network namespace, without moving the caller's thread.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`Error::Netns`] when the namespace cannot be entered.
    pub fn open_in(netns: &Netns) -> Result<Self, Error> {
        netns.run(Self::open).map_err(closed(Operation::Open))?
    }

    /// Switches the questions that guard against defects of kernels 6.12 to 7.3. They are on at
    /// first.
    ///
    /// Those kernels create a session id a second time in one L2TPv3 tunnel over UDP without an
    /// error, and delete or change another tunnel's session of the same id when the named tunnel
    /// has none. Guarded, [`create_session`](Self::create_session),
    /// [`delete_session`](Self::delete_session) and [`modify_session`](Self::modify_session) ask
    /// about the session first: two more system calls each. A program that alone allocates the
    /// ids of its tunnels can do without.
    pub fn set_guards(&mut self, on: bool) {
        self.engine.set_guards(on);
    }

    /// The port of the connection's socket, by which a listener recognises its requests
    /// ([`Requester`](crate::Requester)).
    ///
    /// # Errors
    ///
    /// None that an open socket gives.
    pub fn port(&self) -> io::Result<u32> {
        self.engine.socket.port()
    }

    /// Asks the kernel for a sign of life (`L2TP_CMD_NOOP`).
    ///
    /// # Errors
    ///
    /// When the kernel refuses or does not answer.
    pub fn noop(&mut self) -> Result<(), Error> {
        ready(self.engine.command(&Noop))
    }

    /// Creates a tunnel whose socket the kernel makes. It lives until it is deleted.
    ///
    /// With [`EncapType::Ip`](crate::EncapType::Ip) both ports are 0. A local port of 0 is any
    /// free port. A route to the peer must exist.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what could not work; [`Error::Refused`] with `EEXIST` (the id),
    /// `EADDRINUSE`, `EADDRNOTAVAIL`, `ENETUNREACH` or `EHOSTUNREACH` (no route), `EACCES` (a
    /// broadcast peer, or a route that prohibits it), `EINVAL` (a route that drops what goes to
    /// it), `EPROTONOSUPPORT` (no module for IP encapsulation), `EPERM`.
    pub fn create_static_tunnel(
        &mut self,
        local: SocketAddr,
        peer: SocketAddr,
        config: &TunnelConfig,
    ) -> Result<(), Error> {
        ready(self.engine.command(&CreateStaticTunnel::new(local, peer, config)?))
    }

    /// Creates a tunnel on a socket of the caller's, a [`TunnelSocket`](crate::TunnelSocket) or any
    /// other: UDP, or L2TP/IP bound to the tunnel's id.
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
        ready(self.engine.command(&CreateManagedTunnel::new(socket.as_fd(), config)?))
    }

    /// Deletes a tunnel with its sessions.
    ///
    /// The kernel acknowledges first and tears down afterwards: for a few milliseconds the id
    /// still answers and cannot be used again ([`delete_tunnel_and_wait`] waits). The sessions go
    /// without notifications; a managed tunnel's socket stays open.
    ///
    /// [`delete_tunnel_and_wait`]: Self::delete_tunnel_and_wait
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `ENODEV` (no such tunnel) or `EPERM`.
    pub fn delete_tunnel(&mut self, tunnel: TunnelId) -> Result<(), Error> {
        ready(self.engine.command(&DeleteTunnel(tunnel)))
    }

    /// Deletes a tunnel and waits until nothing of it is left: the tunnel and its sessions no longer
    /// answer, their ids and the tunnel's port are free, and the sessions' interfaces are gone.
    ///
    /// The kernel takes interfaces down one after another, some 10 to 40 ms each: a limit of a
    /// second is enough for some twenty Ethernet sessions. Asks at once and then after pauses that
    /// grow from 0.1 to 20 ms. Which interfaces there are is looked up before, by the names that
    /// the sessions were created with: one that was renamed, or moved to another network namespace,
    /// is not waited for.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use l2tp::{Conn, TunnelId, Wait};
    /// # let mut conn = Conn::open()?;
    /// conn.delete_tunnel_and_wait(TunnelId(1), Duration::from_secs(10))?;
    /// // Already gone is fine:
    /// let wait = Wait::up_to(Duration::from_secs(10)).missing_ok(true);
    /// conn.delete_tunnel_and_wait(TunnelId(1), wait)?;
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`delete_tunnel`](Self::delete_tunnel); [`Error::LookupFailed`] when it was not known what
    /// to wait for, and nothing was deleted; [`Error::StillThere`] after the limit.
    pub fn delete_tunnel_and_wait(
        &mut self,
        tunnel: TunnelId,
        wait: impl Into<Wait>,
    ) -> Result<(), Error> {
        ready(self.engine.delete_tunnel_and_wait(tunnel, wait.into()))
    }

    /// Makes the kernel notify listeners of a tunnel (`L2TP_CMD_TUNNEL_MODIFY`).
    ///
    /// The command's name promises more than it does: it changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `ENODEV` (no such tunnel) or `EPERM`.
    pub fn modify_tunnel(&mut self, tunnel: TunnelId) -> Result<(), Error> {
        ready(self.engine.command(&ModifyTunnel(tunnel)))
    }

    /// What the kernel says of a tunnel, with its counters.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `ENODEV` (no such tunnel) or `EPERM`.
    pub fn get_tunnel_info(&mut self, tunnel: TunnelId) -> Result<TunnelInfo, Error> {
        ready(self.engine.question(&GetTunnel(tunnel)))
    }

    /// Creates a session in a tunnel. An Ethernet session gets a network interface.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what could not work; [`Error::InUse`] for an id or interface name in
    /// use (`EEXIST`); [`Error::Refused`] with `ENODEV` (no such tunnel), `EPROTONOSUPPORT` (the pseudowire's
    /// module), `EINVAL`, `EPERM`.
    pub fn create_session(&mut self, config: &SessionConfig) -> Result<(), Error> {
        ready(self.engine.create_session(config))
    }

    /// Deletes a session, named by its ids, its interface, its configuration or its info.
    ///
    /// From 6.12 on the kernel acknowledges first and tears down afterwards.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `ENODEV` (no such session) or `EPERM`.
    pub fn delete_session(&mut self, session: impl Into<SessionKey>) -> Result<(), Error> {
        ready(self.engine.delete_session(session.into()))
    }

    /// Deletes a session and waits until it no longer answers and its interface is gone, as
    /// [`delete_tunnel_and_wait`](Self::delete_tunnel_and_wait) does. For many sessions a
    /// [`Batch`] that waits ([`wait_for_deletions`](Batch::wait_for_deletions)) is faster.
    ///
    /// # Errors
    ///
    /// As [`delete_session`](Self::delete_session), and as
    /// [`delete_tunnel_and_wait`](Self::delete_tunnel_and_wait).
    pub fn delete_session_and_wait(
        &mut self,
        session: impl Into<SessionKey>,
        wait: impl Into<Wait>,
    ) -> Result<(), Error> {
        ready(self.engine.delete_session_and_wait(session.into(), wait.into()))
    }

    /// Changes a session's sequence numbers, LNS mode or reorder timeout; the kernel changes
    /// nothing else of a session.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a timeout over 2^31-1 ms; [`Error::Refused`] with `ENODEV` (no such
    /// session) or `EPERM`.
    pub fn modify_session(
        &mut self,
        session: impl Into<SessionKey>,
        change: &SessionChange,
    ) -> Result<(), Error> {
        ready(self.engine.modify_session(session.into(), change))
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
        ready(self.engine.get_session(session.into()))
    }

    /// All tunnels of the network namespace, one by one as they are received: memory stays the
    /// same whatever their number.
    ///
    /// Before 6.12 the kernel resumes a listing by position: rows may be skipped or repeated when
    /// other programs create or delete meanwhile. [`tunnels_snapshot`](Self::tunnels_snapshot)
    /// has no such gaps.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the question could not be sent. A refusal (`EPERM`) is the first row.
    pub fn tunnels(&mut self) -> Result<Dump<'_, TunnelInfo>, Error> {
        Dump::start(&mut self.engine, None)
    }

    /// All sessions of the network namespace, likewise, with their counters.
    ///
    /// # Errors
    ///
    /// As [`tunnels`](Self::tunnels).
    pub fn sessions(&mut self) -> Result<Dump<'_, SessionInfo>, Error> {
        Dump::start(&mut self.engine, None)
    }

    /// The sessions of one tunnel. The kernel lists those of all tunnels, whatever it is asked;
    /// they are filtered here.
    ///
    /// # Errors
    ///
    /// As [`tunnels`](Self::tunnels). A tunnel that does not exist has no sessions.
    pub fn sessions_of(&mut self, tunnel: TunnelId) -> Result<Dump<'_, SessionInfo>, Error> {
        Dump::start(&mut self.engine, Some(tunnel))
    }

    /// All tunnels, listed until two listings in a row have the same.
    ///
    /// Before 6.12 the kernel resumes a listing by position, so that creations and deletions
    /// meanwhile make it skip or repeat rows. That two listings skip the same row is possible, and
    /// takes programs that create and delete in the same places of both.
    ///
    /// # Errors
    ///
    /// As [`tunnels`](Self::tunnels); [`Error::Unsettled`] after sixteen listings.
    pub fn tunnels_snapshot(&mut self) -> Result<Vec<TunnelInfo>, Error> {
        ready(self.engine.snapshot())
    }

    /// All sessions, likewise. Their counters are of the last listing.
    ///
    /// # Errors
    ///
    /// As [`tunnels_snapshot`](Self::tunnels_snapshot).
    pub fn sessions_snapshot(&mut self) -> Result<Vec<SessionInfo>, Error> {
        ready(self.engine.snapshot())
    }

    /// A batch of requests, to be sent many at a time.
    pub fn batch(&mut self) -> Batch<'_> {
        Batch::new(&mut self.engine)
    }

    /// Repeats an attempt while it fails with an error of `kind`, with pauses that grow from 0.1
    /// to 20 ms, until `limit` has passed; then the last error stands.
    ///
    /// [`ErrorKind::Exists`] waits for an id that is still being torn down,
    /// [`ErrorKind::Network`] for an address or a route.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use l2tp::{Conn, EncapType, ErrorKind, ProtocolVersion, TunnelConfig};
    /// # let mut conn = Conn::open()?;
    /// # let (local, peer) = ("127.0.0.1:1".parse().unwrap(), "127.0.0.1:2".parse().unwrap());
    /// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    /// conn.delete_tunnel(tunnel.tunnel_id)?;
    /// conn.retry_while(ErrorKind::Exists, Duration::from_secs(10), |conn| {
    ///     conn.create_static_tunnel(local, peer, &tunnel)
    /// })?;
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the attempt.
    pub fn retry_while<T>(
        &mut self,
        kind: ErrorKind,
        limit: Duration,
        mut attempt: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut pauses = Pauses::within(limit);
        loop {
            let outcome = attempt(self);
            match pauses.next() {
                Some(pause) if is_passing(&outcome, kind) => std::thread::sleep(pause),
                _ => return outcome,
            }
        }
    }
}

impl Conn {
    /// For what needs more than one socket.
    pub(crate) fn engine(&mut self) -> &mut Engine<Socket> {
        &mut self.engine
    }
}

impl AsFd for Conn {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.engine.socket.as_fd()
    }
}
