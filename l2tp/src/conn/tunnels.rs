//! What a connection, a batch and a dry run do with tunnels.

use std::net::SocketAddr;
use std::os::fd::AsFd;

use super::command::{
    CreateManagedTunnel, CreateStaticTunnel, DeleteTunnel, GetTunnel, List, ModifyTunnel,
};
use super::engine::DeletionWait;
use super::{Batch, Conn, DryRun, Dump};
use crate::error::Error;
use crate::netlink::transport::ready;
use crate::{TunnelConfig, TunnelId, TunnelInfo};

impl Conn {
    /// Creates a tunnel whose socket the kernel makes. The tunnel exists until it is deleted.
    ///
    /// With [`EncapType::Ip`](crate::EncapType::Ip) both ports are 0. A local port of 0 is any
    /// free port. A route to the peer must exist.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, EncapType, ProtocolVersion, TunnelConfig};
    /// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    /// let (local, peer) = ("192.0.2.1:1701".parse()?, "192.0.2.2:1701".parse()?);
    /// Conn::open()?.create_static_tunnel(local, peer, &tunnel)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what cannot work; [`Error::Rejected`] with `EEXIST` (the id),
    /// `EADDRINUSE`, `EADDRNOTAVAIL`, `ENETUNREACH` or `EHOSTUNREACH` (no route), `EACCES` (a
    /// broadcast peer, or a route that prohibits it), `EINVAL` (a route that drops packets to the
    /// peer), `EPROTONOSUPPORT` (no module for IP encapsulation), `EPERM`.
    pub fn create_static_tunnel(
        &mut self,
        local: SocketAddr,
        peer: SocketAddr,
        config: &TunnelConfig,
    ) -> Result<(), Error> {
        ready(self.engine.run(&CreateStaticTunnel::new(local, peer, config)))
    }

    /// Creates a tunnel on a socket of the caller's, a [`TunnelSocket`](crate::TunnelSocket) or any
    /// other: UDP, or L2TP/IP bound to the tunnel's id.
    ///
    /// The tunnel is deleted, without a notification, when the last file descriptor of the socket
    /// is closed. Addresses, ports and checksums are the socket's. Packets are dropped while the
    /// socket is not connected.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, EncapType, ProtocolVersion, TunnelConfig, TunnelSocket};
    /// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    /// let (local, peer) = ("192.0.2.1:1701".parse()?, "192.0.2.2:1701".parse()?);
    /// let socket = TunnelSocket::udp(local, Some(peer))?;
    /// Conn::open()?.create_managed_tunnel(&socket, &tunnel)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what cannot work; [`Error::Rejected`] with `EEXIST` (the id), `EBADF`,
    /// `ENOTSOCK`, `EPROTONOSUPPORT` (another type of socket), `EBUSY` (the socket carries a
    /// tunnel), `EINVAL` (another network namespace), `EPERM`.
    pub fn create_managed_tunnel(
        &mut self,
        socket: &impl AsFd,
        config: &TunnelConfig,
    ) -> Result<(), Error> {
        ready(self.engine.run(&CreateManagedTunnel(socket.as_fd(), config)))
    }

