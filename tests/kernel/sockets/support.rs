//! One end of a tunnel on a socket, of any kind.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Result, ensure};
use l2tp::socket::{ControlHeader, SocketKind, TunnelAddr};
use l2tp::{
    EncapType, IfName, ProtocolVersion, PseudowireType, SessionConfig, SessionId, SocketOptions,
    TunnelConfig, TunnelId, TunnelSocket,
};

use crate::support::{Net, eventually};

pub(super) const KINDS: [SocketKind; 4] =
    [SocketKind::Udp4, SocketKind::Udp6, SocketKind::Ip4, SocketKind::Ip6];
pub(super) const UDP_KINDS: [SocketKind; 2] = [SocketKind::Udp4, SocketKind::Udp6];
pub(super) const IP_KINDS: [SocketKind; 2] = [SocketKind::Ip4, SocketKind::Ip6];
pub(super) const IPV4_KINDS: [SocketKind; 2] = [SocketKind::Udp4, SocketKind::Ip4];
pub(super) const IPV6_KINDS: [SocketKind; 2] = [SocketKind::Udp6, SocketKind::Ip6];

/// What a test that is repeated for several kinds is told apart by.
pub(super) trait Named {
    fn name(&self) -> &'static str;
}

impl Named for SocketKind {
    fn name(&self) -> &'static str {
        match self {
            Self::Udp4 => "udp4",
            Self::Udp6 => "udp6",
            Self::Ip4 => "ip4",
            Self::Ip6 => "ip6",
        }
    }
}

/// The IP address of a host of [`Net::pair`].
pub(super) fn host(kind: SocketKind, host: u8) -> IpAddr {
    if kind.is_ipv6() {
        Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, host.into()).into()
    } else {
        Ipv4Addr::new(10, 0, 0, host).into()
    }
}

/// The address of a tunnel's end: port 1701, or the host's number as tunnel id.
pub(super) fn addr(kind: SocketKind, number: u8) -> TunnelAddr {
    addr_with_id(kind, number, number.into())
}

/// The address of a tunnel's end with another tunnel id, which plays no role for UDP.
pub(super) fn addr_with_id(kind: SocketKind, number: u8, id: u32) -> TunnelAddr {
    let ip = host(kind, number);
    match kind.encap() {
        EncapType::Ip => (ip, TunnelId(id)).into(),
        _ => SocketAddr::new(ip, 1701).into(),
    }
}

/// A socket of a host, connected to another host or to none, that gives up waiting in time.
pub(super) fn socket(
    net: &Net,
    kind: SocketKind,
    here: u8,
    there: Option<u8>,
) -> Result<TunnelSocket> {
    socket_at(net, addr(kind, here), there.map(|there| addr(kind, there)), &SocketOptions::new())
}

pub(super) fn socket_at(
    net: &Net,
    local: TunnelAddr,
    peer: Option<TunnelAddr>,
    options: &SocketOptions,
) -> Result<TunnelSocket> {
    // Of two that ask at once for a module, one may be told that it is not there.
    let socket =
        eventually("a socket", || Ok(TunnelSocket::open_in(net.netns(), local, peer, options)?))?;
    socket.set_read_timeout(Some(Duration::from_secs(20)))?;
    Ok(socket)
}

/// The tunnel of host `here` to host `there`: their numbers are its ids.
pub(super) fn tunnel(kind: SocketKind, here: u8, there: u8) -> TunnelConfig {
    TunnelConfig::new(ProtocolVersion::V3, kind.encap(), u32::from(here), u32::from(there))
}

/// A tunnel on the socket with an Ethernet session whose interface `l2tp0` has the address
/// `192.0.2.<here>`.
pub(super) fn carry(
    net: &Net,
    socket: &TunnelSocket,
    here: u8,
    there: u8,
) -> Result<SessionConfig> {
    let mut conn = net.conn()?;
    let tunnel = tunnel(socket.kind(), here, there);
    socket.check_tunnel(&tunnel)?;
    conn.create_managed_tunnel(socket, &tunnel)?;
    let (id, peer) = (10 * u32::from(here), 10 * u32::from(there));
    let session =
        SessionConfig::new(&tunnel, PseudowireType::Eth, id, peer).ifname(IfName::new("l2tp0")?);
    eventually("a session", || Ok(conn.create_session(&session)?))?;
    // Without IPv6 the interface sends nothing of its own accord.
    net.run(|| Ok(std::fs::write("/proc/sys/net/ipv6/conf/l2tp0/disable_ipv6", "1")?))?;
    net.ip_all(&[&format!("addr add 192.0.2.{here}/24 dev l2tp0"), "link set l2tp0 up"])?;
    Ok(session)
}

/// Echoes from the interface `l2tp0` of host 1 to that of host 2.
pub(super) fn ping(net: &Net) -> Result<()> {
    net.program("ping", &["-c", "2", "-i", "0.2", "-W", "5", "192.0.2.2"]).map(drop)
}

/// That no echo of the same comes back.
pub(super) fn ping_fails(net: &Net) -> Result<()> {
    let outcome = net.program("ping", &["-c", "1", "-W", "1", "192.0.2.2"]);
    ensure!(outcome.is_err(), "an echo came back: {outcome:?}");
    Ok(())
}

/// A control message of L2TPv3 to a tunnel id.
pub(super) fn message(to: u32, ns: u16, payload: &[u8]) -> Result<Vec<u8>> {
    let header = ControlHeader {
        version: ProtocolVersion::V3,
        length: u16::try_from(ControlHeader::LEN + payload.len())?,
        tunnel_id: TunnelId(to),
        session_id: SessionId(0),
        ns,
        nr: 0,
    };
    Ok([&header.to_bytes(), payload].concat())
}
