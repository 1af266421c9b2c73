//! One attempt after another, and the pauses between them.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use super::{AddressState, NotReady, udp};
use crate::TunnelAddr;
use crate::engine::Pauses;
use crate::error::{ConfigError, ErrorKind, errno_kind};

/// Attempts to use an address, a route or both, until a deadline.
#[derive(Debug)]
pub(crate) struct Attempts {
    local: Option<TunnelAddr>,
    peer: Option<TunnelAddr>,
    limit: Duration,
    pauses: Pauses,
}

/// Which of the two steps failed.
enum Failed {
    Bind(io::Error),
    Connect(io::Error),
}

impl Attempts {
    pub(crate) fn of(
        local: Option<TunnelAddr>,
        peer: Option<TunnelAddr>,
        limit: Duration,
    ) -> Result<Self, NotReady> {
        for (field, addr) in [("local", local), ("peer", peer)] {
            if let Some(addr) = addr.filter(TunnelAddr::lacks_scope) {
                return Err(NotReady::Config(ConfigError::new(
                    field,
                    addr.ip(),
                    "a link-local address means something on its link only: give the index of the \
                     interface as its scope id",
                )));
            }
        }
        if let (Some(local), Some(peer)) = (local, peer) {
            if local.ip().is_ipv4() != peer.ip().is_ipv4() {
                return Err(NotReady::Config(ConfigError::new(
                    "peer",
                    peer.ip(),
                    "local and peer address must be of one family, both IPv4 or both IPv6",
                )));
            }
        }
        Ok(Self { local, peer, limit, pauses: Pauses::within(limit) })
    }

    /// Tries once. The pause that comes before the next attempt; `None` when it succeeded.
    pub(crate) fn attempt(&mut self) -> Result<Option<Duration>, NotReady> {
        let Err(failed) = self.try_both() else { return Ok(None) };
        if failed.may_pass() {
            if let Some(pause) = self.pauses.next() {
                return Ok(Some(pause));
            }
            return Err(self.missing(failed));
        }
        let addr = match failed {
            Failed::Bind(_) => self.local,
            Failed::Connect(_) => self.peer,
        };
        let (Failed::Bind(error) | Failed::Connect(error)) = failed;
        Err(NotReady::System { addr: addr.map(|addr| addr.ip()), error })
    }

    fn try_both(&self) -> Result<(), Failed> {
        let local = match (&self.local, &self.peer) {
            (Some(local), _) => udp(local, 0),
            (None, Some(peer)) if peer.ip().is_ipv6() => (Ipv6Addr::UNSPECIFIED, 0).into(),
            (None, _) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        };
        let socket = UdpSocket::bind(local).map_err(Failed::Bind)?;
        match &self.peer {
            Some(peer) => socket.connect(udp(peer, peer.port().unwrap_or(0))),
            None => Ok(()),
        }
        .map_err(Failed::Connect)
    }

    /// What is missing, now that the time is up.
    fn missing(&self, failed: Failed) -> NotReady {
        let waited = self.limit;
        match (failed, self.local, self.peer) {
            (Failed::Connect(error), local, Some(peer)) => NotReady::Route {
                local: local.map(|local| local.ip()),
                peer: peer.ip(),
                waited,
                error,
            },
            (Failed::Bind(error), Some(local), _) => {
                let state = AddressState::of(local.ip());
                NotReady::Address { address: local.ip(), state, waited, error }
            }
            (Failed::Bind(error) | Failed::Connect(error), local, peer) => {
                NotReady::System { addr: local.or(peer).map(|addr| addr.ip()), error }
            }
        }
    }
}

impl Failed {
    /// Whether it may succeed later: there is no such address, interface or route yet.
    fn may_pass(&self) -> bool {
        let (Self::Bind(error) | Self::Connect(error)) = self;
        error
            .raw_os_error()
            .is_some_and(|errno| errno == libc::ENODEV || errno_kind(errno) == ErrorKind::Network)
    }
}
