//! The control messages of a tunnel's socket, waited for in the reactor.

#![expect(clippy::missing_errors_doc, reason = "each method fails as the blocking one it names")]

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use ::tokio::io::Interest;
use ::tokio::task;

use crate::TunnelSocket;
use crate::netlink::attr::debug_as_display;
use crate::socket::{ReceivedMessage, TunnelAddr};
use crate::socket::{SocketError, SocketOperation};
use crate::sys::reactor::Waiting;

debug_as_display!(RegisterError);

/// The control messages that a [`TunnelSocket`] receives and sends.
///
/// Dropping a future loses no message: it was received and returned, or it is still there.
///
/// ```no_run
/// use l2tp::TunnelSocket;
/// use l2tp::tokio::ControlMessages;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let messages = ControlMessages::of(TunnelSocket::udp("192.0.2.1:1701".parse()?, None)?)?;
/// let mut buf = [0; 2048];
/// let received = messages.recv(&mut buf).await?;
/// println!("{} bytes from {}", received.len, received.from);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ControlMessages {
    waiting: Waiting<TunnelSocket>,
}

impl ControlMessages {
    /// Takes a socket over and makes it non-blocking.
    ///
    /// Tunnels on it do not notice. Every descriptor of the socket becomes non-blocking.
    ///
    /// # Errors
    ///
    /// [`RegisterError`], which gives the socket back as it was, with [`SocketError::System`]: there
    /// is no runtime, or it has no input/output driver (`enable_io`), or the reactor's epoll
    /// instance cannot take it (`ENOMEM`, or `ENOSPC` by fs.epoll.max_user_watches).
    pub fn of(socket: TunnelSocket) -> Result<Self, RegisterError> {
        let operation = SocketOperation::Register(socket.kind());
        let waiting = Waiting::new(socket);
        let system = SocketError::system(operation);
        let ready = waiting.check_reactor().map_err(system);
        match ready.and_then(|()| waiting.get_ref().set_nonblocking(true)) {
            Ok(()) => Ok(Self { waiting }),
            Err(error) => Err(RegisterError { socket: waiting.into_inner(), error }),
        }
    }

    /// Receives one message: [`TunnelSocket::recv`].
    pub async fn recv(&self, buf: &mut [u8]) -> Result<ReceivedMessage, SocketError> {
        let operation = SocketOperation::Receive(self.socket().kind());
        self.attempt(operation, Interest::READABLE, |socket| socket.recv(buf)).await
    }

    /// Sends a message to the connected peer: [`TunnelSocket::send_control`].
    pub async fn send(&self, message: &[u8]) -> Result<(), SocketError> {
        let operation = SocketOperation::Send(self.socket().kind(), None);
        self.attempt(operation, Interest::WRITABLE, |socket| socket.send_control(message)).await
    }

    /// Sends a message to an address: [`TunnelSocket::send_control_to`].
    pub async fn send_to(
        &self,
        message: &[u8],
        to: impl Into<TunnelAddr>,
    ) -> Result<(), SocketError> {
        let to = to.into();
        let operation = SocketOperation::Send(self.socket().kind(), Some(to));
        self.attempt(operation, Interest::WRITABLE, |socket| socket.send_control_to(message, to))
            .await
    }

    /// Tries a call, and again when the reactor says that it may succeed.
    async fn attempt<T>(
        &self,
        operation: SocketOperation,
        interest: Interest,
        mut call: impl FnMut(&TunnelSocket) -> Result<T, SocketError>,
    ) -> Result<T, SocketError> {
        // A socket that always has a message must not keep others from their turn.
        task::coop::consume_budget().await;
        let attempted = self.waiting.attempt(interest, |socket| match call(socket) {
            Err(error) if error.is_would_block() => Err(io::ErrorKind::WouldBlock.into()),
            done => Ok(done),
        });
        attempted.await.map_err(SocketError::system(operation))?
    }

    /// The socket, to create a tunnel on it for instance.
    #[must_use]
    pub fn socket(&self) -> &TunnelSocket {
        self.waiting.get_ref()
    }

    /// Gives the socket back, as non-blocking as it is.
    #[must_use]
    pub fn into_socket(self) -> TunnelSocket {
        self.waiting.into_inner()
    }
}

/// A socket that could not be registered with the runtime, given back: closing the socket of a tunnel
/// would be the tunnel's end.
#[derive(thiserror::Error)]
#[error("{error}")]
#[non_exhaustive]
pub struct RegisterError {
    /// The socket.
    pub socket: TunnelSocket,
    /// Why it could not.
    pub error: SocketError,
}

impl AsFd for ControlMessages {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket().as_fd()
    }
}
