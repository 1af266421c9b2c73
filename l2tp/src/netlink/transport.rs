//! What a driver needs of a socket: to send, to receive, to wait.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::socket::Socket;

/// A netlink socket, and a way to let time pass.
///
/// Futures that are dropped before they are complete have done nothing: no datagram was sent, none
/// is lost.
pub(crate) trait Transport {
    /// Sends a datagram.
    fn send(&self, datagram: &[u8]) -> impl Future<Output = io::Result<()>>;

    /// Sends a datagram, or fails with `WouldBlock` if that means to wait for somebody other than
    /// the kernel.
    fn try_send(&self, datagram: &[u8]) -> io::Result<()>;

    /// Receives a datagram and returns its true length.
    fn recv(&self, buf: &mut [u8]) -> impl Future<Output = io::Result<usize>>;

    /// Receives a datagram if one is there, and fails with `WouldBlock` if not.
    fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize>;

    /// Lets time pass.
    fn pause(&self, time: Duration) -> impl Future<Output = ()>;

    /// Lets others on the thread have their turn now and then, within work that never waits.
    fn yield_now_and_then(&self) -> impl Future<Output = ()>;

    /// Waits at most `limit` until there is something to receive, and returns whether there is.
    fn readable(&self, limit: Option<Duration>) -> impl Future<Output = io::Result<bool>>;

    /// Joins a multicast group.
    fn join(&self, group: u32) -> io::Result<()>;

    /// The socket's receive buffer in bytes, as the kernel counts them, after asking for one of
    /// `wish` bytes.
    fn reserve_receive_buffer(&self, wish: usize) -> io::Result<usize>;

    /// The socket's send buffer in bytes, as the kernel counts them.
    fn send_buffer(&self) -> io::Result<usize>;
}

/// The blocking transport: each future is complete at its first poll.
impl Transport for Socket {
    #[inline]
    async fn send(&self, datagram: &[u8]) -> io::Result<()> {
        Socket::send(self, datagram)
    }

    #[inline]
    fn try_send(&self, datagram: &[u8]) -> io::Result<()> {
        Socket::send(self, datagram)
    }

    #[inline]
    async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        Socket::recv(self, buf)
    }

    #[inline]
    fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        Socket::try_recv(self, buf)
    }

    async fn pause(&self, time: Duration) {
        std::thread::sleep(time);
    }

    #[inline]
    async fn yield_now_and_then(&self) {}

    async fn readable(&self, limit: Option<Duration>) -> io::Result<bool> {
        self.wait_readable(limit)
    }

    fn join(&self, group: u32) -> io::Result<()> {
        Socket::join(self, group)
    }

    fn reserve_receive_buffer(&self, wish: usize) -> io::Result<usize> {
        Socket::reserve_receive_buffer(self, wish)
    }

    fn send_buffer(&self) -> io::Result<usize> {
        Socket::send_buffer(self)
    }
}

/// The value of a future over the blocking transport.
#[inline]
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("the blocking transport waits inside its system calls"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;
    use crate::sys;

    #[test]
    fn a_socket_reports_its_buffers_as_they_are() {
        let socket = Socket::open().expect("a netlink socket");
        let first = Transport::reserve_receive_buffer(&socket, 0).expect("its size");
        let wish = first + 65536;
        assert_eq!(Transport::reserve_receive_buffer(&socket, wish).expect("its size"), wish);
        let option: i32 =
            sys::option(socket.as_fd(), libc::SOL_SOCKET, libc::SO_SNDBUF).expect("its size");
        assert!(option > 4096, "{option}");
        let size = Transport::send_buffer(&socket).expect("its size");
        assert_eq!(size, option.unsigned_abs() as usize);
    }
}
