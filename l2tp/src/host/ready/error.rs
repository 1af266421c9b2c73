//! The error of waiting for an address, an interface or a route.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use super::AddressState;
use crate::IfName;
use crate::error::{ConfigError, ErrorKind, errno_name, path_kind};
use crate::netlink::attr::debug_as_display;
use crate::socket::SocketError;
use crate::types::printable::printable;

debug_as_display!(NotReady);

/// What was missing after waiting for an address, an interface or a route.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum NotReady {
    /// The local address could not be used within the time limit.
    #[error(
        "address {address} {state} after {waited:?} ({}): {}",
        errno(error),
        address_remedy(*address, state)
    )]
    Address {
        /// The address.
        address: IpAddr,
        /// The state of the address at the end.
        state: AddressState,
        /// The time limit.
        waited: Duration,
        /// The error of the last attempt.
        error: io::Error,
    },
    /// No interface had the name in the socket's options within the time limit.
    #[error(
        "no interface {interface} after {waited:?} ({}): see `ip link`, and start the program that creates \
         it",
        errno(error)
    )]
    Interface {
        /// The name.
        interface: IfName,
        /// The time limit.
        waited: Duration,
        /// The error of the last attempt.
        error: io::Error,
    },
    /// There was no route to the peer within the time limit.
    #[error(
        "no route to {peer}{origin} after {waited:?} ({name}): see `ip route get {peer}{origin}`, and \
         check that the interface to the peer is up and has an address; if the route is in the table \
         of a VRF or of a mark, set the socket's option interface or mark for waiting, and use a \
         managed tunnel",
        origin = origin(*local),
        name = errno(error)
    )]
    Route {
        /// The local address, if one was given.
        local: Option<IpAddr>,
        /// The peer's address.
        peer: IpAddr,
        /// The time limit.
        waited: Duration,
        /// The error of the last attempt.
        error: io::Error,
    },
    /// An argument is invalid; no system call was made for it.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No socket could be opened with these options, for another reason than its addresses.
    #[error(transparent)]
    Socket(Box<SocketError>),
    /// A system call failed with an error that waiting cannot fix.
    #[error("{}{}", system(*addr, error), permanent_remedy(error))]
    System {
        /// The address for which it failed.
        addr: Option<IpAddr>,
        /// The system call's error.
        error: io::Error,
    },
}

impl NotReady {
    /// The kind of error; [`TimedOut`](ErrorKind::TimedOut) if a longer wait might help.
    ///
    /// ```no_run
    /// use std::net::SocketAddr;
    /// use std::time::Duration;
    /// use l2tp::ErrorKind;
    ///
    /// let local: SocketAddr = "192.0.2.1:1701".parse()?;
    /// if let Err(error) = l2tp::host::wait_for_address(local, Duration::from_secs(10)) {
    ///     assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Address { .. } | Self::Interface { .. } | Self::Route { .. } => {
                ErrorKind::TimedOut
            }
            Self::Config(_) => ErrorKind::Config,
            Self::Socket(error) => error.kind(),
            Self::System { error, .. } => error.raw_os_error().map_or(ErrorKind::Other, path_kind),
        }
    }

    /// The errno of the last attempt, if a system call failed.
    #[must_use]
    pub fn raw_os_error(&self) -> Option<i32> {
        match self {
            Self::Address { error, .. }
            | Self::Interface { error, .. }
            | Self::Route { error, .. }
            | Self::System { error, .. } => error.raw_os_error(),
            Self::Socket(error) => error.raw_os_error(),
            Self::Config(_) => None,
        }
    }
}

/// The source of a route, as the end of a clause.
fn origin(local: Option<IpAddr>) -> String {
    local.map_or_else(String::new, |local| format!(" from {local}"))
}

fn errno(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), errno_name)
}

/// The remedy for an address that cannot be used.
pub(crate) fn address_remedy(address: IpAddr, state: &AddressState) -> String {
    match state {
        AddressState::Absent => {
            let prefix = if address.is_ipv4() { 24 } else { 64 };
            format!(
                "add it (`ip addr add {address}/{prefix} dev INTERFACE`), start the program that \
                 configures it, or search other namespaces (`ip -all netns exec ip addr`)"
            )
        }
        AddressState::Down { interface } => {
            format!("`ip link set {} up`", printable(interface))
        }
        AddressState::Tentative { interface } => format!(
            "duplicate address detection takes one to two seconds after {} has a carrier; an address \
             added with `nodad` can be used at once",
            printable(interface)
        ),
        AddressState::Duplicate { interface } => format!(
            "duplicate address detection failed: change the address of this host or of the other host \
             on the link of {}",
            printable(interface)
        ),
        AddressState::InVrf { vrf, .. } => format!(
            "a static tunnel cannot be in a VRF: use a managed tunnel, and open its socket with the \
             option interface {}; over UDP with this address, over IP with the wildcard address",
            printable(vrf)
        ),
        AddressState::Present { interface } if is_link_local(address) => format!(
            "it may have been added just now, or the scope id or the socket's option interface is \
             another interface than {}",
            printable(interface)
        ),
        AddressState::Present { interface } => format!(
            "it may have been added just now, or the socket's option interface belongs to a VRF to \
             which {} does not belong",
            printable(interface)
        ),
    }
}

fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local())
}

fn system(addr: Option<IpAddr>, error: &io::Error) -> String {
    match addr {
        Some(addr) => format!("address {addr}: {error}"),
        None => error.to_string(),
    }
}

fn permanent_remedy(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::EACCES) => {
            ": a route or rule prohibits it, or it is the broadcast address of an interface: see \
             `ip route get ADDRESS`"
        }
        Some(libc::EINVAL) => {
            ": a route drops packets to it (see `ip route get ADDRESS`), or the local address is a \
             loopback address and the peer is another host"
        }
        Some(libc::EPERM) => {
            ": a packet filter (`nft list ruleset`), an IPsec policy (`ip xfrm policy`), or a BPF \
             program of the container's control group forbids it"
        }
        Some(libc::EMFILE) => ": the process has too many open files; raise `ulimit -n`",
        Some(libc::ENFILE) => ": the system has too many open files; raise fs.file-max",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_state_what_is_missing_and_the_remedy() {
        let missing = NotReady::Address {
            address: [10, 0, 0, 5].into(),
            state: AddressState::Absent,
            waited: Duration::from_secs(5),
            error: io::Error::from_raw_os_error(libc::EADDRNOTAVAIL),
        };
        assert_eq!(
            missing.to_string(),
            "address 10.0.0.5 is not on any interface of this network namespace after 5s \
             (EADDRNOTAVAIL): add it (`ip addr add 10.0.0.5/24 dev INTERFACE`), start the \
             program that configures it, or search other namespaces (`ip -all netns exec ip addr`)"
        );
        let unreachable = NotReady::Route {
            local: Some([10, 0, 0, 5].into()),
            peer: [192, 0, 2, 1].into(),
            waited: Duration::from_millis(1500),
            error: io::Error::from_raw_os_error(libc::ENETUNREACH),
        };
        assert_eq!(
            unreachable.to_string(),
            "no route to 192.0.2.1 from 10.0.0.5 after 1.5s (ENETUNREACH): see `ip route get \
             192.0.2.1 from 10.0.0.5`, and check that the interface to the peer is up and has an \
             address; if the route is in the table of a VRF or of a mark, set the socket's option \
             interface or mark for waiting, and use a managed tunnel"
        );
    }
}
