//! What an errno means for an operation, and what to do about it.
//!
//! The kernel's L2TP code replies with errno values only, and one value has several meanings. Each
//! arm below is a value that net/l2tp or the sockets beneath it can return.

use std::fmt::Write;
use std::io;
use std::time::Duration;

use super::errno::{entering_netns, errno_name};
use super::{Operation, SessionConflict};
use crate::IfName;
use crate::netlink::extack::KernelError;

/// The text of a rejected request.
pub(super) fn rejection(operation: &Operation, error: &KernelError) -> String {
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
            let _ = write!(text, "; the kernel's message: {message:?}, about {attribute}");
        }
        (Some(message), None) => {
            let _ = write!(text, "; the kernel's message: {message:?}");
        }
        (None, Some(attribute)) => {
            let _ = write!(text, "; the kernel names {attribute}");
        }
        (None, None) => {}
    }
    text
}

/// The text of a session that could not be created because its id or interface name is in use.
pub(super) fn in_use(operation: &Operation, error: &KernelError, what: SessionConflict) -> String {
    let errno = errno_name(error.errno());
    match what {
        SessionConflict::SessionId => format!(
            "{operation}: the session id is in use ({errno}): ids are unique in their tunnel, and \
             in the whole network namespace with IP encapsulation; {TEARDOWN}"
        ),
        SessionConflict::InterfaceName(name) => format!(
            "{operation}: the interface name {name} is in use ({errno}): names are unique in the \
             network namespace (`ip link show {name}`); {TEARDOWN}"
        ),
    }
}

/// Why a deleted session's id or name may still be in use.
const TEARDOWN: &str = "a deleted session keeps its id and its interface until the kernel has \
                        released them (`delete_session_and_wait` waits for that, and so does \
                        `delete_tunnel_and_wait`, but from Linux 6.12 on not for the id of a \
                        session without interface: try again)";

/// What to do about a failed system call on the netlink socket, as the end of a sentence.
pub(super) fn io_remedy(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::ENOBUFS) => {
            ": the kernel dropped messages, because the receive buffer was full or the kernel lacked \
             memory; try again"
        }
        Some(libc::EMFILE) => ": the process has too many open files; raise `ulimit -n`",
        Some(libc::ENFILE) => ": the system has too many open files; raise fs.file-max",
        _ => "",
    }
}

/// The text of a deletion that did not complete in time.
pub(super) fn still_there(
    operation: &Operation,
    interface: Option<IfName>,
    waited: Duration,
) -> String {
    match interface {
        Some(name) => format!(
            "{operation}: acknowledged, but interface {name} still exists after {waited:?}: the \
             kernel removes interfaces one by one, and waits until nothing uses an interface any \
             more (packets in a queue, a program's socket)"
        ),
        None => format!(
            "{operation}: acknowledged, but the object still exists after {waited:?}: the kernel has \
             many objects to release, or something still uses this one (for a tunnel, packets in \
             transit), or another program created it again"
        ),
    }
}

/// Why a reply could not be received.
pub(super) fn lost(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::ENOBUFS) => {
            "ENOBUFS: the receive buffer was full, or the kernel lacked memory".to_owned()
        }
        Some(errno) => format!("{}: {error}", errno_name(errno)),
        None => error.to_string(),
    }
}

/// The text of a network namespace that could not be entered.
pub(super) fn closed_netns(error: &io::Error) -> String {
    let what = "the network namespace cannot be entered";
    match error.raw_os_error().and_then(|errno| Some((errno, entering_netns(errno)?))) {
        Some((errno, (why, remedy))) => format!("{what}: {why} ({}): {remedy}", errno_name(errno)),
        None => format!("{what}: {error}"),
    }
}