    /// Deletes a tunnel with its sessions.
    ///
    /// The kernel acknowledges first and deletes afterwards: for a few milliseconds the kernel
    /// still replies about the id, and it cannot be used again ([`delete_tunnel_and_wait`] waits).
    /// Its sessions are deleted without notifications. A managed tunnel's socket stays open.
    ///
    /// [`delete_tunnel_and_wait`]: Self::delete_tunnel_and_wait
    ///
    /// ```no_run
    /// # use l2tp::{Conn, TunnelId};
    /// match Conn::open()?.delete_tunnel(TunnelId(1)) {
    ///     Err(error) if error.is_not_found() => println!("there is no tunnel 1"),
    ///     outcome => outcome?,
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] with `ENODEV` (no such tunnel) or `EPERM`.
    pub fn delete_tunnel(&mut self, tunnel: TunnelId) -> Result<(), Error> {
        ready(self.engine.run(&DeleteTunnel(tunnel)))
    }

    /// Deletes a tunnel and waits until nothing of it is left: the kernel no longer knows the
    /// tunnel and its sessions, their ids and the tunnel's port are free, and the sessions'
    /// interfaces are gone. From Linux 6.12 on, the id of a session without an interface may be in use
    /// a few milliseconds longer, as the kernel answers no request about a session whose tunnel is
    /// gone; [`retry_while`](Self::retry_while) with [`ErrorKind::Exists`](crate::ErrorKind::Exists)
    /// helps.
    ///
    /// The kernel deletes interfaces one after another. In emulated machines a single one took up to
    /// 0.4 s, and each of many 2 to 51 ms: allow a second for every twenty Ethernet sessions. The
    /// first check is made at once, the next ones after pauses that grow from 0.1 to 20 ms. The
    /// interfaces are looked up before the deletion, by the names that the sessions were created
    /// with: an interface that was renamed, or moved to another network namespace, is not waited for.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use l2tp::conn::DeletionWait;
    /// # use l2tp::{Conn, TunnelId};
    /// # let mut conn = Conn::open()?;
    /// conn.delete_tunnel_and_wait(TunnelId(1), Duration::from_secs(10))?;
    /// // A tunnel that does not exist is a success here:
    /// let wait = DeletionWait::up_to(Duration::from_secs(10)).missing_ok(true);
    /// conn.delete_tunnel_and_wait(TunnelId(1), wait)?;
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`delete_tunnel`](Self::delete_tunnel); [`Error::LookupFailed`] when the look-up before
    /// the deletion failed, and nothing was deleted; [`Error::StillExists`] after the limit.
    pub fn delete_tunnel_and_wait(
        &mut self,
        tunnel: TunnelId,
        wait: impl Into<DeletionWait>,
    ) -> Result<(), Error> {
        ready(self.engine.delete_tunnel_and_wait(tunnel, wait.into()))
    }

    /// Makes the kernel notify listeners of a tunnel (`L2TP_CMD_TUNNEL_MODIFY`).
    ///
    /// Despite the command's name, the kernel changes nothing.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, TunnelId};
    /// Conn::open()?.modify_tunnel(TunnelId(1))?;
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] with `ENODEV` (no such tunnel) or `EPERM`.
    pub fn modify_tunnel(&mut self, tunnel: TunnelId) -> Result<(), Error> {
        ready(self.engine.run(&ModifyTunnel(tunnel)))
    }

    /// Gets what the kernel reports of a tunnel, counters included.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, TunnelId};
    /// let info = Conn::open()?.get_tunnel_info(TunnelId(1))?;
    /// println!("{info}: {} packets sent", info.statistics.tx_packets);
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] with `ENODEV` (no such tunnel) or `EPERM`.
    pub fn get_tunnel_info(&mut self, tunnel: TunnelId) -> Result<TunnelInfo, Error> {
        ready(self.engine.get(&GetTunnel(tunnel)))
    }

    /// Dumps all tunnels of the network namespace. They are returned one by one as they are
    /// received, so memory stays the same whatever their number.
    ///
    /// Before 6.12 the kernel resumes a dump by position: rows may be skipped or repeated when
    /// other programs create or delete meanwhile. [`tunnels_snapshot`](Self::tunnels_snapshot)
    /// has no such gaps.
    ///
    /// ```no_run
    /// # let mut conn = l2tp::Conn::open()?;
    /// for tunnel in conn.tunnels()? {
    ///     println!("{}", tunnel?);
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the request could not be sent. If the kernel rejects it (`EPERM`), that
    /// error is the first row.
    pub fn tunnels(&mut self) -> Result<Dump<'_, TunnelInfo>, Error> {
        Dump::start(&mut self.engine, None)
    }

    /// Dumps all tunnels until two dumps in a row have the same ones.
    ///
    /// Before 6.12 the kernel resumes a dump by position, so that creations and deletions meanwhile
    /// make it skip or repeat rows. Two dumps that skip the same row remain possible; other
    /// programs must then create and delete at the same positions of both.
    ///
    /// ```no_run
    /// println!("{} tunnels", l2tp::Conn::open()?.tunnels_snapshot()?.len());
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`tunnels`](Self::tunnels); [`Error::InconsistentDump`] after sixteen dumps.
    pub fn tunnels_snapshot(&mut self) -> Result<Vec<TunnelInfo>, Error> {
        ready(self.engine.snapshot())
    }
}

impl<'fd> Batch<'fd> {
    /// Adds the creation of a static tunnel, as
    /// [`Conn::create_static_tunnel`](crate::Conn::create_static_tunnel) does it.
    ///
    /// ```
    /// # use l2tp::{Batch, EncapType, ProtocolVersion, TunnelConfig};
    /// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    /// let (local, peer) = ("192.0.2.1:1701".parse()?, "192.0.2.2:1701".parse()?);
    /// Batch::new().create_static_tunnel(local, peer, &tunnel);
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    pub fn create_static_tunnel(
        &mut self,
        local: SocketAddr,
        peer: SocketAddr,
        config: &TunnelConfig,
    ) -> &mut Self {
        self.add(&CreateStaticTunnel::new(local, peer, config))
    }

