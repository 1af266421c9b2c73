//! Options: read back, seen in packets, refused.

use anyhow::{Result, ensure};
use l2tp::socket::{PmtuDiscovery, SocketKind};
use l2tp::{EncapType, ErrorKind, SocketOptions, TunnelId, TunnelSocket};

use super::support::{
    KINDS, Named, UDP_KINDS, addr, carry, ping, ping_fails, socket, socket_at, tunnel,
};
use crate::support::{Expected, Net, ensure_fails, tests};

tests![
    read_back for KINDS,
    set_again_as_read for KINDS,
    an_interface_that_is_not_there for KINDS,
    a_hop_limit_of_0 for KINDS,
    not_of_this_kind for KINDS,
    checksums_of_ipv4,
    checksums_of_ipv6,
    a_shared_port for UDP_KINDS,
    a_free_bind for UDP_KINDS,
    ipv6_only_comes_first,
];

/// Everything that a kind of socket has, each at another value than its default.
fn everything(kind: SocketKind) -> Result<SocketOptions> {
    let options = SocketOptions::new()
        .interface("veth0".parse()?)
        .traffic_class(0xb8)
        .hop_limit(33)
        .mark(0xfeed_beef)
        .pmtu_discovery(PmtuDiscovery::Interface)
        .recv_buffer(3_000_000)
        .send_buffer(40_000);
    let options = match kind.encap() {
        EncapType::Udp => {
            options.reuse_address(true).reuse_port(true).freebind(true).transparent(true)
        }
        _ => options,
    };
    Ok(match kind {
        SocketKind::Udp4 => options.udp_csum(false),
        SocketKind::Udp6 => options.udp_zero_csum6_tx(true).udp_zero_csum6_rx(true).ipv6_only(true),
        _ => options,
    })
}

fn read_back(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let fresh = socket(&net, kind, 1, None)?.options()?;
    let options = everything(kind)?;
    let socket = socket_at(&net, addr(kind, 1), Some(addr(kind, 2)), &options)?;
    let read = socket.options()?;
    ensure!(read == options, "{read:?}\nexpected {options:?}");
    for (was, is) in [
        (fresh.traffic_class.map(u32::from), read.traffic_class.map(u32::from)),
        (fresh.hop_limit.map(u32::from), read.hop_limit.map(u32::from)),
        (fresh.mark, read.mark),
        (fresh.recv_buffer, read.recv_buffer),
        (fresh.send_buffer, read.send_buffer),
    ] {
        ensure!(was.is_some() && was != is, "{was:?} was so before");
    }
    ensure!(fresh.interface.is_none() && fresh.pmtu_discovery != read.pmtu_discovery);
    ensure!(fresh.udp_csum.is_none_or(|on| on) && fresh.udp_zero_csum6_tx != Some(true));
    Ok(())
}

/// What was read changes nothing when it is set, on the open socket.
fn set_again_as_read(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let mut first = socket_at(&net, addr(kind, 1), Some(addr(kind, 2)), &everything(kind)?)?;
    first.disconnect()?;
    let mut read = first.options()?;
    // Too late for it.
    read.ipv6_only = None;
    first.set_options(&read)?;
    read.ipv6_only = first.options()?.ipv6_only;
    ensure!(first.options()? == read, "{:?}\nexpected {read:?}", first.options());
    first.set_options(&SocketOptions::new().hop_limit(7))?;
    ensure!(first.options()? == read.hop_limit(7), "{:?}", first.options());
    Ok(())
}

fn an_interface_that_is_not_there(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let options = SocketOptions::new().interface("nosuch0".parse()?);
    ensure_fails(
        TunnelSocket::open_in(net.netns(), addr(kind, 1), None, &options)
            .map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::ENODEV),
            kind: ErrorKind::Network,
            texts: &["set interface", "no such interface (ENODEV)", "ip link"],
        },
    )
}

fn a_hop_limit_of_0(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let socket = socket(&net, kind, 1, None)?;
    ensure_fails(
        socket.set_options(&SocketOptions::new().hop_limit(0)).map_err(l2tp::Error::from),
        &Expected::config(&["hop_limit 0", "1 to 255"]),
    )
}

