//! An Ethernet session's interface among others: in a bridge, under a VLAN, in another namespace,
//! and what ends it.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use l2tp::{IfName, PseudowireType, SessionConfig, SessionId, TunnelConfig, TunnelId};

use crate::support::{Net, Variant, Wire, eventually, interface_gone, run, tests};

tests![
    only_its_session_ends_it,
    a_bridge_carries_frames_through_it,
    a_bridge_joins_two_tunnels for Variant::V3,
    the_session_takes_it_out_of_a_bridge,
    vlans_pass_through_it for Variant::V3,
    the_session_takes_its_vlans_along,
    it_works_in_another_namespace for Variant::V3,
    its_session_is_known_where_the_tunnel_is,
    the_session_takes_it_out_of_another_namespace,
    the_tunnels_namespace_takes_it_out_of_another,
    the_end_of_its_namespace_sends_it_to_the_first,
    a_first_name_can_be_two_sessions,
];

fn delete_session(wire: &Wire) -> Result<()> {
    Ok(wire.one.net.conn()?.delete_session(&wire.one.session)?)
}

fn only_its_session_ends_it() -> Result<()> {
    let wire = Wire::new(Variant::PLAIN)?;
    let Err(error) = wire.one.net.ip("link del l2tp0") else { bail!("it was deleted") };
    ensure!(error.to_string().contains("Operation not supported"), "{error}");
    wire.ping(1)?;
    delete_session(&wire)?;
    interface_gone(&wire.one.net, "l2tp0")
}

/// Moves the interface into a new bridge, which takes over its address.
fn bridge(net: &Net, host: u8) -> Result<()> {
    net.add_link("br0 type bridge forward_delay 0")?;
    net.ip_all(&[
        "addr flush dev l2tp0",
        "link set l2tp0 master br0",
        &format!("addr add 192.0.2.{host}/24 dev br0"),
        "link set br0 up",
    ])?;
    Ok(())
}

/// Asking for neighbours crosses it, too: the bridges know none.
fn a_bridge_carries_frames_through_it() -> Result<()> {
    let wire = Wire::new(Variant::PLAIN)?;
    bridge(&wire.one.net, 1)?;
    bridge(&wire.other.net, 2)?;
    wire.ping(3)?;
    let counted = wire.other.statistics()?;
    ensure!(counted.rx_packets > 3, "{counted:#?}");
    Ok(())
}

/// A third host, and a tunnel from host 2 to it, whose session's interface is `l2tp1` at both ends.
fn third_host(wire: &Wire, variant: Variant) -> Result<Net> {
    let (hop, third) = (&wire.other.net, Net::new()?);
    hop.add_link(&format!("veth1 type veth peer name veth1 netns {}", third.path()))?;
    for (net, host, peer) in [(hop, 2, 3), (&third, 3, 2)] {
        net.ip_all(&[
            &format!("addr add 10.0.1.{host}/24 dev veth1"),
            &format!("addr add fd01::{host}/64 dev veth1 nodad"),
            "link set veth1 up",
        ])?;
        let at = |host: u32| -> Result<SocketAddr> {
            let ip = if variant.ipv6 { format!("fd01::{host}") } else { format!("10.0.1.{host}") };
            Ok(SocketAddr::new(ip.parse()?, if variant.is_udp() { 1702 } else { 0 }))
        };
        let tunnel = TunnelConfig::new(variant.version, variant.encap, 20 + host, 20 + peer);
        let session = SessionConfig::new(&tunnel, PseudowireType::Eth, 200 + host, 200 + peer);
        let mut conn = net.conn()?;
        conn.create_static_tunnel(at(host)?, at(peer)?, &tunnel)?;
        conn.create_session(&session.ifname(IfName::new("l2tp1")?))?;
    }
    Ok(third)
}

/// Host 1 and a third host are neighbours through the bridge of host 2.
fn a_bridge_joins_two_tunnels(variant: Variant) -> Result<()> {
    let wire = Wire::new(variant)?;
    let third = third_host(&wire, variant)?;
    third.ip_all(&["addr add 192.0.2.3/24 dev l2tp1", "link set l2tp1 up"])?;
    bridge(&wire.other.net, 2)?;
    wire.other.net.ip("link set l2tp1 master br0 up")?;
    eventually("echoes come back", || {
        wire.one.net.program("ping", &["-c", "1", "-W", "1", "192.0.2.3"])
    })?;
    Ok(())
}

fn the_session_takes_it_out_of_a_bridge() -> Result<()> {
    let wire = Wire::new(Variant::PLAIN)?;
    let net = &wire.one.net;
    bridge(net, 1)?;
    let ports = || -> Result<usize> {
        let listed = net.ip_json("link show master br0")?;
        Ok(listed.as_array().context("no list")?.len())
    };
    ensure!(ports()? == 1);
    delete_session(&wire)?;
    interface_gone(net, "l2tp0")?;
    ensure!(ports()? == 0);
    Ok(())
}

