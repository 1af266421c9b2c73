//! Link-local IPv6: only managed tunnels can have it, as no attribute of netlink takes a scope id.

use std::net::{Ipv6Addr, SocketAddrV6};

use anyhow::{Context, Result, ensure};
use l2tp::socket::{SocketKind, TunnelAddr};
use l2tp::{ErrorKind, SocketOptions, TunnelId, TunnelSocket};

use super::support::{IPV6_KINDS, Named, addr, carry, message, ping, socket_at};
use crate::support::{Expected, Net, ensure_fails, eventually, tests};

tests![
    carries_packets for IPV6_KINDS,
    carries_packets_on_a_named_interface for IPV6_KINDS,
    without_its_link for IPV6_KINDS,
    of_no_link for IPV6_KINDS,
];

/// The index and the link-local address of `veth0`, as soon as it is not tentative.
fn link(net: &Net) -> Result<(u32, Ipv6Addr)> {
    eventually("veth0 has a link-local address", || {
        let shown = net.ip_json("addr show dev veth0 scope link -tentative")?;
        let index = shown[0]["ifindex"].as_u64().context("no index")?;
        let address = shown[0]["addr_info"]
            .as_array()
            .and_then(|all| all.iter().find(|one| one["family"] == "inet6"))
            .and_then(|one| one["local"].as_str())
            .with_context(|| format!("none in {shown}"))?;
        Ok((u32::try_from(index)?, address.parse()?))
    })
}

/// An address of the kind with port 1701 or the host's number as tunnel id.
fn scoped(kind: SocketKind, ip: Ipv6Addr, scope_id: u32, host: u8) -> TunnelAddr {
    match addr(kind, host) {
        TunnelAddr::Udp(_) => TunnelAddr::Udp(SocketAddrV6::new(ip, 1701, 0, scope_id).into()),
        TunnelAddr::Ip { tunnel_id, .. } => TunnelAddr::Ip { addr: ip.into(), scope_id, tunnel_id },
    }
}

fn carries_packets(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let ((here_link, here), (there_link, there)) = (link(&one)?, link(&other)?);
    let options = SocketOptions::new();
    let (local, peer) = (scoped(kind, here, here_link, 1), scoped(kind, there, here_link, 2));
    let first = socket_at(&one, local, Some(peer), &options)?;
    let second = socket_at(
        &other,
        scoped(kind, there, there_link, 2),
        Some(scoped(kind, here, there_link, 1)),
        &options,
    )?;
    ensure!(first.local_addr()? == local, "{:?}", first.local_addr());
    ensure!(first.peer_addr()? == Some(peer), "{:?}", first.peer_addr());
    carry(&one, &first, 1, 2)?;
    carry(&other, &second, 2, 1)?;
    ping(&one)?;
    first.send_control(&message(2, 1, b"")?)?;
    let received = second.recv(&mut [0; 50])?;
    let from = scoped(kind, here, there_link, 1);
    ensure!(received.from.ip() == from.ip(), "{received:?}");
    ensure!(
        matches!(received.from, std::net::SocketAddr::V6(from) if from.scope_id() == there_link),
        "{received:?}"
    );
    ensure!(received.control.is_some_and(|header| header.tunnel_id == TunnelId(2)));
    Ok(())
}

/// The interface of the options stands for the scope ids of both addresses.
fn carries_packets_on_a_named_interface(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let ((_, here), (_, there)) = (link(&one)?, link(&other)?);
    let options = SocketOptions::new().interface("veth0".parse()?);
    let (at, to) = (scoped(kind, here, 0, 1), scoped(kind, there, 0, 2));
    let mut first = socket_at(&one, at, Some(to), &options)?;
    let second = socket_at(&other, to, Some(at), &options)?;
    carry(&one, &first, 1, 2)?;
    carry(&other, &second, 2, 1)?;
    ping(&one)?;
    // The link outlasts a disconnection, so that the peer can be named without it again.
    first.disconnect()?;
    first.connect(to)?;
    ping(&one)
}

fn without_its_link(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let (index, ip) = link(&net)?;
    let texts = &["a link-local address needs its interface (EINVAL)", "scope id"];
    let expected = |texts| Expected { errno: Some(libc::EINVAL), kind: ErrorKind::Other, texts };
    let options = SocketOptions::new();
    ensure_fails(
        TunnelSocket::open_in(net.netns(), scoped(kind, ip, 0, 1), None, &options)
            .map_err(l2tp::Error::from),
        &expected(texts),
    )?;
    let mut socket = socket_at(&net, addr(kind, 1), None, &options)?;
    ensure_fails(
        socket.connect(scoped(kind, "fe80::1".parse()?, 0, 2)).map_err(l2tp::Error::from),
        &expected(texts),
    )?;
    socket.connect(scoped(kind, "fe80::1".parse()?, index, 2))?;
    Ok(())
}

fn of_no_link(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let (_, ip) = link(&net)?;
    ensure_fails(
        TunnelSocket::open_in(net.netns(), scoped(kind, ip, 999, 1), None, &SocketOptions::new())
            .map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::ENODEV),
            kind: ErrorKind::Network,
            texts: &["no interface has the address's scope id (ENODEV)", "ip link"],
        },
    )
}
