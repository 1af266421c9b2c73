//! What an errno means for a step with a tunnel socket, and what to do about it.
//!
//! Each arm is one that net/l2tp/l2tp_ip.c, l2tp_ip6.c, or net/ipv4 and net/ipv6 beneath them can
//! give for a datagram socket.

use std::io;

use super::addr::TunnelAddr;
use super::error::SocketStep;
use super::kind::SocketKind;
use crate::error::{entering_netns, errno_name};

/// The whole text of a refusal.
pub(super) fn refusal(step: &SocketStep, error: &io::Error) -> String {
    let Some(errno) = error.raw_os_error() else { return format!("{step}: {error}") };
    match meaning(step, errno) {
        Some((what, remedy)) => format!("{step}: {what} ({}): {remedy}", errno_name(errno)),
        None => {
            format!("{step}: {} ({})", io::Error::from_raw_os_error(errno), errno_name(errno))
        }
    }
}

/// What a failed examination of a descriptor asks for, as the end of a sentence.
pub(super) fn examination_remedy(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::EPERM) => {
            ": a socket's namespace is told to CAP_NET_ADMIN alone, which making a tunnel needs too"
        }
        _ => "",
    }
}

/// The errno of a system call in brackets, if one was made.
pub(super) fn in_brackets(error: Option<&io::Error>) -> String {
    let errno = error.and_then(io::Error::raw_os_error);
    errno.map_or_else(String::new, |errno| format!(" ({})", errno_name(errno)))
}

/// What is wrong, and what to do about it. A cause that was not checked is named as one of those
/// that are possible, the likeliest first.
type Meaning = Option<(&'static str, &'static str)>;

fn meaning(step: &SocketStep, errno: i32) -> Meaning {
    match step {
        SocketStep::Open(kind) => open(*kind, errno),
        SocketStep::EnterNetns => entering_netns(errno),
        SocketStep::Set(_, option) => set(option, errno),
        SocketStep::Bind(addr) => bind(addr, errno),
        SocketStep::Connect(addr) => connect(addr, errno),
        SocketStep::Send(..) => send(errno),
        SocketStep::Receive(_) => receive(errno),
        SocketStep::Register(_) => register(errno),
        _ => None,
    }
    .or_else(|| common(errno))
}

fn common(errno: i32) -> Meaning {
    Some(match errno {
        libc::EMFILE => ("the process has too many open files", "close some, or raise `ulimit -n`"),
        libc::ENFILE => ("the system has too many open files", "raise fs.file-max"),
        libc::ENOMEM | libc::ENOBUFS => (
            "the kernel has no memory for it",
            "free some, or raise the memory limit of the container or service, and try again",
        ),
        libc::ENOPROTOOPT => {
            ("the kernel does not know the option", "it is older than this library, or lacks it")
        }
        libc::ENETUNREACH | libc::EHOSTUNREACH | libc::ENETDOWN => (
            "no route to the peer",
            "see `ip route get PEER`, with `from`, `oif`, `vrf` and `mark` as the socket's address \
             and options are: the interface to it is down, or the route is in the table of a VRF \
             or of another mark",
        ),
        _ => return None,
    })
}

fn open(kind: SocketKind, errno: i32) -> Meaning {
    let unsupported = matches!(errno, libc::EPROTONOSUPPORT | libc::ESOCKTNOSUPPORT);
    Some(match (kind, errno) {
        (SocketKind::Udp6 | SocketKind::Ip6, libc::EAFNOSUPPORT) => NO_IPV6,
        (_, libc::EAFNOSUPPORT) => (
            "the process may have no sockets of IPv4",
            "a filter of system calls forbids the family (systemd: RestrictAddressFamilies=)",
        ),
        (SocketKind::Ip6, _) if unsupported => (
            "the kernel offers no L2TP/IP over IPv6",
            "module l2tp_ip6 is not loaded and could not be: `modprobe l2tp_ip6`; if there is no \
             such module, install the kernel's full package",
        ),
        (_, _) if unsupported => (
            "the kernel offers no L2TP/IP",
            "module l2tp_ip is not loaded and could not be: `modprobe l2tp_ip`; if there is no \
             such module, install the kernel's full package",
        ),
        _ => return None,
    })
}

fn set(option: &str, errno: i32) -> Meaning {
    Some(match (option, errno) {
        ("interface", libc::ENODEV) => (
            "no such interface",
            "no interface of this network namespace has this name: see `ip link`",
        ),
        ("interface", libc::EPERM) => {
            ("permission denied", "taking a socket from one interface to another needs CAP_NET_RAW")
        }
        (_, libc::EPERM) => (
            "permission denied",
            "the process needs CAP_NET_ADMIN in the user namespace that owns the network \
             namespace: run it as root, or grant it with `setcap cap_net_admin+ep PROGRAM`",
        ),
        ("ipv6_only", libc::EINVAL) => (
            "the socket is bound already",
            "set it when the socket is opened, before it has an address",
        ),
        _ => return None,
    })
}