/// A VLAN on the interface, with an address.
fn vlan(net: &Net, host: u8) -> Result<()> {
    net.add_link("link l2tp0 name l2tp0.5 type vlan id 5")?;
    net.run(|| Ok(fs::write("/proc/sys/net/ipv6/conf/l2tp0.5/disable_ipv6", "1")?))?;
    net.ip_all(&[&format!("addr add 198.51.100.{host}/24 dev l2tp0.5"), "link set l2tp0.5 up"])?;
    Ok(())
}

/// The largest, too: the VLAN has the MTU of the interface, which leaves no room for the tag, and
/// the tunnel's packet goes in fragments.
fn vlans_pass_through_it(variant: Variant) -> Result<()> {
    let wire = Wire::new(variant)?;
    vlan(&wire.one.net, 1)?;
    vlan(&wire.other.net, 2)?;
    let net = &wire.one.net;
    let link = net.ip_json("link show l2tp0.5")?;
    let mtu = link[0]["mtu"].as_u64().context("no MTU")?;
    ensure!(net.ip_json("link show l2tp0")?[0]["mtu"] == mtu, "{link}");
    for size in [56, mtu - 28] {
        net.program(
            "ping",
            &["-c", "2", "-i", "0.2", "-M", "do", "-s", &size.to_string(), "198.51.100.2"],
        )?;
    }
    Ok(())
}

fn the_session_takes_its_vlans_along() -> Result<()> {
    let wire = Wire::new(Variant::PLAIN)?;
    vlan(&wire.one.net, 1)?;
    delete_session(&wire)?;
    interface_gone(&wire.one.net, "l2tp0.5")?;
    interface_gone(&wire.one.net, "l2tp0")
}

/// Host 1's interface in a namespace of its own.
fn moved(variant: Variant) -> Result<(Wire, Net)> {
    let (wire, room) = (Wire::new(variant)?, Net::new()?);
    wire.one.net.ip(&format!("link set l2tp0 netns {}", room.path()))?;
    room.ip("addr add 192.0.2.1/24 dev l2tp0")?;
    room.ip("link set l2tp0 up")?;
    Ok((wire, room))
}

fn it_works_in_another_namespace(variant: Variant) -> Result<()> {
    let (wire, room) = moved(variant)?;
    room.program("ping", &["-c", "3", "-i", "0.2", "-W", "2", "192.0.2.2"])?;
    let counted = wire.one.statistics()?;
    ensure!(counted.rx_packets >= 3 && counted.rx_errors == 0, "{counted:#?}");
    Ok(())
}

fn its_session_is_known_where_the_tunnel_is() -> Result<()> {
    let (wire, room) = moved(Variant::PLAIN)?;
    let name = IfName::new("l2tp0")?;
    let info = wire.one.net.conn()?.get_session_info(name)?;
    ensure!(info.ifname == Some(name) && info.session_id == SessionId(10), "{info:#?}");
    let there = room.conn()?.get_session_info(name);
    ensure!(there.as_ref().is_err_and(l2tp::Error::is_not_found), "{there:?}");
    Ok(())
}

fn the_session_takes_it_out_of_another_namespace() -> Result<()> {
    let (wire, room) = moved(Variant::PLAIN)?;
    wire.one.net.conn()?.delete_session(IfName::new("l2tp0")?)?;
    interface_gone(&room, "l2tp0")
}

fn the_tunnels_namespace_takes_it_out_of_another() -> Result<()> {
    let (wire, room) = moved(Variant::PLAIN)?;
    drop(wire);
    interface_gone(&room, "l2tp0")
}

/// Which is not the tunnel's.
fn the_end_of_its_namespace_sends_it_to_the_first() -> Result<()> {
    let name = "wanderer0";
    let wire = Wire::new(Variant::PLAIN)?;
    let (net, room) = (&wire.one.net, Net::new()?);
    net.ip("link set l2tp0 down")?;
    net.ip(&format!("link set l2tp0 name {name}"))?;
    net.ip(&format!("link set {name} netns {}", room.path()))?;
    drop(room);
    let at_home = || run(Command::new("ip").args(["link", "show", name]));
    eventually("it is in the first namespace", at_home)?;
    ensure!(!net.has(name)?);
    wire.one.net.conn()?.get_session_info((TunnelId(1), SessionId(10)))?;
    delete_session(&wire)?;
    eventually("it is gone", || {
        ensure!(at_home().is_err());
        Ok(())
    })
}

/// Sessions keep the name that their interface had first, and after a rename it can be given
/// again. A request by that name then means one of them; the ids still tell which.
fn a_first_name_can_be_two_sessions() -> Result<()> {
    let wire = Wire::new(Variant::PLAIN)?;
    let mut conn = wire.one.net.conn()?;
    wire.one.net.ip("link set l2tp0 down")?;
    wire.one.net.ip("link set l2tp0 name other0")?;
    let mut second = wire.one.session;
    second.session_id = SessionId(11);
    conn.create_session(&second)?;
    let named = wire.one.session.ifname.context("no name")?;
    for session in [&wire.one.session, &second] {
        ensure!(conn.get_session_info(session)?.ifname == Some(named));
    }
    let meant = conn.get_session_info(named)?.session_id;
    conn.delete_session(named)?;
    eventually("the session that was meant is gone", || {
        let left = conn.get_session_info(named)?.session_id;
        ensure!(left != meant, "{left} is still there");
        Ok(())
    })
}
