//! The netlink socket: a private wrapper of netlink-sys.
//!
//! netlink-sys's own `Socket` can be cloned into two owners of one descriptor; this one cannot.
//! It sends from and receives into buffers of the caller, and never reads a datagram twice.
//!
//! # Only the kernel is believed
//!
//! A process with `CAP_NET_ADMIN` over the socket's network namespace, as the root user of a
//! container has it, can send netlink messages to any socket in it: a reply before the kernel's
//! own, a notification of what never happened. So each socket is connected to the kernel, which
//! then rejects what another process sends to its port (`ECONNREFUSED` for the sender), before it
//! can occupy the receive buffer. What another process sends to a multicast group still
//! arrives; its sender has a port, the kernel has none, and such a datagram is received as an
//! empty one.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use netlink_sys::SocketAddr;
use netlink_sys::protocols::{NETLINK_GENERIC, NETLINK_ROUTE};

use crate::sys;

/// The port of the kernel.
const KERNEL: u32 = 0;

/// A netlink socket of the calling thread's network namespace.
#[derive(Debug)]
pub struct Socket(netlink_sys::Socket);

impl Socket {
    /// Opens a generic-netlink socket, close-on-exec, with extended acknowledgements that do not
    /// quote the request, bound to a port of the kernel's choice and connected to the kernel: four
    /// system calls.
    ///
    /// # Errors
    ///
    /// When the process or the system has no descriptor left (`EMFILE`, `ENFILE`), or the kernel
    /// is older than 4.12 (`ENOPROTOOPT`).
    pub fn open() -> io::Result<Self> {
        Self::of(NETLINK_GENERIC)
    }

