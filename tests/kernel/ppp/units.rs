//! Units and channels of `/dev/ppp`: interfaces, and what carries their frames.

use std::io::{Read, Write};
use std::time::Duration;

use anyhow::{Result, ensure};
use l2tp::ErrorKind;
use l2tp::ppp::{
    Channel, ChannelIndex, ChannelSocket, NetworkProtocol, PacketMode, SessionSocket, Unit,
    UnitFlags, UnitIndex,
};

use super::support::{echo, ensure_fails, frame, link, unit};
use crate::support::{Net, eventually, tests};

tests![
    a_unit_is_an_interface,
    an_interface_ends_with_the_descriptor_that_made_it,
    indices_are_chosen_or_given,
    units_keep_what_is_set,
    a_channel_is_connected_once,
    closing_a_channel_does_not_disconnect_it,
    a_channel_ends_with_its_socket,
    channels_are_their_namespaces,
    units_read_what_they_negotiate,
    two_units_carry_packets,
];

fn a_unit_is_an_interface() -> Result<()> {
    let net = Net::new()?;
    let unit = net.run(|| Ok(Unit::create()?))?;
    ensure!(unit.index() == UnitIndex(0), "{}", unit.index());
    ensure!(unit.index().ifname().to_str() == Some("ppp0"));
    ensure!(net.has("ppp0")?);
    Ok(())
}

fn an_interface_ends_with_the_descriptor_that_made_it() -> Result<()> {
    let net = Net::new()?;
    let unit = net.run(|| Ok(Unit::create()?))?;
    let second = net.run(|| Ok(Unit::attach(unit.index())?))?;
    drop(second);
    ensure!(net.has("ppp0")?);
    let third = net.run(|| Ok(Unit::attach(unit.index())?))?;
    drop(unit);
    ensure!(!net.has("ppp0")?);
    ensure!((&third).read(&mut [0; 100])? == 0);
    Ok(())
}

fn indices_are_chosen_or_given() -> Result<()> {
    let net = Net::new()?;
    let seven = net.run(|| Ok(Unit::create_at(UnitIndex(7))?))?;
    ensure!(seven.index() == UnitIndex(7) && net.has("ppp7")?);
    let zero = net.run(|| Ok(Unit::create()?))?;
    ensure!(zero.index() == UnitIndex(0), "{}", zero.index());
    ensure_fails(
        net.run(|| Ok(Unit::create_at(UnitIndex(7))))?,
        Some(libc::EEXIST),
        ErrorKind::Exists,
        &["create PPP unit 7: the index is in use", "(EEXIST)"],
    )?;
    ensure_fails(
        net.run(|| Ok(Unit::attach(UnitIndex(8))))?,
        Some(libc::ENXIO),
        ErrorKind::NotFound,
        &["attach to PPP unit 8: no such unit (ENXIO)"],
    )?;
    ensure_fails(
        Unit::create_at(UnitIndex(u32::MAX)),
        None,
        ErrorKind::Config,
        &["index 4294967295", "31 bits"],
    )
}

fn units_keep_what_is_set() -> Result<()> {
    let net = Net::new()?;
    let unit = net.run(|| Ok(Unit::create()?))?;
    let both = UnitFlags::COMP_TCP | UnitFlags::NO_TCP_CCID;
    ensure!(!unit.flags()?.contains(UnitFlags::COMP_TCP));
    unit.set_flags(both)?;
    ensure!(unit.flags()?.contains(both), "{:?}", unit.flags()?);
    unit.set_flags(UnitFlags::COMP_TCP)?;
    ensure!(!unit.flags()?.contains(both), "{:?}", unit.flags()?);
    // Bits that are not a unit's are ignored.
    unit.set_flags(UnitFlags(l2tp_sys::SC_COMP_PROT))?;
    ensure!(!unit.flags()?.contains(UnitFlags(l2tp_sys::SC_COMP_PROT)));
    for protocol in [NetworkProtocol::IP, NetworkProtocol::IPV6, NetworkProtocol::MPLS] {
        ensure!(unit.packet_mode(protocol)? == PacketMode::Pass, "{protocol:?}");
        unit.set_packet_mode(protocol, PacketMode::Drop)?;
        ensure!(unit.packet_mode(protocol)? == PacketMode::Drop, "{protocol:?}");
    }
    ensure_fails(
        unit.packet_mode(NetworkProtocol(0xc021)),
        Some(libc::EINVAL),
        ErrorKind::Other,
        &["read packet mode of PPP unit 0"],
    )?;
    unit.set_mru(1400)?;
    Ok(())
}

/// A pair of namespaces with an L2TPv2 session between them.
fn sessions() -> Result<(Net, Net, SessionSocket, SessionSocket)> {
    let (one, other) = Net::pair()?;
    let [(_, here), (_, there)] = link((&one, &other), 1)?;
    Ok((one, other, here, there))
}

