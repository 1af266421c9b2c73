//! Channels bridged to each other: a tunnel switch, and a PPPoE access concentrator.

use std::io::{Read, Write};

use anyhow::{Context, Result, ensure};
use l2tp::ppp::{Bridge, Channel, ChannelSocket, PppoeAddress, PppoeSocket, SessionSocket, Unit};
use l2tp::{ErrorKind, IfName};

use super::support::{echo, ensure_fails, frame, link};
use crate::support::{Net, eventually, tests};

const BRIDGES: &str = "older kernels cannot bridge PPP channels";

tests![
    a_kernel_without_bridges_is_named.before(5, 11, "newer kernels bridge PPP channels"),
    frames_cross_a_switch.since(5, 11, BRIDGES),
    a_bridge_ends_with_its_value.since(5, 11, BRIDGES),
    a_bridge_that_is_kept_ends_with_a_socket.since(5, 11, BRIDGES),
    a_channel_has_one_use.since(5, 11, BRIDGES),
    frames_cross_an_access_concentrator.since(5, 11, BRIDGES),
    pppoe_sockets_exchange_frames,
    pppoe_rejections_are_explained,
];

/// Two sessions between two hosts: what comes out of the one at the far host can be bridged to the
/// other and so come back.
struct Loop {
    near: [SessionSocket; 2],
    far: [SessionSocket; 2],
    far_net: Net,
    _near_net: Net,
}

impl Loop {
    fn new() -> Result<Self> {
        let (near_net, far_net) = Net::pair()?;
        let [(_, near_one), (_, far_one)] = link((&near_net, &far_net), 1)?;
        let [(_, near_two), (_, far_two)] = link((&near_net, &far_net), 2)?;
        near_one.set_nonblocking(true)?;
        near_two.set_nonblocking(true)?;
        let (near, far) = ([near_one, near_two], [far_one, far_two]);
        Ok(Self { near, far, far_net, _near_net: near_net })
    }

    fn bridge(&self) -> Result<Bridge> {
        let [one, two] = &self.far;
        self.far_net.run(|| Ok(Bridge::new(one, two)?))
    }

    /// Whether frames go around, both ways.
    fn turns(&self) -> Result<()> {
        let [one, two] = &self.near;
        let (mut one, mut two) = (one, two);
        one.write_all(&echo(1))?;
        ensure!(frame(two)? == echo(1));
        two.write_all(&echo(2))?;
        ensure!(frame(one)? == echo(2));
        Ok(())
    }
}

fn a_kernel_without_bridges_is_named() -> Result<()> {
    let sessions = Loop::new()?;
    let [one, two] = &sessions.far;
    ensure_fails(
        sessions.far_net.run(|| Ok(Bridge::new(one, two)))?,
        Some(libc::ENOTTY),
        ErrorKind::Unsupported,
        &["bridge PPP channels", "the kernel cannot bridge PPP channels (ENOTTY)", "Linux 5.11"],
    )
}

fn frames_cross_a_switch() -> Result<()> {
    let sessions = Loop::new()?;
    let bridge = sessions.bridge()?;
    let [one, two] = &sessions.far;
    ensure!(bridge.channels() == (one.channel_index()?, two.channel_index()?), "{bridge:?}");
    sessions.turns()?;
    // A packet in, a packet out.
    for socket in &sessions.far {
        let counted = socket.statistics()?.statistics;
        ensure!((counted.rx_packets, counted.tx_packets) == (1, 1), "{counted}");
    }
    Ok(())
}

fn a_bridge_ends_with_its_value() -> Result<()> {
    let sessions = Loop::new()?;
    let bridge = sessions.bridge()?;
    sessions.turns()?;
    drop(bridge);
    let channel: Channel = sessions.far_net.run(|| Ok(sessions.far[0].channel()?))?;
    channel.set_nonblocking(true)?;
    (&sessions.near[0]).write_all(&echo(3))?;
    ensure!(frame(&channel)? == echo(3), "the daemon has the frames again");
    let bridge = sessions.bridge()?;
    sessions.turns()?;
    bridge.end()?;
    ensure_fails(
        channel.unbridge(),
        Some(libc::EINVAL),
        ErrorKind::Other,
        &["remove bridge of PPP channel", "the channel is not bridged (EINVAL)"],
    )
}

fn a_bridge_that_is_kept_ends_with_a_socket() -> Result<()> {
    let sessions = Loop::new()?;
    sessions.bridge()?.keep();
    sessions.turns()?;
    let Loop { far: [one, two], far_net, near, _near_net } = sessions;
    let channel = far_net.run(|| Ok(one.channel()?))?;
    channel.set_nonblocking(true)?;
    drop(two);
    let [near, _] = near;
    // A frame that still finds the bridge goes nowhere.
    eventually("the bridge ends", || {
        (&near).write_all(&echo(3))?;
        let mut room = [0; 100];
        let len = (&channel).read(&mut room)?;
        ensure!(room[..len] == echo(3));
        Ok(())
    })?;
    ensure_fails(channel.unbridge(), Some(libc::EINVAL), ErrorKind::Other, &[])
}

