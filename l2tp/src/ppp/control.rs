//! The control socket of a tunnel: the socket of its session 0.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::address::{ANY, Address};
use super::error::{At, Error, Step};
use super::socket::{connect, descriptor};
use super::statistics::{self, SocketStatistics};
use crate::error::ConfigError;
use crate::{EncapType, ProtocolVersion, SessionId, TunnelConfig, TunnelId};

/// A PPPoL2TP socket that is connected to a tunnel as a whole.
///
/// It tells counters without netlink, and it once was the only way to make a tunnel. It carries no
/// frames. The kernel keeps a session 0 for it, which some kernels (6.1 among them) list with the
/// others, and deletes it when the socket's last descriptor is closed. The tunnel stays.
#[derive(Debug)]
pub struct ControlSocket {
    socket: OwnedFd,
}

impl ControlSocket {
    /// Connects to a tunnel that exists, in the network namespace of the calling thread.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for an id that is 0 or has no room; [`Error::System`] with `EBADF` (no
    /// such tunnel), `EEXIST` (it has a control socket).
    pub fn connect(version: ProtocolVersion, tunnel: TunnelId) -> Result<Self, Error> {
        Self::open(version, tunnel, TunnelId(0), None)
    }

    /// Makes a tunnel of a UDP socket and connects to it: the way that kernels without
    /// `CONFIG_L2TP_V3`, and so without netlink, have. The tunnel lives as one that
    /// [`Conn::create_managed_tunnel`](crate::Conn::create_managed_tunnel) made, until its UDP
    /// socket is closed. No notification tells of it. If the tunnel exists, the UDP socket is not
    /// looked at.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what could not work; [`Error::System`] with `EBADF`, `ENOTSOCK`,
    /// `EPROTONOSUPPORT` (no UDP socket), `EBUSY` (it carries a tunnel), `EINVAL` (another network
    /// namespace).
    pub fn create_tunnel(udp: &impl AsFd, config: &TunnelConfig) -> Result<Self, Error> {
        let step = Step::ConnectTunnel(config.tunnel_id);
        config.validate_managed().at(step)?;
        if config.encap != EncapType::Udp {
            let problem = "a control socket makes tunnels over UDP only";
            return Err(ConfigError::new("encap", config.encap, problem)).at(step);
        }
        Self::open(config.version, config.tunnel_id, config.peer_tunnel_id, Some(udp.as_fd()))
    }

    fn open(
        version: ProtocolVersion,
        tunnel_id: TunnelId,
        peer_tunnel_id: TunnelId,
        udp: Option<BorrowedFd<'_>>,
    ) -> Result<Self, Error> {
        let step = Step::ConnectTunnel(tunnel_id);
        if tunnel_id.0 == 0 {
            let problem = "0 is reserved: ids start at 1";
            return Err(ConfigError::new("tunnel_id", tunnel_id, problem)).at(step);
        }
        let none = SessionId(0);
        let (session_id, peer_session_id) = (none, none);
        let peer = ANY;
        let address =
            Address { version, tunnel_id, peer_tunnel_id, session_id, peer_session_id, peer };
        let name = address.to_name(udp).at(step)?;
        let socket = connect(l2tp_sys::PX_PROTO_OL2TP, &name, Step::OpenSocket, step)?;
        Ok(Self { socket })
    }

    /// The tunnel's counters.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` when the tunnel is gone.
    pub fn statistics(&self) -> Result<SocketStatistics, Error> {
        statistics::ask(self, 0, Step::Statistics)
    }

    /// The counters of one of the tunnel's PPP sessions.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for an id over 65535, for which the ioctl has no room, and for 0, which
    /// is the tunnel; `EBADR` when there is no such PPP session; `ENOTCONN` when the tunnel is
    /// gone.
    pub fn statistics_of(&self, session: SessionId) -> Result<SocketStatistics, Error> {
        let step = Step::StatisticsOf(session);
        match u16::try_from(session.0) {
            Ok(id) if id != 0 => statistics::ask(self, id, step),
            _ => {
                let problem = "the ioctl has 16 bits for it, and 0 is the tunnel: use 1 to 65535";
                Err(ConfigError::new("session", session, problem)).at(step)
            }
        }
    }
}

descriptor!(ControlSocket);
