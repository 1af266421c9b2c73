//! What a connection, a batch and a dry run do with sessions.

use super::command::{CreateSession, DeleteSession, GetSession, List, ModifySession};
use super::engine::DeletionWait;
use super::{Batch, Conn, DryRun, Dump};
use crate::error::Error;
use crate::netlink::transport::ready;
use crate::{SessionChange, SessionConfig, SessionInfo, SessionKey, TunnelId};

impl Conn {
    /// Creates a session in a tunnel. An Ethernet session gets a network interface.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};
    /// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    /// let session = SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20);
    /// Conn::open()?.create_session(&session)?;
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what cannot work; [`Error::SessionConflict`] for an id or interface name in use
    /// (`EEXIST`); [`Error::Rejected`] with `ENODEV` (no such tunnel), `EPROTONOSUPPORT` (the
    /// pseudowire's module), `EINVAL`, `EPERM`.
    pub fn create_session(&mut self, config: &SessionConfig) -> Result<(), Error> {
        ready(self.engine.run(&CreateSession(config)))
    }

    /// Deletes a session, named by its ids, its interface, its configuration or its info.
    ///
    /// From 6.12 on the kernel acknowledges first and deletes afterwards.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, IfName, SessionId, TunnelId};
    /// # let mut conn = Conn::open()?;
    /// conn.delete_session((TunnelId(1), SessionId(10)))?;
    /// conn.delete_session(IfName::new("l2tpeth0")?)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] with `ENODEV` (no such session) or `EPERM`.
    pub fn delete_session(&mut self, session: impl Into<SessionKey>) -> Result<(), Error> {
        ready(self.engine.run(&DeleteSession(session.into())))
    }

    /// Deletes a session and waits until the kernel no longer knows it and its interface is gone,
    /// as [`delete_tunnel_and_wait`](Self::delete_tunnel_and_wait) does. For many sessions a
    /// [`Batch`] that waits ([`wait_for_deletions`](Batch::wait_for_deletions)) is faster.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use l2tp::{Conn, SessionId, TunnelId};
    /// # let mut conn = Conn::open()?;
    /// conn.delete_session_and_wait((TunnelId(1), SessionId(10)), Duration::from_secs(5))?;
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`delete_session`](Self::delete_session), and as
    /// [`delete_tunnel_and_wait`](Self::delete_tunnel_and_wait).
    pub fn delete_session_and_wait(
        &mut self,
        session: impl Into<SessionKey>,
        wait: impl Into<DeletionWait>,
    ) -> Result<(), Error> {
        ready(self.engine.delete_session_and_wait(session.into(), wait.into()))
    }

    /// Changes a session's sequence numbers, LNS mode or reorder timeout; the kernel changes
    /// nothing else of a session.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, SessionChange, SessionId, TunnelId};
    /// let change = SessionChange::new().send_seq(true).recv_seq(true);
    /// Conn::open()?.modify_session((TunnelId(1), SessionId(10)), &change)?;
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a timeout over 2^31-1 ms; [`Error::Rejected`] with `ENODEV` (no such
    /// session) or `EPERM`.
    pub fn modify_session(
        &mut self,
        session: impl Into<SessionKey>,
        change: &SessionChange,
    ) -> Result<(), Error> {
        ready(self.engine.run(&ModifySession(session.into(), change)))
    }

    /// Gets what the kernel reports of a session, counters included.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, SessionId, TunnelId};
    /// let info = Conn::open()?.get_session_info((TunnelId(1), SessionId(10)))?;
    /// println!("{info}: {} packets received", info.statistics.rx_packets);
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] with `ENODEV` (no such session) or `EPERM`. Kernels 6.12 to 7.3 reply
    /// with another tunnel's session when the named tunnel has none of that id; that reply is
    /// recognised and reported as `ENODEV`.
    pub fn get_session_info(
        &mut self,
        session: impl Into<SessionKey>,
    ) -> Result<SessionInfo, Error> {
        ready(self.engine.get(&GetSession(session.into())))
    }

    /// Dumps all sessions of the network namespace with their counters, as
    /// [`tunnels`](Self::tunnels) dumps tunnels.
    ///
    /// ```no_run
    /// # let mut conn = l2tp::Conn::open()?;
    /// for session in conn.sessions()? {
    ///     println!("{}", session?);
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`tunnels`](Self::tunnels).
    pub fn sessions(&mut self) -> Result<Dump<'_, SessionInfo>, Error> {
        Dump::start(&mut self.engine, None)
    }

    /// The sessions of one tunnel. The kernel dumps those of all tunnels, whatever the request
    /// says; they are filtered here.
    ///
    /// ```no_run
    /// # use l2tp::{Conn, TunnelId};
    /// println!("{} sessions", Conn::open()?.sessions_of(TunnelId(1))?.count());
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`tunnels`](Self::tunnels). A tunnel that does not exist has no sessions.
    pub fn sessions_of(&mut self, tunnel: TunnelId) -> Result<Dump<'_, SessionInfo>, Error> {
        Dump::start(&mut self.engine, Some(tunnel))
    }

    /// Dumps all sessions until two dumps in a row have the same ones, as
    /// [`tunnels_snapshot`](Self::tunnels_snapshot) does. Their counters are those of the last
    /// dump.
    ///
    /// ```no_run
    /// println!("{} sessions", l2tp::Conn::open()?.sessions_snapshot()?.len());
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`tunnels_snapshot`](Self::tunnels_snapshot).
    pub fn sessions_snapshot(&mut self) -> Result<Vec<SessionInfo>, Error> {
        ready(self.engine.snapshot())
    }
}

