//! PPPoL2TP sockets: how they come by a session, what they refuse, their options and frames.

use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use l2tp::events::TunnelOrSession;
use l2tp::ppp::{ChannelSocket, SessionAddress, SessionSocket, Unit};
use l2tp::{
    EncapType, ErrorKind, Event, Events, ProtocolVersion, PseudowireType, SessionConfig, SessionId,
    TunnelConfig, TunnelId,
};

use super::support::{echo, ensure_fails, frame, link, session, tunnel};
use crate::support::{
    Helper, Net, create_tunnel, fresh_tunnel, run, run_unprivileged, session_gone, tests,
};

tests![
    sessions_are_created_whole,
    rejections_are_explained,
    only_one_socket_a_session,
    a_session_without_socket_is_deleted_again,
    options_and_netlink_are_of_one_mind,
    frames_cross_and_are_counted,
    frames_go_to_the_channel_once_it_is_known,
    sockets_need_no_privilege_devices_do,
];

pub(crate) const HELPERS: &[Helper] =
    &[("connect_as_nobody", connect_as_nobody), ("open_device_as_nobody", open_device_as_nobody)];

fn sessions_are_created_whole() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = tunnel(&mut conn, ProtocolVersion::V3, EncapType::Udp, "127.0.0.1")?;
    let config = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20)
        .local_cookie([1; 8])
        .peer_cookie([2; 4])
        .send_seq(true);
    let socket = net.run(|| Ok(SessionSocket::create(&mut conn, &config)?))?;
    let info = conn.get_session_info(&config)?;
    ensure!(info.local_cookie == config.local_cookie && info.send_seq, "{info}");
    ensure!(socket.send_seq()?);
    ensure_fails(
        net.run(|| Ok(SessionSocket::create(&mut conn, &config)))?,
        Some(libc::EEXIST),
        ErrorKind::Exists,
        &["create session 10 in tunnel 1", "in use (EEXIST)"],
    )
    // From 6.12 on the kernel would have accepted the second; the connection's guard does not.
}

fn rejections_are_explained() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, config) = session(&net)?;
    let nowhere = SessionAddress { tunnel_id: TunnelId(9), ..SessionAddress::from(&config) };
    ensure_fails(
        net.run(|| Ok(SessionSocket::connect(&nowhere)))?,
        Some(libc::ENOENT),
        ErrorKind::NotFound,
        &["session 10 in tunnel 9: no such tunnel (ENOENT)", "create the tunnel first"],
    )?;
    ensure_fails(
        net.run(|| Ok(SessionSocket::attach(&mut conn, (TunnelId(1), SessionId(11)))))?,
        Some(libc::ENODEV),
        ErrorKind::NotFound,
        &["get session 11 in tunnel 1"],
    )?;
    let reserved = SessionAddress { session_id: SessionId(0), ..SessionAddress::from(&config) };
    ensure_fails(
        SessionSocket::connect(&reserved),
        None,
        ErrorKind::Config,
        &["session_id 0: 0 is reserved"],
    )?;
    let other = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 3, 4);
    conn.create_static_tunnel("127.0.0.1:6000".parse()?, "127.0.0.1:6001".parse()?, &other)?;
    let ethernet = SessionConfig::new(&other, PseudowireType::Eth, 30, 40);
    conn.create_session(&ethernet)?;
    ensure_fails(
        net.run(|| Ok(SessionSocket::connect(&SessionAddress::from(&ethernet))))?,
        Some(libc::EPROTOTYPE),
        ErrorKind::Other,
        &["session 30 in tunnel 3: the session does not carry PPP (EPROTOTYPE)"],
    )?;
    ensure_fails(
        net.run(|| Ok(SessionSocket::attach(&mut conn, &ethernet)))?,
        None,
        ErrorKind::Config,
        &["pseudowire Ethernet: only a PPP session"],
    )
}

fn only_one_socket_a_session() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, config) = session(&net)?;
    let _first = net.run(|| Ok(SessionSocket::attach(&mut conn, &config)?))?;
    ensure_fails(
        net.run(|| Ok(SessionSocket::attach(&mut conn, &config)))?,
        Some(libc::EEXIST),
        ErrorKind::Exists,
        &["the session already has a socket", "(EEXIST)", "close the other"],
    )
}

/// Where the session is created there is a tunnel, where the socket is connected there is none.
fn a_session_without_socket_is_deleted_again() -> Result<()> {
    let (net, elsewhere) = (Net::new()?, Net::new()?);
    let mut conn = net.conn()?;
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    let config = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20);
    let mut events = Events::open_in(net.netns())?;
    ensure_fails(
        elsewhere.run(|| Ok(SessionSocket::create(&mut conn, &config)))?,
        Some(libc::ENOENT),
        ErrorKind::NotFound,
        &["no such tunnel (ENOENT)"],
    )?;
    let mut happened = Vec::new();
    while let Some(event) = events.try_next()? {
        if event.object().is_some_and(|object| object.tunnel_id() == tunnel.tunnel_id) {
            happened.push(event);
        }
    }
    ensure!(
        matches!(
            happened[..],
            [Event::Created(TunnelOrSession::Session(_), _), Event::Deleted(..)]
        ),
        "{happened:?}"
    );
    session_gone(&mut conn, &config)
}