    /// Adds the creation of a managed tunnel, as
    /// [`Conn::create_managed_tunnel`](crate::Conn::create_managed_tunnel) does it. The socket must
    /// live as long as the batch.
    ///
    /// ```no_run
    /// # use l2tp::{Batch, EncapType, ProtocolVersion, TunnelConfig, TunnelSocket};
    /// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    /// let socket = TunnelSocket::udp("192.0.2.1:1701".parse()?, None)?;
    /// let mut batch = Batch::new();
    /// batch.create_managed_tunnel(&socket, &tunnel);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn create_managed_tunnel(
        &mut self,
        socket: &'fd impl AsFd,
        config: &TunnelConfig,
    ) -> &mut Self {
        self.add(&CreateManagedTunnel(socket.as_fd(), config))
    }

    /// Adds the deletion of a tunnel, as [`Conn::delete_tunnel`](crate::Conn::delete_tunnel) does
    /// it.
    ///
    /// ```
    /// # use l2tp::{Batch, TunnelId};
    /// let mut batch = Batch::new();
    /// batch.delete_tunnel(TunnelId(1)).delete_tunnel(TunnelId(2));
    /// assert_eq!(batch.len(), 2);
    /// ```
    pub fn delete_tunnel(&mut self, tunnel: TunnelId) -> &mut Self {
        self.add(&DeleteTunnel(tunnel))
    }

    /// Adds a notification of a tunnel, as [`Conn::modify_tunnel`](crate::Conn::modify_tunnel)
    /// makes one.
    ///
    /// ```
    /// # use l2tp::{Batch, TunnelId};
    /// let mut batch = Batch::new();
    /// batch.modify_tunnel(TunnelId(1));
    /// ```
    pub fn modify_tunnel(&mut self, tunnel: TunnelId) -> &mut Self {
        self.add(&ModifyTunnel(tunnel))
    }

    /// Adds a get request for a tunnel, whose reply is
    /// [`BatchOutcome::Tunnel`](crate::conn::BatchOutcome::Tunnel).
    ///
    /// ```no_run
    /// # use l2tp::conn::BatchOutcome;
    /// # use l2tp::{Batch, Conn, TunnelId};
    /// let mut batch = Batch::new();
    /// batch.get_tunnel_info(TunnelId(1)).get_tunnel_info(TunnelId(2));
    /// for result in Conn::open()?.run(&mut batch)?.results() {
    ///     if let Ok(BatchOutcome::Tunnel(info)) = result {
    ///         println!("{info}");
    ///     }
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    pub fn get_tunnel_info(&mut self, tunnel: TunnelId) -> &mut Self {
        self.add(&GetTunnel(tunnel))
    }
}

/// Requests about tunnels.
impl DryRun {
    /// As [`Conn::create_static_tunnel`](crate::Conn::create_static_tunnel).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what cannot work.
    pub fn create_static_tunnel(
        &mut self,
        local: SocketAddr,
        peer: SocketAddr,
        config: &TunnelConfig,
    ) -> Result<&[u8], Error> {
        self.render(&CreateStaticTunnel::new(local, peer, config))
    }

    /// As [`Conn::create_managed_tunnel`](crate::Conn::create_managed_tunnel).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what cannot work.
    pub fn create_managed_tunnel(
        &mut self,
        socket: &impl AsFd,
        config: &TunnelConfig,
    ) -> Result<&[u8], Error> {
        self.render(&CreateManagedTunnel(socket.as_fd(), config))
    }

    /// As [`Conn::delete_tunnel`](crate::Conn::delete_tunnel).
    ///
    /// # Errors
    ///
    /// None that can happen.
    pub fn delete_tunnel(&mut self, tunnel: TunnelId) -> Result<&[u8], Error> {
        self.render(&DeleteTunnel(tunnel))
    }

    /// As [`Conn::modify_tunnel`](crate::Conn::modify_tunnel).
    ///
    /// # Errors
    ///
    /// None that can happen.
    pub fn modify_tunnel(&mut self, tunnel: TunnelId) -> Result<&[u8], Error> {
        self.render(&ModifyTunnel(tunnel))
    }

    /// As [`Conn::get_tunnel_info`](crate::Conn::get_tunnel_info).
    ///
    /// # Errors
    ///
    /// None that can happen.
    pub fn get_tunnel_info(&mut self, tunnel: TunnelId) -> Result<&[u8], Error> {
        self.render(&GetTunnel(tunnel))
    }

    /// As [`Conn::tunnels`](crate::Conn::tunnels).
    ///
    /// # Errors
    ///
    /// None that can happen.
    pub fn tunnels(&mut self) -> Result<&[u8], Error> {
        self.render(&List::<TunnelInfo>::new())
    }
}
