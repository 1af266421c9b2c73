//! What was waited for and did not come.

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

/// What was waited for and did not come, or cannot come.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum NotReady {
    /// The local address could not be used before the time was up.
    #[error(
        "address {address} {state} after {waited:?} ({}): {}",
        errno(error),
        address_remedy(*address, state)
    )]
    Address {
        /// The address.
        address: IpAddr,
        /// What the network namespace knew of it in the end.
        state: AddressState,
        /// How long was waited.
        waited: Duration,
        /// What the kernel answered to the last attempt.
        error: io::Error,
    },
    /// There was no interface of the name in the socket's options before the time was up.
    #[error(
        "no interface {interface} after {waited:?} ({}): see `ip link`, and start what creates it",
        errno(error)
    )]
    Interface {
        /// The name.
        interface: IfName,
        /// How long was waited.
        waited: Duration,
        /// What the kernel answered to the last attempt.
        error: io::Error,
    },
    /// There was no route to the peer before the time was up.
    #[error(
        "no route to {peer}{origin} after {waited:?} ({name}): see `ip route get {peer}{origin}`, and \
         whether the interface towards it is up and has an address; for a route in the table of a \
         VRF or of a mark wait, and open a managed tunnel's socket, with the option interface or mark",
        origin = origin(*local),
        name = errno(error)
    )]
    Route {
        /// The local address, if one was named.
        local: Option<IpAddr>,
        /// The peer's.
        peer: IpAddr,
        /// How long was waited.
        waited: Duration,
        /// What the kernel answered to the last attempt.
        error: io::Error,
    },
    /// The question makes no sense; the kernel was not asked.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No socket could be had with these options, for another reason than its addresses.
    #[error(transparent)]
    Socket(Box<SocketError>),
    /// Something that does not pass by itself.
    #[error("{}{}", system(*addr, error), hopeless_remedy(error))]
    System {
        /// The address in question.
        addr: Option<IpAddr>,
        /// What the kernel answered.
        error: io::Error,
    },
}

impl NotReady {
    /// What sort of error it is: [`TimedOut`](ErrorKind::TimedOut) when more time might have helped.
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

    /// The errno of the last attempt, if the kernel was asked.
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

/// Where a route begins, as the end of a clause.
fn origin(local: Option<IpAddr>) -> String {
    local.map_or_else(String::new, |local| format!(" from {local}"))
}

fn errno(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), errno_name)
}

/// What to do about an address that cannot be used.
pub(crate) fn address_remedy(address: IpAddr, state: &AddressState) -> String {
    match state {
        AddressState::Absent => {
            let prefix = if address.is_ipv4() { 24 } else { 64 };
            format!(
                "add it (`ip addr add {address}/{prefix} dev INTERFACE`), start what configures \
                 it, or look for it in other namespaces (`ip -all netns exec ip addr`)"
            )
        }
        AddressState::Down { interface } => {
            format!("`ip link set {} up`", printable(interface))
        }
        AddressState::Tentative { interface } => format!(
            "duplicate address detection takes a second or two once {} has a carrier; an address \
             added with `nodad` can be used at once",
            printable(interface)
        ),
        AddressState::Duplicate { interface } => format!(
            "duplicate address detection failed: give this host or the other on the link of \
             {} another address",
            printable(interface)
        ),
        AddressState::InVrf { vrf, .. } => format!(
            "a static tunnel cannot be in a VRF: open the socket of a managed tunnel with the option \
             interface {}, over UDP with this address, over IP with the wildcard address",
            printable(vrf)
        ),
        AddressState::Present { interface } if is_link_local(address) => format!(
            "it may have come in the last moment, or be asked for on another interface than {} by \
             its scope id or the socket's option interface",
            printable(interface)
        ),
        AddressState::Present { interface } => format!(
            "it may have come in the last moment, or the socket's option interface is of a VRF to \
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

fn hopeless_remedy(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::EACCES) => {
            ": a route or rule prohibits it, or it is the broadcast address of an interface: see \
             `ip route get ADDRESS`"
        }
        Some(libc::EINVAL) => {
            ": a route drops all that goes there (see `ip route get ADDRESS`), or a loopback \
             address is to send to another host"
        }
        Some(libc::EPERM) => {
            ": a packet filter (`nft list ruleset`), an IPsec policy (`ip xfrm policy`), or a \
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
    fn texts_say_what_is_missing_and_what_to_do() {
        let missing = NotReady::Address {
            address: [10, 0, 0, 5].into(),
            state: AddressState::Absent,
            waited: Duration::from_secs(5),
            error: io::Error::from_raw_os_error(libc::EADDRNOTAVAIL),
        };
        assert_eq!(
            missing.to_string(),
            "address 10.0.0.5 is not on any interface of this network namespace after 5s \
             (EADDRNOTAVAIL): add it (`ip addr add 10.0.0.5/24 dev INTERFACE`), start what \
             configures it, or look for it in other namespaces (`ip -all netns exec ip addr`)"
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
             192.0.2.1 from 10.0.0.5`, and whether the interface towards it is up and has an \
             address; for a route in the table of a VRF or of a mark wait, and open a managed \
             tunnel's socket, with the option interface or mark"
        );
    }
}
