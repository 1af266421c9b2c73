//! The system calls that the standard library and netlink-sys do not offer, each behind a safe
//! function. All of the crate's `unsafe` code is here.

#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// The value of a system call, or the errno it left.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// `setns(2)`: moves the calling thread into the namespace behind `fd`, if it is of `kind`.
pub(crate) fn setns(fd: BorrowedFd<'_>, kind: libc::c_int) -> io::Result<()> {
    // SAFETY: takes two integers; `fd` is open for the length of the call.
    check(unsafe { libc::setns(fd.as_raw_fd(), kind) }).map(drop)
}

/// `unshare(2)`: moves the calling thread into new namespaces.
pub(crate) fn unshare(flags: libc::c_int) -> io::Result<()> {
    // SAFETY: takes an integer. Only flags that act on the calling thread alone are used here.
    check(unsafe { libc::unshare(flags) }).map(drop)
}
