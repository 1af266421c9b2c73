//! What can go wrong with PPP, at which step, and what to do about it.

use std::fmt;
use std::io;

use super::{ChannelIndex, PppoeAddress, UnitIndex, explain};
use crate::error::{ConfigError, ErrorKind};
use crate::netlink::attr::debug_as_display;
use crate::{SessionId, TunnelId};

debug_as_display!(Error);

/// What can go wrong with PPP.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It cannot work; nothing was asked of the kernel.
    #[error("{step}: {error}")]
    Config {
        /// What was attempted.
        step: Step,
        /// The field, its value, and the remedy.
        error: ConfigError,
    },
    /// A system call failed.
    #[error("{}", explain::failure(step, error))]
    System {
        /// What was attempted.
        step: Step,
        /// The system call's error.
        error: io::Error,
    },
    /// The session could not be asked about, before its socket was connected.
    #[error(transparent)]
    Netlink(#[from] crate::Error),
}

/// What was attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Making a PPPoL2TP socket.
    OpenSocket,
    /// Connecting one to a session.
    ConnectSession(TunnelId, SessionId),
    /// Connecting one to a tunnel.
    ConnectTunnel(TunnelId),
    /// Making a PPPoE socket.
    OpenPppoe,
    /// Connecting one to a PPPoE session.
    ConnectPppoe(PppoeAddress),
    /// Asking a socket for its address.
    Address,
    /// Asking a socket for its session's counters.
    Statistics,
    /// Asking a tunnel's control socket for a session's counters.
    StatisticsOf(SessionId),
    /// Reading an option, of this name, of a session's socket.
    Option(&'static str),
    /// Setting an option, of this name, of a session's socket.
    SetOption(&'static str),
    /// Asking a socket for its channel.
    ChannelOf,
    /// Opening `/dev/ppp`.
    OpenDevice,
    /// Attaching a descriptor to a channel.
    AttachChannel(ChannelIndex),
    /// Connecting a channel to a unit.
    Connect(ChannelIndex, UnitIndex),
    /// Disconnecting a channel from its unit.
    Disconnect(ChannelIndex),
    /// Bridging two channels.
    Bridge(ChannelIndex, ChannelIndex),
    /// Ending a channel's bridge.
    Unbridge(ChannelIndex),
    /// Creating a unit with any index.
    CreateUnit,
    /// Creating a unit with this index.
    CreateUnitAt(UnitIndex),
    /// Attaching a descriptor to a unit.
    AttachUnit(UnitIndex),
    /// Reading a setting, of this name, of a unit.
    Unit(UnitIndex, &'static str),
    /// Changing a setting, of this name, of a unit.
    SetUnit(UnitIndex, &'static str),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenSocket => f.write_str("make a PPPoL2TP socket"),
            Self::ConnectSession(tunnel, session) => {
                write!(f, "connect a PPPoL2TP socket to session {session} of tunnel {tunnel}")
            }
            Self::ConnectTunnel(tunnel) => write!(f, "connect a control socket to tunnel {tunnel}"),
            Self::OpenPppoe => f.write_str("make a PPPoE socket"),
            Self::ConnectPppoe(address) => write!(f, "connect a PPPoE socket to {address}"),
            Self::Address => f.write_str("ask a PPPoL2TP socket for its address"),
            Self::Statistics => f.write_str("ask a PPPoL2TP socket for its counters"),
            Self::StatisticsOf(session) => {
                write!(f, "ask a control socket for the counters of session {session}")
            }
            Self::Option(name) => write!(f, "read {name} of a PPPoL2TP socket"),
            Self::SetOption(name) => write!(f, "set {name} of a PPPoL2TP socket"),
            Self::ChannelOf => f.write_str("ask a socket for its PPP channel"),
            Self::OpenDevice => f.write_str("open /dev/ppp"),
            Self::AttachChannel(channel) => write!(f, "attach to PPP channel {channel}"),
            Self::Connect(channel, unit) => {
                write!(f, "connect PPP channel {channel} to unit {unit}")
            }
            Self::Disconnect(channel) => write!(f, "disconnect PPP channel {channel}"),
            Self::Bridge(one, other) => write!(f, "bridge PPP channels {one} and {other}"),
            Self::Unbridge(channel) => write!(f, "end the bridge of PPP channel {channel}"),
            Self::CreateUnit => f.write_str("create a PPP unit"),
            Self::CreateUnitAt(unit) => write!(f, "create PPP unit {unit}"),
            Self::AttachUnit(unit) => write!(f, "attach to PPP unit {unit}"),
            Self::Unit(unit, what) => write!(f, "read {what} of PPP unit {unit}"),
            Self::SetUnit(unit, what) => write!(f, "set {what} of PPP unit {unit}"),
        }
    }
}

impl Error {
    pub(super) fn config(step: Step, error: ConfigError) -> Self {
        Self::Config { step, error }
    }

    /// What was attempted; `None` when that was a question over netlink, which has its own
    /// [`operation`](crate::Error::operation).
    #[must_use]
    pub fn step(&self) -> Option<Step> {
        match self {
            Self::Config { step, .. } | Self::System { step, .. } => Some(*step),
            Self::Netlink(_) => None,
        }
    }

    /// The errno behind the error, positive, if there is one.
    #[must_use]
    pub fn raw_os_error(&self) -> Option<i32> {
        match self {
            Self::Config { .. } => None,
            Self::System { error, .. } => error.raw_os_error(),
            Self::Netlink(error) => error.raw_os_error(),
        }
    }

    /// What sort of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Config { .. } => ErrorKind::Config,
            Self::Netlink(error) => error.kind(),
            Self::System { step, error } => {
                error.raw_os_error().map_or(ErrorKind::Other, |errno| kind(step, errno))
            }
        }
    }

    /// Whether the tunnel, session, channel, unit or device does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Whether the session, socket, channel or unit is in use.
    #[must_use]
    pub fn is_exists(&self) -> bool {
        self.kind() == ErrorKind::Exists
    }

    /// Whether `CAP_NET_ADMIN` is missing.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.kind() == ErrorKind::Permission
    }
}

/// Turns the error of a system call into one of a step.
pub(super) trait At<T> {
    fn at(self, step: Step) -> Result<T, Error>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, step: Step) -> Result<T, Error> {
        self.map_err(|error| Error::System { step, error })
    }
}

impl<T> At<T> for Result<T, ConfigError> {
    fn at(self, step: Step) -> Result<T, Error> {
        self.map_err(|error| Error::Config { step, error })
    }
}

fn kind(step: &Step, errno: i32) -> ErrorKind {
    match (step, errno) {
        (Step::Address | Step::ConnectTunnel(_), libc::EBADF) => ErrorKind::NotFound,
        (_, libc::EPERM | libc::EACCES) => ErrorKind::Permission,
        (_, libc::ENOENT | libc::ENODEV | libc::ENXIO | libc::EBADR | libc::ENOTCONN) => {
            ErrorKind::NotFound
        }
        (_, libc::EEXIST | libc::EBUSY | libc::EALREADY) => ErrorKind::Exists,
        (_, libc::EPROTONOSUPPORT | libc::ESOCKTNOSUPPORT | libc::EAFNOSUPPORT) => {
            ErrorKind::Unsupported
        }
        (Step::Bridge(..) | Step::Unbridge(_), libc::ENOTTY) => ErrorKind::Unsupported,
        _ => ErrorKind::Other,
    }
}