/// What the errno means for the operation, and the remedy.
fn meaning(operation: &Operation, errno: i32) -> Option<(&'static str, &'static str)> {
    use Operation::{
        CreateManagedTunnel, CreateSession, CreateStaticTunnel, DeleteSession, DeleteTunnel,
        GetSession, GetTunnel, ModifySession, ModifyTunnel,
    };

    let of_its_socket = match (operation, errno) {
        (CreateStaticTunnel(_), libc::EPERM) => Some(STATIC_TUNNEL_EPERM),
        _ => None,
    };
    of_its_socket.or_else(|| common(errno)).or_else(|| match operation {
        CreateStaticTunnel(_) => static_tunnel(errno),
        CreateManagedTunnel(_) => managed_tunnel(errno),
        CreateSession(..) => create_session(errno),
        GetTunnel(_) | DeleteTunnel(_) | ModifyTunnel(_) => match errno {
            libc::ENODEV => {
                Some(("no such tunnel", "no tunnel in this network namespace has this local id"))
            }
            libc::EINVAL => Some(("the request names no tunnel", "it must contain a tunnel id")),
            _ => None,
        },
        GetSession(_) | DeleteSession(_) | ModifySession(_) => match errno {
            libc::ENODEV => Some((
                "no such session",
                "the tunnel does not exist, or it has no session with this id, or no session was \
                 created with this interface name",
            )),
            _ => None,
        },
        _ => None,
    })
}

/// The kernel also connects the tunnel's socket.
const STATIC_TUNNEL_EPERM: (&str, &str) = (
    "permission denied",
    "the process needs CAP_NET_ADMIN in the user namespace that owns the network namespace: run it \
     as root, or grant it with `setcap cap_net_admin+ep PROGRAM`. If other operations succeed, an \
     IPsec policy (check `ip xfrm policy`) or a BPF program of the control group blocks packets to \
     the peer",
);

/// What an errno means for every operation.
fn common(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EPERM => (
            "permission denied",
            "the process needs CAP_NET_ADMIN in the user namespace that owns the network \
             namespace: run it as root, or grant it with `setcap cap_net_admin+ep PROGRAM`",
        ),
        libc::ERANGE => {
            ("an attribute is too long or too short", "the kernel's policy rejected its length")
        }
        libc::EOPNOTSUPP => (
            "the kernel does not know the command",
            "the kernel, or its L2TP module, is older than this library",
        ),
        libc::ENOENT => (
            "the L2TP family no longer exists",
            "module l2tp_netlink was unloaded: load it with `modprobe l2tp_netlink`",
        ),
        libc::ENOMEM => (
            "the kernel has no memory for it",
            "free memory, or raise the memory limit of the container or service, and try again",
        ),
        libc::ENOBUFS => (
            "the kernel is out of memory, or could not notify a listener",
            "in some kernels (among them 5.10, 6.1 before 6.1.191, and 6.12 before 6.12.109) a \
             listener that does not read its notifications makes a request fail that the kernel \
             has executed: check whether it was executed before you send it again",
        ),
        _ => return None,
    })
}

