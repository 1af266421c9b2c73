//! Moving the calling thread between namespaces.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::check;

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
