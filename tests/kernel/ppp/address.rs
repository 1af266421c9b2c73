//! The addresses of PPPoL2TP sockets: their forms, and which session each finds or makes.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use l2tp::ppp::{SessionAddress, SessionAddressForm, SessionSocket};
use l2tp::{
    Conn, EncapType, ErrorKind, ProtocolVersion, PseudowireType, SessionConfig, SessionId,
    TunnelConfig, TunnelId,
};

use super::support::{ensure_fails, tunnel};
use crate::support::{LOOKS_IN_THE_TUNNEL_NAMED, Net, session_gone, tests};

tests![
    a_socket_attaches_in_every_form,
    a_socket_creates_in_every_form,
    any_form_names_any_tunnel,
    a_wrong_tunnel_is_not_attached_to,
    a_wrong_tunnel_id_creates_a_session
        .with(&LOOKS_IN_THE_TUNNEL_NAMED, "it looks in every tunnel"),
    a_wrong_tunnel_id_attaches_to_its_session
        .without(&LOOKS_IN_THE_TUNNEL_NAMED, "it looks in the tunnel named"),
];

/// Each of the kernel's address forms, with a tunnel to which it belongs.
const FORMS: [(SessionAddressForm, ProtocolVersion, EncapType, &str); 6] = [
    (SessionAddressForm::V2Ip4, ProtocolVersion::V2, EncapType::Udp, "127.0.0.1"),
    (SessionAddressForm::V2Ip6, ProtocolVersion::V2, EncapType::Udp, "::1"),
    (SessionAddressForm::V3Ip4, ProtocolVersion::V3, EncapType::Udp, "127.0.0.1"),
    (SessionAddressForm::V3Ip6, ProtocolVersion::V3, EncapType::Udp, "::1"),
    (SessionAddressForm::V3Ip4, ProtocolVersion::V3, EncapType::Ip, "127.0.0.1"),
    (SessionAddressForm::V3Ip6, ProtocolVersion::V3, EncapType::Ip, "::1"),
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
        let address = SessionAddress {
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
    for (form, version, encap, host) in FORMS {
        let net = Net::new()?;
        let mut conn = net.conn()?;
        let tunnel = tunnel(&mut conn, version, encap, host)?;
        let peer = conn.get_tunnel_info(TunnelId(1))?.peer().context("no peer")?;
        let config = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20);
        for (other, version, _, host) in &FORMS[..4] {
            let elsewhere = SocketAddr::new(
                if host.contains(':') { "2001:db8::9" } else { "192.0.2.9" }.parse()?,
                9,
            );
            let address = SessionAddress {
                version: *version,
                ..SessionAddress::from(&config).peer(elsewhere)
            };
            ensure!(address.form()? == *other, "{address}");
            let socket = net.run(|| Ok(SessionSocket::connect(&address)?))?;
            let answer = socket.address()?;
            ensure!(answer.form()? == form, "{address} came back as {answer}");
            ensure!(answer.peer == peer, "{address} came back as {answer}");
            drop(socket);
            // The next address creates it again.
            session_gone(&mut conn, &config)?;
        }
    }
    Ok(())
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
    ensure_fails(
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
    let socket = net.run(|| Ok(SessionSocket::connect(&SessionAddress::from(&same_id))?))?;
    ensure!(socket.address()?.tunnel_id == TunnelId(3), "{}", socket.address()?);
    drop(socket);
    session_gone(&mut conn, &same_id)?;
    conn.get_session_info(&session)?;
    Ok(())
}

/// Which the socket tells, and it is that session which ends with the socket.
fn a_wrong_tunnel_id_attaches_to_its_session() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, session, same_id) = two_tunnels(&net)?;
    let socket = net.run(|| Ok(SessionSocket::connect(&SessionAddress::from(&same_id))?))?;
    ensure!(socket.address()?.tunnel_id == session.tunnel_id, "{}", socket.address()?);
    conn.get_session_info(&session)?;
    drop(socket);
    session_gone(&mut conn, &session)
}
