//! Addresses with which no tunnel can work: what the kernel makes of them, and that they are
//! refused; and peers that cannot be reached, for whatever reason.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::socket::{SocketKind, TunnelAddr};
use l2tp::{
    EncapType, ErrorKind, ProtocolVersion, SessionId, SocketOptions, TunnelConfig, TunnelId,
    TunnelSocket,
};

use super::support::{IPV4_KINDS, KINDS, Named, UDP_KINDS, addr, host, message, socket, tunnel};
use crate::support::{Expected, Net, Raw, ensure_fails, eventually, put, session_of, tests};

tests![
    are_rejected_with_the_field for KINDS,
    mapped_over_ip_are_rejected,
    mixed_with_mapped_ones_are_rejected,
    mapped_peers_of_an_ipv6_only_socket_are_rejected,
    unspecified_is_this_host for UDP_KINDS,
    a_group_is_sent_to_and_not_received_from,
    a_groups_address_is_not_sent_from,
    a_loopback_address_reaches_this_host_alone for IPV4_KINDS,
    behind_a_forbidding_route for KINDS,
];

fn of_kind(kind: SocketKind, ip: IpAddr) -> TunnelAddr {
    match kind.encap() {
        EncapType::Udp => SocketAddr::new(ip, 1701).into(),
        _ => (ip, TunnelId(1)).into(),
    }
}

/// A refusal before the kernel was asked, which names the field.
fn ensure_config<T: std::fmt::Debug>(
    outcome: Result<T, impl Into<l2tp::Error>>,
    texts: &[&str],
) -> Result<()> {
    let expected = Expected::config(texts);
    ensure_fails(outcome.map_err(Into::into), &expected)
}

/// In a managed tunnel's socket and in a static tunnel.
fn are_rejected_with_the_field(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let (unspecified, groups) = if kind.is_ipv6() {
        ("::", ["ff02::1", "ff0e::1"])
    } else {
        ("0.0.0.0", ["224.0.0.1", "255.255.255.255"])
    };
    let mut here = socket(&net, kind, 1, None)?;
    let mut conn = net.conn()?;
    let port = addr(kind, 1).port().unwrap_or(0);
    let mut create = |local: IpAddr, peer: IpAddr| {
        let (local, peer) = (SocketAddr::new(local, port), SocketAddr::new(peer, port));
        conn.create_static_tunnel(local, peer, &tunnel(kind, 7, 8))
    };
    for peer in groups.into_iter().chain([unspecified]) {
        let ip = peer.parse()?;
        let texts = [&*format!("peer {peer}: ")];
        ensure_config(here.connect(of_kind(kind, ip)), &texts)?;
        ensure_config(create(host(kind, 1), ip), &texts)?;
    }
    let hello = message(2, 1, b"")?;
    let nobody = of_kind(kind, unspecified.parse()?);
    ensure_config(here.send_control_to(&hello, nobody), &["peer ", "this host as the peer"])?;
    for local in groups {
        let (ip, texts) = (local.parse()?, [&*format!("local {local}: ")]);
        let opened =
            TunnelSocket::open_in(net.netns(), of_kind(kind, ip), None, &SocketOptions::new());
        ensure_config(opened, &texts)?;
        ensure_config(create(ip, host(kind, 2)), &texts)?;
    }
    Ok(())
}

const MAPPED: [&str; 2] = ["::ffff:10.0.0.1", "::ffff:10.0.0.2"];

fn mapped_over_ip_are_rejected() -> Result<()> {
    let (net, _other) = Net::pair()?;
    let [local, peer] = [MAPPED[0].parse::<IpAddr>()?, MAPPED[1].parse()?];
    let kind = SocketKind::Ip6;
    let opened =
        TunnelSocket::open_in(net.netns(), of_kind(kind, local), None, &SocketOptions::new());
    ensure_config(opened, &["local ::ffff:10.0.0.1: L2TP/IP has no IPv4-mapped addresses"])?;
    let mut here = net.run(|| Ok(TunnelSocket::ip("::".parse()?, TunnelId(1), None)?))?;
    let texts = ["peer ::ffff:10.0.0.2: L2TP/IP has no IPv4-mapped addresses"];
    ensure_config(here.connect(of_kind(kind, peer)), &texts)?;
    let config = TunnelConfig::new(ProtocolVersion::V3, EncapType::Ip, 7, 8);
    let (local, peer) = (SocketAddr::new(local, 0), SocketAddr::new(peer, 0));
    ensure_config(net.conn()?.create_static_tunnel(local, peer, &config), &["local ::ffff:"])
}

