//! Between the exchange and a socket: sending, receiving, pausing.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::error::{Error, Operation};
use crate::netlink::attr::DecodeError;
use crate::netlink::exchange::{Exchange, Progress};
use crate::netlink::socket::Socket;

/// A way to talk to the kernel and to let time pass.
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

    /// Waits at most `limit` until there is something to receive, and says whether there is.
    fn readable(&self, limit: Option<Duration>) -> impl Future<Output = io::Result<bool>>;

    /// Joins a multicast group.
    fn join(&self, group: u32) -> io::Result<()>;

    /// The socket's receive buffer in bytes, as the kernel counts them, after asking for one of
    /// `wish` bytes.
    fn reserve_receive_buffer(&self, wish: usize) -> io::Result<usize>;
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
}

/// The value of a future over the blocking transport.
#[inline]
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("the blocking transport waits inside its system calls"),
    }
}

/// Sends what the exchange holds and receives a datagram, if nothing has to be waited for.
///
/// What would have to be waited for is a failure with `WouldBlock`; the exchange knows whether the
/// datagram was sent.
#[inline]
pub(super) fn try_transact(
    socket: &impl Transport,
    exchange: &mut Exchange,
) -> Result<(), Failure> {
    socket.try_send(exchange.outgoing())?;
    exchange.sent();
    let len = socket.try_recv(exchange.space())?;
    Ok(exchange.received(len)?)
}

/// Sends what the exchange holds and receives until it makes progress.
#[inline]
pub(super) async fn transact(
    socket: &impl Transport,
    exchange: &mut Exchange,
) -> Result<Progress, Failure> {
    socket.send(exchange.outgoing()).await?;
    exchange.sent();
    progress(socket, exchange).await
}

/// Receives until the exchange makes progress.
#[inline]
pub(super) async fn progress(
    socket: &impl Transport,
    exchange: &mut Exchange,
) -> Result<Progress, Failure> {
    loop {
        match exchange.poll()? {
            Progress::NeedData => {
                let len = socket.recv(exchange.space()).await?;
                exchange.received(len)?;
            }
            progress => return Ok(progress),
        }
    }
}

/// What can break a conversation, before it is known which operation it was for.
#[derive(Debug)]
pub(super) enum Failure {
    Io(io::Error),
    Decode(DecodeError),
}

impl Failure {
    #[cold]
    pub(super) fn of(self, operation: Operation) -> Error {
        match self {
            Self::Io(error) => Error::Io { operation, error },
            Self::Decode(error) => Error::Decode { operation, error },
        }
    }

    /// Whether the attempt needs only to be waited for.
    pub(super) fn is_wait(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Whether the kernel had to drop answers because the receive buffer was full.
    pub(super) fn is_overrun(&self) -> bool {
        matches!(self, Self::Io(error) if error.raw_os_error() == Some(libc::ENOBUFS))
    }
}

impl From<io::Error> for Failure {
    #[cold]
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<DecodeError> for Failure {
    #[cold]
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}
