//! The netlink socket: a private wrapper of netlink-sys.
//!
//! netlink-sys's own `Socket` can be cloned into two owners of one descriptor; this one cannot.
//! It sends from and receives into buffers of the caller, and never reads a datagram twice.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use crate::sys;

/// A netlink socket of the calling thread's network namespace.
#[derive(Debug)]
pub struct Socket(netlink_sys::Socket);

impl Socket {
    /// Opens a generic-netlink socket, close-on-exec, with extended acknowledgements that do not
    /// quote the request: three system calls. The kernel binds it to a port at the first send.
    ///
    /// # Errors
    ///
    /// When the process or the system has no descriptor left (`EMFILE`, `ENFILE`), or the kernel
    /// is older than 4.12 (`ENOPROTOOPT`).
    pub fn open() -> io::Result<Self> {
        Self::of(netlink_sys::protocols::NETLINK_GENERIC)
    }

    /// Opens a socket of rtnetlink, which knows interfaces, addresses and routes, likewise.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_route() -> io::Result<Self> {
        Self::of(netlink_sys::protocols::NETLINK_ROUTE)
    }

    fn of(protocol: isize) -> io::Result<Self> {
        let socket = netlink_sys::Socket::new(protocol)?;
        socket.set_ext_ack(true)?;
        socket.set_cap_ack(true)?;
        Ok(Self(socket))
    }

    /// Sends one datagram, of one or more messages, to the kernel. The kernel has processed them
    /// all and queued its answers when this returns.
    ///
    /// # Errors
    ///
    /// `ENOBUFS` when the kernel has no memory for it; `EMSGSIZE` when it exceeds the send buffer.
    #[inline]
    pub fn send(&self, datagram: &[u8]) -> io::Result<()> {
        // A datagram is sent whole or not at all.
        retry(|| self.0.send(datagram, 0)).map(drop)
    }

    /// Receives one datagram and returns its true length, which exceeds `buf`'s when it was cut.
    ///
    /// # Errors
    ///
    /// `ENOBUFS` when the kernel had to drop messages because the receive buffer was full;
    /// `WouldBlock` on a non-blocking socket that has none.
    #[inline]
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        retry(|| self.0.recv(&mut &mut buf[..], libc::MSG_TRUNC))
    }

    /// Receives a datagram if one is there.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if none is; `ENOBUFS` as [`recv`](Self::recv).
    #[inline]
    pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        retry(|| self.0.recv(&mut &mut buf[..], libc::MSG_TRUNC | libc::MSG_DONTWAIT))
    }

    /// Asks for a receive buffer of `wish` bytes and returns what there is afterwards, in the
    /// kernel's account: a small message takes about 1 KiB of it. With `CAP_NET_ADMIN` the wish is
    /// granted; otherwise up to `net.core.rmem_max`.
    ///
    /// # Errors
    ///
    /// None that a valid descriptor can give.
    pub fn reserve_receive_buffer(&self, wish: usize) -> io::Result<usize> {
        let have = self.0.get_rx_buf_sz()?;
        if have >= wish {
            return Ok(have);
        }
        // The kernel doubles the number, for its own bookkeeping.
        let half = i32::try_from(wish / 2).unwrap_or(i32::MAX / 2);
        if sys::set_option(self.as_fd(), libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, half).is_err() {
            self.0.set_rx_buf_sz(half)?;
        }
        self.0.get_rx_buf_sz()
    }

    /// Makes [`recv`](Self::recv) return `WouldBlock` instead of waiting.
    ///
    /// # Errors
    ///
    /// None that a valid descriptor can give.
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.0.set_non_blocking(nonblocking)
    }

    /// Binds the socket to a port of the kernel's choice, so that it can receive notifications.
    ///
    /// # Errors
    ///
    /// When it is bound already.
    pub fn bind(&mut self) -> io::Result<()> {
        self.0.bind(&netlink_sys::SocketAddr::new(0, 0))
    }

    /// The port that the socket is bound to, by which the kernel names it in notifications; 0 if
    /// it is not bound.
    ///
    /// # Errors
    ///
    /// None that a valid descriptor can give.
    pub fn port(&self) -> io::Result<u32> {
        let mut address = netlink_sys::SocketAddr::new(0, 0);
        self.0.get_address(&mut address)?;
        Ok(address.port_number())
    }

    /// Waits until there is something to receive, at most for `limit`; says whether there is.
    ///
    /// # Errors
    ///
    /// `EINTR` is not one of them: the wait goes on.
    pub fn wait_readable(&self, limit: Option<Duration>) -> io::Result<bool> {
        sys::poll_readable(self.as_fd(), limit)
    }

    /// Joins a multicast group.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a number that no group has; `EPERM` for a group that needs privilege.
    pub fn join(&self, group: u32) -> io::Result<()> {
        self.0.add_membership(group)
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// Repeats a call that a signal interrupted.
#[inline]
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}
