//! Tunnels on sockets of each kind: connected, connected later, to another peer, and no more.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::socket::{SocketKind, TunnelAddr};
use l2tp::{ErrorKind, SocketOptions, TunnelId};

use super::support::{
    IP_KINDS, KINDS, Named, addr, addr_with_id, carry, host, message, ping, ping_fails, socket,
    socket_at, tunnel,
};
use crate::support::{Expected, Net, ensure_fails, tests, tunnel_gone};

tests![
    connected for KINDS,
    connected_later for KINDS,
    connected_to_another for KINDS,
    disconnected_and_connected_again for KINDS,
    a_failed_connect_changes_nothing for KINDS,
    ends_with_the_last_descriptor for KINDS,
    a_socket_of_another_namespace_is_rejected for KINDS,
    a_socket_carries_one_tunnel for KINDS,
    bound_to_another_id for IP_KINDS,
    ipv4_over_a_socket_of_ipv6,
];

fn connected(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let here = socket(&one, kind, 1, Some(2))?;
    let there = socket(&other, kind, 2, Some(1))?;
    let session = carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    ping(&one)?;
    let statistics = one.conn()?.get_session_info(&session)?.statistics;
    // Two echoes and an ARP exchange, there and back.
    ensure!(statistics.tx_packets >= 3 && statistics.rx_packets >= 3, "{statistics}");

    ensure!(here.local_addr()? == addr(kind, 1), "{:?}", here.local_addr());
    ensure!(here.peer_addr()? == Some(addr(kind, 2)), "{:?}", here.peer_addr());
    let info = one.conn()?.get_tunnel_info(TunnelId(1))?;
    let port = addr(kind, 1).port().unwrap_or(0);
    ensure!(info.local() == Some(SocketAddr::new(host(kind, 1), port)), "{info}");
    ensure!(info.peer() == Some(SocketAddr::new(host(kind, 2), port)), "{info}");
    Ok(())
}

fn connected_later(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let mut here = socket(&one, kind, 1, None)?;
    let there = socket(&other, kind, 2, Some(1))?;
    carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    ensure!(here.peer_addr()?.is_none(), "{:?}", here.peer_addr());
    ping_fails(&one)?;
    here.connect(addr(kind, 2))?;
    ensure!(here.peer_addr()? == Some(addr(kind, 2)), "{:?}", here.peer_addr());
    ping(&one)
}

fn connected_to_another(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let mut here = socket(&one, kind, 1, Some(9))?;
    let there = socket(&other, kind, 2, Some(1))?;
    carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    ping_fails(&one)?;
    here.connect(addr(kind, 2))?;
    ping(&one)?;
    ensure!(here.local_addr()? == addr(kind, 1), "{:?}", here.local_addr());
    here.connect(addr(kind, 9))?;
    ensure!(here.peer_addr()? == Some(addr(kind, 9)), "{:?}", here.peer_addr());
    ping_fails(&one)
}

/// UDP keeps its own address, L2TP/IP its tunnel id alone.
fn disconnected_and_connected_again(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let mut here = socket(&one, kind, 1, Some(2))?;
    let there = socket(&other, kind, 2, Some(1))?;
    carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    ping(&one)?;

    here.disconnect()?;
    ensure!(here.peer_addr()?.is_none(), "{:?}", here.peer_addr());
    let local = here.local_addr()?;
    match local {
        TunnelAddr::Ip { addr, tunnel_id, .. } => {
            ensure!(addr.is_unspecified() && tunnel_id == TunnelId(1), "{local}");
        }
        TunnelAddr::Udp(_) => ensure!(local == addr(kind, 1), "{local}"),
    }
    ping_fails(&one)?;

    here.connect(addr(kind, 2))?;
    ensure!(here.local_addr()? == addr(kind, 1), "{:?}", here.local_addr());
    ping(&one)
}