fn a_channel_is_connected_once() -> Result<()> {
    let (net, _other, socket, _) = sessions()?;
    let channel = net.run(|| Ok(socket.channel()?))?;
    let unit = net.run(|| Ok(Unit::create()?))?;
    ensure_fails(
        channel.disconnect(),
        Some(libc::EINVAL),
        ErrorKind::Other,
        &["disconnect PPP channel", "the channel is not connected to a unit (EINVAL)"],
    )?;
    ensure_fails(
        channel.connect(UnitIndex(8)),
        Some(libc::ENXIO),
        ErrorKind::NotFound,
        &["to unit 8: no such unit (ENXIO)"],
    )?;
    channel.connect(unit.index())?;
    ensure_fails(
        channel.connect(unit.index()),
        Some(libc::EINVAL),
        ErrorKind::Other,
        &["to unit 0: the channel is already connected to a unit, or bridged (EINVAL)"],
    )?;
    channel.disconnect()?;
    channel.connect(unit.index())?;
    Ok(())
}

fn closing_a_channel_does_not_disconnect_it() -> Result<()> {
    let (net, _other, socket, _) = sessions()?;
    let unit = net.run(|| Ok(Unit::create()?))?;
    let channel = net.run(|| Ok(socket.channel()?))?;
    channel.connect(unit.index())?;
    drop(channel);
    let channel = net.run(|| Ok(socket.channel()?))?;
    ensure_fails(channel.connect(unit.index()), Some(libc::EINVAL), ErrorKind::Other, &[])?;
    channel.disconnect()?;
    channel.connect(unit.index())?;
    Ok(())
}

fn a_channel_ends_with_its_socket() -> Result<()> {
    let (net, _other, socket, _) = sessions()?;
    let unit = net.run(|| Ok(Unit::create()?))?;
    let channel = net.run(|| Ok(socket.channel()?))?;
    let index = channel.index();
    channel.connect(unit.index())?;
    drop(socket);
    eventually("the channel ends", || {
        ensure!((&channel).read(&mut [0; 100])? == 0);
        Ok(())
    })?;
    ensure_fails(
        channel.connect(unit.index()),
        Some(libc::ENOTCONN),
        ErrorKind::NotFound,
        &["the channel is gone (ENOTCONN)"],
    )?;
    ensure_fails(
        net.run(|| Ok(Channel::attach(index)))?,
        Some(libc::ENXIO),
        ErrorKind::NotFound,
        &["no such channel (ENXIO)"],
    )
}

/// Channels are numbered in each namespace, and looked up in the thread's.
fn channels_are_their_namespaces() -> Result<()> {
    let (one, _other, here, there) = sessions()?;
    let (first, second) = (here.channel_index()?, there.channel_index()?);
    ensure!(first == second, "{first} and {second}: each namespace has its own");
    one.run(|| Ok(Channel::attach(first)?))?;
    let elsewhere = Net::new()?;
    ensure_fails(
        elsewhere.run(|| Ok(Channel::attach(first)))?,
        Some(libc::ENXIO),
        ErrorKind::NotFound,
        &["attach to PPP channel", "in the namespace of the socket"],
    )?;
    ensure_fails(
        one.run(|| Ok(Channel::attach(ChannelIndex(99_999))))?,
        Some(libc::ENXIO),
        ErrorKind::NotFound,
        &["attach to PPP channel 99999"],
    )
}

/// IPCP, as a unit's daemon would see it.
const IPCP: [u8; 6] = [0x80, 0x21, 1, 1, 0, 4];

fn units_read_what_they_negotiate() -> Result<()> {
    let (_one, other, here, there) = sessions()?;
    let channel = other.run(|| Ok(there.channel()?))?;
    let unit = other.run(|| Ok(Unit::create()?))?;
    channel.connect(unit.index())?;
    channel.set_nonblocking(true)?;
    unit.set_nonblocking(true)?;
    (&here).write_all(&IPCP)?;
    ensure!(frame(&unit)? == IPCP);
    (&here).write_all(&echo(1))?;
    ensure!(frame(&channel)? == echo(1));
    here.set_nonblocking(true)?;
    (&unit).write_all(&IPCP)?;
    ensure!(frame(&here)? == IPCP);
    Ok(())
}

fn two_units_carry_packets() -> Result<()> {
    let (one, other, here, there) = sessions()?;
    let mut units = Vec::new();
    for (net, socket, local, peer) in [(&one, &here, 1, 2), (&other, &there, 2, 1)] {
        units.push(unit(net, socket, local, peer)?);
    }
    one.program("ping", &["-c", "3", "-i", "0.2", "-W", "5", "192.0.2.2"])?;
    let (sent, received) = (here.statistics()?, there.statistics()?);
    ensure!(sent.statistics.tx_packets >= 3, "{sent:?}");
    ensure!(sent.statistics.tx_packets == received.statistics.rx_packets, "{sent:?} {received:?}");
    for unit in &units {
        let (sent, received) = unit.idle()?;
        let lately = Duration::from_mins(1);
        ensure!(sent < lately && received < lately, "{sent:?}, {received:?}");
    }
    // A protocol that is not to pass does not.
    units[0].set_packet_mode(NetworkProtocol::IP, PacketMode::Drop)?;
    ensure!(one.program("ping", &["-c", "1", "-W", "1", "192.0.2.2"]).is_err());
    Ok(())
}
