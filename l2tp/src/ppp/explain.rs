//! The meaning of an errno for an operation, and the remedy.
//!
//! The kernel's PPP code returns only errnos, and one errno has several meanings.
//! net/l2tp/l2tp_ppp.c, drivers/net/ppp or the system calls above them can return each of these.

use std::io;

use super::PppOperation;
use crate::error::errno_name;

/// The text of a failed system call.
pub(super) fn system_error(operation: &PppOperation, error: &io::Error) -> String {
    let Some(errno) = error.raw_os_error() else { return format!("{operation}: {error}") };
    let name = errno_name(errno);
    match meaning(operation, errno) {
        Some((what, remedy)) => format!("{operation}: {what} ({name}): {remedy}"),
        None => format!("{operation}: {error}"),
    }
}

/// The meaning of an errno for an operation, and the remedy.
fn meaning(operation: &PppOperation, errno: i32) -> Option<(&'static str, &'static str)> {
    // Opening the device has its own permission errors.
    let device = if *operation == PppOperation::OpenDevice { device(errno) } else { None };
    device.or_else(|| common(errno)).or_else(|| match operation {
        PppOperation::OpenSocket => no_protocol(errno, "modprobe l2tp_ppp"),
        PppOperation::OpenPppoe => no_protocol(errno, "modprobe pppoe"),
        PppOperation::ConnectSession(..) => session(errno),
        PppOperation::ConnectTunnel(_) => tunnel(errno),
        PppOperation::ConnectPppoe(_) => pppoe(errno),
        PppOperation::Address
        | PppOperation::Statistics
        | PppOperation::StatisticsOf(_)
        | PppOperation::ChannelOf
        | PppOperation::Option(_)
        | PppOperation::SetOption(_) => of_socket(errno),
        PppOperation::AttachChannel(_) => attach_channel(errno),
        PppOperation::Connect(..) => connect(errno),
        PppOperation::Disconnect(_) => disconnect(errno),
        PppOperation::Bridge(..) => bridge(errno),
        PppOperation::Unbridge(_) => unbridge(errno),
        PppOperation::CreateUnit | PppOperation::CreateUnitAt(_) | PppOperation::AttachUnit(_) => {
            unit(errno)
        }
        PppOperation::OpenDevice | PppOperation::Unit(..) | PppOperation::SetUnit(..) => None,
    })
}

/// The meaning of an errno for every operation.
fn common(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        // Only opening the device requires a capability.
        libc::EPERM => (
            "permission denied",
            "the kernel requires no capability for this: a filter of system calls, as containers \
             and services have, or a security module denies it",
        ),
        libc::EMFILE => {
            ("the process has too many open files", "close some, or raise the limit (`ulimit -n`)")
        }
        libc::ENFILE => ("the system has too many open files", "raise fs.file-max"),
        libc::ENOMEM | libc::ENOBUFS => (
            "the kernel has no memory left for this",
            "free memory, or raise the memory limit of the container or service, and try again",
        ),
        _ => return None,
    })
}

fn no_protocol(errno: i32, load: &'static str) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EAFNOSUPPORT => (
            "the kernel has no PPP sockets, or the process may not open them",
            "the module pppox is not loaded (`modprobe pppox`), and cloud and minimal kernels may \
             lack it; or a system call filter forbids the family (systemd: \
             RestrictAddressFamilies=)",
        ),
        libc::EPROTONOSUPPORT | libc::ESOCKTNOSUPPORT => {
            ("the kernel has no PPP sockets of this protocol: its module is not loaded", load)
        }
        _ => return None,
    })
}

fn session(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENOENT => (
            "no such tunnel",
            "create the tunnel first, and open the socket in its network namespace; the id must be \
             the local tunnel id",
        ),
        libc::EEXIST => (
            "the session already has a socket, or its id is in use",
            "a session has one socket: close the other, or pass that one on; with IP \
             encapsulation session ids are unique in the network namespace",
        ),
        libc::EPROTOTYPE => (
            "the session does not carry PPP",
            "only a session with pseudowire type PPP can have a PPPoL2TP socket",
        ),
        libc::EBUSY | libc::EALREADY => {
            ("the socket is already connected", "a socket has one session: open another socket")
        }
        libc::EINVAL => (
            "the kernel does not accept the address",
            "the tunnel id is 0, or the kernel does not know this form of address",
        ),
        libc::ENODEV => ("the tunnel is being deleted", "create it again once it is gone"),
        _ => return None,
    })
}

