//! The async connection.

#![expect(clippy::missing_errors_doc, reason = "each method fails as the blocking one it names")]

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::Dump;
use super::socket::AsyncSocket;
use crate::conn::BatchReport;
use crate::conn::command::{
    CreateManagedTunnel, CreateSession, CreateStaticTunnel, DeleteSession, DeleteTunnel, GetTunnel,
    ModifySession, ModifyTunnel, Noop,
};
use crate::conn::engine::{DeletionWait, Engine, Pauses, is_passing};
use crate::error::{Error, ErrorKind, Operation, closed};
use crate::netlink::socket::Socket;
use crate::netlink::transport::Transport;
use crate::{
    Batch, Netns, SessionChange, SessionConfig, SessionInfo, SessionKey, TunnelConfig, TunnelId,
    TunnelInfo,
};

/// A connection to the kernel's L2TP, as [`l2tp::Conn`](crate::Conn) is one.
///
/// Each method does what the blocking one of the same name does, and fails as that does; there
/// the kernel's ways are described. The [module](super) tells what async adds.
#[derive(Debug)]
pub struct Conn {
    engine: Engine<AsyncSocket>,
}

impl Conn {
    /// Opens a connection in the network namespace of the calling thread:
    /// [`Conn::open`](crate::Conn::open).
    pub async fn open() -> Result<Self, Error> {
        Self::over(Socket::open().map_err(cannot_open)?).await
    }

    /// Opens a connection in another network namespace: [`Conn::open_in`](crate::Conn::open_in).
    pub async fn open_in(netns: &Netns) -> Result<Self, Error> {
        let opened = netns.run(Socket::open).map_err(closed(Operation::Open))?;
        Self::over(opened.map_err(cannot_open)?).await
    }

    async fn over(socket: Socket) -> Result<Self, Error> {
        let socket = AsyncSocket::asking(socket).map_err(cannot_open)?;
        Ok(Self { engine: Engine::open(socket).await? })
    }

    /// Switches the guards against defects of kernels 6.12 to 7.3:
    /// [`Conn::set_guards`](crate::Conn::set_guards).
    pub fn set_guards(&mut self, on: bool) {
        self.engine.set_guards(on);
    }

    /// The engine, for what joins a connection to another socket.
    pub(super) fn engine(&mut self) -> &mut Engine<AsyncSocket> {
        &mut self.engine
    }

    /// The port of the connection's socket: [`Conn::port`](crate::Conn::port).
    pub fn port(&self) -> io::Result<u32> {
        self.engine.netlink.socket.port()
    }

    /// Asks the kernel for a sign of life: [`Conn::noop`](crate::Conn::noop).
    pub async fn noop(&mut self) -> Result<(), Error> {
        self.engine.run(&Noop).await
    }

    /// Creates a tunnel whose socket the kernel makes:
    /// [`Conn::create_static_tunnel`](crate::Conn::create_static_tunnel).
    pub async fn create_static_tunnel(
        &mut self,
        local: SocketAddr,
        peer: SocketAddr,
        config: &TunnelConfig,
    ) -> Result<(), Error> {
        self.engine.run(&CreateStaticTunnel::new(local, peer, config)).await
    }

    /// Creates a tunnel on a socket of the caller's:
    /// [`Conn::create_managed_tunnel`](crate::Conn::create_managed_tunnel).
    pub async fn create_managed_tunnel(
        &mut self,
        socket: &(impl AsFd + Sync),
        config: &TunnelConfig,
    ) -> Result<(), Error> {
        self.engine.run(&CreateManagedTunnel(socket.as_fd(), config)).await
    }

    /// Deletes a tunnel with its sessions: [`Conn::delete_tunnel`](crate::Conn::delete_tunnel).
    pub async fn delete_tunnel(&mut self, tunnel: TunnelId) -> Result<(), Error> {
        self.engine.run(&DeleteTunnel(tunnel)).await
    }

    /// Deletes a tunnel and waits until nothing of it is left:
    /// [`Conn::delete_tunnel_and_wait`](crate::Conn::delete_tunnel_and_wait).
    pub async fn delete_tunnel_and_wait(
        &mut self,
        tunnel: TunnelId,
        wait: impl Into<DeletionWait>,
    ) -> Result<(), Error> {
        let wait = wait.into();
        self.engine.delete_tunnel_and_wait(tunnel, wait).await
    }

    /// Makes the kernel notify listeners of a tunnel, and changes nothing:
    /// [`Conn::modify_tunnel`](crate::Conn::modify_tunnel).
    pub async fn modify_tunnel(&mut self, tunnel: TunnelId) -> Result<(), Error> {
        self.engine.run(&ModifyTunnel(tunnel)).await
    }

    /// What the kernel says of a tunnel: [`Conn::get_tunnel_info`](crate::Conn::get_tunnel_info).
    pub async fn get_tunnel_info(&mut self, tunnel: TunnelId) -> Result<TunnelInfo, Error> {
        self.engine.question(&GetTunnel(tunnel)).await
    }

    /// Creates a session in a tunnel: [`Conn::create_session`](crate::Conn::create_session).
    pub async fn create_session(&mut self, config: &SessionConfig) -> Result<(), Error> {
        self.engine.run(&CreateSession(config)).await
    }

