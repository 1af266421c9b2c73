//! Packets through a tunnel, and what the counters of both ends say of them.

use std::fs;

use anyhow::{Result, ensure};
use l2tp::L2SpecType;
use l2tp::types::Statistics;

use crate::support::{Variant, Wire, tests};

tests![
    both_ends_count_the_same for Variant::V3,
    cookies_and_sequence_numbers_pass for Variant::V3,
    without_a_sublayer_it_passes for Variant::V3,
    routes_lead_through_it for Variant::V3,
    a_tunnel_counts_for_its_sessions,
    bytes_include_the_headers_of_l2tp,
];

/// Echo requests in a test.
const COUNT: u32 = 5;

/// Pings, and checks that both ends counted the echoes, those only, and no failure.
fn ping_and_count(wire: &Wire) -> Result<()> {
    wire.ping(COUNT)?;
    for end in [&wire.one, &wire.other] {
        let counted = end.statistics()?;
        let mut clean = Statistics::default();
        clean.tx_packets = COUNT.into();
        clean.rx_packets = COUNT.into();
        clean.tx_bytes = counted.tx_bytes;
        clean.rx_bytes = counted.rx_bytes;
        clean.rx_invalid = Some(0);
        ensure!(counted == clean, "{counted:#?}");
    }
    Ok(())
}

fn both_ends_count_the_same(variant: Variant) -> Result<()> {
    ping_and_count(&Wire::new(variant)?)
}

fn cookies_and_sequence_numbers_pass(variant: Variant) -> Result<()> {
    let wire = Wire::with(variant, |host, _, session| {
        *session = session
            .local_cookie([host; 8])
            .peer_cookie([3 - host; 8])
            .send_seq(true)
            .recv_seq(true);
    })?;
    ping_and_count(&wire)
}

fn without_a_sublayer_it_passes(variant: Variant) -> Result<()> {
    ping_and_count(&Wire::with(variant, |_, _, session| session.l2spec = L2SpecType::None)?)
}

/// Of both families, whatever that of the tunnel is, to addresses behind its ends.
fn routes_lead_through_it(variant: Variant) -> Result<()> {
    let wire = Wire::new(variant)?;
    for (host, peer, net) in [(1, 2, &wire.one.net), (2, 1, &wire.other.net)] {
        net.run(|| Ok(fs::write("/proc/sys/net/ipv6/conf/l2tp0/disable_ipv6", "0")?))?;
        net.ip_all(&[
            &format!("addr add fd02::{host}/64 dev l2tp0 nodad"),
            &format!("addr add 198.51.100.{host}/32 dev lo"),
            &format!("addr add fd03::{host}/128 dev lo nodad"),
            &format!("route add 198.51.100.{peer} via 192.0.2.{peer}"),
            &format!("route add fd03::{peer} via fd02::{peer}"),
        ])?;
    }
    for (from, to) in [("198.51.100.1", "198.51.100.2"), ("fd03::1", "fd03::2")] {
        wire.one.net.program("ping", &["-c", "1", "-W", "5", "-I", from, to])?;
    }
    Ok(())
}

fn a_tunnel_counts_for_its_sessions() -> Result<()> {
    let wire = Wire::new(Variant::PLAIN)?;
    wire.ping(COUNT)?;
    ensure!(wire.one.statistics()? == wire.one.tunnel_statistics()?);
    Ok(())
}

/// An echo has 98 bytes with its Ethernet header, behind 4 of L2TP over UDP, 4 for the session, 4
/// of cookie and 4 of sublayer. Both ends count these; neither counts those of UDP and IP.
fn bytes_include_the_headers_of_l2tp() -> Result<()> {
    let wire = Wire::with(Variant::PLAIN, |_, _, session| {
        *session = session.local_cookie([7; 4]).peer_cookie([7; 4]);
    })?;
    wire.ping(COUNT)?;
    let (sent, got) = (wire.one.statistics()?.tx_bytes, wire.other.statistics()?.rx_bytes);
    let bytes = u64::from(COUNT) * (98 + 16);
    ensure!(sent == bytes && got == bytes, "{sent} bytes sent, {got} received, not {bytes}");
    Ok(())
}
