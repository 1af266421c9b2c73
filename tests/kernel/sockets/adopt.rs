//! Sockets that somebody else made.

use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};

use anyhow::{Context, Result, bail, ensure};
use l2tp::socket::{SocketError, SocketKind};
use l2tp::{Netns, TunnelId, TunnelSocket};
use socket2::{Domain, Protocol, Socket, Type};

use super::support::{IP_KINDS, KINDS, Named, addr, carry, message, ping, socket, tunnel};
use crate::support::{Net, tests};

tests![
    with_the_tunnel_on_it for KINDS,
    of_another_namespace for KINDS,
    the_peer_may_be_unknown for IP_KINDS,
    made_elsewhere,
    no_tunnel_socket,
    another_encapsulation,
    namespaces_by_path_and_pid,
];

/// Handed out and taken over again, the socket still carries its tunnel.
fn with_the_tunnel_on_it(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let here = socket(&one, kind, 1, Some(2))?;
    let there = socket(&other, kind, 2, Some(1))?;
    carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    let here = OwnedFd::from(here);
    let here = one.run(|| Ok(TunnelSocket::try_from(here)?))?;
    ensure!(here.kind() == kind && here.local_addr()? == addr(kind, 1), "{here:?}");
    here.check_tunnel(&tunnel(kind, 1, 2))?;
    ping(&one)?;
    here.send_control(&message(2, 1, b"")?)?;
    let header = there.recv(&mut [0; 50])?.control.context("no header")?;
    ensure!(header.tunnel_id == TunnelId(2), "{header:?}");
    Ok(())
}

/// What is wrong with a descriptor, which is given back unharmed.
fn fault(outcome: Result<TunnelSocket, SocketError>, raw: i32) -> Result<String> {
    match outcome {
        Err(error @ SocketError::UnsuitableDescriptor { .. }) => {
            let text = error.to_string();
            let SocketError::UnsuitableDescriptor { descriptor, .. } = error else {
                bail!("{text}")
            };
            ensure!(descriptor.as_raw_fd() == raw, "another descriptor came back: {text}");
            ensure!(std::fs::read_link(format!("/proc/self/fd/{raw}")).is_ok(), "closed: {text}");
            Ok(text)
        }
        other => bail!("{other:?}"),
    }
}

fn of_another_namespace(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let here = OwnedFd::from(socket(&one, kind, 1, Some(2))?);
    let raw = here.as_raw_fd();
    let Err(SocketError::UnsuitableDescriptor { descriptor, fault }) =
        other.run(|| Ok(TunnelSocket::from_fd(here)))?
    else {
        bail!("it was taken");
    };
    ensure!(descriptor.as_raw_fd() == raw);
    ensure!(fault.to_string().contains("another network namespace"), "{fault}");
    let here = TunnelSocket::from_fd_in(descriptor, one.netns())?;
    one.conn()?.create_managed_tunnel(&here, &tunnel(kind, 1, 2))?;
    Ok(())
}

fn the_peer_may_be_unknown(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let connected = OwnedFd::from(socket(&net, kind, 1, Some(2))?);
    let mut connected = TunnelSocket::from_fd_in(connected, net.netns())?;
    match connected.peer_addr() {
        Ok(told) => ensure!(kind.is_ipv6() && told == Some(addr(kind, 2)), "{told:?}"),
        Err(error) => {
            ensure!(!kind.is_ipv6(), "{error}");
            ensure!(matches!(error, SocketError::PeerUnknown { .. }), "{error:?}");
            ensure!(error.to_string().contains("connect it again"), "{error}");
        }
    }
    connected.connect(addr(kind, 2))?;
    ensure!(connected.peer_addr()? == Some(addr(kind, 2)), "{:?}", connected.peer_addr());
    Ok(())
}

fn made_elsewhere() -> Result<()> {
    let (net, _other) = Net::pair()?;
    let made = net.run(|| Ok(std::net::UdpSocket::bind("10.0.0.1:0")?))?;
    let local = made.local_addr()?;
    let socket = TunnelSocket::from_fd_in(made.into(), net.netns())?;
    ensure!(socket.kind() == SocketKind::Udp4 && socket.local_addr()? == local.into());
    ensure!(socket.peer_addr()?.is_none());
    Ok(())
}

fn no_tunnel_socket() -> Result<()> {
    let net = Net::new()?;
    let open = |domain, kind, protocol| -> Result<OwnedFd> {
        Ok(net.run(|| Ok(Socket::new(domain, kind, protocol)?))?.into())
    };
    // Everybody may have an ICMP socket.
    net.run(|| Ok(std::fs::write("/proc/sys/net/ipv4/ping_group_range", "0 1000")?))?;
    let cases: [(OwnedFd, &str); 5] = [
        (File::open("/dev/null")?.into(), "it is not a socket (ENOTSOCK)"),
        (open(Domain::UNIX, Type::DGRAM, None)?, "its address family is 1"),
        (open(Domain::IPV4, Type::STREAM, None)?, "its type is 1"),
        (open(Domain::IPV6, Type::RAW, Some(Protocol::UDP))?, "its type is 3"),
        (open(Domain::IPV4, Type::DGRAM, Some(Protocol::ICMPV4))?, "its protocol is 1"),
    ];
    for (descriptor, says) in cases {
        let raw = descriptor.as_raw_fd();
        let text = fault(TunnelSocket::from_fd_in(descriptor, net.netns()), raw)?;
        ensure!(
            text.contains("adopt file descriptor as tunnel socket") && text.contains(says),
            "{text}"
        );
    }
    Ok(())
}

fn another_encapsulation() -> Result<()> {
    let (net, _other) = Net::pair()?;
    let socket = socket(&net, SocketKind::Udp4, 1, Some(2))?;
    let Err(error) = socket.check_tunnel(&tunnel(SocketKind::Ip4, 1, 2)) else { bail!("it fits") };
    ensure!(error.to_string().contains("use IPv4 UDP socket for a tunnel: encap"), "{error}");
    Ok(())
}

/// The socket belongs to the namespace that was named, and the thread stays where it is.
fn namespaces_by_path_and_pid() -> Result<()> {
    let (net, _other) = Net::pair()?;
    let before = std::fs::read_link("/proc/thread-self/ns/net")?;
    let local: std::net::SocketAddr = "10.0.0.1:1701".parse()?;
    let path = net.run(|| Ok(std::fs::read_link("/proc/thread-self/ns/net")?))?;
    ensure!(path != before);
    let file = format!("/proc/self/fd/{}", std::os::fd::AsFd::as_fd(net.netns()).as_raw_fd());
    let options = l2tp::SocketOptions::new();
    let socket = TunnelSocket::open_in(&Netns::from_path(file)?, local, None, &options)?;
    net.conn()?.create_managed_tunnel(&socket, &tunnel(SocketKind::Udp4, 1, 2))?;
    ensure!(std::fs::read_link("/proc/thread-self/ns/net")? == before);
    // Nobody has the address in the namespace of this process.
    let own = Netns::of_pid(std::process::id())?;
    let outcome = TunnelSocket::open_in(&own, local, None, &options);
    ensure!(outcome.is_err_and(|error| error.raw_os_error() == Some(libc::EADDRNOTAVAIL)));
    Ok(())
}
