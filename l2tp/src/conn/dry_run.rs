//! What a connection would send, without a kernel to send it to.

use std::net::SocketAddr;
use std::os::fd::AsFd;

use crate::conn::command::{
    Command, CreateManagedTunnel, CreateSession, CreateStaticTunnel, DeleteSession, DeleteTunnel,
    GetSession, GetTunnel, List, ModifySession, ModifyTunnel, Noop,
};
use crate::netlink::exchange::Exchange;
use crate::{
    Error, SessionChange, SessionConfig, SessionInfo, SessionKey, TunnelConfig, TunnelId,
    TunnelInfo,
};

/// Renders the requests that a [`Conn`](crate::Conn) would send, byte for byte.
///
/// The methods are those of the connection. Each refuses what the connection would refuse before
/// sending, and returns the message; [`schema::describe`](crate::schema::describe) puts it into
/// words. What a connection asks beside the request itself, to guard against the kernel's defects
/// or to wait, is left out. No privilege, no socket and no kernel with L2TP is needed.
///
/// ```
/// use l2tp::{DryRun, EncapType, ProtocolVersion, TunnelConfig, schema};
///
/// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Ip, 1, 2);
/// let mut dry = DryRun::new();
/// let request = dry.create_static_tunnel(
///     "192.0.2.1:0".parse()?,
///     "192.0.2.2:0".parse()?,
///     &tunnel,
/// )?;
/// let text = schema::describe(request).to_string();
/// assert!(text.contains("L2TP_ATTR_IP_DADDR = 192.0.2.2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DryRun {
    exchange: Exchange,
    family: u16,
}

/// The first number that the kernel may assign to a family of its choice.
const FIRST_FAMILY: u16 = l2tp_sys::GENL_START_ALLOC;

impl Default for DryRun {
    fn default() -> Self {
        Self::new()
    }
}

impl DryRun {
    /// Requests to a family whose number no kernel has assigned yet.
    #[must_use]
    pub fn new() -> Self {
        Self::for_family(FIRST_FAMILY)
    }

    /// Requests to the family of this number, the type of its messages.
    #[must_use]
    pub fn for_family(family: u16) -> Self {
        Self { exchange: Exchange::new(), family }
    }

    /// As [`Conn::noop`](crate::Conn::noop).
    ///
    /// # Errors
    ///
    /// None that can happen.
    pub fn noop(&mut self) -> Result<&[u8], Error> {
        self.render(&Noop)
    }

    /// As [`Conn::create_static_tunnel`](crate::Conn::create_static_tunnel).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what could not work.
    pub fn create_static_tunnel(
        &mut self,
        local: SocketAddr,
        peer: SocketAddr,
        config: &TunnelConfig,
    ) -> Result<&[u8], Error> {
        self.render(&CreateStaticTunnel::new(local, peer, config)?)
    }

    /// As [`Conn::create_managed_tunnel`](crate::Conn::create_managed_tunnel).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what could not work.
    pub fn create_managed_tunnel(
        &mut self,
        socket: &impl AsFd,
        config: &TunnelConfig,
    ) -> Result<&[u8], Error> {
        self.render(&CreateManagedTunnel::new(socket.as_fd(), config)?)
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

    /// As [`Conn::create_session`](crate::Conn::create_session).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what could not work.
    pub fn create_session(&mut self, config: &SessionConfig) -> Result<&[u8], Error> {
        self.render(&CreateSession::new(config)?)
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
    /// [`Error::Config`] for what could not work.
    pub fn modify_session(
        &mut self,
        session: impl Into<SessionKey>,
        change: &SessionChange,
    ) -> Result<&[u8], Error> {
        self.render(&ModifySession::new(session.into(), change)?)
    }

    /// As [`Conn::get_session_info`](crate::Conn::get_session_info).
    ///
    /// # Errors
    ///
    /// None that can happen.
    pub fn get_session_info(&mut self, session: impl Into<SessionKey>) -> Result<&[u8], Error> {
        self.render(&GetSession(session.into()))
    }

    /// As [`Conn::tunnels`](crate::Conn::tunnels).
    ///
    /// # Errors
    ///
    /// None that can happen.
    pub fn tunnels(&mut self) -> Result<&[u8], Error> {
        self.render(&List::<TunnelInfo>::new())
    }

    /// As [`Conn::sessions`](crate::Conn::sessions), and as
    /// [`sessions_of`](crate::Conn::sessions_of), which chooses among the answers.
    ///
    /// # Errors
    ///
    /// None that can happen.
    pub fn sessions(&mut self) -> Result<&[u8], Error> {
        self.render(&List::<SessionInfo>::new())
    }

    fn render(&mut self, command: &impl Command) -> Result<&[u8], Error> {
        self.exchange.start();
        command.push(&mut self.exchange, self.family)?;
        Ok(self.exchange.outgoing())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::conn::command::GetTunnel;
    use crate::conn::engine::Listing;
    use crate::conn::engine::cancellation::{config, finish, ids, open};
    use crate::testing::kernel::FAMILY;

    /// A request without its sequence number, which counts the requests of a connection.
    fn unnumbered(request: &[u8]) -> Vec<u8> {
        [&request[..8], &[0; 4], &request[12..]].concat()
    }

    #[test]
    fn what_is_rendered_is_what_a_connection_sends() {
        let mut engine = open();
        engine.set_guards(false);
        engine.socket.set_waits(false);
        let mut dry = DryRun::for_family(FAMILY);
        let session = config(77).local_cookie([1; 4]).reorder_timeout(Duration::from_millis(5));
        let change = SessionChange::new().send_seq(true);
        let key = ids(1, 77);

        finish(engine.create_session(&session)).unwrap();
        let sent = unnumbered(&engine.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.create_session(&session).unwrap()));

        // The simulated kernel knows no change: what matters is what it was sent.
        let _ = finish(engine.modify_session(key, &change));
        let sent = unnumbered(&engine.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.modify_session(key, &change).unwrap()));

        finish(engine.get_session(key)).unwrap();
        let sent = unnumbered(&engine.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.get_session_info(key).unwrap()));

        let _listing: Listing<SessionInfo> = finish(engine.list(None)).unwrap();
        let sent = unnumbered(&engine.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.sessions().unwrap()));

        finish(engine.delete_session(key)).unwrap();
        let sent = unnumbered(&engine.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.delete_session(key).unwrap()));

        finish(engine.question::<TunnelInfo>(&GetTunnel(TunnelId(1)))).unwrap();
        let sent = unnumbered(&engine.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.get_tunnel_info(TunnelId(1)).unwrap()));

        finish(engine.command(&DeleteTunnel(TunnelId(2)))).unwrap();
        let sent = unnumbered(&engine.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.delete_tunnel(TunnelId(2)).unwrap()));
    }
}
