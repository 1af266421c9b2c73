//! What the kernel says of a socket's own address and its peer's, and what is made of it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;

use anyhow::{Context, Result, ensure};
use l2tp::socket::{SocketKind, TunnelAddr};
use l2tp::{ErrorKind, SocketOptions, TunnelSocket};
use socket2::SockRef;

use super::support::{
    IP_KINDS, IPV4_KINDS, KINDS, Named, UDP_KINDS, addr, addr_with_id, host, message, socket,
    socket_at,
};
use crate::support::{Expected, Net, ensure_fails, tests};

tests![
    the_kernel_may_not_know_it for IP_KINDS,
    an_address_is_taken for KINDS,
    a_wildcard_becomes_the_routes_address for KINDS,
    disconnecting_keeps_the_interface for KINDS,
    disconnecting_keeps_a_port for UDP_KINDS,
    disconnecting_may_lose_a_port for UDP_KINDS,
    the_kernel_clears_what_it_chose_itself for KINDS,
    connecting_keeps_messages_of_other_senders for KINDS,
    whom_a_socket_hears for KINDS,
    an_address_without_an_interface for KINDS,
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
    let told = |socket: &TunnelSocket| SockRef::from(socket).peer_addr();
    let is_as_expected = |told: io::Result<socket2::SockAddr>| {
        if kind.is_ipv6() {
            // `struct sockaddr_l2tpip6` has the address where `struct sockaddr_in6` has it.
            let ip = told.ok().and_then(|addr| addr.as_socket()).map(|addr| addr.ip());
            ip == Some(host(kind, 2))
        } else {
            is_not_connected(told)
        }
    };
    ensure!(is_as_expected(told(&socket)), "with an id: {:?}", told(&socket));
    ensure!(socket.peer_addr()? == Some(addr(kind, 2)), "{:?}", socket.peer_addr());

    socket.disconnect()?;
    ensure!(is_as_expected(told(&socket)), "disconnected: {:?}", told(&socket));
    ensure!(socket.peer_addr()?.is_none(), "{:?}", socket.peer_addr());

    socket.connect(addr_with_id(kind, 2, 0))?;
    ensure!(is_not_connected(told(&socket)), "with the id 0");
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
    ensure_fails(
        TunnelSocket::open_in(net.netns(), addr(kind, 1), None, &SocketOptions::new())
            .map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::EADDRINUSE),
            kind: ErrorKind::Exists,
            texts: &["bind", &addr(kind, 1).to_string(), what, "choose another"],
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
    socket.unbind_interface()?;
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

/// When another socket shares it, and this one does not share any more.
fn disconnecting_may_lose_a_port(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let shared = SocketOptions::new().reuse_address(true);
    let local = SocketAddr::new(host(kind, 1), 0).into();
    let mut socket = socket_at(&net, local, Some(addr(kind, 2)), &shared)?;
    let _second = socket_at(&net, socket.local_addr()?, None, &shared)?;
    socket.set_options(&SocketOptions::new().reuse_address(false))?;
    ensure_fails(
        socket.disconnect().map_err(l2tp::Error::from),
        &Expected { errno: Some(libc::EADDRINUSE), kind: ErrorKind::Exists, texts: &[] },
    )
}

/// Which is why the library sets both again.
fn the_kernel_clears_what_it_chose_itself(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let options = SocketOptions::new().interface("veth0".parse()?);
    let local = match addr(kind, 1) {
        TunnelAddr::Udp(addr) => SocketAddr::new(addr.ip(), 0).into(),
        ip @ TunnelAddr::Ip { .. } => ip,
    };
    let socket = socket_at(&net, local, Some(addr(kind, 2)), &options)?;
    let plain = SockRef::from(&socket);
    let port = || anyhow::Ok(plain.local_addr()?.as_socket().map(|addr| addr.port()));
    ensure!(plain.device()?.is_some());
    ensure!(kind.encap() == l2tp::EncapType::Ip || port()? != Some(0));
    let unspecified = libc::sockaddr { sa_family: 0, sa_data: [0; 14] };
    uapi::connect(socket.as_raw_fd(), &unspecified)?;
    ensure!(plain.device()?.is_none(), "{:?}", plain.device());
    ensure!(kind.encap() == l2tp::EncapType::Ip || port()? == Some(0), "{:?}", port());
    Ok(())
}

/// What came before the socket had a peer is received after it: a program discards it once.
fn connecting_keeps_messages_of_other_senders(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    one.ip("addr add 10.0.0.3/24 dev veth0")?;
    one.ip("addr add fd00::3/64 dev veth0 nodad")?;
    let stranger = socket(&one, kind, 3, None)?;
    let first = socket(&one, kind, 1, None)?;
    let mut here = socket(&other, kind, 2, None)?;
    stranger.send_control_to(&message(2, 1, b"")?, addr(kind, 2))?;
    let mut wanted = [libc::pollfd { fd: here.as_raw_fd(), events: libc::POLLIN, revents: 0 }];
    ensure!(uapi::poll(&mut wanted, 20_000)? == 1, "nothing arrives");
    here.connect(addr(kind, 1))?;
    stranger.send_control_to(&message(2, 2, b"")?, addr(kind, 2))?;
    first.send_control_to(&message(2, 3, b"")?, addr(kind, 2))?;
    let mut buf = [0; 100];
    for (from, number) in [(3, 1), (1, 3)] {
        let received = here.recv(&mut buf)?;
        let ns = received.control.context("no header")?.ns;
        ensure!((received.from.ip(), ns) == (host(kind, from), number), "{received:?}");
    }
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

fn an_address_without_an_interface(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    ensure_fails(
        TunnelSocket::open_in(net.netns(), addr(kind, 9), None, &SocketOptions::new())
            .map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::EADDRNOTAVAIL),
            kind: ErrorKind::Network,
            texts: &[
                "bind",
                &addr(kind, 9).to_string(),
                "does not accept it as a local address",
                "`ip addr show to ADDRESS`",
            ],
        },
    )
}

fn another_kind_of_peer(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let mut socket = socket(&net, kind, 1, None)?;
    for other in KINDS.into_iter().filter(|other| *other != kind) {
        let texts =
            if other.encap() == kind.encap() { "other IP version" } else { "encapsulation" };
        ensure_fails(
            socket.connect(addr(other, 2)).map_err(l2tp::Error::from),
            &Expected::config(&["peer", texts]),
        )?;
    }
    Ok(())
}

fn a_port_of_0(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let mut socket = socket(&net, kind, 1, None)?;
    ensure_fails(
        socket.connect(SocketAddr::new(host(kind, 2), 0)).map_err(l2tp::Error::from),
        &Expected::config(&["needs a port", "1701"]),
    )
}

fn a_broadcast_peer(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let mut socket = socket(&net, kind, 1, None)?;
    ensure_fails(
        socket.connect(addr(kind, 255)).map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::EACCES),
            kind: ErrorKind::Network,
            texts: &["sending to the peer is not permitted (EACCES)", "a single host"],
        },
    )?;
    let sent = socket.send_control_to(&message(2, 1, b"")?, addr(kind, 255));
    // Over IP the kernel looks at the address only when it connects.
    if IP_KINDS.contains(&kind) {
        return Ok(sent?);
    }
    ensure_fails(
        sent.map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::EACCES),
            kind: ErrorKind::Network,
            texts: &[
                "sending to the peer is not permitted (EACCES)",
                "it is the broadcast address of an interface",
            ],
        },
    )
}