fn bind(addr: &TunnelAddr, errno: i32) -> Meaning {
    let udp = addr.kind().is_udp();
    Some(match errno {
        libc::EADDRINUSE if addr.port() == Some(0) => (
            "no port of the address is free",
            "close sockets, or widen net.ipv4.ip_local_port_range",
        ),
        libc::EADDRINUSE if udp => (
            "the address and port are in use",
            "another socket holds them (`ss -uapn` lists them): choose another port, port 0 for \
             any, or share it with reuse_address",
        ),
        libc::EADDRINUSE => (
            "the tunnel id is in use at this address",
            "another L2TP/IP socket, of a tunnel perhaps, is bound to it: close that one or choose \
             another id",
        ),
        libc::EADDRNOTAVAIL if udp => (
            NOT_AVAILABLE,
            "no interface of this network namespace has it; or it is an IPv6 address that is still \
             being checked for duplicates, or of an interface that is down; or its interface \
             belongs to a VRF, whose name the socket's option interface must be: `ip addr show to \
             ADDRESS` tells",
        ),
        libc::EADDRNOTAVAIL => (
            NOT_AVAILABLE,
            "no interface of this network namespace has it; or it is an IPv6 address that is still \
             being checked for duplicates, or of an interface that is down; or its interface \
             belongs to a VRF, where L2TP/IP sockets can have the wildcard address only, with the \
             VRF's name as their option interface: `ip addr show to ADDRESS` tells",
        ),
        libc::EINVAL if addr.lacks_scope() => LINK_LOCAL,
        libc::EINVAL => (
            "the socket has an address already",
            "a socket is bound once: open another for another address",
        ),
        libc::ENODEV if addr.scope_id() != 0 => (
            "no interface has the address's scope id",
            "the number after % is an interface's index: see `ip link`",
        ),
        libc::EACCES => (
            "the port is privileged, or a security module forbids it",
            "ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE; SELinux \
             and AppArmor write to the audit log what they forbid",
        ),
        _ => return None,
    })
}

const NOT_AVAILABLE: &str = "the kernel does not take the address as its own";

/// What the kernel says only as `EINVAL`.
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
            "its own address or its option interface is of another link than the scope id names; \
             or a route drops what goes there, see `ip route get PEER`; or it is an L2TP/IP socket \
             that is not bound yet",
        ),
        libc::EINVAL => (
            "the socket cannot reach the peer",
            "its own address is a loopback address and the peer's is not one of this host's; or a \
             route drops what goes there (blackhole), see `ip route get PEER` with `from` and \
             `mark` as the socket has them; or it is an L2TP/IP socket that is not bound yet",
        ),
        libc::EADDRNOTAVAIL => (
            "no local address fits the peer",
            "the interface to it has no address of this family: see `ip addr`",
        ),
        libc::EPERM => FILTERED,
        _ => return None,
    })
}

fn send(errno: i32) -> Meaning {
    Some(match errno {
        libc::EDESTADDRREQ => (
            "the socket has no peer",
            "connect it first, or name the address to which the message goes",
        ),
        libc::ECONNREFUSED => REFUSED,
        libc::EMSGSIZE => (
            "the message is too long",
            "it exceeds the path MTU and pmtu_discovery forbids fragments, or it exceeds what IP \
             can carry",
        ),
        libc::EAGAIN => ("the send buffer is full", "wait until the socket is writable"),
        libc::ENOBUFS => (
            "the message was not queued",
            "the queue of the interface is full, or the kernel has no memory for it: send it again \
             later",
        ),
        libc::EPERM => FILTERED,
        libc::EACCES => FORBIDDEN,
        libc::EINVAL => (
            "the kernel cannot send there from this socket",
            "the address is link-local without a scope id, or a loopback address is at one end \
             only, or a route drops what goes there: see `ip route get ADDRESS`",
        ),
        _ => return None,
    })
}

fn receive(errno: i32) -> Meaning {
    Some(match errno {
        libc::EAGAIN => ("no message", "the timeout is over, or the socket is non-blocking"),
        libc::ECONNREFUSED => REFUSED,
        libc::EHOSTUNREACH | libc::ENETUNREACH => (
            "an earlier message did not arrive",
            "a router, or this host for want of an answer on the link, said that the peer cannot \
             be reached: see `ip route get PEER` and `ip neigh`",
        ),
        _ => return None,
    })
}

fn register(errno: i32) -> Meaning {
    Some(match errno {
        libc::ENOSPC => (
            "this user's processes watch as many descriptors as they may",
            "raise fs.epoll.max_user_watches, or register fewer",
        ),
        _ => return None,
    })
}

/// The answer to an earlier message.
const REFUSED: (&str, &str) = (
    "the peer's host has nobody at that port, or a firewall says so",
    "an earlier message was answered with ICMP port unreachable: start the peer, check its port, \
     then what filters packets on the way",
);

const FORBIDDEN: (&str, &str) = (
    "nothing may be sent to the peer",
    "it is the broadcast address of an interface, where a tunnel's peer is a single host, or a \
     route or rule prohibits it: see `ip route get PEER`, with `from` and `mark` as the socket has \
     them",
);

const FILTERED: (&str, &str) = (
    "this host forbids it",
    "a packet filter (`nft list ruleset`), an IPsec policy (`ip xfrm policy`), or a program of the \
     container's control group",
);

const NO_IPV6: (&str, &str) = (
    "there are no sockets of IPv6 here",
    "the kernel was started with ipv6.disable=1 or built without, and then has no \
     /proc/net/if_inet6; or a filter of system calls forbids the family (systemd: \
     RestrictAddressFamilies=)",
);
