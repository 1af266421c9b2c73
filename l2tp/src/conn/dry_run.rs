//! What a connection would send, without a kernel to send it to.

use crate::conn::command::{Command, Noop};
use crate::error::Error;
use crate::netlink::exchange::Exchange;

/// Renders the requests that a [`Conn`](crate::Conn) would send, byte for byte.
///
/// The methods are those of the connection. Each fails where the connection would fail before it
/// sends anything, and else returns the message; [`schema::describe`](crate::schema::describe)
/// decodes it into text. The look-ups of guards and waits are left out. No privilege, no socket and
/// no kernel with L2TP is needed.
///
/// ```
/// use l2tp::conn::DryRun;
/// use l2tp::{EncapType, ProtocolVersion, TunnelConfig, schema};
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

    pub(super) fn render(&mut self, command: &impl Command) -> Result<&[u8], Error> {
        let operation = command.operation();
        command.check().map_err(|error| Error::Config { operation, error })?;
        self.exchange.start();
        command
            .push(&mut self.exchange, self.family)
            .map_err(|error| Error::Encode { operation, error })?;
        Ok(self.exchange.outgoing())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::conn::command::{
        CreateSession, DeleteSession, DeleteTunnel, GetSession, GetTunnel, ModifySession,
    };
    use crate::conn::engine::Listing;
    use crate::conn::engine::cancellation::{config, finish, ids, open};
    use crate::testing::kernel::FAMILY;
    use crate::{SessionChange, SessionInfo, TunnelId};

    /// A request without its sequence number, which counts the requests of a connection.
    fn unnumbered(request: &[u8]) -> Vec<u8> {
        [&request[..8], &[0; 4], &request[12..]].concat()
    }

    #[test]
    fn what_is_rendered_is_what_a_connection_sends() {
        let mut engine = open();
        engine.set_guards(false);
        engine.netlink.socket.set_waits(false);
        let mut dry = DryRun::for_family(FAMILY);
        let session = config(77).local_cookie([1; 4]).reorder_timeout(Duration::from_millis(5));
        let change = SessionChange::new().send_seq(true);
        let key = ids(1, 77);

        finish(engine.run(&CreateSession(&session))).unwrap();
        let sent = unnumbered(&engine.netlink.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.create_session(&session).unwrap()));

        // The simulated kernel knows no change: what matters is what it was sent.
        let _ = finish(engine.run(&ModifySession(key, &change)));
        let sent = unnumbered(&engine.netlink.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.modify_session(key, &change).unwrap()));

        finish(engine.get(&GetSession(key))).unwrap();
        let sent = unnumbered(&engine.netlink.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.get_session_info(key).unwrap()));

        let _listing: Listing<SessionInfo> = finish(engine.list(None)).unwrap();
        let sent = unnumbered(&engine.netlink.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.sessions().unwrap()));

        finish(engine.run(&DeleteSession(key))).unwrap();
        let sent = unnumbered(&engine.netlink.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.delete_session(key).unwrap()));

        finish(engine.get(&GetTunnel(TunnelId(1)))).unwrap();
        let sent = unnumbered(&engine.netlink.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.get_tunnel_info(TunnelId(1)).unwrap()));

        finish(engine.command(&DeleteTunnel(TunnelId(2)))).unwrap();
        let sent = unnumbered(&engine.netlink.socket.last_datagram());
        assert_eq!(sent, unnumbered(dry.delete_tunnel(TunnelId(2)).unwrap()));
    }
}
