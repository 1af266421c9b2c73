//! Attempts to bind and connect a socket, and the pauses between them.

use std::io;
use std::time::Duration;

use super::{AddressState, NotReady};
use crate::SocketOptions;
use crate::conn::engine::Pauses;
use crate::error::{ConfigError, ErrorKind, errno_kind};
use crate::socket::TunnelAddr;
use crate::socket::{self, SocketError, SocketOperation};

/// Attempts to use an address, a route or both, until a time limit.
#[derive(Debug)]
pub(crate) struct Attempts {
    local: Option<TunnelAddr>,
    peer: Option<TunnelAddr>,
    options: SocketOptions,
    limit: Duration,
    pauses: Pauses,
}

impl Attempts {
    pub(crate) fn of(
        local: Option<TunnelAddr>,
        peer: Option<TunnelAddr>,
        options: &SocketOptions,
        limit: Duration,
    ) -> Result<Self, NotReady> {
        for (field, addr) in [("local", local), ("peer", peer)] {
            let lacking = |addr: &TunnelAddr| addr.lacks_scope() && options.interface.is_none();
            if let Some(addr) = addr.filter(lacking) {
                return Err(NotReady::Config(ConfigError::new(
                    field,
                    addr.ip(),
                    "a link-local address needs its interface: give the interface's index as scope id, \
                     or set the socket's option interface",
                )));
            }
        }
        Ok(Self { local, peer, options: *options, limit, pauses: Pauses::within(limit) })
    }

    /// Makes one attempt. Returns the pause before the next attempt; `None` if this one succeeded.
    pub(crate) fn attempt(&mut self) -> Result<Option<Duration>, NotReady> {
        let Err(failed) = socket::probe(self.local, self.peer, &self.options) else {
            return Ok(None);
        };
        if may_succeed_later(&failed) {
            if let Some(pause) = self.pauses.next() {
                return Ok(Some(pause));
            }
        }
        Err(self.error(failed))
    }

    /// The error, after the time limit or if waiting does not help.
    fn error(&self, failed: SocketError) -> NotReady {
        let (waited, in_time) = (self.limit, may_succeed_later(&failed));
        let (operation, error) = match failed {
            SocketError::Config { error, .. } => return NotReady::Config(error),
            SocketError::System { operation, error }
            | SocketError::InterfaceGone { operation, error: Some(error), .. } => {
                (operation, error)
            }
            failed => return NotReady::Socket(Box::new(failed)),
        };
        match (operation, self.options.interface) {
            (SocketOperation::SetOption(_, "interface"), Some(interface)) if in_time => {
                NotReady::Interface { interface, waited, error }
            }
            (SocketOperation::Bind(local), _) if in_time => {
                let (address, state) = (local.ip(), AddressState::of(local.ip()));
                NotReady::Address { address, state, waited, error }
            }
            (SocketOperation::Connect(peer), _) if in_time => {
                let local = self.local.map(|local| local.ip());
                NotReady::Route { local, peer: peer.ip(), waited, error }
            }
            (SocketOperation::Bind(addr) | SocketOperation::Connect(addr), _) => {
                NotReady::System { addr: Some(addr.ip()), error }
            }
            _ => NotReady::Socket(Box::new(SocketError::System { operation, error })),
        }
    }
}

/// Whether a later attempt may succeed, because an address, interface or route is missing.
fn may_succeed_later(failed: &SocketError) -> bool {
    let (operation, error): (_, &io::Error) = match failed {
        SocketError::System { operation, error } => (operation, error),
        SocketError::InterfaceGone { .. } => return true,
        _ => return false,
    };
    let waits_for_network = matches!(
        operation,
        SocketOperation::Bind(_)
            | SocketOperation::Connect(_)
            | SocketOperation::SetOption(_, "interface")
    );
    waits_for_network
        && error
            .raw_os_error()
            .is_some_and(|errno| errno == libc::ENODEV || errno_kind(errno) == ErrorKind::Network)
}
