//! What an errno means for an operation, and what to do about it.
//!
//! The kernel's L2TP code answers with bare numbers, and one number has several meanings. Each
//! arm below is one that net/l2tp or the sockets beneath it can give.

use std::fmt::Write;
use std::io;
use std::time::Duration;

use super::errno::{entering_netns, errno_name};
use super::{InUse, Operation};
use crate::IfName;
use crate::netlink::extack::KernelError;

/// The whole text of a refusal.
pub(super) fn refusal(operation: &Operation, error: &KernelError) -> String {
    let errno = error.errno();
    let mut text = match meaning(operation, errno) {
        Some((what, remedy)) => format!("{operation}: {what} ({}): {remedy}", errno_name(errno)),
        None => {
            format!("{operation}: {} ({})", io::Error::from_raw_os_error(errno), errno_name(errno))
        }
    };
    let attribute = error.attribute().or(error.missing()).map(attribute_name);
    match (error.message(), attribute) {
        (Some(message), Some(attribute)) => {
            let _ = write!(text, "; the kernel says {message:?} of {attribute}");
        }
        (Some(message), None) => {
            let _ = write!(text, "; the kernel says {message:?}");
        }
        (None, Some(attribute)) => {
            let _ = write!(text, "; the kernel points at {attribute}");
        }
        (None, None) => {}
    }
    text
}

/// That something of a session is in use, and what.
pub(super) fn in_use(operation: &Operation, error: &KernelError, what: InUse) -> String {
    let errno = errno_name(error.errno());
    match what {
        InUse::SessionId => format!(
            "{operation}: the session id is in use ({errno}): ids are unique in their tunnel, and \
             in the whole network namespace with IP encapsulation; {TEARDOWN}"
        ),
        InUse::InterfaceName(name) => format!(
            "{operation}: the interface name {name} is in use ({errno}): names are unique in the \
             network namespace (`ip link show {name}`); {TEARDOWN}"
        ),
    }
}

/// Why something deleted may still be in use.
const TEARDOWN: &str = "a deleted session keeps its id and its interface until the kernel has torn \
                        it down (`delete_session_and_wait` and `delete_tunnel_and_wait` wait for \
                        that)";

/// What a failed system call on the netlink socket asks for, as the end of a sentence.
pub(super) fn io_remedy(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::ENOBUFS) => {
            ": the kernel dropped messages, as the receive buffer was full, or it is short of \
             memory; try again"
        }
        Some(libc::EMFILE) => ": the process has too many open files; raise `ulimit -n`",
        Some(libc::ENFILE) => ": the system has too many open files; raise fs.file-max",
        _ => "",
    }
}

/// That something stayed that was deleted.
pub(super) fn still_there(
    operation: &Operation,
    interface: Option<IfName>,
    waited: Duration,
) -> String {
    match interface {
        Some(name) => format!(
            "{operation}: acknowledged, but interface {name} is still there after {waited:?}: the \
             kernel takes interfaces down one by one, some 10 to 40 ms each, and waits for \
             whoever holds one (packets in a queue, a program's socket)"
        ),
        None => format!(
            "{operation}: acknowledged, but the object still answers after {waited:?}: the kernel \
             has many to tear down, or something holds it (for a tunnel, packets on their way \
             through it), or another program created it anew"
        ),
    }
}

/// Why an answer could not be received.
pub(super) fn lost(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::ENOBUFS) => {
            "ENOBUFS: the receive buffer was full, or the kernel had no memory for it".to_owned()
        }
        Some(errno) => format!("{}: {error}", errno_name(errno)),
        None => error.to_string(),
    }
}

/// That a network namespace could not be entered, and why.
pub(super) fn closed_netns(error: &io::Error) -> String {
    let what = "the network namespace cannot be entered";
    match error.raw_os_error().and_then(|errno| Some((errno, entering_netns(errno)?))) {
        Some((errno, (why, remedy))) => format!("{what}: {why} ({}): {remedy}", errno_name(errno)),
        None => format!("{what}: {error}"),
    }
}

/// What the errno says, and the remedy.
fn meaning(operation: &Operation, errno: i32) -> Option<(&'static str, &'static str)> {
    use Operation::{
        CreateManagedTunnel, CreateSession, CreateStaticTunnel, DeleteSession, DeleteTunnel,
        GetSession, GetTunnel, ModifySession, ModifyTunnel,
    };

    common(errno).or_else(|| match operation {
        CreateStaticTunnel(_) => static_tunnel(errno),
        CreateManagedTunnel(_) => managed_tunnel(errno),
        CreateSession(..) => create_session(errno),
        GetTunnel(_) | DeleteTunnel(_) | ModifyTunnel(_) => match errno {
            libc::ENODEV => Some((
                "no such tunnel",
                "no tunnel of this network namespace has this id; ids are the local ones",
            )),
            libc::EINVAL => Some(("the request names no tunnel", "it has to have a tunnel's id")),
            _ => None,
        },
        GetSession(_) | DeleteSession(_) | ModifySession(_) => match errno {
            libc::ENODEV => Some((
                "no such session",
                "the tunnel is unknown, or has no session of this id, or no session was created \
                 with this interface name",
            )),
            _ => None,
        },
        _ => None,
    })
}

