//! Moves the calling thread between namespaces.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::check;

/// `setns(2)`: moves the calling thread into the namespace of `fd`, if it is of type `kind`.
pub(crate) fn setns(fd: BorrowedFd<'_>, kind: libc::c_int) -> io::Result<()> {
    // SAFETY: the call takes two integers, and `fd` is open during the call.
    check(unsafe { libc::setns(fd.as_raw_fd(), kind) }).map(drop)
}

/// `unshare(2)`: moves the calling thread into new namespaces.
pub(crate) fn unshare(flags: libc::c_int) -> io::Result<()> {
    // SAFETY: the call takes an integer. This crate only passes flags that affect the calling
    // thread.
    check(unsafe { libc::unshare(flags) }).map(drop)
}