fn options_and_netlink_are_of_one_mind() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = tunnel(&mut conn, ProtocolVersion::V2, EncapType::Udp, "127.0.0.1")?;
    let config = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20)
        .lns_mode(true)
        .reorder_timeout(Duration::from_millis(103));
    let socket = net.run(|| Ok(SessionSocket::create(&mut conn, &config)?))?;
    ensure!(!socket.recv_seq()? && !socket.send_seq()? && socket.lns_mode()?);
    // Up to the next tick, 4 ms at 250 Hz, on both ways in and out.
    let rounded = conn.get_session_info(&config)?.reorder_timeout;
    ensure!(rounded == Duration::from_millis(104), "{rounded:?}");
    ensure!(socket.reorder_timeout()? == rounded, "{:?}", socket.reorder_timeout()?);

    socket.set_recv_seq(true)?;
    socket.set_send_seq(true)?;
    socket.set_lns_mode(false)?;
    socket.set_reorder_timeout(Duration::from_millis(501))?;
    let info = conn.get_session_info(&config)?;
    ensure!(info.recv_seq && info.send_seq && !info.lns_mode, "{info:?}");
    ensure!(info.reorder_timeout == socket.reorder_timeout()?, "{info:?}");
    ensure!(info.reorder_timeout == Duration::from_millis(504), "{info:?}");
    socket.set_reorder_timeout(Duration::ZERO)?;
    ensure!(conn.get_session_info(&config)?.reorder_timeout.is_zero());
    ensure_fails(
        socket.set_reorder_timeout(Duration::from_secs(1 << 32)),
        None,
        ErrorKind::Config,
        &["set reorder_timeout of PPPoL2TP socket", "2^31-1 ms"],
    )
}

fn frames_cross_and_are_counted() -> Result<()> {
    let (one, other) = Net::pair()?;
    let [(here_config, here), (there_config, there)] = link((&one, &other), 1)?;
    there.set_nonblocking(true)?;
    for number in 0..5 {
        (&here).write_all(&echo(number))?;
        ensure!(frame(&there)? == echo(number));
    }
    let (sent, received) = (here.statistics()?, there.statistics()?);
    ensure!((sent.tunnel_id, sent.session_id) == (1, 10), "{sent:?}");
    ensure!((received.tunnel_id, received.session_id) == (101, 11), "{received:?}");
    ensure!(!sent.using_ipsec && !received.using_ipsec);
    ensure!(sent.statistics.tx_packets == 5, "{sent:?}");
    ensure!(received.statistics.rx_packets == 5, "{received:?}");
    for (net, config, told) in [(&one, here_config, sent), (&other, there_config, received)] {
        let mut info = net.conn()?.get_session_info(&config)?.statistics;
        // Which only netlink tells.
        info.rx_invalid = None;
        ensure!(info == told.statistics, "{info:?}, but the socket texts {told:?}");
    }
    Ok(())
}

fn frames_go_to_the_channel_once_it_is_known() -> Result<()> {
    let (one, other) = Net::pair()?;
    let [(_, here), (_, there)] = link((&one, &other), 1)?;
    there.set_nonblocking(true)?;
    (&here).write_all(&echo(1))?;
    ensure!(frame(&there)? == echo(1));
    let channel = other.run(|| Ok(there.channel()?))?;
    channel.set_nonblocking(true)?;
    (&here).write_all(&echo(2))?;
    ensure!(frame(&channel)? == echo(2));
    let nothing = (&there).read(&mut [0; 100]).map_err(|error| error.raw_os_error());
    ensure!(nothing == Err(Some(libc::EIO)), "{nothing:?}");
    // And back, by the channel.
    here.set_nonblocking(true)?;
    (&channel).write_all(&echo(3))?;
    ensure!(frame(&here)? == echo(3));
    Ok(())
}

fn sockets_need_no_privilege_devices_do() -> Result<()> {
    let net = Net::new()?;
    tunnel(&mut net.conn()?, ProtocolVersion::V2, EncapType::Udp, "127.0.0.1")?;
    run_unprivileged(&net, "connect_as_nobody")?;
    // A device that everybody may open, as far as its mode goes.
    let path = Path::new(DEVICE);
    let _ = fs::remove_file(path);
    let device = fs::metadata("/dev/ppp")?.rdev();
    uapi::mknod(path, libc::S_IFCHR | 0o666, device)?;
    fs::set_permissions(path, Permissions::from_mode(0o666))?;
    File::open(path).context("root has the capability")?;
    run_unprivileged(&net, "open_device_as_nobody")?;
    Ok(())
}

/// Another node of `/dev/ppp`.
const DEVICE: &str = "/tmp/ppp";

/// The capability that counts is that of the user namespace of whoever opens it.
fn open_device_as_nobody() -> Result<()> {
    let errno = File::open(DEVICE).map(drop).map_err(|error| error.raw_os_error());
    ensure!(errno == Err(Some(libc::EPERM)), "{errno:?}");
    run(Command::new("unshare").args(["-U", "-r", "head", "-c", "0", DEVICE]))
        .map(drop)
        .context("root of a user namespace has it there")
}

/// In a namespace with the L2TPv2 tunnel 1.
fn connect_as_nobody() -> Result<()> {
    let tunnel = TunnelConfig::new(ProtocolVersion::V2, EncapType::Udp, 1, 2);
    let session = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20);
    let socket = SessionSocket::connect(&SessionAddress::from(&session))?;
    socket.statistics()?;
    socket.set_send_seq(true)?;
    let Err(error) = Unit::create() else { bail!("nobody has a unit") };
    ensure!(error.is_permission(), "{error}");
    ensure!(error.to_string().starts_with("open /dev/ppp: permission denied"), "{error}");
    Ok(())
}
