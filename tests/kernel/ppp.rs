//! PPPoL2TP sockets: what they are connected to, what they tell, what lives how long.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use l2tp::ppp::{Address, AddressForm, ChannelSocket, Error, SessionSocket, Unit};
use l2tp::{
    Conn, EncapType, ErrorKind, ProtocolVersion, PseudowireType, SessionConfig, SessionId,
    TunnelConfig, TunnelId,
};

use crate::support::{Helper, Net, eventually, run_unprivileged, tests};

tests![
    a_socket_attaches_in_every_form,
    a_socket_creates_in_every_form,
    any_form_names_any_tunnel,
    sessions_are_created_whole,
    refusals_are_explained,
    only_one_socket_a_session,
    a_wrong_tunnel_is_not_attached_to,
    a_wrong_tunnel_id_creates_a_session.before(6, 12, "newer kernels may look in every tunnel"),
    a_wrong_tunnel_id_may_attach_to_its_session.since(6, 12, "older kernels look in the one named"),
    options_and_netlink_are_of_one_mind,
    frames_cross_and_are_counted,
    frames_go_to_the_channel_once_it_is_known,
    sockets_need_no_privilege_devices_do,
];

pub(crate) const HELPERS: &[Helper] = &[("connect_as_nobody", connect_as_nobody)];

/// A static tunnel 1 to 2 on the loopback interface.
pub(crate) fn tunnel(
    conn: &mut Conn,
    version: ProtocolVersion,
    encap: EncapType,
    host: &str,
) -> Result<TunnelConfig> {
    let tunnel = TunnelConfig::new(version, encap, 1, 2);
    let (local, peer) = if encap == EncapType::Udp { (5000, 5001) } else { (0, 0) };
    conn.create_static_tunnel(
        SocketAddr::new(host.parse()?, local),
        SocketAddr::new(host.parse()?, peer),
        &tunnel,
    )?;
    Ok(tunnel)
}

/// An L2TPv2 tunnel 1 with the PPP session 10 to 20.
pub(crate) fn session(net: &Net) -> Result<(Conn, SessionConfig)> {
    let mut conn = net.conn()?;
    let tunnel = tunnel(&mut conn, ProtocolVersion::V2, EncapType::Udp, "127.0.0.1")?;
    let session = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20);
    conn.create_session(&session)?;
    Ok((conn, session))
}

/// Checks that PPP gave an error: its errno, its kind, its words.
pub(crate) fn refused<T>(
    outcome: Result<T, Error>,
    errno: Option<i32>,
    kind: ErrorKind,
    says: &[&str],
) -> Result<()> {
    let Err(error) = outcome else { bail!("expected an error that says {says:?}") };
    let text = error.to_string();
    ensure!(error.raw_os_error() == errno, "expected errno {errno:?}: {text}");
    ensure!(error.kind() == kind, "{:?}, expected {kind:?}: {text}", error.kind());
    for part in says {
        ensure!(text.contains(part), "expected {part:?} in: {text}");
    }
    Ok(())
}

/// Each of the kernel's address forms, with a tunnel to which it belongs.
const FORMS: [(AddressForm, ProtocolVersion, EncapType, &str); 6] = [
    (AddressForm::V2Ip4, ProtocolVersion::V2, EncapType::Udp, "127.0.0.1"),
    (AddressForm::V2Ip6, ProtocolVersion::V2, EncapType::Udp, "::1"),
    (AddressForm::V3Ip4, ProtocolVersion::V3, EncapType::Udp, "127.0.0.1"),
    (AddressForm::V3Ip6, ProtocolVersion::V3, EncapType::Udp, "::1"),
    (AddressForm::V3Ip4, ProtocolVersion::V3, EncapType::Ip, "127.0.0.1"),
    (AddressForm::V3Ip6, ProtocolVersion::V3, EncapType::Ip, "::1"),
];

