//! What ends with a PPPoL2TP socket, and what the socket outlives.

use std::io::Write;
use std::os::fd::AsFd;

use anyhow::{Result, ensure};
use l2tp::ppp::{ChannelSocket, SessionSocket};
use l2tp::{Conn, ErrorKind, SessionConfig};

use super::support::{echo, refused, session};
use crate::support::{Kernel, Net, eventually, session_gone, tests};

tests![
    closing_deletes_the_session,
    deletion_leaves_a_socket_without_session,
    a_deleted_tunnel_leaves_a_socket_without_session,
];

fn closing_deletes_the_session() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, config) = session(&net)?;
    let socket = net.run(|| Ok(SessionSocket::attach(&mut conn, &config)?))?;
    let duplicate = socket.as_fd().try_clone_to_owned()?;
    drop(socket);
    // The duplicate holds it.
    conn.get_session_info(&config)?;
    drop(duplicate);
    session_gone(&mut conn, &config)
}

/// Netlink knows the session no more. The socket of an old kernel does not notice; that of a new
/// one tells.
fn without_session(conn: &mut Conn, config: &SessionConfig, socket: &SessionSocket) -> Result<()> {
    session_gone(conn, config)?;
    let (errno, kind) = (Some(libc::ENOTCONN), ErrorKind::NotFound);
    let mut frames = socket;
    if Kernel::at_least(6, 12) {
        eventually("the socket lets go of its session", || {
            refused(socket.statistics(), errno, kind, &["the session is gone (ENOTCONN)"])
        })?;
        refused(socket.recv_seq(), errno, kind, &["the session is gone (ENOTCONN)"])?;
        refused(socket.address(), Some(libc::EBADF), kind, &["the session is gone (EBADF)"])?;
        let sent = frames.write(&echo(1)).map_err(|error| error.raw_os_error());
        ensure!(sent == Err(Some(libc::EBADF)), "{sent:?}");
    } else {
        socket.statistics()?;
        socket.recv_seq()?;
        ensure!(socket.address()?.session_id == config.session_id);
        frames.write_all(&echo(1))?;
    }
    socket.channel_index()?;
    Ok(())
}

fn deletion_leaves_a_socket_without_session() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, config) = session(&net)?;
    let socket = net.run(|| Ok(SessionSocket::attach(&mut conn, &config)?))?;
    conn.delete_session(&config)?;
    without_session(&mut conn, &config, &socket)
}

fn a_deleted_tunnel_leaves_a_socket_without_session() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, config) = session(&net)?;
    let socket = net.run(|| Ok(SessionSocket::attach(&mut conn, &config)?))?;
    conn.delete_tunnel(config.tunnel_id)?;
    without_session(&mut conn, &config, &socket)
}
