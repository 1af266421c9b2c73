//! The meaning of an errno for an operation on a tunnel socket, and the remedy.
//!
//! net/l2tp/l2tp_ip.c, l2tp_ip6.c, or net/ipv4 and net/ipv6 below them can return each of these for a
//! datagram socket.

use std::io;

use super::addr::TunnelAddr;
use super::error::SocketOperation;
use super::kind::SocketKind;
use crate::error::{entering_netns, errno_name};

/// The text of a failed system call.
pub(super) fn system_error(operation: &SocketOperation, error: &io::Error) -> String {
    let Some(errno) = error.raw_os_error() else { return format!("{operation}: {error}") };
    match meaning(operation, errno) {
        Some((meaning, remedy)) => {
            format!("{operation}: {meaning} ({}): {remedy}", errno_name(errno))
        }
        None => {
            format!("{operation}: {} ({})", io::Error::from_raw_os_error(errno), errno_name(errno))
        }
    }
}

/// The remedy for a descriptor that could not be examined, as the end of a sentence.
pub(super) fn examination_remedy(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::EPERM) => {
            ": reading a socket's network namespace needs CAP_NET_ADMIN, as creating a tunnel does"
        }
        _ => "",
    }
}

/// The errno of a system call in brackets, if there was one.
pub(super) fn errno_suffix(error: Option<&io::Error>) -> String {
    let errno = error.and_then(io::Error::raw_os_error);
    errno.map_or_else(String::new, |errno| format!(" ({})", errno_name(errno)))
}

/// The problem and the remedy. A cause that was not checked is stated as one of the possible causes,
/// the most probable first.
type Meaning = Option<(&'static str, &'static str)>;

fn meaning(operation: &SocketOperation, errno: i32) -> Meaning {
    match operation {
        SocketOperation::Open(kind) => open(*kind, errno),
        SocketOperation::EnterNetns => entering_netns(errno),
        SocketOperation::SetOption(_, option) => set(option, errno),
        SocketOperation::Bind(addr) => bind(addr, errno),
        SocketOperation::Connect(addr) => connect(addr, errno),
        SocketOperation::Send(..) => send(errno),
        SocketOperation::Receive(_) => receive(errno),
        SocketOperation::Register(_) => register(errno),
        _ => None,
    }
    .or_else(|| common(errno))
}

fn common(errno: i32) -> Meaning {
    Some(match errno {
        libc::EMFILE => {
            ("the process has too many open files", "close some, or raise the limit (`ulimit -n`)")
        }
        libc::ENFILE => ("the system has too many open files", "raise fs.file-max"),
        libc::ENOMEM | libc::ENOBUFS => (
            "the kernel has no memory left for this",
            "free memory, or raise the memory limit of the container or service, and try again",
        ),
        libc::ENETUNREACH | libc::EHOSTUNREACH | libc::ENETDOWN => (
            "no route to the peer",
            "the interface to the peer is down, or the route is in the table of a VRF or of another \
             mark: see `ip route get PEER`, with `from`, `oif`, `vrf` and `mark` as the socket's \
             address and options are",
        ),
        _ => return None,
    })
}

fn open(kind: SocketKind, errno: i32) -> Meaning {
    let unsupported = matches!(errno, libc::EPROTONOSUPPORT | libc::ESOCKTNOSUPPORT);
    Some(match (kind, errno) {
        (SocketKind::Udp6 | SocketKind::Ip6, libc::EAFNOSUPPORT) => NO_IPV6,
        (_, libc::EAFNOSUPPORT) => (
            "the process may not open IPv4 sockets",
            "a system call filter forbids the family (systemd: RestrictAddressFamilies=)",
        ),
        (SocketKind::Ip6, _) if unsupported => (
            "the kernel has no L2TP/IP over IPv6",
            "module l2tp_ip6 is not loaded, and the kernel did not load it: run `modprobe \
             l2tp_ip6`; if the module does not exist, install the kernel's full package",
        ),
        (SocketKind::Ip4, _) if unsupported => (
            "the kernel has no L2TP/IP",
            "module l2tp_ip is not loaded, and the kernel did not load it: run `modprobe l2tp_ip`; \
             if the module does not exist, install the kernel's full package",
        ),
        _ => return None,
    })
}

