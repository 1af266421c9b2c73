//! Frames too large for a link on the way: in fragments, after a loss, or never.

use std::fs;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use anyhow::{Result, ensure};
use l2tp::{PseudowireType, SessionConfig, TunnelConfig};

use crate::support::{Net, Variant, Wire, eventually, outlet, tests};

tests![
    a_frame_larger_than_the_link_goes_in_fragments for Variant::V3,
    a_router_cuts_packets_of_ipv4 for IPV4,
    a_routers_icmp_error_arrives_over_udp_and_ipv6,
    a_routers_icmp_error_is_lost_over_ip_and_ipv6,
];

const IPV4: [Variant; 2] = [Variant::V3_UDP4, Variant::V3_IP4];

fn a_frame_larger_than_the_link_goes_in_fragments(variant: Variant) -> Result<()> {
    let wire = Wire::new(variant)?;
    for end in [&wire.one, &wire.other] {
        end.net.ip("link set l2tp0 mtu 4000")?;
    }
    wire.ping(1)?;
    ensure!(wire.one.net.fragments()? == 0);
    let ping = ["-c", "1", "-W", "2", "-M", "do", "-s", "3900", "192.0.2.2"];
    wire.one.net.program("ping", &ping)?;
    ensure!(wire.one.net.fragments()? == 3);
    let counted = wire.one.statistics()?;
    ensure!(counted.tx_packets == 2 && counted.tx_errors == 0, "{counted:#?}");
    Ok(())
}

/// A host, a router, and a host behind a link of [`NARROW`], with a tunnel from host to host.
struct Route {
    near: Net,
    router: Net,
    far: Net,
    session: SessionConfig,
    frames: UdpSocket,
}

/// The smallest MTU that IPv6 allows is 1280.
const NARROW: u32 = 1300;
/// A frame that the first link takes in one packet and the second does not.
const FRAME: &[u8] = &[0; 1320];

impl Route {
    fn new(variant: Variant) -> Result<Self> {
        let (near, router) = Net::pair()?;
        let far = Net::new()?;
        router.add_link(&format!("veth1 type veth peer name veth0 netns {}", far.path()))?;
        for (net, link, host) in [(&router, "veth1", 1), (&far, "veth0", 2)] {
            net.ip_all(&[
                &format!("addr add 10.0.1.{host}/24 dev {link}"),
                &format!("addr add fd01::{host}/64 dev {link} nodad"),
                &format!("link set {link} mtu {NARROW} up"),
            ])?;
        }
        near.ip_all(&["route add 10.0.1.0/24 via 10.0.0.2", "route add fd01::/64 via fd00::2"])?;
        far.ip_all(&["route add 10.0.0.0/24 via 10.0.1.1", "route add fd00::/64 via fd01::1"])?;
        router.run(|| {
            fs::write("/proc/sys/net/ipv4/ip_forward", "1")?;
            Ok(fs::write("/proc/sys/net/ipv6/conf/all/forwarding", "1")?)
        })?;
        let (here, there) =
            if variant.ipv6 { ("fd00::1", "fd01::2") } else { ("10.0.0.1", "10.0.1.2") };
        // Addresses need a moment to be usable, neighbours to be known.
        eventually("the way is open", || near.program("ping", &["-c", "1", "-W", "1", there]))?;
        end(&near, variant, (1, here), (2, there))?;
        let session = end(&far, variant, (2, there), (1, here))?;
        far.ip("link set l2tpeth0 up")?;
        let frames = outlet(&near, "l2tpeth0")?;
        Ok(Self { near, router, far, session, frames })
    }

    fn send(&self) -> Result<()> {
        self.frames.send(FRAME)?;
        Ok(())
    }

    /// Waits until this many frames have arrived.
    fn expect(&self, frames: u64) -> Result<()> {
        eventually("the frames arrive", || {
            let received = self.received()?;
            ensure!(received == frames, "{received} frames arrived, not {frames}");
            Ok(())
        })
    }

    /// Waits until the router has said of this many packets that they are too big.
    fn told(&self, packets: u64) -> Result<()> {
        eventually("the router answers", || {
            let told = self.near.counter("Icmp6InPktTooBigs")?;
            ensure!(told == packets, "the router said so {told} times, not {packets}");
            Ok(())
        })
    }

    /// How many frames the far host has received.
    fn received(&self) -> Result<u64> {
        Ok(self.far.conn()?.get_session_info(&self.session)?.statistics.rx_packets)
    }
}

/// One end of the tunnel, with a session.
fn end(
    net: &Net,
    variant: Variant,
    (id, local): (u32, &str),
    (peer_id, peer): (u32, &str),
) -> Result<SessionConfig> {
    let mut conn = net.conn()?;
    let tunnel = TunnelConfig::new(variant.version, variant.encap, id, peer_id);
    let port = if variant.is_udp() { 1701 } else { 0 };
    let at = |host: &str| Ok::<_, anyhow::Error>(SocketAddr::new(host.parse::<IpAddr>()?, port));
    conn.create_static_tunnel(at(local)?, at(peer)?, &tunnel)?;
    let session = SessionConfig::new(&tunnel, PseudowireType::Eth, 10 * id, 10 * peer_id);
    conn.create_session(&session)?;
    Ok(session)
}

/// None is lost: they are sent without "don't fragment".
fn a_router_cuts_packets_of_ipv4(variant: Variant) -> Result<()> {
    let route = Route::new(variant)?;
    for sent in 1..=3 {
        route.send()?;
        route.expect(sent)?;
    }
    ensure!(route.near.fragments()? == 0 && route.router.fragments()? == 6);
    Ok(())
}

/// The first is lost and makes the path's MTU known; the others are sent in fragments.
fn a_routers_icmp_error_arrives_over_udp_and_ipv6() -> Result<()> {
    let route = Route::new(Variant::V3_UDP6)?;
    route.send()?;
    route.told(1)?;
    ensure!(route.received()? == 0);
    route.send()?;
    route.send()?;
    route.expect(2)?;
    ensure!(route.near.fragments()? == 4 && route.router.fragments()? == 0);
    Ok(())
}

/// Every frame of the size is lost, and no counter says so.
fn a_routers_icmp_error_is_lost_over_ip_and_ipv6() -> Result<()> {
    let route = Route::new(Variant::V3_IP6)?;
    for sent in 1..=5 {
        route.send()?;
        route.told(sent)?;
    }
    ensure!(route.received()? == 0 && route.near.fragments()? == 0);
    for info in route.near.conn()?.sessions()? {
        let counted = info?.statistics;
        ensure!(counted.tx_packets == 5 && counted.tx_errors == 0, "{counted:#?}");
    }
    // A smaller one passes.
    route.frames.send(&FRAME[..1000])?;
    route.expect(1)
}