/// An option of another kind of socket is refused rather than ignored.
fn not_of_this_kind(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let socket = socket(&net, kind, 1, None)?;
    let new = SocketOptions::new;
    let udp = kind.encap() == EncapType::Udp;
    let all = [
        ("udp_csum", new().udp_csum(true), kind == SocketKind::Udp4),
        ("udp_zero_csum6_tx", new().udp_zero_csum6_tx(true), kind == SocketKind::Udp6),
        ("udp_zero_csum6_rx", new().udp_zero_csum6_rx(true), kind == SocketKind::Udp6),
        ("reuse_address", new().reuse_address(true), udp),
        ("reuse_port", new().reuse_port(true), udp),
        ("freebind", new().freebind(true), udp),
        ("transparent", new().transparent(true), udp),
    ];
    for (name, options, has) in all {
        if has {
            socket.set_options(&options)?;
        } else {
            ensure_fails(
                socket.set_options(&options).map_err(l2tp::Error::from),
                &Expected::config(&["set", name]),
            )?;
        }
    }
    Ok(())
}

/// The kernel's report of the tunnel has the socket's checksum.
fn checksums_of_ipv4() -> Result<()> {
    let (one, other) = Net::pair()?;
    let kind = SocketKind::Udp4;
    let here = socket(&one, kind, 1, Some(2))?;
    let there = socket(&other, kind, 2, Some(1))?;
    carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    for on in [true, false] {
        here.set_options(&SocketOptions::new().udp_csum(on))?;
        let info = one.conn()?.get_tunnel_info(TunnelId(1))?;
        ensure!(info.udp_csum == Some(on), "{on}: {info}");
        ping(&one)?;
    }
    Ok(())
}

/// Packets without a checksum are heard by a socket that accepts them, and by no other.
fn checksums_of_ipv6() -> Result<()> {
    let (one, other) = Net::pair()?;
    let kind = SocketKind::Udp6;
    let here = socket(&one, kind, 1, Some(2))?;
    let there = socket(&other, kind, 2, Some(1))?;
    carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    ping(&one)?;
    here.set_options(&SocketOptions::new().udp_zero_csum6_tx(true))?;
    ping_fails(&one)?;
    there.set_options(&SocketOptions::new().udp_zero_csum6_rx(true))?;
    ping(&one)?;
    let info = one.conn()?.get_tunnel_info(TunnelId(1))?;
    ensure!(info.udp_zero_csum6_tx && !info.udp_zero_csum6_rx, "{info}");
    let info = other.conn()?.get_tunnel_info(TunnelId(2))?;
    ensure!(!info.udp_zero_csum6_tx && info.udp_zero_csum6_rx, "{info}");
    Ok(())
}

fn a_shared_port(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let options = SocketOptions::new().reuse_address(true);
    let first = socket_at(&net, addr(kind, 1), Some(addr(kind, 2)), &options)?;
    let second = socket_at(&net, addr(kind, 1), Some(addr(kind, 3)), &options)?;
    let mut conn = net.conn()?;
    conn.create_managed_tunnel(&first, &tunnel(kind, 1, 2))?;
    conn.create_managed_tunnel(&second, &tunnel(kind, 3, 4))?;
    Ok(())
}

fn a_free_bind(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    for options in [SocketOptions::new().freebind(true), SocketOptions::new().transparent(true)] {
        let socket = socket_at(&net, addr(kind, 9), None, &options)?;
        ensure!(socket.local_addr()? == addr(kind, 9), "{:?}", socket.local_addr());
    }
    Ok(())
}

fn ipv6_only_comes_first() -> Result<()> {
    let (net, _other) = Net::pair()?;
    let socket = socket(&net, SocketKind::Udp6, 1, None)?;
    ensure_fails(
        socket.set_options(&SocketOptions::new().ipv6_only(true)).map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::EINVAL),
            kind: ErrorKind::Other,
            texts: &["set ipv6_only", "already bound (EINVAL)", "when the socket is opened"],
        },
    )
}