fn set(option: &str, errno: i32) -> Meaning {
    Some(match (option, errno) {
        ("interface", libc::ENODEV) => (
            "no such interface",
            "this network namespace has no interface with this name: see `ip link`",
        ),
        ("interface", libc::EPERM) => {
            ("permission denied", "changing a socket's interface needs CAP_NET_RAW")
        }
        (_, libc::EPERM) => (
            "permission denied",
            "the process needs CAP_NET_ADMIN in the user namespace that owns the network \
             namespace: run the program as root, or grant the capability with `setcap \
             cap_net_admin+ep PROGRAM`",
        ),
        (_, libc::ENOPROTOOPT) => (
            "the kernel does not have the option",
            "it is older than the option, or was built without it",
        ),
        ("ipv6_only", libc::EINVAL) => (
            "the socket is already bound",
            "set the option when the socket is opened, before it is bound",
        ),
        _ => return None,
    })
}

fn bind(addr: &TunnelAddr, errno: i32) -> Meaning {
    let udp = addr.kind().is_udp();
    Some(match errno {
        libc::EADDRINUSE if addr.port() == Some(0) => {
            ("the address has no free port", "close sockets, or widen net.ipv4.ip_local_port_range")
        }
        libc::EADDRINUSE if udp => (
            "the address and port are in use",
            "another socket is bound to them (`ss -uapn` lists the sockets): choose another port, \
             port 0 for any free port, or share the port with reuse_address",
        ),
        libc::EADDRINUSE => (
            "the tunnel id is in use at this address",
            "another L2TP/IP socket is bound to it, perhaps a tunnel's: close that socket, or \
             choose another id",
        ),
        libc::EADDRNOTAVAIL if udp => (
            NOT_AVAILABLE,
            "no interface of this network namespace has the address; or it is an IPv6 address whose \
             duplicate address detection has not ended, or whose interface is down; or its \
             interface belongs to a VRF, and the socket's option interface must be the VRF: see \
             `ip addr show to ADDRESS`",
        ),
        libc::EADDRNOTAVAIL => (
            NOT_AVAILABLE,
            "no interface of this network namespace has the address; or it is an IPv6 address whose \
             duplicate address detection has not ended, or whose interface is down; or its \
             interface belongs to a VRF, where L2TP/IP sockets can be bound to the wildcard address \
             only, with the VRF as option interface: see `ip addr show to ADDRESS`",
        ),
        libc::EINVAL if addr.lacks_scope() => LINK_LOCAL,
        libc::EINVAL => (
            "the socket already has an address",
            "a socket can be bound only once: open another socket for another address",
        ),
        libc::ENODEV if addr.scope_id() != 0 => (
            "no interface has the address's scope id",
            "the scope id, the number after %, is an interface index: see `ip link`",
        ),
        libc::EACCES => (
            "the port is privileged, or a security module forbids it",
            "ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE; SELinux \
             and AppArmor log denials to the audit log",
        ),
        _ => return None,
    })
}

const NOT_AVAILABLE: &str = "the kernel does not accept it as a local address";

/// The kernel reports this only as `EINVAL`.
const LINK_LOCAL: (&str, &str) = (
    "a link-local address needs its interface",
    "add the interface's index as scope id, or name the interface in the socket's options",
);

fn connect(addr: &TunnelAddr, errno: i32) -> Meaning {
    Some(match errno {
        libc::EACCES => FORBIDDEN,
        libc::EINVAL if addr.lacks_scope() => LINK_LOCAL,
        libc::EINVAL if addr.scope_id() != 0 => (
            "the socket cannot reach the peer",
            "its local address or its option interface belongs to another interface than the scope \
             id; or a route drops packets to the peer, see `ip route get PEER`; or it is an L2TP/IP \
             socket that is not bound yet",
        ),
        libc::EINVAL => (
            "the socket cannot reach the peer",
            "its local address is a loopback address and the peer is another host; or a route drops \
             packets to the peer (blackhole), see `ip route get PEER` with the socket's `from` and \
             `mark`; or it is an L2TP/IP socket that is not bound yet",
        ),
        libc::EADDRNOTAVAIL => (
            "no local address can reach the peer",
            "the interface to the peer has no address of this family, or only one whose duplicate \
             address detection has not ended: see `ip addr`",
        ),
        libc::EPERM => FILTERED,
        _ => return None,
    })
}

