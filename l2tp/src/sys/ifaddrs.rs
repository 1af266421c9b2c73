//! The addresses of the interfaces in the calling thread's network namespace.

use std::ffi::CStr;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr;

use super::check;

/// The interface flags, in the integer type of `ifa_flags`.
#[allow(clippy::cast_sign_loss)]
const UP: libc::c_uint = libc::IFF_UP as libc::c_uint;
#[allow(clippy::cast_sign_loss)]
const MASTER: libc::c_uint = libc::IFF_MASTER as libc::c_uint;

/// An interface and one of its addresses. `getifaddrs` also returns each interface once without an
/// IP address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InterfaceAddr {
    pub(crate) interface: String,
    /// An IPv4 or IPv6 address.
    pub(crate) addr: Option<IpAddr>,
    /// Whether the interface is up (`IFF_UP`).
    pub(crate) up: bool,
    /// Whether it is a master of other interfaces, such as a VRF or a bond (`IFF_MASTER`).
    pub(crate) master: bool,
}

/// `getifaddrs(3)`.
pub(crate) fn interface_addrs() -> io::Result<Vec<InterfaceAddr>> {
    let mut first = ptr::null_mut();
    // SAFETY: the argument points to a pointer, which the call writes on success.
    check(unsafe { libc::getifaddrs(&raw mut first) })?;
    let mut addrs = Vec::new();
    let mut next = first;
    // SAFETY: each entry of the list, and what it points to, is valid until the list is freed.
    while let Some(entry) = unsafe { next.as_ref() } {
        next = entry.ifa_next;
        // SAFETY: as above; an address that is not null has the full length of its family.
        let addr = unsafe { ip(entry.ifa_addr) };
        // SAFETY: as above; a name is a C string.
        let interface = unsafe { CStr::from_ptr(entry.ifa_name) }.to_string_lossy().into_owned();
        let (up, master) = (entry.ifa_flags & UP != 0, entry.ifa_flags & MASTER != 0);
        addrs.push(InterfaceAddr { interface, addr, up, master });
    }
    // SAFETY: the call above allocated the list; it is freed once, and no reference to it is left.
    unsafe { libc::freeifaddrs(first) };
    Ok(addrs)
}

/// The IP address in a socket address.
///
/// # Safety
///
/// `addr` is null or points to a socket address of its family's length.
unsafe fn ip(addr: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: as the caller guarantees.
    match i32::from(unsafe { addr.as_ref() }?.sa_family) {
        libc::AF_INET => {
            // SAFETY: as the caller guarantees for this family; the read does not need alignment.
            let addr = unsafe { addr.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(Ipv4Addr::from(addr.sin_addr.s_addr.to_ne_bytes()).into())
        }
        libc::AF_INET6 => {
            // SAFETY: as the caller guarantees for this family; the read does not need alignment.
            let addr = unsafe { addr.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(Ipv6Addr::from(addr.sin6_addr.s6_addr).into())
        }
        _ => None,
    }
}
