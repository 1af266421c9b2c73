//! A netlink socket whose waits are the runtime's, not the kernel's.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ::tokio::io::Interest;
use ::tokio::io::unix::AsyncFd;
use ::tokio::{task, time};

use crate::engine::{Transport, send_buffer_of};
use crate::netlink::socket::Socket;
use crate::sys::reactor;

/// A non-blocking socket. Each call is tried first: the kernel's answer mostly is there already.
///
/// Only a call that would have had to wait registers the socket with the runtime, so a connection
/// as a rule costs its reactor nothing.
#[derive(Debug)]
pub(super) struct AsyncSocket {
    socket: Arc<Socket>,
    /// The socket once more, from its first wait on.
    registered: OnceLock<AsyncFd<Arc<Socket>>>,
}

impl AsyncSocket {
    pub(super) fn new(socket: Socket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { socket: Arc::new(socket), registered: OnceLock::new() })
    }

    /// The port that the socket is bound to.
    pub(super) fn port(&self) -> io::Result<u32> {
        self.socket.port()
    }

    fn registered(&self) -> io::Result<&AsyncFd<Arc<Socket>>> {
        if let Some(registered) = self.registered.get() {
            return Ok(registered);
        }
        let registered = reactor::register(Arc::clone(&self.socket))?;
        Ok(self.registered.get_or_init(|| registered))
    }

    /// Tries a call, and again whenever the reactor says that it may succeed.
    #[inline]
    async fn attempt<T>(
        &self,
        interest: Interest,
        mut call: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.registered()?.async_io(interest, |_| call()).await
            }
            done => done,
        }
    }
}

impl Transport for AsyncSocket {
    #[inline]
    async fn send(&self, datagram: &[u8]) -> io::Result<()> {
        self.yield_now_and_then().await;
        self.attempt(Interest::WRITABLE, || self.socket.send(datagram)).await
    }

    #[inline]
    fn try_send(&self, datagram: &[u8]) -> io::Result<()> {
        self.socket.send(datagram)
    }

    #[inline]
    async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.attempt(Interest::READABLE, || self.socket.recv(buf)).await
    }

    #[inline]
    fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.try_recv(buf)
    }

    async fn pause(&self, time: Duration) {
        time::sleep(time).await;
    }

    #[inline]
    async fn yield_now_and_then(&self) {
        task::coop::consume_budget().await;
    }

    async fn readable(&self, limit: Option<Duration>) -> io::Result<bool> {
        let ready = || {
            let ready = self.socket.wait_readable(Some(Duration::ZERO))?;
            if ready { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
        };
        let wait = self.attempt(Interest::READABLE, ready);
        match limit {
            None => wait.await.map(|()| true),
            Some(limit) => match time::timeout(limit, wait).await {
                Ok(outcome) => outcome.map(|()| true),
                Err(_) => Ok(false),
            },
        }
    }

    fn join(&self, group: u32) -> io::Result<()> {
        self.socket.join(group)
    }

    fn reserve_receive_buffer(&self, wish: usize) -> io::Result<usize> {
        self.socket.reserve_receive_buffer(wish)
    }

    fn send_buffer(&self) -> io::Result<usize> {
        send_buffer_of(&*self.socket)
    }
}

impl AsFd for AsyncSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
