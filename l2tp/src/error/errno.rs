//! Errno values: their kinds, their names, and what they mean when a namespace is entered.

use super::kind::ErrorKind;

/// The kind of an errno where a path to the peer is needed: there `EACCES` concerns the peer's
/// address or the route to it, and a missing privilege is `EPERM`.
pub(crate) fn path_kind(errno: i32) -> ErrorKind {
    match errno {
        libc::EACCES => ErrorKind::Network,
        errno => errno_kind(errno),
    }
}

/// The kind of an errno.
pub(crate) fn errno_kind(errno: i32) -> ErrorKind {
    match errno {
        libc::ENODEV => ErrorKind::NotFound,
        libc::EEXIST | libc::EADDRINUSE | libc::EBUSY => ErrorKind::Exists,
        libc::EPERM | libc::EACCES => ErrorKind::Permission,
        libc::EPROTONOSUPPORT | libc::EOPNOTSUPP | libc::EAFNOSUPPORT | libc::ESOCKTNOSUPPORT => {
            ErrorKind::Unsupported
        }
        libc::EADDRNOTAVAIL | libc::ENETUNREACH | libc::EHOSTUNREACH | libc::ENETDOWN => {
            ErrorKind::Network
        }
        _ => ErrorKind::Other,
    }
}

/// The name of an errno, as in the manual pages.
pub(crate) fn errno_name(errno: i32) -> String {
    let name = match errno {
        libc::EPERM => "EPERM",
        libc::ENOENT => "ENOENT",
        libc::ENXIO => "ENXIO",
        libc::EBADF => "EBADF",
        libc::ENOMEM => "ENOMEM",
        libc::EACCES => "EACCES",
        libc::EBUSY => "EBUSY",
        libc::EEXIST => "EEXIST",
        libc::ENODEV => "ENODEV",
        libc::EINVAL => "EINVAL",
        libc::ENOTTY => "ENOTTY",
        libc::EMFILE => "EMFILE",
        libc::ENFILE => "ENFILE",
        libc::ENOSPC => "ENOSPC",
        libc::EIO => "EIO",
        libc::ERANGE => "ERANGE",
        libc::ENOSYS => "ENOSYS",
        libc::EBADR => "EBADR",
        libc::ENOTSOCK => "ENOTSOCK",
        libc::EPROTOTYPE => "EPROTOTYPE",
        libc::EPROTONOSUPPORT => "EPROTONOSUPPORT",
        libc::ESOCKTNOSUPPORT => "ESOCKTNOSUPPORT",
        libc::EOPNOTSUPP => "EOPNOTSUPP",
        libc::EAFNOSUPPORT => "EAFNOSUPPORT",
        libc::EADDRINUSE => "EADDRINUSE",
        libc::EADDRNOTAVAIL => "EADDRNOTAVAIL",
        libc::ENETUNREACH => "ENETUNREACH",
        libc::EHOSTUNREACH => "EHOSTUNREACH",
        libc::ENOBUFS => "ENOBUFS",
        libc::EISCONN => "EISCONN",
        libc::EAGAIN => "EAGAIN",
        libc::ECONNREFUSED => "ECONNREFUSED",
        libc::EDESTADDRREQ => "EDESTADDRREQ",
        libc::EMSGSIZE => "EMSGSIZE",
        libc::ENETDOWN => "ENETDOWN",
        libc::ENOPROTOOPT => "ENOPROTOOPT",
        libc::ENOTCONN => "ENOTCONN",
        libc::EALREADY => "EALREADY",
        other => return format!("errno {other}"),
    };
    name.to_owned()
}

/// What an errno means when a network namespace is entered, and the remedy.
pub(crate) fn entering_netns(errno: i32) -> Option<(&'static str, &'static str)> {
    Some(match errno {
        libc::EPERM => (
            "permission denied",
            "entering a network namespace needs CAP_SYS_ADMIN in the user namespace that owns it \
             and in the process's own",
        ),
        libc::EINVAL => {
            ("it is not a network namespace", "pass /proc/PID/ns/net or a file under /run/netns")
        }
        _ => return None,
    })
}
