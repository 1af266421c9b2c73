//! What an errno means at a step, and what to do about it.
//!
//! The kernel's PPP code answers with bare numbers, and one number has several meanings. Each arm
//! below is one that net/l2tp/l2tp_ppp.c, drivers/net/ppp or the system calls above them can give.

use std::io;

use super::Step;
use crate::error::errno_name;

/// The whole text of a failed system call.
pub(super) fn failure(step: &Step, error: &io::Error) -> String {
    let Some(errno) = error.raw_os_error() else { return format!("{step}: {error}") };
    let name = errno_name(errno);
    match meaning(step, errno) {
        Some((what, remedy)) => format!("{step}: {what} ({name}): {remedy}"),
        None => format!("{step}: {error}"),
    }
}

/// What an errno says at a step, and the remedy.
fn meaning(step: &Step, errno: i32) -> Option<(&'static str, &'static str)> {
    // The device has a permission of its own.
    let device = if *step == Step::OpenDevice { device(errno) } else { None };
    device.or_else(|| common(errno)).or_else(|| match step {
        Step::OpenSocket => no_protocol(errno, "modprobe l2tp_ppp"),
        Step::OpenPppoe => no_protocol(errno, "modprobe pppoe"),
        Step::ConnectSession(..) => session(errno),
        Step::ConnectTunnel(_) => tunnel(errno),
        Step::ConnectPppoe(_) => pppoe(errno),
        Step::Address | Step::Statistics | Step::StatisticsOf(_) | Step::ChannelOf => {
            of_socket(errno)
        }
        Step::Option(_) | Step::SetOption(_) => of_socket(errno),
        Step::AttachChannel(_) => attach_channel(errno),
        Step::Connect(..) => connect(errno),
        Step::Disconnect(_) => disconnect(errno),
        Step::Bridge(..) => bridge(errno),
        Step::Unbridge(_) => unbridge(errno),
        Step::CreateUnit | Step::CreateUnitAt(_) | Step::AttachUnit(_) => unit(errno),
        Step::OpenDevice | Step::Unit(..) | Step::SetUnit(..) => None,
    })
}

/// What an errno means at every step.
fn common(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EPERM => (
            "permission denied",
            "the process needs CAP_NET_ADMIN in the user namespace that owns the network \
             namespace: run it as root, or grant it with `setcap cap_net_admin+ep PROGRAM`",
        ),
        libc::EMFILE => ("the process has too many open files", "raise `ulimit -n`, or close some"),
        libc::ENFILE => ("the system has too many open files", "raise fs.file-max"),
        libc::ENOMEM | libc::ENOBUFS => (
            "the kernel has no memory for it",
            "free some, or raise the memory limit of the container or service, and try again",
        ),
        _ => return None,
    })
}

fn no_protocol(errno: i32, load: &'static str) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EAFNOSUPPORT => (
            "there are no PPP sockets here",
            "the module pppox is not loaded (`modprobe pppox`), and cloud and minimal kernels may \
             lack it; or a filter of system calls forbids the family (systemd: \
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
            "create the tunnel first, and make the socket in its network namespace: the tunnel's \
             id is the local one",
        ),
        libc::EEXIST => (
            "the session has a socket, or cannot be created because its id is in use",
            "a session takes one socket: close the other, or pass that one on; with IP \
             encapsulation ids are unique in the network namespace",
        ),
        libc::EPROTOTYPE => (
            "the session carries no PPP",
            "only a session of pseudowire type PPP takes a PPPoL2TP socket",
        ),
        libc::EBUSY | libc::EALREADY => {
            ("the socket is connected", "a socket serves one session: make another")
        }
        libc::EINVAL => (
            "the kernel does not take the address",
            "the tunnel's id is 0, or the address is of no form that the kernel knows",
        ),
        libc::ENODEV => ("the tunnel is being deleted", "create it anew once it is gone"),
        _ => return None,
    })
}

