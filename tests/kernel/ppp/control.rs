//! Control sockets: a tunnel's counters, and tunnels made without netlink.

use std::io::Write;
use std::net::UdpSocket;
use std::os::fd::{AsFd, AsRawFd};
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use l2tp::ppp::{ControlSocket, SessionAddress, SessionSocket};
use l2tp::{
    EncapType, ErrorKind, ProtocolVersion, PseudowireType, SessionConfig, SessionId, SessionInfo,
    TunnelConfig, TunnelId,
};

use super::support::{echo, ensure_fails, frame, link, session};
use crate::support::{Net, eventually, tests};

tests![
    a_control_socket_counts_for_its_tunnel,
    a_control_socket_is_listed_as_session_0.before(6, 12, "newer kernels leave it out"),
    a_control_socket_is_not_listed.since(6, 12, "older kernels list it"),
    a_control_socket_has_no_options_of_a_session,
    a_control_socket_makes_a_tunnel,
];

fn a_control_socket_counts_for_its_tunnel() -> Result<()> {
    let (one, other) = Net::pair()?;
    let [(config, here), (_, there)] = link((&one, &other), 1)?;
    let connect = || ControlSocket::connect(ProtocolVersion::V2, TunnelId(1));
    let control = one.run(|| Ok(connect()?))?;
    there.set_nonblocking(true)?;
    (&here).write_all(&echo(1))?;
    frame(&there)?;
    let tunnel = control.statistics()?;
    ensure!((tunnel.tunnel_id, tunnel.session_id) == (1, 0), "{tunnel:?}");
    ensure!(tunnel.statistics.tx_packets == 1, "{tunnel:?}");
    let session = control.statistics_of(config.session_id)?;
    ensure!(session == here.statistics()?, "{session:?}");
    ensure_fails(
        control.statistics_of(SessionId(11)),
        Some(libc::EBADR),
        ErrorKind::NotFound,
        &["counters of session 11 from control socket: the tunnel has no such PPP session (EBADR)"],
    )?;
    ensure_fails(
        one.run(|| Ok(connect()))?,
        Some(libc::EEXIST),
        ErrorKind::Exists,
        &["control socket to tunnel 1: the tunnel already has a control socket"],
    )?;
    drop(control);
    // It was one socket of the tunnel's, not the tunnel.
    eventually("another control socket", || one.run(|| Ok(connect()?)).map(drop))?;
    one.conn()?.get_tunnel_info(TunnelId(1))?;
    ensure_fails(
        one.run(|| Ok(ControlSocket::connect(ProtocolVersion::V2, TunnelId(9))))?,
        Some(libc::EBADF),
        ErrorKind::NotFound,
        &["control socket to tunnel 9: no such tunnel (EBADF)"],
    )
}

/// What a listing has of a tunnel with a control socket and nothing else.
fn listed() -> Result<Vec<SessionInfo>> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = TunnelConfig::new(ProtocolVersion::V2, EncapType::Udp, 1, 2);
    conn.create_static_tunnel("127.0.0.1:5000".parse()?, "127.0.0.1:5001".parse()?, &tunnel)?;
    let _control = net.run(|| Ok(ControlSocket::connect(ProtocolVersion::V2, TunnelId(1))?))?;
    Ok(conn.sessions()?.collect::<Result<_, _>>()?)
}

fn a_control_socket_is_listed_as_session_0() -> Result<()> {
    let rows = listed()?;
    let [row] = &rows[..] else { bail!("{rows:#?}") };
    ensure!((row.tunnel_id, row.session_id) == (TunnelId(1), SessionId(0)), "{row:#?}");
    Ok(())
}

fn a_control_socket_is_not_listed() -> Result<()> {
    let rows = listed()?;
    ensure!(rows.is_empty(), "{rows:#?}");
    Ok(())
}

