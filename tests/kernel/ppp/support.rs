//! Tunnels and sessions for PPP, frames to send through them, and what PPP's errors are to say.

use std::fmt::Debug;
use std::io::Read;
use std::net::SocketAddr;

use anyhow::{Result, ensure};
use l2tp::ppp::{ChannelSocket, PppError, SessionSocket, Unit};
use l2tp::{
    Conn, EncapType, ErrorKind, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig,
};

use crate::support::{Expected, Net, eventually};

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

/// The unit `ppp0` of a session, with an address that faces the peer's.
pub(crate) fn unit(net: &Net, socket: &SessionSocket, local: u8, peer: u8) -> Result<Unit> {
    let channel = net.run(|| Ok(socket.channel()?))?;
    let unit = net.run(|| Ok(Unit::create()?))?;
    channel.connect(unit.index())?;
    net.ip_all(&[
        &format!("addr add 192.0.2.{local} peer 192.0.2.{peer} dev ppp0"),
        "link set ppp0 up",
    ])?;
    Ok(unit)
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

/// Checks that a call failed, and with which error.
pub(crate) fn ensure_fails<T: Debug>(
    outcome: Result<T, PppError>,
    errno: Option<i32>,
    kind: ErrorKind,
    texts: &[&str],
) -> Result<()> {
    crate::support::ensure_fails(outcome, &Expected { errno, kind, texts })
}
