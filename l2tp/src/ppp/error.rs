//! The errors of PPP sockets, channels and units.

use std::fmt;
use std::io;

use super::{ChannelIndex, PppoeAddress, UnitIndex, explain};
use crate::error::{ConfigError, ErrorKind};
use crate::netlink::attr::debug_as_display;
use crate::{SessionId, TunnelId};

debug_as_display!(PppError);

/// An error of a PPP socket, channel or unit.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum PppError {
    /// An argument is invalid; no system call was made.
    #[error("{operation}: {error}")]
    Config {
        /// The operation that failed.
        operation: PppOperation,
        /// The field, its value, and the remedy.
        error: ConfigError,
    },
    /// A system call failed.
    #[error("{}", explain::system_error(operation, error))]
    System {
        /// The operation that failed.
        operation: PppOperation,
        /// The system call's error.
        error: io::Error,
    },
    /// A netlink request before the socket was connected failed.
    #[error(transparent)]
    Netlink(#[from] crate::Error),
}

/// The PPP operation that failed; the text of an error begins with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PppOperation {
    /// Opening a PPPoL2TP socket.
    OpenSocket,
    /// Connecting a PPPoL2TP socket to a session.
    ConnectSession(TunnelId, SessionId),
    /// Connecting a PPPoL2TP socket to a tunnel.
    ConnectTunnel(TunnelId),
    /// Opening a PPPoE socket.
    OpenPppoe,
    /// Connecting a PPPoE socket to a PPPoE session.
    ConnectPppoe(PppoeAddress),
    /// Getting a socket's address.
    Address,
    /// Getting the counters of a socket's session.
    Statistics,
    /// Getting a session's counters from a tunnel's control socket.
    StatisticsOf(SessionId),
    /// Getting the option with this name of a session's socket.
    Option(&'static str),
    /// Setting the option with this name of a session's socket.
    SetOption(&'static str),
    /// Getting a socket's channel.
    ChannelOf,
    /// Opening `/dev/ppp`.
    OpenDevice,
    /// Attaching a file descriptor to a channel.
    AttachChannel(ChannelIndex),
    /// Connecting a channel to a unit.
    Connect(ChannelIndex, UnitIndex),
    /// Disconnecting a channel from its unit.
    Disconnect(ChannelIndex),
    /// Bridging two channels.
    Bridge(ChannelIndex, ChannelIndex),
    /// Removing a channel's bridge.
    Unbridge(ChannelIndex),
    /// Creating a unit with any index.
    CreateUnit,
    /// Creating a unit with this index.
    CreateUnitAt(UnitIndex),
    /// Attaching a file descriptor to a unit.
    AttachUnit(UnitIndex),
    /// Reading the setting with this name of a unit.
    Unit(UnitIndex, &'static str),
    /// Changing the setting with this name of a unit.
    SetUnit(UnitIndex, &'static str),
}

impl fmt::Display for PppOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenSocket => f.write_str("open PPPoL2TP socket"),
            Self::ConnectSession(tunnel, session) => {
                write!(f, "connect PPPoL2TP socket to session {session} in tunnel {tunnel}")
            }
            Self::ConnectTunnel(tunnel) => write!(f, "connect control socket to tunnel {tunnel}"),
            Self::OpenPppoe => f.write_str("open PPPoE socket"),
            Self::ConnectPppoe(address) => write!(f, "connect PPPoE socket to {address}"),
            Self::Address => f.write_str("get address of PPPoL2TP socket"),
            Self::Statistics => f.write_str("get counters of PPPoL2TP socket"),
            Self::StatisticsOf(session) => {
                write!(f, "get counters of session {session} from control socket")
            }
            Self::Option(name) => write!(f, "get {name} of PPPoL2TP socket"),
            Self::SetOption(name) => write!(f, "set {name} of PPPoL2TP socket"),
            Self::ChannelOf => f.write_str("get PPP channel of socket"),
            Self::OpenDevice => f.write_str("open /dev/ppp"),
            Self::AttachChannel(channel) => write!(f, "attach to PPP channel {channel}"),
            Self::Connect(channel, unit) => {
                write!(f, "connect PPP channel {channel} to unit {unit}")
            }
            Self::Disconnect(channel) => write!(f, "disconnect PPP channel {channel}"),
            Self::Bridge(one, other) => write!(f, "bridge PPP channels {one} and {other}"),
            Self::Unbridge(channel) => write!(f, "remove bridge of PPP channel {channel}"),
            Self::CreateUnit => f.write_str("create PPP unit"),
            Self::CreateUnitAt(unit) => write!(f, "create PPP unit {unit}"),
            Self::AttachUnit(unit) => write!(f, "attach to PPP unit {unit}"),
            Self::Unit(unit, what) => write!(f, "read {what} of PPP unit {unit}"),
            Self::SetUnit(unit, what) => write!(f, "set {what} of PPP unit {unit}"),
        }
    }
}

impl PppError {
    pub(super) fn config(operation: PppOperation, error: ConfigError) -> Self {
        Self::Config { operation, error }
    }

    /// The operation that failed; `None` for a netlink request, whose error has its own
    /// [`operation`](crate::Error::operation).
    #[must_use]
    pub fn operation(&self) -> Option<PppOperation> {
        match self {
            Self::Config { operation, .. } | Self::System { operation, .. } => Some(*operation),
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

    /// The kind of error.
    ///
    /// ```no_run
    /// use l2tp::ErrorKind;
    /// use l2tp::ppp::Unit;
    ///
    /// match Unit::create() {
    ///     Err(error) if error.kind() == ErrorKind::Permission => println!("run this as root"),
    ///     result => println!("unit {}", result?.index()),
    /// }
    /// # Ok::<(), l2tp::ppp::PppError>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Config { .. } => ErrorKind::Config,
            Self::Netlink(error) => error.kind(),
            Self::System { operation, error } => {
                error.raw_os_error().map_or(ErrorKind::Other, |errno| kind(operation, errno))
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

/// Converts an error into a [`PppError`] of an operation.
pub(super) trait At<T> {
    fn at(self, operation: PppOperation) -> Result<T, PppError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, operation: PppOperation) -> Result<T, PppError> {
        self.map_err(|error| PppError::System { operation, error })
    }
}

impl<T> At<T> for Result<T, ConfigError> {
    fn at(self, operation: PppOperation) -> Result<T, PppError> {
        self.map_err(|error| PppError::Config { operation, error })
    }
}

fn kind(operation: &PppOperation, errno: i32) -> ErrorKind {
    match (operation, errno) {
        (_, libc::EPERM | libc::EACCES) => ErrorKind::Permission,
        (PppOperation::Address | PppOperation::ConnectTunnel(_), libc::EBADF)
        | (_, libc::ENOENT | libc::ENODEV | libc::ENXIO | libc::EBADR | libc::ENOTCONN) => {
            ErrorKind::NotFound
        }
        (_, libc::EEXIST | libc::EBUSY | libc::EALREADY) => ErrorKind::Exists,
        (_, libc::EPROTONOSUPPORT | libc::ESOCKTNOSUPPORT | libc::EAFNOSUPPORT)
        | (PppOperation::Bridge(..) | PppOperation::Unbridge(_), libc::ENOTTY) => {
            ErrorKind::Unsupported
        }
        _ => ErrorKind::Other,
    }
}
