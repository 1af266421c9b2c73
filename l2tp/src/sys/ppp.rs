//! PPP: `AF_PPPOX` sockets with their addresses, and the ioctl requests of `/dev/ppp`.

use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsRawFd, BorrowedFd};

use l2tp_sys::{
    npioctl, pppol2tp_ioc_stats, sockaddr_pppol2tp, sockaddr_pppol2tpin6, sockaddr_pppol2tpv3,
    sockaddr_pppol2tpv3in6, sockaddr_pppox,
};

use super::{Plain, check};

// SAFETY: an array of integers.
unsafe impl<const N: usize> Plain for [i64; N] {}
// SAFETY: two integers.
unsafe impl Plain for npioctl {}
// SAFETY: integers.
unsafe impl Plain for pppol2tp_ioc_stats {}

/// An `AF_PPPOX` address. The kernel distinguishes the forms by their length.
///
/// # Safety
///
/// Any bytes must be a valid value of the type, and it must have no padding.
pub(crate) unsafe trait Sockaddr: Copy {}

// SAFETY: it is packed and consists of integers without padding.
unsafe impl Sockaddr for sockaddr_pppol2tp {}
// SAFETY: as above.
unsafe impl Sockaddr for sockaddr_pppol2tpin6 {}
// SAFETY: as above.
unsafe impl Sockaddr for sockaddr_pppol2tpv3 {}
// SAFETY: as above.
unsafe impl Sockaddr for sockaddr_pppol2tpv3in6 {}
// SAFETY: as above; PPPoE's member of the union, the only one in use, has no padding and fills the
// union.
unsafe impl Sockaddr for sockaddr_pppox {}

/// The bytes of an `AF_PPPOX` address.
#[derive(Clone, Copy)]
pub(crate) struct Name {
    bytes: [u8; 64],
    len: usize,
}

impl Name {
    pub(crate) fn of<A: Sockaddr>(address: &A) -> Self {
        const { assert!(size_of::<A>() <= 64) }
        let mut name = Self { bytes: [0; 64], len: size_of::<A>() };
        // SAFETY: an `A` has this many bytes, all of them are initialised, and the buffer is
        // larger.
        unsafe {
            std::ptr::from_ref(address)
                .cast::<u8>()
                .copy_to_nonoverlapping(name.bytes.as_mut_ptr(), size_of::<A>());
        }
        name
    }