fn tunnel(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EBADF => (
            "no such tunnel",
            "create the tunnel first, or create it with a UDP socket; the id must be the local \
             tunnel id",
        ),
        libc::EEXIST => (
            "the tunnel already has a control socket, or was created in the meantime",
            "a tunnel has one control socket: close the other",
        ),
        libc::EBUSY => {
            ("the UDP socket carries another tunnel", "a socket carries one tunnel: open another")
        }
        libc::EPROTONOSUPPORT | libc::ENOTSOCK => {
            ("the file descriptor is not a UDP socket", "pass a UDP socket")
        }
        libc::EINVAL => (
            "the kernel cannot create this tunnel",
            "the tunnel id is 0, or the UDP socket belongs to another network namespace",
        ),
        libc::EPROTOTYPE => (
            "the tunnel has a session 0 that does not carry PPP",
            "another program created it, and the control socket needs session 0",
        ),
        _ => return None,
    })
}

fn pppoe(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENODEV => (
            "no such device, or it is down",
            "open the socket in the device's network namespace, and check that the device is up: \
             see `ip link`",
        ),
        libc::EALREADY => (
            "the session already has a socket",
            "session id, remote address and device identify one PPPoE session: close the other \
             socket",
        ),
        libc::EBUSY => {
            ("the socket is already connected", "a socket has one session: open another socket")
        }
        libc::EINVAL => ("the kernel does not accept the address", "a session id must not be 0"),
        _ => return None,
    })
}

fn of_socket(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENOTCONN | libc::EBADF => (
            "the session is gone",
            "the session or its tunnel was deleted: close the socket and connect another",
        ),
        libc::EBADR => (
            "the tunnel has no such PPP session",
            "the id must be the local session id, and the session must carry PPP",
        ),
        libc::EINVAL => ("the value is out of range", "flags are 0 or 1"),
        _ => return None,
    })
}

fn device(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENOENT => (
            "the device does not exist",
            "load its module (`modprobe ppp_generic`); if udev does not create the node, run \
             `mknod /dev/ppp c 108 0`",
        ),
        libc::ENXIO | libc::ENODEV => (
            "the kernel has no PPP",
            "its module is not loaded (`modprobe ppp_generic`); cloud and minimal kernels may lack \
             it",
        ),
        libc::EACCES => (
            "permission denied",
            "the mode of /dev/ppp forbids it: run the program as root; or its file system is mounted \
             nodev, as in some containers and services",
        ),
        libc::EPERM => (
            "permission denied",
            "the process needs CAP_NET_ADMIN in its user namespace: run it as root, or grant the \
             capability with `setcap cap_net_admin+ep PROGRAM`; a container or service also needs \
             the device \
             (`--device /dev/ppp`; systemd: DeviceAllow=char-ppp rw)",
        ),
        _ => return None,
    })
}

fn attach_channel(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENXIO => (
            "no such channel",
            "its socket is closed, or it belongs to another network namespace: attach in the \
             namespace of the socket",
        ),
        _ => return None,
    })
}

fn connect(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENXIO => (
            "no such unit",
            "its file descriptor is closed, or it belongs to another network namespace than the \
             channel",
        ),
        libc::EINVAL => (
            "the channel is already connected to a unit, or bridged",
            "disconnect it or remove its bridge first; closing its file descriptor does neither",
        ),
        libc::ENOTCONN => {
            ("the channel is gone", "its socket was closed, or its session was deleted")
        }
        _ => return None,
    })
}

fn disconnect(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EINVAL => ("the channel is not connected to a unit", "there is nothing to undo"),
        _ => return None,
    })
}

fn bridge(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENOTTY => (
            "the kernel cannot bridge PPP channels",
            "this needs Linux 5.11: boot a newer kernel, or copy the frames between the file \
             descriptors of the two channels",
        ),
        libc::ENXIO => (
            "no such channel",
            "the socket of the second channel is closed, or the channel is not in this thread's \
             network namespace",
        ),
        libc::EALREADY => (
            "one of the channels is already bridged, or connected to a unit",
            "remove its bridge or disconnect it first; closing its file descriptor does neither",
        ),
        _ => return None,
    })
}

fn unbridge(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENOTTY => ("the kernel cannot bridge PPP channels", "this needs Linux 5.11"),
        libc::EINVAL => ("the channel is not bridged", "there is nothing to undo"),
        _ => return None,
    })
}

fn unit(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EEXIST => (
            "the index is in use, or an interface has the unit's name",
            "choose another, or let the kernel choose",
        ),
        libc::ENXIO => (
            "no such unit",
            "its file descriptor is closed, or it belongs to another network namespace",
        ),
        libc::EINVAL => ("the index is invalid", "unit indexes start at 0"),
        _ => return None,
    })
}