fn errno(outcome: std::io::Result<()>) -> Option<i32> {
    outcome.err().and_then(|error| error.raw_os_error())
}

/// One is refused by its family, the other for want of a route, which says nothing of the cause.
fn mixed_with_mapped_ones_are_rejected() -> Result<()> {
    let (net, _other) = Net::pair()?;
    let pairs = [
        (MAPPED[0], "fd00::2", libc::EAFNOSUPPORT, "the local address is IPv4-mapped"),
        ("fd00::1", MAPPED[1], libc::ENETUNREACH, "it is IPv4-mapped"),
    ];
    for (local, peer, kernels, texts) in pairs {
        let at = |ip: &str| -> Result<SocketAddr> { Ok(SocketAddr::new(ip.parse()?, 1701)) };
        let (local, peer) = (at(local)?, at(peer)?);
        let answer = net.run(|| Ok(errno(UdpSocket::bind(local)?.connect(peer))))?;
        ensure!(answer == Some(kernels), "{answer:?}");
        let texts = ["peer ", texts];
        ensure_config(net.run(|| Ok(TunnelSocket::udp(local, Some(peer))))?, &texts)?;
        let config = tunnel(SocketKind::Udp6, 7, 8);
        ensure_config(net.conn()?.create_static_tunnel(local, peer, &config), &texts)?;
    }
    // A wildcard has become the address of the first peer's family.
    let at = |ip: &str| -> Result<SocketAddr> { Ok(SocketAddr::new(ip.parse()?, 1701)) };
    let mut socket = net.run(|| Ok(TunnelSocket::udp(at("::")?, Some(at(MAPPED[1])?))?))?;
    ensure_config(socket.connect(at("fd00::2")?), &["peer ", "the local address is IPv4-mapped"])
}

fn mapped_peers_of_an_ipv6_only_socket_are_rejected() -> Result<()> {
    let (net, _other) = Net::pair()?;
    let local: SocketAddr = "[::]:1701".parse()?;
    let options = SocketOptions::new().ipv6_only(true);
    let mut socket = TunnelSocket::open_in(net.netns(), local, None, &options)?;
    let peer = SocketAddr::new(MAPPED[1].parse()?, 1701);
    ensure_config(socket.connect(peer), &["peer ", "the socket is ipv6_only"])
}

/// The kernel makes a tunnel of this host to itself.
fn unspecified_is_this_host(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let (any, own): (SocketAddr, IpAddr) = if kind.is_ipv6() {
        ("[::]:9".parse()?, "::1".parse()?)
    } else {
        ("0.0.0.0:9".parse()?, host(kind, 1))
    };
    let mut raw = Raw::open(&net)?;
    let outcome = raw.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| {
        put(out, l2tp_sys::L2TP_ATTR_PROTO_VERSION, &[3])?;
        put(out, l2tp_sys::L2TP_ATTR_ENCAP_TYPE, &0u16.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &1u32.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_PEER_CONN_ID, &2u32.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_UDP_SPORT, &1701u16.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_UDP_DPORT, &9u16.to_ne_bytes())?;
        match (host(kind, 1), any.ip()) {
            (IpAddr::V4(local), IpAddr::V4(any)) => {
                put(out, l2tp_sys::L2TP_ATTR_IP_SADDR, &local.octets())?;
                put(out, l2tp_sys::L2TP_ATTR_IP_DADDR, &any.octets())
            }
            (IpAddr::V6(local), IpAddr::V6(any)) => {
                put(out, l2tp_sys::L2TP_ATTR_IP6_SADDR, &local.octets())?;
                put(out, l2tp_sys::L2TP_ATTR_IP6_DADDR, &any.octets())
            }
            _ => Ok(()),
        }
    })?;
    ensure!(outcome.is_ok(), "{outcome:?}");
    let info = net.conn()?.get_tunnel_info(TunnelId(1))?;
    ensure!(info.peer() == Some(SocketAddr::new(own, 9)), "{info}");
    Ok(())
}

const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 1, 1);

