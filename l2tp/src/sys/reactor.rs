//! Registering sockets with tokio's reactor.

use std::io;
use std::sync::Arc;

use tokio::io::unix::{AsyncFd, AsyncFdRegisterError};
use tokio::runtime::Handle;

use crate::TunnelSocket;
use crate::netlink::socket::Socket;

/// The socket with its place in the reactor of the current runtime.
pub(crate) fn register(socket: Arc<Socket>) -> io::Result<AsyncFd<Arc<Socket>>> {
    // SAFETY: the `AsyncFd` owns a share of the socket, so the descriptor stays open for as long
    // as it is registered; nothing can replace it through a shared reference.
    Ok(unsafe { AsyncFd::register(socket) }?)
}

/// A tunnel's socket, likewise; it is given back if that fails.
pub(crate) fn register_tunnel(
    socket: TunnelSocket,
) -> Result<AsyncFd<TunnelSocket>, (TunnelSocket, io::Error)> {
    if let Err(error) = Handle::try_current() {
        return Err((socket, io::Error::other(error)));
    }
    // SAFETY: the `AsyncFd` owns the socket, which owns its descriptor and never exchanges it for
    // another.
    unsafe { AsyncFd::register(socket) }.map_err(AsyncFdRegisterError::into_parts)
}
