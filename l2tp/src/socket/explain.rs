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
        libc::ENOMEM | libc::ENOBUFS => ("the kernel is out of memory", "free some and try again"),
        libc::ENOPROTOOPT => {
            ("the kernel does not know the option", "it is older than this library, or lacks it")
        }
        libc::ENETUNREACH | libc::EHOSTUNREACH | libc::ENETDOWN => {
            ("no route to the peer", "see `ip route get PEER`, and bring the interface up first")
        }
        _ => return None,
    })
}

fn open(kind: SocketKind, errno: i32) -> Meaning {
    let unsupported = matches!(errno, libc::EPROTONOSUPPORT | libc::ESOCKTNOSUPPORT);
    Some(match (kind, errno) {
        (_, libc::EAFNOSUPPORT) => {
            ("the kernel has no IPv6 here", "it was started with ipv6.disable=1 or built without")
        }
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
        ("interface", libc::EINVAL) => (
            "the socket is bound to another interface",
            "the scope id of its link-local address holds it there",
        ),
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
        libc::EADDRNOTAVAIL => (
            "the address is not one of this host's",
            "no interface of this network namespace has it, or it is an IPv6 address still being \
             checked for duplicates: see `ip addr`",
        ),
        libc::EINVAL if addr.lacks_scope() => LINK_LOCAL,
        libc::EINVAL => (
            "the socket has an address already",
            "a socket is bound once: open another for another address",
        ),
        libc::ENODEV => (
            "no interface has the address's scope id",
            "the number after % is an interface's index: see `ip link`",
        ),
        libc::EACCES => (
            "the port is privileged",
            "ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE",
        ),
        _ => return None,
    })
}

/// What the kernel says only as `EINVAL`.
const LINK_LOCAL: (&str, &str) = (
    "a link-local address needs its interface",
    "add the interface's index as scope id, or name the interface in the socket's options",
);

fn connect(addr: &TunnelAddr, errno: i32) -> Meaning {
    Some(match errno {
        libc::EACCES => ("the peer is a broadcast address", "a tunnel's peer is a single host"),
        libc::EINVAL if addr.lacks_scope() => LINK_LOCAL,
        libc::EINVAL if !addr.kind().is_udp() => (
            "an L2TP/IP socket in no state for it",
            "it must be bound before it is connected, to the link that the scope id names, and a \
             tunnel's peer is a single host",
        ),
        libc::EINVAL => (
            "the socket is bound to another interface",
            "its own address and the peer's are of different links or families",
        ),
        libc::EADDRNOTAVAIL => (
            "no local address fits the peer",
            "the interface to it has no address of this family: see `ip addr`",
        ),
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
        libc::EPERM => ("a firewall forbids it", "see `nft list ruleset`"),
        libc::EINVAL => (
            "the kernel cannot send there from this socket",
            "the address is of another family, or is link-local without a scope id",
        ),
        _ => return None,
    })
}

fn receive(errno: i32) -> Meaning {
    Some(match errno {
        libc::EAGAIN => ("no message", "the timeout is over, or the socket is non-blocking"),
        libc::ECONNREFUSED => REFUSED,
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
    "the peer's host has nobody at that port",
    "an earlier message was answered with ICMP port unreachable: start the peer, or check its port",
);
