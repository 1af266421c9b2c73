//! One attempt after another, and the pauses between them.

use std::io;
use std::time::Duration;

use super::{AddressState, NotReady};
use crate::conn::engine::Pauses;
use crate::error::{ConfigError, ErrorKind, errno_kind};
use crate::socket::{self, SocketError, SocketStep};
use crate::{SocketOptions, TunnelAddr};

/// Attempts to use an address, a route or both, until a deadline.
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
                    "a link-local address means something on its link only: give the index of the \
                     interface as its scope id, or name the interface in the socket's options",
                )));
            }
        }
        Ok(Self { local, peer, options: *options, limit, pauses: Pauses::within(limit) })
    }

    /// Tries once. The pause that comes before the next attempt; `None` when it succeeded.
    pub(crate) fn attempt(&mut self) -> Result<Option<Duration>, NotReady> {
        let Err(failed) = socket::probe(self.local, self.peer, &self.options) else {
            return Ok(None);
        };
        if may_pass(&failed) {
            if let Some(pause) = self.pauses.next() {
                return Ok(Some(pause));
            }
        }
        Err(self.missing(failed))
    }

    /// What is missing, now that the time is up, or that it will never come.
    fn missing(&self, failed: SocketError) -> NotReady {
        let (waited, in_time) = (self.limit, may_pass(&failed));
        let (step, error) = match failed {
            SocketError::Config { error, .. } => return NotReady::Config(error),
            SocketError::System { step, error }
            | SocketError::InterfaceGone { step, error: Some(error), .. } => (step, error),
            failed => return NotReady::Socket(Box::new(failed)),
        };
        match (step, self.options.interface) {
            (SocketStep::Set(_, "interface"), Some(interface)) if in_time => {
                NotReady::Interface { interface, waited, error }
            }
            (SocketStep::Bind(local), _) if in_time => {
                let (address, state) = (local.ip(), AddressState::of(local.ip()));
                NotReady::Address { address, state, waited, error }
            }
            (SocketStep::Connect(peer), _) if in_time => {
                let local = self.local.map(|local| local.ip());
                NotReady::Route { local, peer: peer.ip(), waited, error }
            }
            (SocketStep::Bind(addr) | SocketStep::Connect(addr), _) => {
                NotReady::System { addr: Some(addr.ip()), error }
            }
            _ => NotReady::Socket(Box::new(SocketError::System { step, error })),
        }
    }
}

/// Whether it may succeed later: there is no such address, interface or route yet.
fn may_pass(failed: &SocketError) -> bool {
    let (step, error): (_, &io::Error) = match failed {
        SocketError::System { step, error } => (step, error),
        SocketError::InterfaceGone { .. } => return true,
        _ => return false,
    };
    let place = matches!(
        step,
        SocketStep::Bind(_) | SocketStep::Connect(_) | SocketStep::Set(_, "interface")
    );
    place
        && error
            .raw_os_error()
            .is_some_and(|errno| errno == libc::ENODEV || errno_kind(errno) == ErrorKind::Network)
}