fn a_socket_attaches_in_every_form() -> Result<()> {
    for (form, version, encap, host) in FORMS {
        let net = Net::new()?;
        let mut conn = net.conn()?;
        let tunnel = tunnel(&mut conn, version, encap, host)?;
        let config = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20);
        conn.create_session(&config)?;
        let socket = net.run(|| Ok(SessionSocket::attach(&mut conn, &config)?))?;
        let address = socket.address()?;
        let what = format!("{form:?} over {encap}: {address}");
        ensure!(address.form()? == form, "{what}");
        ensure!(
            (address.tunnel_id, address.peer_tunnel_id) == (TunnelId(1), TunnelId(2)),
            "{what}"
        );
        ensure!(
            (address.session_id, address.peer_session_id) == (SessionId(10), SessionId(20)),
            "{what}"
        );
        let peer = conn.get_tunnel_info(TunnelId(1))?.peer().context("no peer")?;
        ensure!(address.peer == peer, "{what}, but the tunnel's peer is {peer}");
    }
    Ok(())
}

fn a_socket_creates_in_every_form() -> Result<()> {
    for (form, version, encap, host) in FORMS {
        let net = Net::new()?;
        let mut conn = net.conn()?;
        let tunnel = tunnel(&mut conn, version, encap, host)?;
        let address = Address {
            version,
            tunnel_id: tunnel.tunnel_id,
            peer_tunnel_id: tunnel.peer_tunnel_id,
            session_id: SessionId(10),
            peer_session_id: SessionId(20),
            peer: SocketAddr::new(host.parse()?, 0),
        };
        ensure!(address.form()? == form);
        let socket = net.run(|| Ok(SessionSocket::connect(&address)?))?;
        let info = conn.get_session_info((TunnelId(1), SessionId(10)))?;
        ensure!(info.pseudowire == PseudowireType::Ppp, "{form:?}: {info}");
        ensure!(info.peer_session_id == SessionId(20), "{form:?}: {info}");
        ensure!(socket.address()?.form()? == form);
    }
    Ok(())
}

/// The kernel reads the ids of a form and nothing else; it answers in the tunnel's own.
fn any_form_names_any_tunnel() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, config) = session(&net)?;
    for (version, peer) in [
        (ProtocolVersion::V2, "[::1]:9"),
        (ProtocolVersion::V3, "192.0.2.9:9"),
        (ProtocolVersion::V3, "[::1]:9"),
    ] {
        let address = Address { version, ..Address::from(&config).peer(peer.parse()?) };
        let socket = net.run(|| Ok(SessionSocket::connect(&address)?))?;
        let answer = socket.address()?;
        ensure!(answer.form()? == AddressForm::V2Ip4, "{address} came back as {answer}");
        ensure!(answer.peer == "127.0.0.1:5001".parse()?, "{answer}");
        drop(socket);
        // The next address creates it again.
        gone(&mut conn, &config)?;
    }
    Ok(())
}

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
    refused(
        net.run(|| Ok(SessionSocket::create(&mut conn, &config)))?,
        Some(libc::EEXIST),
        ErrorKind::Exists,
        &["create session 10 in tunnel 1", "in use (EEXIST)"],
    )
    // From 6.12 on the kernel would have accepted the second; the connection's guard does not.
}

