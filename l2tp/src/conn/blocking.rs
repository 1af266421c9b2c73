//! The blocking connection: one socket, no thread, two system calls an operation.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::command::Noop;
use super::engine::{Engine, Pauses, is_passing};
use super::{Batch, BatchReport};
use crate::Netns;
use crate::error::{Error, ErrorKind, Operation, closed};
use crate::netlink::socket::Socket;
use crate::netlink::transport::ready;

/// A connection to the kernel's L2TP in the network namespace of the thread that opened it.
///
/// Every operation but opening needs `CAP_NET_ADMIN` in the user namespace that owns that network
/// namespace, get and dump requests included.
///
/// ```no_run
/// # use l2tp::{Conn, TunnelId};
/// let mut conn = Conn::open()?;
/// println!("{}", conn.get_tunnel_info(TunnelId(1))?);
/// # Ok::<(), l2tp::Error>(())
/// ```
#[derive(Debug)]
pub struct Conn {
    pub(super) engine: Engine<Socket>,
}

impl Conn {
    /// Opens a connection. The kernel loads its L2TP module if it can.
    ///
    /// Opening needs no privilege: the operations do.
    ///
    /// ```no_run
    /// let mut conn = l2tp::Conn::open()?;
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoFamily`] when the kernel has no L2TP; [`Error::Io`] when no socket can be opened.
    pub fn open() -> Result<Self, Error> {
        let socket =
            Socket::open().map_err(|error| Error::Io { operation: Operation::Open, error })?;
        Ok(Self { engine: ready(Engine::open(socket))? })
    }

    /// Opens a connection in another network namespace, without moving the caller's thread.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, Netns};
    /// let mut conn = Conn::open_in(&Netns::named("blue")?)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`Error::Netns`] when the namespace cannot be entered.
    pub fn open_in(netns: &Netns) -> Result<Self, Error> {
        netns.run(Self::open).map_err(closed(Operation::Open))?
    }

    /// Switches the look-ups that guard against defects of kernels 6.12 to 7.3. They are on at
    /// first.
    ///
    /// Those kernels create a session id a second time in one L2TPv3 tunnel over UDP without an
    /// error, and delete or change another tunnel's session of the same id when the named tunnel
    /// has none. With guards, [`create_session`](Self::create_session),
    /// [`delete_session`](Self::delete_session) and [`modify_session`](Self::modify_session) look
    /// the session up first: two more system calls each. A program that alone allocates the ids of
    /// its tunnels can do without.
    ///
    /// ```no_run
    /// let mut conn = l2tp::Conn::open()?;
    /// conn.set_guards(false);
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    pub fn set_guards(&mut self, on: bool) {
        self.engine.set_guards(on);
    }

    /// The port of the connection's socket, by which a listener recognises its requests
    /// ([`Requester`](crate::events::Requester)).
    ///
    /// ```no_run
    /// println!("port {}", l2tp::Conn::open()?.port()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// None that an open socket gives.
    pub fn port(&self) -> io::Result<u32> {
        self.engine.netlink.socket.port()
    }

    /// Sends a request that changes nothing and waits for the reply (`L2TP_CMD_NOOP`).
    ///
    /// ```no_run
    /// l2tp::Conn::open()?.noop()?;
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the kernel rejects it or does not reply.
    pub fn noop(&mut self) -> Result<(), Error> {
        ready(self.engine.run(&Noop))
    }

    /// Sends the requests of a batch, many in one system call, and returns one result for each. The
    /// batch keeps its requests and can be run again, on this connection or another.
    ///
    /// ```no_run
    /// # use l2tp::{Batch, Conn, TunnelId};
    /// let mut batch = Batch::new();
    /// batch.delete_tunnel(TunnelId(1)).delete_tunnel(TunnelId(2));
    /// let mut conn = Conn::open()?;
    /// for (operation, result) in conn.run(&mut batch)?.by_request() {
    ///     if let Err(error) = result {
    ///         eprintln!("{operation} failed: {error}");
    ///     }
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the socket fails before anything was sent. The errors of requests are in the report,
    /// and so is a socket that fails later: [`Error::Io`] for what could not be sent,
    /// [`Error::ReplyLost`] for what may have been carried out, [`Error::NotAttempted`] for the
    /// requests after those.
    pub fn run<'b>(&mut self, batch: &'b mut Batch<'_>) -> Result<BatchReport<'b>, Error> {
        ready(self.engine.run_batch(batch))
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
        self.engine.netlink.socket.as_fd()
    }
}