fn a_failed_connect_changes_nothing(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let mut here = socket(&one, kind, 1, Some(2))?;
    let there = socket(&other, kind, 2, Some(1))?;
    carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    let ip: IpAddr = if kind.is_ipv6() { "2001:db8::1" } else { "203.0.113.1" }.parse()?;
    let nowhere = match addr(kind, 2) {
        TunnelAddr::Udp(_) => SocketAddr::new(ip, 1701).into(),
        TunnelAddr::Ip { tunnel_id, .. } => TunnelAddr::from((ip, tunnel_id)),
    };
    ensure_fails(
        here.connect(nowhere).map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::ENETUNREACH),
            kind: ErrorKind::Network,
            texts: &[
                "connect",
                &nowhere.to_string(),
                "no route to the peer (ENETUNREACH)",
                "ip route",
            ],
        },
    )?;
    ensure!(here.peer_addr()? == Some(addr(kind, 2)), "{:?}", here.peer_addr());
    ping(&one)
}

fn ends_with_the_last_descriptor(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let socket = socket(&net, kind, 1, Some(2))?;
    let mut conn = net.conn()?;
    conn.create_managed_tunnel(&socket, &tunnel(kind, 1, 2))?;
    let descriptor = OwnedFd::from(socket);
    let second = descriptor.try_clone()?;
    drop(descriptor);
    // Time enough for the kernel to take it down, if it did.
    thread::sleep(Duration::from_millis(300));
    conn.get_tunnel_info(TunnelId(1))?;
    drop(second);
    tunnel_gone(&mut conn, TunnelId(1))
}

fn a_socket_of_another_namespace_is_rejected(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let socket = socket(&one, kind, 1, None)?;
    ensure_fails(
        other.conn()?.create_managed_tunnel(&socket, &tunnel(kind, 1, 2)),
        &Expected {
            errno: Some(libc::EINVAL),
            kind: ErrorKind::Other,
            texts: &["create managed tunnel 1", "different network namespaces"],
        },
    )
}

fn a_socket_carries_one_tunnel(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let socket = socket(&net, kind, 1, None)?;
    let mut conn = net.conn()?;
    conn.create_managed_tunnel(&socket, &tunnel(kind, 1, 2))?;
    ensure_fails(
        conn.create_managed_tunnel(&socket, &tunnel(kind, 3, 4)),
        &Expected {
            errno: Some(libc::EBUSY),
            kind: ErrorKind::Exists,
            texts: &["create managed tunnel 3", "a socket carries one tunnel"],
        },
    )
}

/// The kernel does not compare the id of the socket with that of the tunnel; the library does.
/// Control messages go by the socket's.
fn bound_to_another_id(kind: SocketKind) -> Result<()> {
    let (net, other) = Net::pair()?;
    let options = SocketOptions::new();
    let socket = socket_at(&net, addr_with_id(kind, 1, 7), Some(addr(kind, 2)), &options)?;
    ensure_fails(
        socket.check_tunnel(&tunnel(kind, 1, 2)).map_err(l2tp::Error::from),
        &Expected::config(&[
            "tunnel_id 1 on a socket bound to 7",
            "bind the socket to the tunnel's id",
        ]),
    )?;
    let outcome = net.conn()?.create_managed_tunnel(&socket, &tunnel(kind, 1, 2));
    ensure!(outcome.is_ok(), "{outcome:?}");
    let peer = self::socket(&other, kind, 2, Some(1))?;
    for id in [1, 7] {
        peer.send_control(&message(id, 1, b"")?)?;
    }
    let received = socket.recv(&mut [0; 50])?.control.context("no header")?;
    ensure!(received.tunnel_id == TunnelId(7), "{received:?}");
    Ok(())
}

fn ipv4_over_a_socket_of_ipv6() -> Result<()> {
    let (one, other) = Net::pair()?;
    let mapped = |host| {
        let ip = Ipv4Addr::new(10, 0, 0, host).to_ipv6_mapped();
        TunnelAddr::from(SocketAddr::new(ip.into(), 1701))
    };
    let options = SocketOptions::new().ipv6_only(false);
    let here = socket_at(&one, mapped(1), Some(mapped(2)), &options)?;
    let there = socket(&other, SocketKind::Udp4, 2, Some(1))?;
    carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    ping(&one)
}