fn refusals_are_explained() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, config) = session(&net)?;
    let nowhere = Address { tunnel_id: TunnelId(9), ..Address::from(&config) };
    refused(
        net.run(|| Ok(SessionSocket::connect(&nowhere)))?,
        Some(libc::ENOENT),
        ErrorKind::NotFound,
        &["session 10 of tunnel 9: no such tunnel (ENOENT)", "create the tunnel first"],
    )?;
    refused(
        net.run(|| Ok(SessionSocket::attach(&mut conn, (TunnelId(1), SessionId(11)))))?,
        Some(libc::ENODEV),
        ErrorKind::NotFound,
        &["get session 11 in tunnel 1"],
    )?;
    let reserved = Address { session_id: SessionId(0), ..Address::from(&config) };
    refused(
        SessionSocket::connect(&reserved),
        None,
        ErrorKind::Config,
        &["session_id 0: 0 is reserved"],
    )?;
    let other = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 3, 4);
    conn.create_static_tunnel("127.0.0.1:6000".parse()?, "127.0.0.1:6001".parse()?, &other)?;
    let ethernet = SessionConfig::new(&other, PseudowireType::Eth, 30, 40);
    conn.create_session(&ethernet)?;
    refused(
        net.run(|| Ok(SessionSocket::connect(&Address::from(&ethernet))))?,
        Some(libc::EPROTOTYPE),
        ErrorKind::Other,
        &["session 30 of tunnel 3: the session carries no PPP (EPROTOTYPE)"],
    )?;
    refused(
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
    refused(
        net.run(|| Ok(SessionSocket::attach(&mut conn, &config)))?,
        Some(libc::EEXIST),
        ErrorKind::Exists,
        &["the session has a socket", "(EEXIST)", "close the other"],
    )
}

/// Waits until netlink knows a session no more.
pub(crate) fn gone(conn: &mut Conn, session: &SessionConfig) -> Result<()> {
    eventually("the session is gone", || match conn.get_session_info(session) {
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error.into()),
        Ok(info) => bail!("it is still there: {info}"),
    })
}

/// Two L2TPv3 tunnels 1 and 3; the first has the PPP session 10.
fn two_tunnels(net: &Net) -> Result<(Conn, SessionConfig, SessionConfig)> {
    let mut conn = net.conn()?;
    let one = tunnel(&mut conn, ProtocolVersion::V3, EncapType::Udp, "127.0.0.1")?;
    let other = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 3, 4);
    conn.create_static_tunnel("127.0.0.1:6000".parse()?, "127.0.0.1:6001".parse()?, &other)?;
    let session = SessionConfig::new(&one, PseudowireType::Ppp, 10, 20);
    conn.create_session(&session)?;
    Ok((conn, session, SessionConfig::new(&other, PseudowireType::Ppp, 10, 20)))
}

fn a_wrong_tunnel_is_not_attached_to() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, session, same_id) = two_tunnels(&net)?;
    refused(
        net.run(|| Ok(SessionSocket::attach(&mut conn, &same_id)))?,
        Some(libc::ENODEV),
        ErrorKind::NotFound,
        &["get session 10 in tunnel 3: no such session (ENODEV)"],
    )?;
    // Once both tunnels have the id each is found by its own.
    let second = net.run(|| Ok(SessionSocket::create(&mut conn, &same_id)?))?;
    ensure!(second.address()?.tunnel_id == TunnelId(3), "{}", second.address()?);
    let first = net.run(|| Ok(SessionSocket::attach(&mut conn, &session)?))?;
    ensure!(first.address()?.tunnel_id == TunnelId(1), "{}", first.address()?);
    Ok(())
}

fn a_wrong_tunnel_id_creates_a_session() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, session, same_id) = two_tunnels(&net)?;
    let socket = net.run(|| Ok(SessionSocket::connect(&Address::from(&same_id))?))?;
    ensure!(socket.address()?.tunnel_id == TunnelId(3), "{}", socket.address()?);
    drop(socket);
    gone(&mut conn, &same_id)?;
    conn.get_session_info(&session)?;
    Ok(())
}

