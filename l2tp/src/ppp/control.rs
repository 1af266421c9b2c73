//! The PPPoL2TP control socket of a tunnel, which is the socket of its session 0.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::address::{ANY, SessionAddress};
use super::error::{At, PppError, PppOperation};
use super::socket::{connect, descriptor};
use super::statistics::{self, PppSocketStatistics};
use crate::error::ConfigError;
use crate::{EncapType, ProtocolVersion, SessionId, TunnelConfig, TunnelId};

/// A PPPoL2TP socket that is connected to a tunnel as a whole.
///
/// It reports counters without netlink, and can create a tunnel on kernels without L2TP's netlink family.
/// It carries no frames. The kernel has a session 0 for it, which some kernels (for example 6.1) include in
/// dumps, and deletes it when the socket's last file descriptor is closed. The tunnel stays.
#[derive(Debug)]
pub struct ControlSocket {
    socket: OwnedFd,
}

impl ControlSocket {
    /// Connects to an existing tunnel, in the network namespace of the calling thread.
    ///
    /// # Errors
    ///
    /// [`PppError::Config`] for an id that is 0 or exceeds 16 bits in L2TPv2; [`PppError::System`] with `EBADF` (no
    /// such tunnel), `EEXIST` (it has a control socket).
    pub fn connect(version: ProtocolVersion, tunnel: TunnelId) -> Result<Self, PppError> {
        Self::open(version, tunnel, TunnelId(0), None)
    }

    /// Creates a tunnel on a UDP socket and connects to it. This also works on kernels without
    /// `CONFIG_L2TP_V3`, which lack the netlink family. The tunnel exists until its UDP socket is closed,
    /// like one of [`Conn::create_managed_tunnel`](crate::Conn::create_managed_tunnel). The kernel sends
    /// no notification. If the tunnel already exists, the UDP socket is ignored.
    ///
    /// # Errors
    ///
    /// [`PppError::Config`] for an invalid configuration; [`PppError::System`] with `EBADF`, `ENOTSOCK`,
    /// `EPROTONOSUPPORT` (not a UDP socket), `EBUSY` (it carries a tunnel), `EINVAL` (another network
    /// namespace).
    pub fn create_tunnel(udp: &impl AsFd, config: &TunnelConfig) -> Result<Self, PppError> {
        let operation = PppOperation::ConnectTunnel(config.tunnel_id);
        config.validate_managed().at(operation)?;
        if config.encap != EncapType::Udp {
            let problem = "a control socket can create UDP tunnels only";
            return Err(ConfigError::new("encap", config.encap, problem)).at(operation);
        }
        Self::open(config.version, config.tunnel_id, config.peer_tunnel_id, Some(udp.as_fd()))
    }

    fn open(
        version: ProtocolVersion,
        tunnel_id: TunnelId,
        peer_tunnel_id: TunnelId,
        udp: Option<BorrowedFd<'_>>,
    ) -> Result<Self, PppError> {
        let operation = PppOperation::ConnectTunnel(tunnel_id);
        if tunnel_id.0 == 0 {
            let problem = "0 is reserved: ids start at 1";
            return Err(ConfigError::new("tunnel_id", tunnel_id, problem)).at(operation);
        }
        let none = SessionId(0);
        let (session_id, peer_session_id) = (none, none);
        let peer = ANY;
        let address = SessionAddress {
            version,
            tunnel_id,
            peer_tunnel_id,
            session_id,
            peer_session_id,
            peer,
        };
        let name = address.to_name(udp).at(operation)?;
        let socket = connect(l2tp_sys::PX_PROTO_OL2TP, &name, PppOperation::OpenSocket, operation)?;
        Ok(Self { socket })
    }

    /// The tunnel's counters.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` when the tunnel is gone.
    pub fn statistics(&self) -> Result<PppSocketStatistics, PppError> {
        statistics::get(self, 0, PppOperation::Statistics)
    }

    /// The counters of one of the tunnel's PPP sessions.
    ///
    /// # Errors
    ///
    /// [`PppError::Config`] for an id over 65535, which exceeds the ioctl's 16 bits, and for 0, which
    /// is the tunnel; `EBADR` when there is no such PPP session; `ENOTCONN` when the tunnel is
    /// gone.
    pub fn statistics_of(&self, session: SessionId) -> Result<PppSocketStatistics, PppError> {
        let operation = PppOperation::StatisticsOf(session);
        match u16::try_from(session.0) {
            Ok(id) if id != 0 => statistics::get(self, id, operation),
            _ => {
                let problem = "the ioctl has 16 bits for it, and 0 is the tunnel: use 1 to 65535";
                Err(ConfigError::new("session", session, problem)).at(operation)
            }
        }
    }
}

descriptor!(ControlSocket);