fn send(errno: i32) -> Meaning {
    Some(match errno {
        libc::EDESTADDRREQ => {
            ("the socket has no peer", "connect it first, or pass the destination address")
        }
        libc::ECONNREFUSED => REFUSED,
        libc::EMSGSIZE => (
            "the message is too long",
            "it exceeds the path MTU and pmtu_discovery forbids fragmentation, or it exceeds the \
             largest IP packet",
        ),
        libc::EAGAIN => ("the send buffer is full", "wait until the socket is writable"),
        libc::ENOBUFS => (
            "the message was not queued",
            "the queue of the interface is full, or the kernel has no memory left: send the message \
             again later",
        ),
        libc::ENOPROTOOPT => NO_PROTOCOL,
        libc::EPERM => FILTERED,
        libc::EACCES => (
            "sending to the peer is not permitted",
            "it is the broadcast address of an interface, or a route or rule of this host prohibits \
             it (see `ip route get PEER` with the socket's `from` and `mark`); or, over IPv6, a \
             router or firewall on the path rejected an earlier message",
        ),
        libc::EINVAL => (
            "the kernel cannot send there from this socket",
            "the address is link-local without a scope id, or only one of the two addresses is a \
             loopback address, or a route drops packets to it: see `ip route get ADDRESS`",
        ),
        _ => return None,
    })
}

fn receive(errno: i32) -> Meaning {
    Some(match errno {
        libc::EAGAIN => ("no message", "the timeout expired, or the socket is non-blocking"),
        libc::ECONNREFUSED => REFUSED,
        libc::ENOPROTOOPT => NO_PROTOCOL,
        libc::EACCES => (
            "an earlier message did not arrive",
            "a router or firewall on the path rejected it (ICMPv6 administratively prohibited, or \
             failed policy): check the packet filters and routes there",
        ),
        libc::EHOSTUNREACH | libc::ENETUNREACH => (
            "an earlier message did not arrive",
            "a router, or this host after no neighbour answered, reported that the peer cannot be \
             reached: see `ip route get PEER` and `ip neigh`",
        ),
        _ => return None,
    })
}

fn register(errno: i32) -> Meaning {
    Some(match errno {
        libc::ENOSPC => (
            "this user's processes have reached the limit of watched file descriptors",
            "raise fs.epoll.max_user_watches, or register fewer sockets",
        ),
        _ => return None,
    })
}

/// An ICMP error for an earlier message.
const REFUSED: (&str, &str) = (
    "the peer is not listening on that port, or a firewall rejects the packets",
    "an earlier message was answered with ICMP port unreachable: start the peer, check its port, \
     then check the packet filters on the path",
);

/// An ICMP error for an earlier message.
const NO_PROTOCOL: (&str, &str) = (
    "the peer does not support the protocol, or a firewall rejects the packets",
    "an earlier message was answered with ICMP protocol unreachable: check the packet filters on \
     the path",
);

const FORBIDDEN: (&str, &str) = (
    "sending to the peer is not permitted",
    "it is the broadcast address of an interface, but a tunnel's peer must be a single host, or a \
     route or rule prohibits it: see `ip route get PEER` with the socket's `from` and `mark`",
);

const FILTERED: (&str, &str) = (
    "this host forbids it",
    "the cause is a packet filter (`nft list ruleset`), an IPsec policy (`ip xfrm policy`), or a BPF \
     program of the container's control group",
);

const NO_IPV6: (&str, &str) = (
    "IPv6 sockets cannot be opened",
    "the kernel was started with ipv6.disable=1 or built without IPv6, and then has no \
     /proc/net/if_inet6; or a system call filter forbids the family (systemd: \
     RestrictAddressFamilies=)",
);