/// What an errno means whatever was attempted.
fn common(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EPERM => (
            "permission denied",
            "the process needs CAP_NET_ADMIN in the user namespace that owns the network \
             namespace: run it as root, or grant it with `setcap cap_net_admin+ep PROGRAM`",
        ),
        libc::ERANGE => {
            ("an attribute is too long or too short", "the kernel's policy refused its length")
        }
        libc::EOPNOTSUPP => (
            "the kernel does not know the command",
            "it is older than this library, or its L2TP module is",
        ),
        libc::ENOENT => {
            ("the L2TP family is gone", "module l2tp_netlink was unloaded: `modprobe l2tp_netlink`")
        }
        libc::ENOMEM => ("the kernel is out of memory", "free some and try again"),
        libc::ENOBUFS => (
            "the kernel is out of memory, or could not notify a listener",
            "in some kernels (5.10, 6.1 before 6.1.191, 6.12 before 6.12.109 among them) a program \
             that listens without reading makes a command fail whose work is done: look whether \
             it is done before trying again",
        ),
        _ => return None,
    })
}

fn static_tunnel(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EADDRINUSE => (
            "the local address and port are in use",
            "another tunnel or program holds them, or a tunnel that was deleted a moment ago, \
             whose socket the kernel closes in the background. For the latter wait: \
             `delete_tunnel_and_wait` returns when the socket is closed, and `retry_while` with \
             `ErrorKind::Exists` tries again. Otherwise, over UDP choose another port, or port 0 \
             for any (`ss -uapn` lists the sockets); over IP a socket is bound to the tunnel's \
             id: choose another id",
        ),
        libc::EADDRNOTAVAIL => (
            "the kernel does not take the local address as its own",
            "no interface of this network namespace has it; or it is an IPv6 address that is still \
             being checked for duplicates, or of an interface that is down; or its interface \
             belongs to a VRF, which a static tunnel cannot be in: create a managed tunnel on a \
             socket with the VRF as its option interface (over IP, bound to the wildcard address); \
             `ip addr show to ADDRESS` tells",
        ),
        libc::ENETUNREACH | libc::EHOSTUNREACH => (
            "no route to the peer",
            "the kernel needs a route when the tunnel is created: see `ip route get PEER from \
             LOCAL`, and bring the interface up first; a route in the table of a VRF or of a mark \
             serves managed tunnels only, whose socket has the option interface or mark",
        ),
        libc::EACCES => (
            "nothing may be sent to the peer",
            "it is the broadcast address of an interface, where a tunnel's peer is a single host, \
             or a route or rule prohibits it: see `ip route get PEER from LOCAL`",
        ),
        libc::EINVAL => (
            "the kernel cannot make such a tunnel",
            "a route drops what goes to the peer (blackhole: see `ip route get PEER`), or the \
             local address is a loopback address and the peer's is not one of this host's, or an \
             attribute is missing or not known to the kernel",
        ),
        libc::EAFNOSUPPORT => {
            ("the kernel has no IPv6 here", "it was started with ipv6.disable=1 or built without")
        }
        libc::EPROTONOSUPPORT | libc::ESOCKTNOSUPPORT => (
            "the encapsulation is not supported",
            "the kernel module l2tp_ip or l2tp_ip6 is not loaded: `modprobe l2tp_ip` (l2tp_ip6 \
             for IPv6); `l2tp::diagnose()` tells why",
        ),
        _ => return any_tunnel(errno),
    })
}

fn managed_tunnel(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EBADF => ("the descriptor is not open", "the tunnel's socket was closed before"),
        libc::ENOTSOCK => ("the descriptor is no socket", "hand over a UDP or L2TP/IP socket"),
        libc::EPROTONOSUPPORT => (
            "the socket does not fit the encapsulation",
            "UDP encapsulation takes a UDP socket of IPv4 or IPv6, IP encapsulation one of \
             protocol 115 (IPPROTO_L2TP)",
        ),
        libc::EBUSY => (
            "the socket carries another tunnel, or another protocol that UDP encapsulates",
            "a socket carries one tunnel: open another (before 6.12 the kernel keeps a socket \
             busy even after its tunnel is deleted)",
        ),
        libc::EINVAL => (
            "the socket cannot carry this tunnel",
            "it belongs to another network namespace than the connection: open the connection in \
             the socket's namespace",
        ),
        _ => return any_tunnel(errno),
    })
}

fn any_tunnel(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EEXIST => (
            "the tunnel id is in use",
            "another tunnel of this network namespace has it, L2TPv2 and L2TPv3 sharing one \
             space; a deleted tunnel keeps its id until the kernel has torn it down \
             (`delete_tunnel_and_wait` waits for that)",
        ),
        _ => return None,
    })
}

fn create_session(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENODEV => {
            ("no such tunnel", "create the tunnel first: sessions name it by its local id")
        }
        libc::EEXIST => (
            "the session id or the interface name is in use",
            "ids are unique in their tunnel, and in the whole network namespace with IP \
             encapsulation; interface names are unique in the network namespace; a deleted \
             session keeps both until the kernel has torn it down (`delete_session_and_wait` \
             waits for that)",
        ),
        libc::EPROTONOSUPPORT => (
            "pseudowire type not supported",
            "the kernel module is not loaded (`modprobe l2tp_eth` for Ethernet, `modprobe \
             l2tp_ppp` for PPP; `l2tp::diagnose()` tells why), or an L2TPv2 tunnel was asked for a \
             pseudowire other than PPP",
        ),
        libc::EINVAL => (
            "the kernel cannot make such a session",
            "an attribute is missing or has a value that it does not know, or the interface name \
             is not valid",
        ),
        _ => return None,
    })
}

/// The kernel's name of an attribute of the family.
fn attribute_name(id: u16) -> String {
    use l2tp_sys::names::{ATTRIBUTES, attribute};

    attribute(ATTRIBUTES, id.into())
        .map_or_else(|| format!("attribute {id}"), |row| row.name.to_owned())
}
