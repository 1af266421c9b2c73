//! The control messages of a tunnel's socket, waited for in the reactor.

#![expect(clippy::missing_errors_doc, reason = "each method fails as the blocking one it names")]

use std::os::fd::{AsFd, BorrowedFd};

use ::tokio::io::unix::AsyncFd;

use crate::netlink::attr::debug_as_display;
use crate::socket::{SocketError, SocketStep};
use crate::sys::reactor;
use crate::{Received, TunnelAddr, TunnelSocket};

debug_as_display!(Unregistered);

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
    registered: AsyncFd<TunnelSocket>,
}

impl ControlMessages {
    /// Takes a socket over, makes it non-blocking and registers it with the runtime.
    ///
    /// Tunnels on it do not notice. Every descriptor of the socket becomes non-blocking.
    ///
    /// # Errors
    ///
    /// [`Unregistered`], which gives the socket back as it was, with [`SocketError::System`]: the
    /// reactor's epoll instance has no room for it (`ENOMEM`, or `ENOSPC` by
    /// fs.epoll.max_user_watches), or there is no runtime.
    ///
    /// # Panics
    ///
    /// In a runtime without the input/output driver (`enable_io`).
    pub fn of(socket: TunnelSocket) -> Result<Self, Unregistered> {
        let step = SocketStep::Register(socket.kind());
        let registered = reactor::register_tunnel(socket).map_err(|(socket, error)| {
            Unregistered { socket, error: SocketError::System { step, error } }
        })?;
        match registered.get_ref().set_nonblocking(true) {
            Ok(()) => Ok(Self { registered }),
            Err(error) => Err(Unregistered { socket: registered.into_inner(), error }),
        }
    }

    /// Receives one message: [`TunnelSocket::recv`].
    pub async fn recv(&self, buf: &mut [u8]) -> Result<Received, SocketError> {
        let step = SocketStep::Receive(self.socket().kind());
        loop {
            let mut ready = self.registered.readable().await.map_err(SocketError::system(step))?;
            match self.socket().recv(buf) {
                Err(error) if error.is_would_block() => ready.clear_ready(),
                received => return received,
            }
        }
    }

    /// Sends a message to the connected peer: [`TunnelSocket::send_control`].
    pub async fn send(&self, message: &[u8]) -> Result<(), SocketError> {
        let step = SocketStep::Send(self.socket().kind(), None);
        self.when_writable(step, || self.socket().send_control(message)).await
    }

    /// Sends a message to an address: [`TunnelSocket::send_control_to`].
    pub async fn send_to(
        &self,
        message: &[u8],
        to: impl Into<TunnelAddr>,
    ) -> Result<(), SocketError> {
        let to = to.into();
        let step = SocketStep::Send(self.socket().kind(), Some(to));
        self.when_writable(step, || self.socket().send_control_to(message, to)).await
    }

    async fn when_writable(
        &self,
        step: SocketStep,
        send: impl Fn() -> Result<(), SocketError>,
    ) -> Result<(), SocketError> {
        loop {
            let mut ready = self.registered.writable().await.map_err(SocketError::system(step))?;
            match send() {
                Err(error) if error.is_would_block() => ready.clear_ready(),
                done => return done,
            }
        }
    }

    /// The socket, to create a tunnel on it for instance.
    #[must_use]
    pub fn socket(&self) -> &TunnelSocket {
        self.registered.get_ref()
    }

    /// Gives the socket back, as non-blocking as it is.
    #[must_use]
    pub fn into_socket(self) -> TunnelSocket {
        self.registered.into_inner()
    }
}

/// A socket that could not be registered with the runtime, given back: closing the socket of a tunnel
/// would be the tunnel's end.
#[derive(thiserror::Error)]
#[error("{error}")]
#[non_exhaustive]
pub struct Unregistered {
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
