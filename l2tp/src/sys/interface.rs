//! Requests about the network interfaces in a socket's namespace, which work on a socket of any
//! family: `netdevice(7)`.

use std::ffi::c_char;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::check;

/// `ETHTOOL_GDRVINFO` of `linux/ethtool.h`.
const GET_DRIVER: u32 = 3;
/// The length of `struct ethtool_drvinfo` in 32-bit words.
const DRIVER: usize = 196 / 4;

/// The index of the interface that has this name or alternative name (`SIOCGIFINDEX`).
pub(crate) fn interface_index(fd: BorrowedFd<'_>, name: &[u8]) -> io::Result<Option<u32>> {
    let mut request = named(name);
    // SAFETY: SIOCGIFINDEX reads the name and fills the index of the structure at the pointer.
    let done = unsafe { libc::ioctl(fd.as_raw_fd(), libc::SIOCGIFINDEX as _, &raw mut request) };
    // SAFETY: the kernel filled the index, and any bytes are a valid integer.
    found(check(done).map(|_| unsafe { request.ifr_ifru.ifru_ifindex }.unsigned_abs()))
}

/// Whether an interface has this index (`SIOCGIFNAME`).
pub(crate) fn has_interface(fd: BorrowedFd<'_>, index: u32) -> io::Result<bool> {
    // An index is positive.
    let Ok(index) = i32::try_from(index) else { return Ok(false) };
    let mut request = named(b"");
    request.ifr_ifru.ifru_ifindex = index;
    // SAFETY: SIOCGIFNAME reads the index and fills the name of the structure at the pointer.
    let done = unsafe { libc::ioctl(fd.as_raw_fd(), libc::SIOCGIFNAME as _, &raw mut request) };
    Ok(found(check(done))?.is_some())
}

/// Whether ethtool returns a driver name for the interface (`ETHTOOL_GDRVINFO`). It returns none
/// for the interfaces of sessions.
pub(crate) fn has_driver(fd: BorrowedFd<'_>, name: &[u8]) -> bool {
    let mut driver = [0_u32; DRIVER];
    driver[0] = GET_DRIVER;
    let mut request = named(name);
    request.ifr_ifru.ifru_data = driver.as_mut_ptr().cast();
    // SAFETY: SIOCETHTOOL reads the name, and ETHTOOL_GDRVINFO fills the structure of this many
    // words at the pointer, which is valid during the call.
    let done = unsafe { libc::ioctl(fd.as_raw_fd(), libc::SIOCETHTOOL as _, &raw mut request) };
    done == 0
}

/// A request about the interface with this name, which is truncated to the longest possible name.
fn named(name: &[u8]) -> libc::ifreq {
    // SAFETY: zeros are a valid value: an empty name, and a union of integers and pointers.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    for (to, from) in request.ifr_name[..libc::IFNAMSIZ - 1].iter_mut().zip(name) {
        *to = c_char::from_ne_bytes([*from]);
    }
    request
}

/// `None` if the interface does not exist, which is not an error here.
fn found<T>(asked: io::Result<T>) -> io::Result<Option<T>> {
    match asked {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;
    use crate::netlink::socket::Socket;

    #[test]
    fn a_netlink_socket_finds_the_loopback_interface() {
        let socket = Socket::open().unwrap();
        let index = interface_index(socket.as_fd(), b"lo").unwrap();
        assert_eq!(index, Some(1));
        assert!(has_interface(socket.as_fd(), 1).unwrap());
        assert!(!has_driver(socket.as_fd(), b"lo"));
    }

    #[test]
    fn an_unknown_name_or_index_has_no_interface() {
        let socket = Socket::open().unwrap();
        assert_eq!(interface_index(socket.as_fd(), b"no-such-thing").unwrap(), None);
        assert!(!has_interface(socket.as_fd(), 0x7fff_fff0).unwrap());
    }
}
