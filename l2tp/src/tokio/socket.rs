//! A netlink socket whose waits are the runtime's, not the kernel's.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use ::tokio::io::Interest;
use ::tokio::{task, time};

use crate::netlink::socket::Socket;
use crate::netlink::transport::Transport;
use crate::sys::reactor::{Waiting, timer};

/// A non-blocking socket. Each call is tried first: the kernel's answer mostly is there already.
///
/// Only a call that would have had to wait registers the socket with the runtime, so a connection
/// as a rule costs its reactor nothing.
#[derive(Debug)]
pub(super) struct AsyncSocket {
    waiting: Waiting<Socket>,
}

impl AsyncSocket {
    /// A socket that waits for the kernel's answers only. They are there when the request has been
    /// sent, so it serves in any runtime, and outside one.
    pub(super) fn asking(socket: Socket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { waiting: Waiting::new(socket) })
    }

    /// A socket that waits for what others do. Fails in a runtime that could not.
    pub(super) fn listening(socket: Socket) -> io::Result<Self> {
        let listening = Self::asking(socket)?;
        listening.check_drivers()?;
        Ok(listening)
    }

    /// Fails in a runtime that cannot wait for what others do.
    pub(super) fn check_drivers(&self) -> io::Result<()> {
        self.waiting.check_reactor()?;
        timer(Duration::ZERO).map(drop)
    }

    /// The port that the socket is bound to.
    pub(super) fn port(&self) -> io::Result<u32> {
        self.socket().port()
    }

    fn socket(&self) -> &Socket {
        self.waiting.get_ref()
    }

    /// Waits for a late reply where the runtime cannot.
    #[cold]
    fn recv_on_the_thread(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket().wait_readable(None)?;
        self.socket().recv(buf)
    }
}

/// Lets time pass. Where the runtime has no timers the thread sleeps.
pub(super) async fn sleep(time: Duration) {
    match timer(time) {
        Ok(timer) => timer.await,
        Err(_) => std::thread::sleep(time),
    }
}

impl Transport for AsyncSocket {
    #[inline]
    async fn send(&self, datagram: &[u8]) -> io::Result<()> {
        self.yield_now_and_then().await;
        self.waiting.attempt(Interest::WRITABLE, |socket| socket.send(datagram)).await
    }

    #[inline]
    fn try_send(&self, datagram: &[u8]) -> io::Result<()> {
        self.socket().send(datagram)
    }

    #[inline]
    async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        match self.waiting.attempt(Interest::READABLE, |socket| socket.recv(buf)).await {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                self.recv_on_the_thread(buf)
            }
            done => done,
        }
    }

    #[inline]
    fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket().try_recv(buf)
    }

    async fn pause(&self, time: Duration) {
        sleep(time).await;
    }

    #[inline]
    async fn yield_now_and_then(&self) {
        task::coop::consume_budget().await;
    }

    async fn readable(&self, limit: Option<Duration>) -> io::Result<bool> {
        let ready = |socket: &Socket| {
            let ready = socket.wait_readable(Some(Duration::ZERO))?;
            if ready { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
        };
        let wait = self.waiting.attempt(Interest::READABLE, ready);
        let Some(limit) = limit else { return wait.await.map(|()| true) };
        // Refused here rather than by a panic there.
        drop(timer(limit)?);
        match time::timeout(limit, wait).await {
            Ok(outcome) => outcome.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    fn join(&self, group: u32) -> io::Result<()> {
        self.socket().join(group)
    }

    fn reserve_receive_buffer(&self, wish: usize) -> io::Result<usize> {
        self.socket().reserve_receive_buffer(wish)
    }

    fn send_buffer(&self) -> io::Result<usize> {
        self.socket().send_buffer()
    }
}

impl AsFd for AsyncSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket().as_fd()
    }
}

#[cfg(test)]
mod tests {
    use ::tokio::runtime::Builder;

    use super::*;
    use crate::netlink::attr::ToAttrs;
    use crate::netlink::ctrl::{FamilyName, GET_FAMILY};
    use crate::netlink::message::RequestHeader;

    /// The kernel has none: it is the request that comes late here.
    #[test]
    fn a_late_answer_is_waited_for_where_there_is_no_driver() {
        let socket = AsyncSocket::asking(Socket::open().unwrap()).unwrap();
        let mut request = Vec::new();
        let nlctrl = FamilyName { name: c"nlctrl" };
        GET_FAMILY.write(1, &mut request, |out| nlctrl.to_attrs(out)).unwrap();
        let runtime = Builder::new_current_thread().build().unwrap();
        for _ in 0..3 {
            let mut buf = [0; 8192];
            let received = std::thread::scope(|scope| {
                scope.spawn(|| {
                    std::thread::sleep(Duration::from_millis(5));
                    socket.try_send(&request).unwrap();
                });
                runtime.block_on(socket.recv(&mut buf))
            });
            assert!(received.unwrap() > 16);
        }
        runtime.block_on(socket.pause(Duration::from_millis(1)));
        let limited = runtime.block_on(socket.readable(Some(Duration::from_millis(1))));
        assert_eq!(limited.unwrap_err().kind(), io::ErrorKind::Unsupported);
    }
}
