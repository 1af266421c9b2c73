//! The addresses of the calling thread's network namespace, by interface.

use std::ffi::CStr;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr;

use super::check;

/// The flags as the list has them.
#[allow(clippy::cast_sign_loss)]
const UP: libc::c_uint = libc::IFF_UP as libc::c_uint;
#[allow(clippy::cast_sign_loss)]
const MASTER: libc::c_uint = libc::IFF_MASTER as libc::c_uint;

/// An interface and an address that it has; each interface is listed once without one, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InterfaceAddr {
    pub(crate) interface: String,
    /// Of IPv4 or IPv6.
    pub(crate) addr: Option<IpAddr>,
    /// Whether the interface is up (`IFF_UP`).
    pub(crate) up: bool,
    /// Whether it stands for others, as a VRF's or a bond's does (`IFF_MASTER`).
    pub(crate) master: bool,
}

/// `getifaddrs(3)`.
pub(crate) fn interface_addrs() -> io::Result<Vec<InterfaceAddr>> {
    let mut first = ptr::null_mut();
    // SAFETY: the pointer stands for room for a pointer, which is written on success.
    check(unsafe { libc::getifaddrs(&raw mut first) })?;
    let mut addrs = Vec::new();
    let mut next = first;
    // SAFETY: each entry of the list, and what it points to, is valid until the list is freed.
    while let Some(entry) = unsafe { next.as_ref() } {
        next = entry.ifa_next;
        // SAFETY: as above; an address that is not null is whole, of the length of its family.
        let addr = unsafe { ip(entry.ifa_addr) };
        // SAFETY: as above; a name is a C string.
        let interface = unsafe { CStr::from_ptr(entry.ifa_name) }.to_string_lossy().into_owned();
        let (up, master) = (entry.ifa_flags & UP != 0, entry.ifa_flags & MASTER != 0);
        addrs.push(InterfaceAddr { interface, addr, up, master });
    }
    // SAFETY: the list is ours, is freed once, and nothing refers to it any longer.
    unsafe { libc::freeifaddrs(first) };
    Ok(addrs)
}

/// The IP address in a socket address.
///
/// # Safety
///
/// `addr` is null or points to a socket address of its family's length.
unsafe fn ip(addr: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: the caller's promise.
    match i32::from(unsafe { addr.as_ref() }?.sa_family) {
        libc::AF_INET => {
            // SAFETY: the caller's promise, for this family; it need not be aligned for it.
            let addr = unsafe { addr.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(Ipv4Addr::from(addr.sin_addr.s_addr.to_ne_bytes()).into())
        }
        libc::AF_INET6 => {
            // SAFETY: the caller's promise, for this family; it need not be aligned for it.
            let addr = unsafe { addr.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(Ipv6Addr::from(addr.sin6_addr.s6_addr).into())
        }
        _ => None,
    }
}