fn tunnel(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EBADF => (
            "no such tunnel",
            "create the tunnel first, or have it made from a UDP socket; the tunnel's id is the \
             local one",
        ),
        libc::EEXIST => (
            "the tunnel has a control socket, or was made meanwhile",
            "a tunnel takes one: close the other",
        ),
        libc::EBUSY => {
            ("the UDP socket carries another tunnel", "a socket carries one tunnel: open another")
        }
        libc::EPROTONOSUPPORT | libc::ENOTSOCK => {
            ("the descriptor is no UDP socket", "a tunnel is made of a UDP socket here")
        }
        libc::EINVAL => (
            "the kernel cannot make such a tunnel",
            "its id is 0, or the UDP socket belongs to another network namespace",
        ),
        libc::EPROTOTYPE => (
            "the tunnel has a session 0 that carries no PPP",
            "another program made it; it takes the place of the control socket's",
        ),
        _ => return None,
    })
}

fn pppoe(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENODEV => (
            "no such device, or it is down",
            "the socket must be made in the device's network namespace, and the device be up: see \
             `ip link`",
        ),
        libc::EALREADY => (
            "the session has a socket",
            "session id, remote address and device name one PPPoE session: close the other socket",
        ),
        libc::EBUSY => ("the socket is connected", "a socket serves one session: make another"),
        libc::EINVAL => ("the kernel does not take the address", "session ids are not 0"),
        _ => return None,
    })
}

fn of_socket(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENOTCONN | libc::EBADF => (
            "the session is gone",
            "it was deleted, or its tunnel was: close the socket and connect another",
        ),
        libc::EBADR => (
            "the tunnel has no such PPP session",
            "the id is the local one, and the session must carry PPP",
        ),
        libc::EINVAL => ("the value is out of range", "switches are 0 or 1"),
        _ => return None,
    })
}

fn device(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENOENT => (
            "there is no such device",
            "load its module (`modprobe ppp_generic`), and where no udev makes the node, \
             `mknod /dev/ppp c 108 0`",
        ),
        libc::ENXIO | libc::ENODEV => (
            "the kernel has no PPP",
            "its module is not loaded (`modprobe ppp_generic`); cloud and minimal kernels may lack \
             it",
        ),
        libc::EACCES => (
            "permission denied",
            "the mode of /dev/ppp forbids it: run as root; or its file system is mounted nodev, as \
             that of a container or service may be",
        ),
        libc::EPERM => (
            "permission denied",
            "the process needs CAP_NET_ADMIN in its user namespace: run it as root, or grant it \
             with `setcap cap_net_admin+ep PROGRAM`; in a container or service also the device \
             (`--device /dev/ppp`; systemd: DeviceAllow=char-ppp rw)",
        ),
        _ => return None,
    })
}

fn attach_channel(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENXIO => (
            "no such channel",
            "it ended with its socket, or it is another network namespace's: attach in the \
             namespace of the socket",
        ),
        _ => return None,
    })
}

fn connect(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENXIO => (
            "no such unit",
            "it ended with its descriptor, or it is another network namespace's than the channel",
        ),
        libc::EINVAL => (
            "the channel is connected to a unit, or bridged",
            "disconnect it or end its bridge first; closing its descriptor does neither",
        ),
        libc::ENOTCONN => ("the channel is gone", "its socket was closed, or its session deleted"),
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
            "Linux 5.11 was the first that could: boot a newer kernel, or copy the frames between \
             the two channels' descriptors",
        ),
        libc::ENXIO => (
            "no such channel",
            "the second one ended with its socket, or is not in this thread's network namespace",
        ),
        libc::EALREADY => (
            "one of them is bridged, or connected to a unit",
            "end its bridge or disconnect it first; closing its descriptor does neither",
        ),
        _ => return None,
    })
}

fn unbridge(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::ENOTTY => ("the kernel cannot bridge PPP channels", "Linux 5.11 was the first"),
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
        libc::ENXIO => {
            ("no such unit", "it ended with its descriptor, or it is another network namespace's")
        }
        libc::EINVAL => ("not an index", "units count from 0"),
        _ => return None,
    })
}
