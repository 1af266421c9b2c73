//! Between the exchange and a socket: sending, receiving, pausing.

use std::future::Future;
use std::io;
use std::os::fd::AsFd;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::error::{Error, Operation};
use crate::netlink::attr::DecodeError;
use crate::netlink::exchange::{Exchange, Progress};
use crate::netlink::socket::Socket;
use crate::{IfName, sys};

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

    /// The socket's send buffer in bytes, as the kernel counts them.
    fn send_buffer(&self) -> io::Result<usize>;

    /// The index of the interface that has this name in the socket's network namespace.
    fn interface(&self, name: IfName) -> io::Result<Option<u32>>;

    /// Whether the interface of this name may be a session's.
    fn may_be_a_sessions(&self, name: IfName) -> bool;

    /// Whether there is an interface of this index.
    fn has_interface(&self, index: u32) -> io::Result<bool>;
}

/// The methods of [`Transport`] that any descriptor of the socket serves.
macro_rules! by_descriptor {
    () => {
        fn send_buffer(&self) -> io::Result<usize> {
            let bytes: i32 = sys::option(self.as_fd(), libc::SOL_SOCKET, libc::SO_SNDBUF)?;
            Ok(usize::try_from(bytes).unwrap_or(0))
        }

        fn interface(&self, name: IfName) -> io::Result<Option<u32>> {
            sys::interface_index(self.as_fd(), name.as_bytes())
        }

        fn may_be_a_sessions(&self, name: IfName) -> bool {
            !sys::has_driver(self.as_fd(), name.as_bytes())
        }

        fn has_interface(&self, index: u32) -> io::Result<bool> {
            sys::has_interface(self.as_fd(), index)
        }
    };
}

pub(crate) use by_descriptor;

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

    by_descriptor!();
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
    socket.try_send(exchange.outgoing()).map_err(Failure::Unsent)?;
    exchange.sent();
    let len = socket.try_recv(exchange.space()).map_err(Failure::Unanswered)?;
    Ok(exchange.received(len)?)
}

/// Sends what the exchange holds and receives until it makes progress.
#[inline]
pub(super) async fn transact(
    socket: &impl Transport,
    exchange: &mut Exchange,
) -> Result<Progress, Failure> {
    socket.send(exchange.outgoing()).await.map_err(Failure::Unsent)?;
    exchange.sent();
    progress(socket, exchange).await
}

/// Receives until the exchange makes progress, even if the kernel had to drop something: what it
/// did not drop has been queued then.
#[inline]
pub(super) async fn progress(
    socket: &impl Transport,
    exchange: &mut Exchange,
) -> Result<Progress, Failure> {
    match step(socket, exchange).await {
        Err(failure) if failure.is_overrun() => rest(socket, exchange),
        outcome => outcome,
    }
}

/// Receives until the exchange makes progress or something fails.
#[inline]
pub(super) async fn step(
    socket: &impl Transport,
    exchange: &mut Exchange,
) -> Result<Progress, Failure> {
    loop {
        match exchange.poll()? {
            Progress::NeedData => {
                let len = socket.recv(exchange.space()).await.map_err(Failure::Unanswered)?;
                exchange.received(len)?;
            }
            progress => return Ok(progress),
        }
    }
}

/// The progress that the exchange makes by what is queued; if there is none, a failure with
/// `WouldBlock`.
pub(super) fn try_step(
    socket: &impl Transport,
    exchange: &mut Exchange,
) -> Result<Progress, Failure> {
    loop {
        match exchange.poll()? {
            Progress::NeedData => {
                let len = socket.try_recv(exchange.space()).map_err(Failure::Unanswered)?;
                exchange.received(len)?;
            }
            progress => return Ok(progress),
        }
    }
}

/// The progress that the exchange makes by what is queued, after the kernel dropped something.
pub(super) fn rest(socket: &impl Transport, exchange: &mut Exchange) -> Result<Progress, Failure> {
    match try_step(socket, exchange) {
        Err(failure) if failure.is_wait() => {
            Err(Failure::Unanswered(io::Error::from_raw_os_error(libc::ENOBUFS)))
        }
        outcome => outcome,
    }
}

/// What can break a conversation, before it is known which operation it was for.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing was sent.
    Unsent(io::Error),
    /// The answer could not be received.
    Unanswered(io::Error),
    Decode(DecodeError),
}

impl Failure {
    #[cold]
    pub(super) fn of(self, operation: Operation) -> Error {
        match self {
            Self::Unsent(error) => Error::Io { operation, error },
            Self::Unanswered(error) => Error::AnswerLost { operation, error },
            Self::Decode(error) => Error::Decode { operation, error },
        }
    }

    /// Whether the attempt needs only to be waited for.
    pub(super) fn is_wait(&self) -> bool {
        let (Self::Unsent(error) | Self::Unanswered(error)) = self else { return false };
        error.kind() == io::ErrorKind::WouldBlock
    }

    /// Whether the kernel had to drop answers: the receive buffer was full, or it had no memory.
    pub(super) fn is_overrun(&self) -> bool {
        matches!(self, Self::Unanswered(error) if error.raw_os_error() == Some(libc::ENOBUFS))
    }
}

impl From<DecodeError> for Failure {
    #[cold]
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_reports_its_buffers_as_they_are() {
        let socket = Socket::open().expect("a netlink socket");
        let first = Transport::reserve_receive_buffer(&socket, 0).expect("its size");
        let wish = first + 65536;
        assert_eq!(Transport::reserve_receive_buffer(&socket, wish).expect("its size"), wish);
        let option: i32 =
            sys::option(socket.as_fd(), libc::SOL_SOCKET, libc::SO_SNDBUF).expect("its size");
        assert!(option > 4096, "{option}");
        assert_eq!(socket.send_buffer().expect("its size"), option.unsigned_abs() as usize);
    }
}