/// Some stable kernels look in the tunnel named, as the old ones do. Whichever it is, the socket
/// tells, and it is that session which ends with it.
fn a_wrong_tunnel_id_may_attach_to_its_session() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, session, same_id) = two_tunnels(&net)?;
    let socket = net.run(|| Ok(SessionSocket::connect(&Address::from(&same_id))?))?;
    let (its, others) = match socket.address()?.tunnel_id {
        TunnelId(1) => (session, None),
        TunnelId(3) => (same_id, Some(session)),
        other => bail!("a session of tunnel {other}"),
    };
    conn.get_session_info(&its)?;
    drop(socket);
    gone(&mut conn, &its)?;
    others.map(|others| conn.get_session_info(&others)).transpose()?;
    Ok(())
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
    ensure!(rounded >= Duration::from_millis(103), "{rounded:?}");
    ensure!(socket.reorder_timeout()? == rounded, "{:?}", socket.reorder_timeout()?);

    socket.set_recv_seq(true)?;
    socket.set_send_seq(true)?;
    socket.set_lns_mode(false)?;
    socket.set_reorder_timeout(Duration::from_millis(501))?;
    let info = conn.get_session_info(&config)?;
    ensure!(info.recv_seq && info.send_seq && !info.lns_mode, "{info:?}");
    ensure!(info.reorder_timeout == socket.reorder_timeout()?, "{info:?}");
    ensure!(info.reorder_timeout >= Duration::from_millis(501), "{info:?}");
    socket.set_reorder_timeout(Duration::ZERO)?;
    ensure!(conn.get_session_info(&config)?.reorder_timeout.is_zero());
    refused(
        socket.set_reorder_timeout(Duration::from_secs(1 << 32)),
        None,
        ErrorKind::Config,
        &["set reorder_timeout of a PPPoL2TP socket", "2^31-1 ms"],
    )
}

/// An L2TPv2 session between a pair of namespaces, its ids and ports made from `number`: tunnel
/// `number` to `100 + number`, session `10 * number` to `10 * number + 1`, seen from the first.
pub(crate) fn link(
    (one, other): (&Net, &Net),
    number: u16,
) -> Result<[(SessionConfig, SessionSocket); 2]> {
    let (id, peer) = (u32::from(number), 100 + u32::from(number));
    let (session, peer_session) = (10 * id, 10 * id + 1);
    let here = end(one, "10.0.0.1", "10.0.0.2", number, [id, peer, session, peer_session])?;
    let there = end(other, "10.0.0.2", "10.0.0.1", number, [peer, id, peer_session, session])?;
    Ok([here, there])
}

fn end(
    net: &Net,
    local: &str,
    peer: &str,
    number: u16,
    ids: [u32; 4],
) -> Result<(SessionConfig, SessionSocket)> {
    let [id, peer_id, session, peer_session] = ids;
    let mut conn = net.conn()?;
    let tunnel = TunnelConfig::new(ProtocolVersion::V2, EncapType::Udp, id, peer_id);
    let at = |host: &str| Ok::<_, anyhow::Error>(SocketAddr::new(host.parse()?, 1700 + number));
    conn.create_static_tunnel(at(local)?, at(peer)?, &tunnel)?;
    let config = SessionConfig::new(&tunnel, PseudowireType::Ppp, session, peer_session);
    let socket = net.run(|| Ok(SessionSocket::create(&mut conn, &config)?))?;
    Ok((config, socket))
}

/// An LCP echo request, whose number tells it from others.
pub(crate) fn echo(number: u8) -> [u8; 10] {
    [0xc0, 0x21, 9, number, 0, 8, 0, 0, 0, 0]
}

/// The next frame that comes, before long.
pub(crate) fn frame(mut from: impl Read) -> Result<Vec<u8>> {
    let mut room = [0; 1500];
    eventually("a frame arrives", || {
        let len = from.read(&mut room)?;
        ensure!(len > 0, "nothing is there to give one");
        Ok(room[..len].to_vec())
    })
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
        ensure!(info == told.statistics, "{info:?}, but the socket says {told:?}");
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
    Ok(())
}

/// In a namespace with the L2TPv2 tunnel 1.
fn connect_as_nobody() -> Result<()> {
    let tunnel = TunnelConfig::new(ProtocolVersion::V2, EncapType::Udp, 1, 2);
    let session = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20);
    let socket = SessionSocket::connect(&Address::from(&session))?;
    socket.statistics()?;
    socket.set_send_seq(true)?;
    let Err(error) = Unit::create() else { bail!("nobody has a unit") };
    ensure!(error.is_permission(), "{error}");
    ensure!(error.to_string().starts_with("open /dev/ppp: permission denied"), "{error}");
    Ok(())
}