    /// The address in this form, if it has the length of the bytes.
    pub(crate) fn read<A: Sockaddr>(&self) -> Option<A> {
        // SAFETY: there are as many bytes as in an `A`, and any bytes are a valid `A`.
        (self.len == size_of::<A>())
            .then(|| unsafe { self.bytes.as_ptr().cast::<A>().read_unaligned() })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// `connect(2)`.
pub(crate) fn connect(fd: BorrowedFd<'_>, name: &Name) -> io::Result<()> {
    // The length is at most 64.
    #[allow(clippy::cast_possible_truncation)]
    let len = name.len as libc::socklen_t;
    // SAFETY: the pointer is to at least `len` bytes that are valid during the call.
    check(unsafe { libc::connect(fd.as_raw_fd(), name.bytes.as_ptr().cast(), len) }).map(drop)
}

/// `getsockname(2)`.
pub(crate) fn name(fd: BorrowedFd<'_>) -> io::Result<Name> {
    let mut name = Name { bytes: [0; 64], len: 0 };
    let mut len = 64;
    // SAFETY: the pointer is to `len` bytes, which may take any value.
    check(unsafe {
        libc::getsockname(fd.as_raw_fd(), name.bytes.as_mut_ptr().cast(), &raw mut len)
    })?;
    name.len = name.bytes.len().min(len as usize);
    Ok(name)
}

/// A request without an argument.
pub(crate) struct NoArgument(libc::Ioctl);
/// A request whose argument is a `T` that the kernel reads.
pub(crate) struct Put<T>(libc::Ioctl, PhantomData<T>);
/// A request whose argument is a `T` that the kernel writes.
pub(crate) struct Get<T>(libc::Ioctl, PhantomData<T>);
/// A request whose argument is a `T` that the kernel reads and writes.
pub(crate) struct Exchange<T>(libc::Ioctl, PhantomData<T>);

/// `PPPIOC*` of `linux/ppp-ioctl.h`. The compiler checks the direction and size of each type here
/// against the request's number.
pub(crate) mod request {
    use super::{
        Exchange, Get, NONE, NoArgument, PhantomData, Plain, Put, READ, WRITE, has_form, native,
    };
    use l2tp_sys::{npioctl, pppol2tp_ioc_stats};
    use libc::c_int;

    pub(crate) const CHANNEL_INDEX: Get<c_int> = get(l2tp_sys::PPPIOCGCHAN);
    /// By its number the kernel only writes the argument. On a control socket it also reads the
    /// session's id from it.
    pub(crate) const L2TP_STATS: Get<pppol2tp_ioc_stats> = get(l2tp_sys::PPPIOCGL2TPSTATS);
    pub(crate) const NEW_UNIT: Exchange<c_int> = exchange(l2tp_sys::PPPIOCNEWUNIT);
    pub(crate) const ATTACH_UNIT: Put<c_int> = put(l2tp_sys::PPPIOCATTACH);
    pub(crate) const ATTACH_CHANNEL: Put<c_int> = put(l2tp_sys::PPPIOCATTCHAN);
    pub(crate) const CONNECT: Put<c_int> = put(l2tp_sys::PPPIOCCONNECT);
    pub(crate) const DISCONNECT: NoArgument = none(l2tp_sys::PPPIOCDISCONN);
    pub(crate) const BRIDGE: Put<c_int> = put(l2tp_sys::PPPIOCBRIDGECHAN);
    pub(crate) const UNBRIDGE: NoArgument = none(l2tp_sys::PPPIOCUNBRIDGECHAN);
    pub(crate) const FLAGS: Get<c_int> = get(l2tp_sys::PPPIOCGFLAGS);
    pub(crate) const SET_FLAGS: Put<c_int> = put(l2tp_sys::PPPIOCSFLAGS);
    pub(crate) const SET_MRU: Put<c_int> = put(l2tp_sys::PPPIOCSMRU);
    pub(crate) const MODE: Exchange<npioctl> = exchange(l2tp_sys::PPPIOCGNPMODE);
    pub(crate) const SET_MODE: Put<npioctl> = put(l2tp_sys::PPPIOCSNPMODE);
    pub(crate) const IDLE: Get<[i64; 2]> = get(l2tp_sys::PPPIOCGIDLE64);

    const fn none(number: u32) -> NoArgument {
        assert!(has_form(number, NONE, 0));
        NoArgument(native(number))
    }

    const fn put<T: Plain>(number: u32) -> Put<T> {
        assert!(has_form(number, WRITE, size_of::<T>()));
        Put(native(number), PhantomData)
    }

    const fn get<T: Plain>(number: u32) -> Get<T> {
        assert!(has_form(number, READ, size_of::<T>()));
        Get(native(number), PhantomData)
    }

    const fn exchange<T: Plain>(number: u32) -> Exchange<T> {
        assert!(has_form(number, READ | WRITE, size_of::<T>()));
        Exchange(native(number), PhantomData)
    }
}

/// The directions of a request as most architectures number them (`asm-generic/ioctl.h`).
const NONE: u32 = 0;
const WRITE: u32 = 1;
const READ: u32 = 2;

/// Whether a request number has this direction and size.
const fn has_form(number: u32, direction: u32, size: usize) -> bool {
    number >> 30 == direction && (number >> 16 & 0x3fff) as usize == size
}

/// The number on this architecture. l2tp-sys contains the numbers of most architectures; some
/// others have three bits for the direction, with 1 for none, 2 for read and 4 for write.
#[allow(clippy::cast_lossless, clippy::cast_possible_wrap, reason = "the type is the C library's")]
const fn native(number: u32) -> libc::Ioctl {
    let three_bits = cfg!(any(
        target_arch = "mips",
        target_arch = "mips64",
        target_arch = "mips32r6",
        target_arch = "mips64r6",
        target_arch = "powerpc",
        target_arch = "powerpc64",
        target_arch = "sparc",
        target_arch = "sparc64",
    ));
    let direction = match number >> 30 {
        NONE => 1,
        WRITE => 4,
        READ => 2,
        _ => 6,
    };
    let number = if three_bits { direction << 29 | number & 0x1fff_ffff } else { number };
    number as libc::Ioctl
}

impl NoArgument {
    pub(crate) fn on(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        // SAFETY: the request takes no argument.
        check(unsafe { libc::ioctl(fd.as_raw_fd(), self.0) }).map(drop)
    }
}

impl<T: Plain> Put<T> {
    pub(crate) fn on(&self, fd: BorrowedFd<'_>, value: T) -> io::Result<()> {
        // SAFETY: the request reads a `T`, which is initialised and valid during the call.
        check(unsafe { libc::ioctl(fd.as_raw_fd(), self.0, &raw const value) }).map(drop)
    }
}

impl<T: Plain> Get<T> {
    /// The value that the kernel writes over `initial`.
    pub(crate) fn on(&self, fd: BorrowedFd<'_>, initial: T) -> io::Result<T> {
        let mut value = initial;
        // SAFETY: the request reads or writes a `T`, and any bytes are a valid `T`.
        check(unsafe { libc::ioctl(fd.as_raw_fd(), self.0, &raw mut value) })?;
        Ok(value)
    }
}

impl<T: Plain> Exchange<T> {
    pub(crate) fn on(&self, fd: BorrowedFd<'_>, mut value: T) -> io::Result<T> {
        // SAFETY: the request reads and writes a `T`, and any bytes are a valid `T`.
        check(unsafe { libc::ioctl(fd.as_raw_fd(), self.0, &raw mut value) })?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::{Name, has_form};
    use l2tp_sys::{sockaddr_pppol2tp, sockaddr_pppol2tpv3in6};

    #[test]
    fn an_address_is_recognised_by_its_length() {
        let name = Name::of(&sockaddr_pppol2tpv3in6::default());
        assert_eq!(name.as_bytes().len(), 58);
        assert!(name.read::<sockaddr_pppol2tpv3in6>().is_some());
        assert!(name.read::<sockaddr_pppol2tp>().is_none());
    }

    #[test]
    fn a_number_contains_direction_and_size() {
        assert!(has_form(l2tp_sys::PPPIOCGL2TPSTATS, super::READ, 72));
        assert!(!has_form(l2tp_sys::PPPIOCGL2TPSTATS, super::READ, 64));
        assert!(!has_form(l2tp_sys::PPPIOCCONNECT, super::READ, 4));
    }
}