/// The members get what the tunnel sends, and no socket takes what they answer.
fn a_group_is_sent_to_and_not_received_from() -> Result<()> {
    let (one, other) = Net::pair()?;
    let socket = one.run(|| {
        let socket = UdpSocket::bind("10.0.0.1:1701")?;
        socket.connect((GROUP, 1701))?;
        Ok(socket)
    })?;
    let member = other.run(|| {
        let member = UdpSocket::bind("0.0.0.0:1701")?;
        member.join_multicast_v4(&GROUP, &Ipv4Addr::new(10, 0, 0, 2))?;
        member.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(member)
    })?;
    let mut conn = one.conn()?;
    let config = tunnel(SocketKind::Udp4, 1, 2);
    conn.create_managed_tunnel(&socket, &config)?;
    let session = session_of(&config, 10).ifname("l2tp0".parse()?);
    eventually("a session", || Ok(conn.create_session(&session)?))?;
    one.ip_all(&["addr add 192.0.2.1/24 dev l2tp0", "link set l2tp0 up"])?;
    // Any frame will do.
    let _ = one.program("ping", &["-c", "1", "-W", "1", "192.0.2.2"]);
    let mut packet = [0; 1500];
    let (len, from) = member.recv_from(&mut packet)?;
    ensure!(from == "10.0.0.1:1701".parse()?, "{from}");
    let before = one.counter("UdpNoPorts")?;
    // The very packet would be one of the session's, ids being the same.
    member.send_to(&packet[..len], from)?;
    eventually("it arrives", || {
        ensure!(one.counter("UdpNoPorts")? > before, "not yet");
        Ok(())
    })?;
    let statistics = conn.get_session_info((TunnelId(1), SessionId(10)))?.statistics;
    ensure!(statistics.tx_packets > 0 && statistics.rx_packets == 0, "{statistics}");
    Ok(())
}

/// The kernel takes the address, and sends from another.
fn a_groups_address_is_not_sent_from() -> Result<()> {
    let (one, other) = Net::pair()?;
    let member = one.run(|| {
        let socket = UdpSocket::bind((GROUP, 1701))?;
        socket.connect("10.0.0.2:1701")?;
        Ok(socket)
    })?;
    ensure!(member.local_addr()?.ip() == GROUP, "{:?}", member.local_addr());
    let peer = other.run(|| Ok(UdpSocket::bind("10.0.0.2:1701")?))?;
    peer.set_read_timeout(Some(Duration::from_secs(20)))?;
    member.send(b"hello")?;
    let (_, from) = peer.recv_from(&mut [0; 10])?;
    ensure!(from == "10.0.0.1:1701".parse()?, "{from}");
    let before = one.counter("UdpNoPorts")?;
    peer.send_to(b"hello", from)?;
    eventually("it arrives", || {
        ensure!(one.counter("UdpNoPorts")? > before, "not yet");
        Ok(())
    })
}

fn a_loopback_address_reaches_this_host_alone(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let loopback = of_kind(kind, Ipv4Addr::LOCALHOST.into());
    let mut socket = TunnelSocket::open_in(net.netns(), loopback, None, &SocketOptions::new())?;
    let errno = Some(libc::EINVAL);
    let texts: &[&str] = &["(EINVAL): its local address is a loopback address"];
    ensure_fails(
        socket.connect(addr(kind, 2)).map_err(l2tp::Error::from),
        &Expected { errno, kind: ErrorKind::Other, texts },
    )?;
    let ends = |peer: IpAddr| match kind.encap() {
        EncapType::Udp => ("127.0.0.1:1702".parse(), SocketAddr::new(peer, 1701)),
        _ => ("127.0.0.1:0".parse(), SocketAddr::new(peer, 0)),
    };
    let (local, peer) = ends(host(kind, 2));
    ensure_fails(
        net.conn()?.create_static_tunnel(local?, peer, &tunnel(kind, 7, 8)),
        &Expected { errno, kind: ErrorKind::Other, texts: &["(EINVAL)", "a loopback address"] },
    )?;
    // Its own addresses are reached from there.
    socket.connect(addr(kind, 1))?;
    Ok(())
}

fn behind_a_forbidding_route(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let mut socket = socket(&net, kind, 1, None)?;
    let prefix = if kind.is_ipv6() { "2001:db8::" } else { "192.0.2." };
    for (route, errno, sort, texts) in [
        ("unreachable", libc::EHOSTUNREACH, ErrorKind::Network, "no route to the peer"),
        ("prohibit", libc::EACCES, ErrorKind::Network, "a route or rule prohibits it"),
        ("blackhole", libc::EINVAL, ErrorKind::Other, "a route drops packets to the peer"),
    ] {
        let peer = format!("{prefix}{errno}");
        net.ip(&format!("route add {route} {peer}"))?;
        let texts = [texts, "`ip route get PEER`"];
        let peer = of_kind(kind, peer.parse().context("an address")?);
        let outcome = socket.connect(peer).map_err(l2tp::Error::from);
        ensure_fails(outcome, &Expected { errno: Some(errno), kind: sort, texts: &texts })?;
    }
    Ok(())
}
