//! Socket addresses in the form in which system calls take and return them.

/// The address of a tunnel socket, in the form of its family and protocol.
#[derive(Clone, Copy)]
pub(crate) enum SockAddr {
    /// UDP over IPv4. The kernel also returns the sender of an L2TP/IP message over IPv4 in this
    /// form.
    Udp4(libc::sockaddr_in),
    /// UDP over IPv6.
    Udp6(libc::sockaddr_in6),
    /// L2TP/IP over IPv4.
    Ip4(l2tp_sys::sockaddr_l2tpip),
    /// L2TP/IP over IPv6.
    Ip6(l2tp_sys::sockaddr_l2tpip6),
}

impl SockAddr {
    /// The address as a system call reads it. The pointer is valid as long as `self` is borrowed.
    pub(super) fn as_raw(&self) -> (*const libc::sockaddr, libc::socklen_t) {
        match self {
            Self::Udp4(addr) => raw(addr),
            Self::Udp6(addr) => raw(addr),
            Self::Ip4(addr) => raw(addr),
            Self::Ip6(addr) => raw(addr),
        }
    }

    /// The bytes that a system call writes: any bytes are a valid address in each form.
    pub(super) fn as_raw_mut(&mut self) -> (*mut libc::sockaddr, libc::socklen_t) {
        match self {
            Self::Udp4(addr) => raw_mut(addr),
            Self::Udp6(addr) => raw_mut(addr),
            Self::Ip4(addr) => raw_mut(addr),
            Self::Ip6(addr) => raw_mut(addr),
        }
    }
}

/// The bytes of an IPv6 address in the kernel's form.
pub(crate) fn in6_octets(addr: &l2tp_sys::in6_addr) -> [u8; 16] {
    // SAFETY: each member of the union is 16 bytes of integers, and any bytes are a `[u8; 16]`.
    unsafe { addr.in6_u.u6_addr8 }
}

fn raw<T>(addr: &T) -> (*const libc::sockaddr, libc::socklen_t) {
    (std::ptr::from_ref(addr).cast(), length::<T>())
}

fn raw_mut<T>(addr: &mut T) -> (*mut libc::sockaddr, libc::socklen_t) {
    (std::ptr::from_mut(addr).cast(), length::<T>())
}

/// The length of an address: 16 to 32 bytes.
#[allow(clippy::cast_possible_truncation)]
pub(super) const fn length<T>() -> libc::socklen_t {
    size_of::<T>() as libc::socklen_t
}
