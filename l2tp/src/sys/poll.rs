//! Waits for a file descriptor.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

use super::check;

/// `poll(2)`: waits until `fd` can be read, or has an error to be read, at most for `limit`.
pub(crate) fn poll_readable(fd: BorrowedFd<'_>, limit: Option<Duration>) -> io::Result<bool> {
    // A limit that the clock cannot represent is treated as no limit.
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let mut entry = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: the pointer is to one pollfd that is valid during the call, and the count is 1.
        match check(unsafe { libc::poll(&raw mut entry, 1, milliseconds(left)) }) {
            Ok(0) if left.is_none_or(|left| !left.is_zero()) => {}
            Ok(ready) => return Ok(ready != 0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The timeout for `poll`. It is rounded up, so that the rest of a millisecond does not become a
/// busy loop; -1 means without a limit.
fn milliseconds(left: Option<Duration>) -> libc::c_int {
    match left {
        None => -1,
        Some(left) => {
            libc::c_int::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(libc::c_int::MAX)
        }
    }
}
