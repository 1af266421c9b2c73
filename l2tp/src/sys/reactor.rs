//! Registering sockets with tokio's reactor.

use std::io;
use std::sync::Arc;

use tokio::io::unix::AsyncFd;

use crate::TunnelSocket;
use crate::netlink::socket::Socket;

/// The socket with its place in the reactor of the current runtime.
pub(crate) fn register(socket: Arc<Socket>) -> io::Result<AsyncFd<Arc<Socket>>> {
    // SAFETY: the `AsyncFd` owns a share of the socket, so the descriptor stays open for as long
    // as it is registered; nothing can replace it through a shared reference.
    Ok(unsafe { AsyncFd::register(socket) }?)
}

/// A tunnel's socket, likewise.
pub(crate) fn register_tunnel(socket: TunnelSocket) -> io::Result<AsyncFd<TunnelSocket>> {
    // SAFETY: the `AsyncFd` owns the socket, which owns its descriptor and never exchanges it for
    // another.
    Ok(unsafe { AsyncFd::register(socket) }?)
}