fn a_channel_has_one_use() -> Result<()> {
    let sessions = Loop::new()?;
    let [one, two] = &sessions.far;
    let _bridge = sessions.bridge()?;
    ensure_fails(
        sessions.far_net.run(|| Ok(Bridge::new(one, two)))?,
        Some(libc::EALREADY),
        ErrorKind::Exists,
        &["one of the channels is already bridged, or connected to a unit (EALREADY)"],
    )?;
    sessions.far_net.run(|| {
        let unit = Unit::create()?;
        let channel = one.channel()?;
        let bridged = channel.connect(unit.index());
        ensure_fails(bridged, Some(libc::EINVAL), ErrorKind::Other, &["or bridged (EINVAL)"])?;
        channel.unbridge()?;
        channel.connect(unit.index())?;
        let connected = Bridge::new(two, one);
        ensure_fails(connected, Some(libc::EALREADY), ErrorKind::Exists, &["connected to a unit"])
    })
}

/// The Ethernet address of a namespace's end of the cable.
pub(crate) fn mac(net: &Net) -> Result<[u8; 6]> {
    let link = net.ip_json("link show veth0")?;
    let text = link[0]["address"].as_str().context("no address")?;
    let octets = text.split(':').map(|octet| u8::from_str_radix(octet, 16));
    let octets = octets.collect::<Result<Vec<_>, _>>()?;
    octets.try_into().ok().with_context(|| format!("{text} is no Ethernet address"))
}

/// Both ends of a PPPoE session over the cable.
fn pppoe(one: &Net, other: &Net, session_id: u16) -> Result<[PppoeSocket; 2]> {
    let end = |net: &Net, peer: &Net| {
        let remote = mac(peer)?;
        let device = IfName::new("veth0")?;
        let address = PppoeAddress { session_id, remote, device };
        // Of two that ask at once for the module, one may be told that it is not there.
        eventually("a PPPoE socket", || net.run(|| Ok(PppoeSocket::connect(&address)?)))
    };
    Ok([end(one, other)?, end(other, one)?])
}

fn frames_cross_an_access_concentrator() -> Result<()> {
    let (near, concentrator) = Net::pair()?;
    let [subscriber, access] = pppoe(&near, &concentrator, 7)?;
    let [(_, server), (_, session)] = link((&near, &concentrator), 1)?;
    let _bridge = concentrator.run(|| Ok(Bridge::new(&access, &session)?))?;
    let subscriber = near.run(|| Ok(subscriber.channel()?))?;
    subscriber.set_nonblocking(true)?;
    server.set_nonblocking(true)?;
    (&subscriber).write_all(&echo(1))?;
    ensure!(frame(&server)? == echo(1));
    (&server).write_all(&echo(2))?;
    ensure!(frame(&subscriber)? == echo(2));
    let counted = session.statistics()?.statistics;
    ensure!((counted.tx_packets, counted.rx_packets) == (1, 1), "{counted}");
    Ok(())
}

fn pppoe_sockets_exchange_frames() -> Result<()> {
    let (one, other) = Net::pair()?;
    let [here, there] = pppoe(&one, &other, 7)?;
    let here = one.run(|| Ok(here.channel()?))?;
    let there = other.run(|| Ok(there.channel()?))?;
    there.set_nonblocking(true)?;
    (&here).write_all(&echo(1))?;
    ensure!(frame(&there)? == echo(1));
    Ok(())
}

fn pppoe_rejections_are_explained() -> Result<()> {
    let (net, other) = Net::pair()?;
    let _ends = pppoe(&net, &other, 7)?;
    let device = IfName::new("veth0")?;
    let same = PppoeAddress { session_id: 7, remote: mac(&other)?, device };
    ensure_fails(
        net.run(|| Ok(PppoeSocket::connect(&same)))?,
        Some(libc::EALREADY),
        ErrorKind::Exists,
        &[
            "connect PPPoE socket to PPPoE session 7 with ",
            "the session already has a socket (EALREADY)",
        ],
    )?;
    let nowhere = PppoeAddress { device: IfName::new("eth9")?, ..same };
    let missing = ["on eth9: no such device, or it is down (ENODEV)"];
    let errno = Some(libc::ENODEV);
    let outcome = net.run(|| Ok(PppoeSocket::connect(&nowhere)))?;
    ensure_fails(outcome, errno, ErrorKind::NotFound, &missing)?;
    net.ip("link set veth0 down")?;
    let down = PppoeAddress { session_id: 8, ..same };
    let outcome = net.run(|| Ok(PppoeSocket::connect(&down)))?;
    ensure_fails(outcome, errno, ErrorKind::NotFound, &["or it is down"])
}