    /// Deletes a session: [`Conn::delete_session`](crate::Conn::delete_session).
    pub async fn delete_session(&mut self, session: impl Into<SessionKey>) -> Result<(), Error> {
        let key = session.into();
        self.engine.run(&DeleteSession(key)).await
    }

    /// Deletes a session and waits until it and its interface are gone:
    /// [`Conn::delete_session_and_wait`](crate::Conn::delete_session_and_wait).
    pub async fn delete_session_and_wait(
        &mut self,
        session: impl Into<SessionKey>,
        wait: impl Into<DeletionWait>,
    ) -> Result<(), Error> {
        let (key, wait) = (session.into(), wait.into());
        self.engine.delete_session_and_wait(key, wait).await
    }

    /// Changes a session: [`Conn::modify_session`](crate::Conn::modify_session).
    pub async fn modify_session(
        &mut self,
        session: impl Into<SessionKey>,
        change: &SessionChange,
    ) -> Result<(), Error> {
        let key = session.into();
        self.engine.run(&ModifySession(key, change)).await
    }

    /// What the kernel says of a session:
    /// [`Conn::get_session_info`](crate::Conn::get_session_info).
    pub async fn get_session_info(
        &mut self,
        session: impl Into<SessionKey>,
    ) -> Result<SessionInfo, Error> {
        let key = session.into();
        self.engine.get_session(key).await
    }

    /// All tunnels, one by one: [`Conn::tunnels`](crate::Conn::tunnels).
    pub async fn tunnels(&mut self) -> Result<Dump<'_, TunnelInfo>, Error> {
        Dump::start(&mut self.engine, None).await
    }

    /// All sessions, one by one: [`Conn::sessions`](crate::Conn::sessions).
    pub async fn sessions(&mut self) -> Result<Dump<'_, SessionInfo>, Error> {
        Dump::start(&mut self.engine, None).await
    }

    /// The sessions of one tunnel: [`Conn::sessions_of`](crate::Conn::sessions_of).
    pub async fn sessions_of(&mut self, tunnel: TunnelId) -> Result<Dump<'_, SessionInfo>, Error> {
        Dump::start(&mut self.engine, Some(tunnel)).await
    }

    /// All tunnels, listed until two dumps in a row have the same:
    /// [`Conn::tunnels_snapshot`](crate::Conn::tunnels_snapshot).
    pub async fn tunnels_snapshot(&mut self) -> Result<Vec<TunnelInfo>, Error> {
        self.engine.snapshot().await
    }

    /// All sessions, listed until two dumps in a row have the same:
    /// [`Conn::sessions_snapshot`](crate::Conn::sessions_snapshot).
    pub async fn sessions_snapshot(&mut self) -> Result<Vec<SessionInfo>, Error> {
        self.engine.snapshot().await
    }

    /// Sends the requests of a batch: [`Conn::run`](crate::Conn::run).
    ///
    /// If the future is dropped before its end, the requests up to some position have been carried
    /// out. The batch keeps all of them.
    ///
    /// ```no_run
    /// # use l2tp::{Batch, TunnelId};
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), l2tp::Error> {
    /// let mut batch = Batch::new();
    /// batch.delete_tunnel(TunnelId(1)).delete_tunnel(TunnelId(2));
    /// for (position, error) in conn.run(&mut batch).await?.errors() {
    ///     eprintln!("request {position}: {error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run<'b>(&mut self, batch: &'b mut Batch<'_>) -> Result<BatchReport<'b>, Error> {
        self.engine.run_batch(batch).await
    }

    /// Repeats an attempt while it fails with an error of `kind`, until `limit` has passed:
    /// [`Conn::retry_while`](crate::Conn::retry_while).
    ///
    /// `async move`, as here, gives the closure its own copies. In a task that is spawned this is
    /// needed: the compiler does not yet see that a future with borrows in such a closure is
    /// `Send`.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use l2tp::{EncapType, ErrorKind, ProtocolVersion, TunnelConfig};
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), l2tp::Error> {
    /// # let (local, peer) = ("127.0.0.1:1".parse().unwrap(), "127.0.0.1:2".parse().unwrap());
    /// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    /// conn.delete_tunnel(tunnel.tunnel_id).await?;
    /// conn.retry_while(ErrorKind::Exists, Duration::from_secs(10), async move |conn| {
    ///     conn.create_static_tunnel(local, peer, &tunnel).await
    /// })
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn retry_while<T>(
        &mut self,
        kind: ErrorKind,
        limit: Duration,
        mut attempt: impl AsyncFnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut pauses = Pauses::within(limit);
        loop {
            let outcome = attempt(self).await;
            let pause = match pauses.next() {
                Some(pause) if is_passing(&outcome, kind) => pause,
                _ => return outcome,
            };
            drop(outcome);
            self.engine.netlink.socket.pause(pause).await;
        }
    }
}

impl AsFd for Conn {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.engine.netlink.socket.as_fd()
    }
}

fn cannot_open(error: io::Error) -> Error {
    Error::Io { operation: Operation::Open, error }
}
