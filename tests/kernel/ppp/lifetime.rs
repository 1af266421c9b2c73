//! What ends with a PPPoL2TP socket, and what the socket outlives.

use std::io::Write;
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use l2tp::ppp::{ChannelSocket, ControlSocket, SessionSocket};
use l2tp::{Conn, ErrorKind, ProtocolVersion, SessionConfig};

use super::support::{echo, ensure_fails, session};
use crate::support::{Kernel, Net, eventually, session_gone, tests, tunnel_gone};

tests![
    closing_deletes_the_session,
    deletion_leaves_a_socket_without_session,
    a_deleted_tunnel_leaves_a_socket_without_session,
    a_deleted_tunnel_leaves_a_control_socket_without_tunnel,
];

fn closing_deletes_the_session() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, config) = session(&net)?;
    let socket = net.run(|| Ok(SessionSocket::attach(&mut conn, &config)?))?;
    let duplicate = socket.as_fd().try_clone_to_owned()?;
    drop(socket);
    // The duplicate holds it. Time enough for the kernel to delete it, if it did.
    thread::sleep(Duration::from_millis(300));
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
            ensure_fails(socket.statistics(), errno, kind, &["the session is gone (ENOTCONN)"])
        })?;
        ensure_fails(socket.recv_seq(), errno, kind, &["the session is gone (ENOTCONN)"])?;
        ensure_fails(socket.address(), Some(libc::EBADF), kind, &["the session is gone (EBADF)"])?;
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

/// A control socket is a session's in this, too.
fn a_deleted_tunnel_leaves_a_control_socket_without_tunnel() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, config) = session(&net)?;
    let connect = || ControlSocket::connect(ProtocolVersion::V2, config.tunnel_id);
    let control = net.run(|| Ok(connect()?))?;
    control.statistics()?;
    conn.delete_tunnel(config.tunnel_id)?;
    tunnel_gone(&mut conn, config.tunnel_id)?;
    if Kernel::at_least(6, 12) {
        eventually("the socket lets go of its tunnel", || {
            ensure_fails(control.statistics(), Some(libc::ENOTCONN), ErrorKind::NotFound, &[])
        })?;
    } else {
        control.statistics()?;
    }
    Ok(())
}