fn a_control_socket_has_no_options_of_a_session() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, config) = session(&net)?;
    let (session, control) = net.run(|| {
        let session = SessionSocket::connect(&SessionAddress::from(&config))?;
        Ok((session, ControlSocket::connect(ProtocolVersion::V2, config.tunnel_id)?))
    })?;
    let debug = l2tp_sys::PPPOL2TP_SO_DEBUG;
    let all = [
        debug,
        l2tp_sys::PPPOL2TP_SO_RECVSEQ,
        l2tp_sys::PPPOL2TP_SO_SENDSEQ,
        l2tp_sys::PPPOL2TP_SO_LNSMODE,
        l2tp_sys::PPPOL2TP_SO_REORDERTO,
    ];
    let refusal = Err(uapi::Errno(libc::ENOPROTOOPT));
    for option in all {
        let of_tunnels = if option == debug { Ok(()) } else { refusal };
        ensure!(set_and_get(&session, option)? == [Ok(()); 2], "option {option} of a session");
        ensure!(set_and_get(&control, option)? == [of_tunnels; 2], "option {option} of a tunnel");
    }
    // It does nothing, and is 0 whatever it is set to.
    let before = conn.get_session_info(&config)?;
    for value in [0xff_i32, -1] {
        for fd in [session.as_fd().as_raw_fd(), control.as_fd().as_raw_fd()] {
            let option = i32::try_from(debug)?;
            uapi::setsockopt(fd, libc::SOL_PPPOL2TP, option, &value)?;
            let mut read = 7_i32;
            uapi::getsockopt(fd, libc::SOL_PPPOL2TP, option, &mut read)?;
            ensure!(read == 0, "{value} is read as {read}");
        }
    }
    ensure!(conn.get_session_info(&config)? == before);
    let unknown = all.into_iter().max().unwrap_or_default() + 1;
    ensure!(set_and_get(&session, unknown)? == [refusal; 2], "option {unknown} of a session");
    ensure!(set_and_get(&control, unknown)? == [refusal; 2], "option {unknown} of a tunnel");
    Ok(())
}

/// What the kernel says to setting an option of a PPPoL2TP socket to 1, and to asking for it.
fn set_and_get(socket: &impl AsFd, option: u32) -> Result<[uapi::Result<()>; 2]> {
    let (fd, option) = (socket.as_fd().as_raw_fd(), option.try_into()?);
    Ok([
        uapi::setsockopt(fd, libc::SOL_PPPOL2TP, option, &1_i32),
        uapi::getsockopt(fd, libc::SOL_PPPOL2TP, option, &mut 0_i32).map(drop),
    ])
}

fn a_control_socket_makes_a_tunnel() -> Result<()> {
    for version in [ProtocolVersion::V2, ProtocolVersion::V3] {
        let net = Net::new()?;
        let mut conn = net.conn()?;
        let udp = net.run(|| {
            let udp = UdpSocket::bind("127.0.0.1:5000")?;
            udp.connect("127.0.0.1:5001")?;
            Ok(udp)
        })?;
        let tunnel = TunnelConfig::new(version, EncapType::Udp, 1, 2);
        let control = net.run(|| Ok(ControlSocket::create_tunnel(&udp, &tunnel)?))?;
        let info = conn.get_tunnel_info(TunnelId(1))?;
        ensure!(info.version == version && info.peer_tunnel_id == TunnelId(2), "{info}");
        let peer = "127.0.0.1:5001".parse()?;
        ensure!(info.peer() == Some(peer), "{info}");
        let config = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20);
        let socket = net.run(|| Ok(SessionSocket::connect(&SessionAddress::from(&config))?))?;
        ensure!(socket.address()?.peer == peer, "{}", socket.address()?);
        drop(control);
        // Time enough for the kernel to take the tunnel down, if it did.
        thread::sleep(Duration::from_millis(300));
        conn.get_tunnel_info(TunnelId(1))?;
        drop(socket);
        drop(udp);
        eventually("the tunnel goes with its UDP socket", || {
            ensure!(conn.get_tunnel_info(TunnelId(1)).is_err_and(|error| error.is_not_found()));
            Ok(())
        })?;
    }
    Ok(())
}