    /// Opens a socket of rtnetlink, which knows interfaces, addresses and routes, likewise.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_route() -> io::Result<Self> {
        Self::of(NETLINK_ROUTE)
    }

    fn of(protocol: isize) -> io::Result<Self> {
        let socket = netlink_sys::Socket::new(protocol)?;
        socket.connect(&SocketAddr::new(KERNEL, 0))?;
        socket.set_ext_ack(true)?;
        socket.set_cap_ack(true)?;
        Ok(Self(socket))
    }

    /// Sends one datagram, of one or more messages, to the kernel. The kernel has processed them
    /// all and queued its replies when this returns.
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
    /// The length is 0, which no datagram of the kernel has, when another process sent it.
    ///
    /// # Errors
    ///
    /// `ENOBUFS` when the kernel had to drop messages because the receive buffer was full;
    /// `WouldBlock` on a non-blocking socket that has none.
    #[inline]
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.receive(buf, 0)
    }

    /// Receives a datagram if one is there, as [`recv`](Self::recv).
    ///
    /// # Errors
    ///
    /// `WouldBlock` if none is; `ENOBUFS` as [`recv`](Self::recv).
    #[inline]
    pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.receive(buf, libc::MSG_DONTWAIT)
    }

    #[inline]
    fn receive(&self, buf: &mut [u8], flags: i32) -> io::Result<usize> {
        retry(|| self.0.recv_from(&mut &mut buf[..], libc::MSG_TRUNC | flags)).map(of_the_kernel)
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

    /// The send buffer in bytes, in the kernel's account.
    ///
    /// # Errors
    ///
    /// None that a valid descriptor can give.
    pub fn send_buffer(&self) -> io::Result<usize> {
        let bytes: i32 = sys::option(self.as_fd(), libc::SOL_SOCKET, libc::SO_SNDBUF)?;
        Ok(usize::try_from(bytes).unwrap_or(0))
    }

    /// Makes [`recv`](Self::recv) return `WouldBlock` instead of waiting.
    ///
    /// # Errors
    ///
    /// None that a valid descriptor can give.
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.0.set_non_blocking(nonblocking)
    }

    /// The port that the socket is bound to, by which the kernel names it in notifications.
    ///
    /// # Errors
    ///
    /// None that a valid descriptor can give.
    pub fn port(&self) -> io::Result<u32> {
        let mut address = SocketAddr::new(0, 0);
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

/// The length of a datagram if it is the kernel's.
#[inline]
fn of_the_kernel((len, sender): (usize, SocketAddr)) -> usize {
    if sender.port_number() == KERNEL { len } else { 0 }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::attr::ToAttrs;
    use crate::netlink::ctrl::{FamilyName, GET_FAMILY};
    use crate::netlink::exchange::{Exchange, Progress};

    /// The group of the controller's notifications, which anybody may join.
    const GROUP: u16 = l2tp_sys::GENL_ID_CTRL;

    /// Sends a datagram as another process would. Without `CAP_NET_ADMIN` the kernel rejects any
    /// (`EPERM`).
    fn forge(protocol: isize, port: u32, groups: u32) -> io::Result<usize> {
        let forger = netlink_sys::Socket::new(protocol)?;
        forger.send_to(&[0; 20], &SocketAddr::new(port, groups), 0)
    }

    fn errno<T>(result: io::Result<T>) -> Option<i32> {
        result.err().and_then(|error| error.raw_os_error())
    }

    #[test]
    fn what_another_process_sends_to_the_port_is_rejected() {
        for protocol in [NETLINK_GENERIC, NETLINK_ROUTE] {
            let socket = Socket::of(protocol).expect("a netlink socket");
            let port = socket.port().expect("its port");
            assert_ne!(port, KERNEL);
            let rejected = errno(forge(protocol, port, 0)).expect("a forged datagram was accepted");
            assert!(matches!(rejected, libc::ECONNREFUSED | libc::EPERM), "{rejected}");
            assert_eq!(errno(socket.try_recv(&mut [0; 64])), Some(libc::EAGAIN));
        }
    }

    #[test]
    fn what_another_process_sends_to_a_group_is_received_as_nothing() {
        let socket = Socket::open().expect("a netlink socket");
        socket.join(GROUP.into()).expect("a group for all");
        let received = match forge(NETLINK_GENERIC, KERNEL, 1 << (GROUP - 1)) {
            Ok(_) => socket.try_recv(&mut [0; 64]).expect("a datagram"),
            Err(error) if error.raw_os_error() == Some(libc::EPERM) => 0,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(received, 0);
        let answered = ask(&socket);
        assert!(answered, "the kernel is no longer heard");
    }

    /// Whether the kernel answers on this socket.
    fn ask(socket: &Socket) -> bool {
        let mut exchange = Exchange::new();
        exchange.start();
        exchange.push(&GET_FAMILY, |out| FamilyName { name: c"nlctrl" }.to_attrs(out)).unwrap();
        socket.send(exchange.outgoing()).expect("a request");
        exchange.sent();
        let len = socket.recv(exchange.space()).expect("an answer");
        exchange.received(len).unwrap();
        exchange.poll() == Ok(Progress::Reply(0))
    }

    #[test]
    fn a_port_is_the_senders_mark() {
        assert_eq!(of_the_kernel((20, SocketAddr::new(KERNEL, 0))), 20);
        assert_eq!(of_the_kernel((20, SocketAddr::new(KERNEL, 1))), 20);
        assert_eq!(of_the_kernel((20, SocketAddr::new(1, 0))), 0);
    }

    /// The outcome of a call that fails with these errors in turn, and how often it was made.
    fn retried(errors: &[i32]) -> (Result<usize, i32>, usize) {
        let mut calls = 0;
        let outcome = retry(|| {
            calls += 1;
            match errors.get(calls - 1) {
                Some(&errno) => Err(io::Error::from_raw_os_error(errno)),
                None if calls > errors.len() + 1 => panic!("a call that succeeded is repeated"),
                None => Ok(calls),
            }
        });
        (outcome.map_err(|error| error.raw_os_error().expect("an errno")), calls)
    }

    #[test]
    fn only_an_interrupted_call_is_repeated() {
        assert_eq!(retried(&[]), (Ok(1), 1));
        assert_eq!(retried(&[libc::EINTR, libc::EINTR]), (Ok(3), 3));
        assert_eq!(retried(&[libc::EAGAIN]), (Err(libc::EAGAIN), 1));
        assert_eq!(retried(&[libc::EINTR, libc::ENOBUFS]), (Err(libc::ENOBUFS), 2));
    }

    #[test]
    fn a_receive_buffer_is_as_large_as_was_asked_for_and_never_made_smaller() {
        let socket = Socket::open().expect("a netlink socket");
        let first = socket.reserve_receive_buffer(0).expect("its size");
        let wish = first + 65536;
        assert_eq!(socket.reserve_receive_buffer(wish).expect("a larger one"), wish);
        assert_eq!(socket.reserve_receive_buffer(first).expect("its size"), wish);
        let most = socket.reserve_receive_buffer(usize::MAX).expect("the largest that it can have");
        assert!(most >= wish, "{most}");
    }
}