impl Batch<'_> {
    /// Adds the creation of a session, as [`Conn::create_session`](crate::Conn::create_session)
    /// does it.
    ///
    /// ```
    /// # use l2tp::{Batch, EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};
    /// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    /// let mut batch = Batch::new();
    /// batch.create_session(&SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20));
    /// ```
    pub fn create_session(&mut self, config: &SessionConfig) -> &mut Self {
        self.add(&CreateSession(config))
    }

    /// Adds the deletion of a session, as [`Conn::delete_session`](crate::Conn::delete_session)
    /// does it.
    ///
    /// ```
    /// # use l2tp::{Batch, SessionId, TunnelId};
    /// let mut batch = Batch::new();
    /// batch.delete_session((TunnelId(1), SessionId(10)));
    /// ```
    pub fn delete_session(&mut self, session: impl Into<SessionKey>) -> &mut Self {
        self.add(&DeleteSession(session.into()))
    }

    /// Adds a change of a session, as [`Conn::modify_session`](crate::Conn::modify_session) makes
    /// it.
    ///
    /// ```
    /// # use l2tp::{Batch, SessionChange, SessionId, TunnelId};
    /// let mut batch = Batch::new();
    /// let change = SessionChange::new().send_seq(true);
    /// batch.modify_session((TunnelId(1), SessionId(10)), &change);
    /// ```
    pub fn modify_session(
        &mut self,
        session: impl Into<SessionKey>,
        change: &SessionChange,
    ) -> &mut Self {
        self.add(&ModifySession(session.into(), change))
    }

    /// Adds a get request for a session, whose reply is
    /// [`BatchOutcome::Session`](crate::conn::BatchOutcome::Session).
    ///
    /// ```no_run
    /// # use l2tp::conn::BatchOutcome;
    /// # use l2tp::{Batch, Conn, SessionId, TunnelId};
    /// let mut batch = Batch::new();
    /// for id in 1..=100 {
    ///     batch.get_session_info((TunnelId(1), SessionId(id)));
    /// }
    /// for result in Conn::open()?.run(&mut batch)?.results() {
    ///     if let Ok(BatchOutcome::Session(info)) = result {
    ///         println!("{info}");
    ///     }
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    pub fn get_session_info(&mut self, session: impl Into<SessionKey>) -> &mut Self {
        self.add(&GetSession(session.into()))
    }
}

/// Requests about sessions.
impl DryRun {
    /// As [`Conn::create_session`](crate::Conn::create_session).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what cannot work.
    pub fn create_session(&mut self, config: &SessionConfig) -> Result<&[u8], Error> {
        self.render(&CreateSession(config))
    }

    /// As [`Conn::delete_session`](crate::Conn::delete_session).
    ///
    /// # Errors
    ///
    /// None that can happen.
    pub fn delete_session(&mut self, session: impl Into<SessionKey>) -> Result<&[u8], Error> {
        self.render(&DeleteSession(session.into()))
    }

    /// As [`Conn::modify_session`](crate::Conn::modify_session).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what cannot work.
    pub fn modify_session(
        &mut self,
        session: impl Into<SessionKey>,
        change: &SessionChange,
    ) -> Result<&[u8], Error> {
        self.render(&ModifySession(session.into(), change))
    }

    /// As [`Conn::get_session_info`](crate::Conn::get_session_info).
    ///
    /// # Errors
    ///
    /// None that can happen.
    pub fn get_session_info(&mut self, session: impl Into<SessionKey>) -> Result<&[u8], Error> {
        self.render(&GetSession(session.into()))
    }

    /// As [`Conn::sessions`](crate::Conn::sessions), and as
    /// [`sessions_of`](crate::Conn::sessions_of), which chooses among the rows.
    ///
    /// # Errors
    ///
    /// None that can happen.
    pub fn sessions(&mut self) -> Result<&[u8], Error> {
        self.render(&List::<SessionInfo>::new())
    }
}