fn static_tunnel(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EADDRINUSE => (
            "the local address and port are in use",
            "another tunnel or program uses them, or a tunnel that was deleted a moment ago, whose \
             socket the kernel closes in the background. In the last case wait: \
             `delete_tunnel_and_wait` returns when the socket is closed, and `retry_while` with \
             `ErrorKind::Exists` tries again. Otherwise, over UDP choose another port, or port 0 \
             for any free port (`ss -uapn` lists the sockets); if port 0 failed, widen \
             net.ipv4.ip_local_port_range; over IP the socket is bound to the tunnel id: choose \
             another id",
        ),
        libc::EADDRNOTAVAIL => (
            "the local address is not an address that the kernel can use here",
            "no interface in this network namespace has it; or it is an IPv6 address whose \
             duplicate address detection has not ended, or whose interface is down; or its \
             interface belongs to a VRF, which static tunnels do not support: create a managed \
             tunnel on a socket whose option interface is the VRF (over IP, bound to the wildcard \
             address). `ip addr show to ADDRESS` shows which it is",
        ),
        libc::ENETUNREACH | libc::EHOSTUNREACH => (
            "no route to the peer",
            "the kernel requires a route when the tunnel is created: check `ip route get PEER from \
             LOCAL`, and set the interface up first; only a managed tunnel, whose socket has the \
             option interface or mark, can use a route in the table of a VRF or of a mark",
        ),
        libc::EACCES => (
            "the kernel forbids sending to the peer, or the local port is privileged",
            "the peer is the broadcast address of an interface, but a tunnel's peer must be a \
             single host; or a route or rule prohibits it: check `ip route get PEER from LOCAL`; or \
             the local port is below net.ipv4.ip_unprivileged_port_start, which requires \
             CAP_NET_BIND_SERVICE",
        ),
        libc::EINVAL => (
            "the kernel cannot create this tunnel",
            "a blackhole route drops packets to the peer (check `ip route get PEER`), or the local \
             address is a loopback address and the peer is another host, or an attribute is \
             missing or unknown to the kernel",
        ),
        libc::EAFNOSUPPORT => {
            ("the kernel has no IPv6", "it was started with ipv6.disable=1, or built without IPv6")
        }
        libc::EPROTONOSUPPORT | libc::ESOCKTNOSUPPORT => (
            "the encapsulation is not supported",
            "the kernel module l2tp_ip or l2tp_ip6 is not loaded: `modprobe l2tp_ip` (l2tp_ip6 \
             for IPv6); `l2tp::diagnose()` finds out why",
        ),
        _ => return any_tunnel(errno),
    })
}

fn managed_tunnel(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EBADF => {
            ("the file descriptor is not open", "the tunnel's socket was closed before this call")
        }
        libc::ENOTSOCK => ("the file descriptor is not a socket", "pass a UDP or L2TP/IP socket"),
        libc::EPROTONOSUPPORT => (
            "the socket does not fit the encapsulation",
            "UDP encapsulation needs a UDP socket of IPv4 or IPv6; IP encapsulation needs a socket \
             of protocol 115 (IPPROTO_L2TP)",
        ),
        libc::EBUSY => (
            "the socket already carries a tunnel, or another protocol in UDP",
            "a socket carries one tunnel: open another socket (before 6.12 a socket stays busy \
             even after its tunnel is deleted)",
        ),
        libc::EINVAL => (
            "the socket cannot carry this tunnel",
            "the socket and the connection are in different network namespaces (open the connection \
             in the socket's namespace), or an attribute is missing or unknown to the kernel",
        ),
        _ => return any_tunnel(errno),
    })
}

fn any_tunnel(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EEXIST => (
            "the tunnel id is in use",
            "another tunnel in this network namespace has it (L2TPv2 and L2TPv3 share the ids); a \
             deleted tunnel keeps its id until the kernel has released it \
             (`delete_tunnel_and_wait` waits for that)",
        ),
        _ => return None,
    })
}

fn create_session(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENODEV => (
            "no such tunnel",
            "create the tunnel first: a session names it by its local id. A tunnel that is being \
             deleted accepts no sessions",
        ),
        libc::EEXIST => (
            "the session id or the interface name is in use",
            "ids are unique in their tunnel, and in the whole network namespace with IP \
             encapsulation; interface names are unique in the network namespace; a deleted \
             session keeps both until the kernel has released them (`delete_session_and_wait` \
             waits for that)",
        ),
        libc::EPROTONOSUPPORT => (
            "pseudowire type not supported",
            "the kernel module is not loaded (`modprobe l2tp_eth` for Ethernet, `modprobe \
             l2tp_ppp` for PPP; `l2tp::diagnose()` finds out why), or the tunnel is an L2TPv2 \
             tunnel, which carries PPP only",
        ),
        libc::EINVAL => (
            "the kernel cannot create this session",
            "an attribute is missing or has a value unknown to the kernel, or the interface name is \
             invalid",
        ),
        _ => return None,
    })
}

/// The kernel's name of an attribute of the family.
fn attribute_name(id: u16) -> String {
    use l2tp_sys::names::{ATTRIBUTES, attribute};

    attribute(ATTRIBUTES, id).map_or_else(|| format!("attribute {id}"), |row| row.name.to_owned())
}
