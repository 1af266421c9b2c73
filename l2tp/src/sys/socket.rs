//! Sockets with addresses that the standard library does not support, and their options.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::sockaddr::{SockAddr, length};
use super::{Plain, check};

/// `socket(2)`, with close-on-exec set.
pub(crate) fn socket(domain: i32, kind: i32, protocol: i32) -> io::Result<OwnedFd> {
    // SAFETY: the call takes three integers.
    let fd = check(unsafe { libc::socket(domain, kind | libc::SOCK_CLOEXEC, protocol) })?;
    // SAFETY: the kernel has just opened it, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// `bind(2)`.
pub(crate) fn bind(fd: BorrowedFd<'_>, addr: &SockAddr) -> io::Result<()> {
    let (addr, len) = addr.as_raw();
    // SAFETY: `addr` points to `len` bytes that are valid during the call.
    check(unsafe { libc::bind(fd.as_raw_fd(), addr, len) }).map(drop)
}

/// `connect(2)`.
pub(crate) fn connect(fd: BorrowedFd<'_>, addr: &SockAddr) -> io::Result<()> {
    let (addr, len) = addr.as_raw();
    // SAFETY: `addr` points to `len` bytes that are valid during the call.
    check(unsafe { libc::connect(fd.as_raw_fd(), addr, len) }).map(drop)
}

/// `connect(2)` to `AF_UNSPEC`, which disconnects a datagram socket.
pub(crate) fn disconnect(fd: BorrowedFd<'_>) -> io::Result<()> {
    let nobody = libc::sockaddr { sa_family: 0, sa_data: [0; 14] };
    let (addr, len) = (&raw const nobody, length::<libc::sockaddr>());
    // SAFETY: `addr` points to `len` bytes that are valid during the call.
    check(unsafe { libc::connect(fd.as_raw_fd(), addr, len) }).map(drop)
}

/// `getsockname(2)`. The address has the form of the socket.
pub(crate) fn local_addr(fd: BorrowedFd<'_>, into: &mut SockAddr) -> io::Result<()> {
    let (addr, mut len) = into.as_raw_mut();
    // SAFETY: `addr` points to `len` bytes, which may take any value.
    check(unsafe { libc::getsockname(fd.as_raw_fd(), addr, &raw mut len) }).map(drop)
}

/// `getpeername(2)`. The address has the form of the socket.
pub(crate) fn peer_addr(fd: BorrowedFd<'_>, into: &mut SockAddr) -> io::Result<()> {
    let (addr, mut len) = into.as_raw_mut();
    // SAFETY: `addr` points to `len` bytes, which may take any value.
    check(unsafe { libc::getpeername(fd.as_raw_fd(), addr, &raw mut len) }).map(drop)
}

/// `sendto(2)`; without an address it sends to the connected peer.
pub(crate) fn send(fd: BorrowedFd<'_>, bytes: &[u8], to: Option<&SockAddr>) -> io::Result<usize> {
    let (addr, len) = to.map_or((std::ptr::null(), 0), SockAddr::as_raw);
    // SAFETY: both pointers are to that many bytes, which are valid during the call; a null
    // address has length 0.
    retry(|| unsafe {
        libc::sendto(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), 0, addr, len)
    })
}

/// `recvfrom(2)`: returns the datagram's length, which exceeds that of `buf` if it was truncated.
pub(crate) fn recv(fd: BorrowedFd<'_>, buf: &mut [u8], from: &mut SockAddr) -> io::Result<usize> {
    let (addr, len) = from.as_raw_mut();
    let mut len = len;
    // SAFETY: both pointers are to that many bytes, which may take any value.
    retry(|| unsafe {
        libc::recvfrom(
            fd.as_raw_fd(),
            buf.as_mut_ptr().cast(),
            buf.len(),
            libc::MSG_TRUNC,
            addr,
            &raw mut len,
        )
    })
}

// SAFETY: two integers.
unsafe impl Plain for libc::timeval {}

/// `setsockopt(2)`.
pub(crate) fn set_option<T: Plain>(
    fd: BorrowedFd<'_>,
    level: i32,
    name: i32,
    value: T,
) -> io::Result<()> {
    let pointer = (&raw const value).cast();
    // SAFETY: `pointer` is to a `T` that is valid during the call.
    check(unsafe { libc::setsockopt(fd.as_raw_fd(), level, name, pointer, length::<T>()) })
        .map(drop)
}

/// `getsockopt(2)`.
pub(crate) fn option<T: Plain>(fd: BorrowedFd<'_>, level: i32, name: i32) -> io::Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();
    let mut len = length::<T>();
    let pointer = value.as_mut_ptr().cast();
    // SAFETY: `pointer` is to `len` bytes, of which the kernel writes some or all.
    check(unsafe { libc::getsockopt(fd.as_raw_fd(), level, name, pointer, &raw mut len) })?;
    // SAFETY: all bytes are initialised, with zeros or by the kernel, and any bytes are a valid
    // `T`.
    Ok(unsafe { value.assume_init() })
}

/// `setsockopt(2)` of an option whose value is bytes.
pub(crate) fn set_option_bytes(
    fd: BorrowedFd<'_>,
    level: i32,
    name: i32,
    value: &[u8],
) -> io::Result<()> {
    let len = libc::socklen_t::try_from(value.len()).unwrap_or(libc::socklen_t::MAX);
    // SAFETY: the pointer is to at least `len` bytes that are valid during the call.
    check(unsafe { libc::setsockopt(fd.as_raw_fd(), level, name, value.as_ptr().cast(), len) })
        .map(drop)
}

/// `getsockopt(2)` of an option whose value is bytes. Returns their number.
pub(crate) fn option_bytes(
    fd: BorrowedFd<'_>,
    level: i32,
    name: i32,
    value: &mut [u8],
) -> io::Result<usize> {
    let mut len = libc::socklen_t::try_from(value.len()).unwrap_or(libc::socklen_t::MAX);
    let pointer = value.as_mut_ptr().cast();
    // SAFETY: `pointer` is to at least `len` bytes, which may take any value.
    check(unsafe { libc::getsockopt(fd.as_raw_fd(), level, name, pointer, &raw mut len) })?;
    Ok(value.len().min(len as usize))
}

/// The network namespace that a socket belongs to (`SIOCGSKNS`).
pub(crate) fn netns_of(fd: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    // The C library decides the type of a request: `c_ulong` or `c_int`.
    // SAFETY: the request takes no argument.
    let fd = check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::SIOCGSKNS as _) })?;
    // SAFETY: the kernel has just opened it, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Makes calls on a descriptor return `EAGAIN` instead of waiting (`FIONBIO`).
pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>, nonblocking: bool) -> io::Result<()> {
    let mut on = libc::c_int::from(nonblocking);
    // SAFETY: the kernel reads an integer at the pointer, which is valid during the call.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::FIONBIO, &raw mut on) }).map(drop)
}

/// Repeats a call that a signal interrupts. Returns the count of bytes, or the errno.
fn retry(mut call: impl FnMut() -> libc::ssize_t) -> io::Result<usize> {
    loop {
        match usize::try_from(call()) {
            Ok(count) => return Ok(count),
            Err(_) => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => {}
                error => return Err(error),
            },
        }
    }
}
