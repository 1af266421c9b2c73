//! What the kernel says of a socket's own address and its peer's, and what is made of it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::{Context, Result, ensure};
use l2tp::{ErrorKind, SocketKind, SocketOptions, TunnelAddr, TunnelSocket};
use socket2::SockRef;

use super::support::{
    IP_KINDS, IPV4_KINDS, KINDS, Named, UDP_KINDS, addr, addr_with_id, host, message, socket,
    socket_at,
};
use crate::support::{Expected, Net, refused, tests};

tests![
    the_kernel_may_not_know_it for IP_KINDS,
    an_address_is_taken for KINDS,
    a_wildcard_becomes_the_routes_address for KINDS,
    disconnecting_keeps_the_interface for KINDS,
    disconnecting_keeps_a_port for UDP_KINDS,
    whom_a_socket_hears for KINDS,
    an_address_of_nobody for KINDS,
    another_kind_of_peer for KINDS,
    a_port_of_0 for UDP_KINDS,
    a_broadcast_peer for IPV4_KINDS,
];

fn is_not_connected(outcome: io::Result<socket2::SockAddr>) -> bool {
    outcome.is_err_and(|error| error.kind() == io::ErrorKind::NotConnected)
}

/// IPv4: never. IPv6: if the peer's id is not 0, and then even of a socket that is disconnected.
fn the_kernel_may_not_know_it(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let mut socket = socket(&net, kind, 1, Some(2))?;
    let told = SockRef::from(&socket).peer_addr();
    ensure!(is_not_connected(told) != kind.is_ipv6(), "with an id");
    ensure!(socket.peer_addr()? == Some(addr(kind, 2)), "{:?}", socket.peer_addr());

    socket.disconnect()?;
    let told = SockRef::from(&socket).peer_addr();
    ensure!(is_not_connected(told) != kind.is_ipv6(), "disconnected");
    ensure!(socket.peer_addr()?.is_none(), "{:?}", socket.peer_addr());

    socket.connect(addr_with_id(kind, 2, 0))?;
    ensure!(is_not_connected(SockRef::from(&socket).peer_addr()), "with the id 0");
    let peer = socket.peer_addr()?;
    ensure!(peer == Some(addr_with_id(kind, 2, 0)), "{peer:?}");
    Ok(())
}

fn an_address_is_taken(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let _first = socket(&net, kind, 1, None)?;
    let what = if kind.encap() == l2tp::EncapType::Udp {
        "the address and port are in use (EADDRINUSE)"
    } else {
        "the tunnel id is in use at this address (EADDRINUSE)"
    };
    refused(
        TunnelSocket::open_in(net.netns(), addr(kind, 1), None, &SocketOptions::new())
            .map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::EADDRINUSE),
            kind: ErrorKind::Exists,
            says: &["bind", &addr(kind, 1).to_string(), what, "choose another"],
        },
    )
}

fn wildcard(kind: SocketKind) -> TunnelAddr {
    let ip: IpAddr =
        if kind.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    match addr(kind, 1) {
        TunnelAddr::Udp(addr) => SocketAddr::new(ip, addr.port()).into(),
        TunnelAddr::Ip { tunnel_id, .. } => (ip, tunnel_id).into(),
    }
}

fn a_wildcard_becomes_the_routes_address(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let mut socket = socket_at(&net, wildcard(kind), None, &SocketOptions::new())?;
    ensure!(socket.local_addr()? == wildcard(kind), "{:?}", socket.local_addr());
    socket.connect(addr(kind, 2))?;
    ensure!(socket.local_addr()? == addr(kind, 1), "{:?}", socket.local_addr());
    socket.disconnect()?;
    ensure!(socket.local_addr()? == wildcard(kind), "{:?}", socket.local_addr());
    Ok(())
}

fn disconnecting_keeps_the_interface(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let options = SocketOptions::new().interface("veth0".parse()?);
    let mut socket = socket_at(&net, addr(kind, 1), Some(addr(kind, 2)), &options)?;
    socket.disconnect()?;
    let interface = socket.options()?.interface;
    ensure!(interface == options.interface, "{interface:?}");
    socket.leave_interface()?;
    ensure!(socket.options()?.interface.is_none(), "{:?}", socket.options());
    Ok(())
}

/// A port that the kernel chose is given back by the kernel on disconnection, and taken again.
fn disconnecting_keeps_a_port(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let local = SocketAddr::new(host(kind, 1), 0).into();
    let mut socket = socket_at(&net, local, Some(addr(kind, 2)), &SocketOptions::new())?;
    let port = socket.local_addr()?.port().context("no port")?;
    ensure!(port != 0);
    socket.disconnect()?;
    ensure!(socket.local_addr()?.port() == Some(port), "{port}, {:?}", socket.local_addr());
    Ok(())
}

/// A connected socket hears its peer alone, a disconnected one everybody; but of IPv6 the kernel
/// forgets to forget the peer's address.
fn whom_a_socket_hears(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    one.ip("addr add 10.0.0.3/24 dev veth0")?;
    one.ip("addr add fd00::3/64 dev veth0 nodad")?;
    let first = socket(&one, kind, 1, None)?;
    let third = socket(&one, kind, 3, None)?;
    let mut here = socket(&other, kind, 2, Some(1))?;
    let to = addr(kind, 2);
    third.send_control_to(&message(2, 0, b"nobody's")?, to)?;
    first.send_control_to(&message(2, 1, b"the peer's")?, to)?;
    here.disconnect()?;
    third.send_control_to(&message(2, 2, b"everybody's")?, to)?;
    first.send_control_to(&message(2, 3, b"the former peer's")?, to)?;
    let mut buf = [0; 100];
    let mut heard = || -> Result<_> {
        let received = here.recv(&mut buf)?;
        Ok((received.from.ip(), received.control.context("no header")?.ns))
    };
    ensure!(heard()? == (host(kind, 1), 1), "the peer's alone while connected");
    if !kind.is_ipv6() {
        ensure!(heard()? == (host(kind, 3), 2), "everybody's afterwards");
    }
    ensure!(heard()? == (host(kind, 1), 3), "the former peer's");
    Ok(())
}

fn an_address_of_nobody(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    refused(
        TunnelSocket::open_in(net.netns(), addr(kind, 9), None, &SocketOptions::new())
            .map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::EADDRNOTAVAIL),
            kind: ErrorKind::Network,
            says: &[
                "bind",
                &addr(kind, 9).to_string(),
                "does not take the address as its own",
                "`ip addr show to ADDRESS`",
            ],
        },
    )
}

fn another_kind_of_peer(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let mut socket = socket(&net, kind, 1, None)?;
    for other in KINDS.into_iter().filter(|other| *other != kind) {
        let says =
            if other.encap() == kind.encap() { "other version of IP" } else { "encapsulation" };
        refused(
            socket.connect(addr(other, 2)).map_err(l2tp::Error::from),
            &Expected { errno: None, kind: ErrorKind::Config, says: &["peer", says] },
        )?;
    }
    Ok(())
}

fn a_port_of_0(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let mut socket = socket(&net, kind, 1, None)?;
    refused(
        socket.connect(SocketAddr::new(host(kind, 2), 0)).map_err(l2tp::Error::from),
        &Expected { errno: None, kind: ErrorKind::Config, says: &["needs a port", "1701"] },
    )
}

fn a_broadcast_peer(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let mut socket = socket(&net, kind, 1, None)?;
    refused(
        socket.connect(addr(kind, 255)).map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::EACCES),
            kind: ErrorKind::Network,
            says: &["nothing may be sent to the peer (EACCES)", "a single host"],
        },
    )
}
