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
    CreateManagedTunnel, CreateSession, CreateStaticTunnel, DeleteSession, DeleteTunnel,
    GetSession, GetTunnel, ModifySession, ModifyTunnel, Noop,
};
use crate::conn::engine::{DeletionWait, Engine, Pauses, is_passing};
use crate::error::{Error, ErrorKind, Operation, closed};
use crate::netlink::socket::Socket;
use crate::netlink::transport::Transport;
use crate::{
    Batch, Netns, SessionChange, SessionConfig, SessionInfo, SessionKey, TunnelConfig, TunnelId,
    TunnelInfo,
};

/// An async connection to the kernel's L2TP: the async form of [`l2tp::Conn`](crate::Conn).
///
/// Each method sends the same requests and fails with the same errors as the blocking method of the
/// same name, whose documentation describes them. The [module](super) describes what is different.
#[derive(Debug)]
pub struct Conn {
    engine: Engine<AsyncSocket>,
}

impl Conn {
    /// Opens a connection in the network namespace of the calling thread:
    /// [`Conn::open`](crate::Conn::open).
    ///
    /// ```no_run
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut conn = l2tp::tokio::Conn::open().await?;
    /// conn.noop().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn open() -> Result<Self, Error> {
        Self::over(Socket::open().map_err(cannot_open)?).await
    }

    /// Opens a connection in another network namespace: [`Conn::open_in`](crate::Conn::open_in).
    ///
    /// ```no_run
    /// # use l2tp::Netns;
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut conn = l2tp::tokio::Conn::open_in(&Netns::named("blue")?).await?;
    /// conn.noop().await?;
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```no_run
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// conn.set_guards(false);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_guards(&mut self, on: bool) {
        self.engine.set_guards(on);
    }

    /// The engine, for operations that also need another socket.
    pub(super) fn engine(&mut self) -> &mut Engine<AsyncSocket> {
        &mut self.engine
    }

    /// The port of the connection's socket: [`Conn::port`](crate::Conn::port).
    ///
    /// ```no_run
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// println!("requests are sent from port {}", conn.port()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn port(&self) -> io::Result<u32> {
        self.engine.netlink.socket.port()
    }

    /// Checks that the kernel still replies: [`Conn::noop`](crate::Conn::noop).
    ///
    /// ```no_run
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// conn.noop().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn noop(&mut self) -> Result<(), Error> {
        self.engine.run(&Noop).await
    }

    /// Creates a tunnel whose socket the kernel creates:
    /// [`Conn::create_static_tunnel`](crate::Conn::create_static_tunnel).
    ///
    /// ```no_run
    /// # use l2tp::{EncapType, ProtocolVersion, TunnelConfig};
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// let config = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    /// let (local, peer) = ("192.0.2.1:1701".parse()?, "192.0.2.2:1701".parse()?);
    /// conn.create_static_tunnel(local, peer, &config).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_static_tunnel(
        &mut self,
        local: SocketAddr,
        peer: SocketAddr,
        config: &TunnelConfig,
    ) -> Result<(), Error> {
        self.engine.run(&CreateStaticTunnel::new(local, peer, config)).await
    }

    /// Creates a tunnel on a socket of the caller:
    /// [`Conn::create_managed_tunnel`](crate::Conn::create_managed_tunnel).
    ///
    /// ```no_run
    /// # use l2tp::{EncapType, ProtocolVersion, TunnelConfig, TunnelSocket};
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// let config = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    /// let socket = TunnelSocket::udp("192.0.2.1:1701".parse()?, Some("192.0.2.2:1701".parse()?))?;
    /// conn.create_managed_tunnel(&socket, &config).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_managed_tunnel(
        &mut self,
        socket: &(impl AsFd + Sync),
        config: &TunnelConfig,
    ) -> Result<(), Error> {
        self.engine.run(&CreateManagedTunnel(socket.as_fd(), config)).await
    }

    /// Deletes a tunnel with its sessions: [`Conn::delete_tunnel`](crate::Conn::delete_tunnel).
    ///
    /// ```no_run
    /// # use l2tp::TunnelId;
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// conn.delete_tunnel(TunnelId(1)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_tunnel(&mut self, tunnel: TunnelId) -> Result<(), Error> {
        self.engine.run(&DeleteTunnel(tunnel)).await
    }

    /// Deletes a tunnel and waits until it, its sessions and their interfaces are gone:
    /// [`Conn::delete_tunnel_and_wait`](crate::Conn::delete_tunnel_and_wait).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use l2tp::TunnelId;
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// conn.delete_tunnel_and_wait(TunnelId(1), Duration::from_secs(10)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_tunnel_and_wait(
        &mut self,
        tunnel: TunnelId,
        wait: impl Into<DeletionWait>,
    ) -> Result<(), Error> {
        let wait = wait.into();
        self.engine.delete_tunnel_and_wait(tunnel, wait).await
    }

    /// Sends a notification about a tunnel to all listeners, and changes nothing:
    /// [`Conn::modify_tunnel`](crate::Conn::modify_tunnel).
    ///
    /// ```no_run
    /// # use l2tp::TunnelId;
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// conn.modify_tunnel(TunnelId(1)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn modify_tunnel(&mut self, tunnel: TunnelId) -> Result<(), Error> {
        self.engine.run(&ModifyTunnel(tunnel)).await
    }

    /// Gets a tunnel's info: [`Conn::get_tunnel_info`](crate::Conn::get_tunnel_info).
    ///
    /// ```no_run
    /// # use l2tp::TunnelId;
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// println!("{}", conn.get_tunnel_info(TunnelId(1)).await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_tunnel_info(&mut self, tunnel: TunnelId) -> Result<TunnelInfo, Error> {
        self.engine.get(&GetTunnel(tunnel)).await
    }

    /// Creates a session in a tunnel: [`Conn::create_session`](crate::Conn::create_session).
    ///
    /// ```no_run
    /// # use l2tp::{EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    /// let config = SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20);
    /// conn.create_session(&config).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_session(&mut self, config: &SessionConfig) -> Result<(), Error> {
        self.engine.run(&CreateSession(config)).await
    }

    /// Deletes a session: [`Conn::delete_session`](crate::Conn::delete_session).
    ///
    /// ```no_run
    /// # use l2tp::{SessionId, TunnelId};
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// conn.delete_session((TunnelId(1), SessionId(10))).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_session(&mut self, session: impl Into<SessionKey>) -> Result<(), Error> {
        let key = session.into();
        self.engine.run(&DeleteSession(key)).await
    }

    /// Deletes a session and waits until it and its interface are gone:
    /// [`Conn::delete_session_and_wait`](crate::Conn::delete_session_and_wait).
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use l2tp::{SessionId, TunnelId};
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// let session = (TunnelId(1), SessionId(10));
    /// conn.delete_session_and_wait(session, Duration::from_secs(10)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_session_and_wait(
        &mut self,
        session: impl Into<SessionKey>,
        wait: impl Into<DeletionWait>,
    ) -> Result<(), Error> {
        let (key, wait) = (session.into(), wait.into());
        self.engine.delete_session_and_wait(key, wait).await
    }

    /// Changes a session: [`Conn::modify_session`](crate::Conn::modify_session).
    ///
    /// ```no_run
    /// # use l2tp::{SessionChange, SessionId, TunnelId};
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// let change = SessionChange::new().send_seq(true);
    /// conn.modify_session((TunnelId(1), SessionId(10)), &change).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn modify_session(
        &mut self,
        session: impl Into<SessionKey>,
        change: &SessionChange,
    ) -> Result<(), Error> {
        let key = session.into();
        self.engine.run(&ModifySession(key, change)).await
    }

    /// Gets a session's info: [`Conn::get_session_info`](crate::Conn::get_session_info).
    ///
    /// ```no_run
    /// # use l2tp::{SessionId, TunnelId};
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// let info = conn.get_session_info((TunnelId(1), SessionId(10))).await?;
    /// println!("{info}");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_session_info(
        &mut self,
        session: impl Into<SessionKey>,
    ) -> Result<SessionInfo, Error> {
        let key = session.into();
        self.engine.get(&GetSession(key)).await
    }

    /// All tunnels, one by one: [`Conn::tunnels`](crate::Conn::tunnels).
    ///
    /// ```no_run
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut tunnels = conn.tunnels().await?;
    /// while let Some(tunnel) = tunnels.next().await {
    ///     println!("{}", tunnel?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn tunnels(&mut self) -> Result<Dump<'_, TunnelInfo>, Error> {
        Dump::start(&mut self.engine, None).await
    }

    /// All sessions, one by one: [`Conn::sessions`](crate::Conn::sessions).
    ///
    /// ```no_run
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut sessions = conn.sessions().await?;
    /// while let Some(session) = sessions.next().await {
    ///     println!("{}", session?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn sessions(&mut self) -> Result<Dump<'_, SessionInfo>, Error> {
        Dump::start(&mut self.engine, None).await
    }

    /// The sessions of one tunnel: [`Conn::sessions_of`](crate::Conn::sessions_of).
    ///
    /// ```no_run
    /// # use l2tp::TunnelId;
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut sessions = conn.sessions_of(TunnelId(1)).await?;
    /// while let Some(session) = sessions.next().await {
    ///     println!("{}", session?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn sessions_of(&mut self, tunnel: TunnelId) -> Result<Dump<'_, SessionInfo>, Error> {
        Dump::start(&mut self.engine, Some(tunnel)).await
    }

    /// All tunnels, dumped until two dumps in a row contain the same:
    /// [`Conn::tunnels_snapshot`](crate::Conn::tunnels_snapshot).
    ///
    /// ```no_run
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// println!("{} tunnels", conn.tunnels_snapshot().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn tunnels_snapshot(&mut self) -> Result<Vec<TunnelInfo>, Error> {
        self.engine.snapshot().await
    }

    /// All sessions, dumped until two dumps in a row contain the same:
    /// [`Conn::sessions_snapshot`](crate::Conn::sessions_snapshot).
    ///
    /// ```no_run
    /// # async fn example(conn: &mut l2tp::tokio::Conn) -> Result<(), Box<dyn std::error::Error>> {
    /// println!("{} sessions", conn.sessions_snapshot().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn sessions_snapshot(&mut self) -> Result<Vec<SessionInfo>, Error> {
        self.engine.snapshot().await
    }

    /// Sends the requests of a batch: [`Conn::run`](crate::Conn::run).
    ///
    /// If the future is dropped before its end, the kernel has executed the requests up to some
    /// position. The batch keeps all of them.
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
    /// `async move`, as in the example, gives the closure its own copies. A spawned task needs this:
    /// the compiler does not yet see that a future with borrows in such a closure is `Send`.
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
