//! A tunnel whose local address is taken from its interface, and given back.

use anyhow::{Result, ensure};
use l2tp::types::Statistics;

use crate::support::{Variant, Wire, eventually, tests};

tests![
    frames_are_errors_over_ipv4_and_leave_over_ipv6 for Variant::V3,
];

/// Of host 1.
fn address(variant: Variant) -> &'static str {
    if variant.ipv6 { "fd00::1/64 dev veth0 nodad" } else { "10.0.0.1/24 dev veth0" }
}

fn sent_since(wire: &Wire, before: &Statistics) -> Result<[u64; 2]> {
    let now = wire.one.statistics()?;
    Ok([now.tx_packets - before.tx_packets, now.tx_errors - before.tx_errors])
}

/// Once the address is back the tunnel works as before.
fn frames_are_errors_over_ipv4_and_leave_over_ipv6(variant: Variant) -> Result<()> {
    let wire = Wire::new(variant)?;
    wire.ping(1)?;
    let (net, frames) = (&wire.one.net, wire.one.frames()?);
    // A route of its own: the one that comes with the address goes with it.
    let peer = if variant.ipv6 { "fd00::2" } else { "10.0.0.2" };
    net.ip(&format!("route add {peer} dev veth0"))?;
    net.ip(&format!("addr del {}", address(variant).trim_end_matches(" nodad")))?;
    let (before, there) = (wire.one.statistics()?, wire.other.statistics()?);
    for _ in 0..3 {
        frames.send(b"frame")?;
    }
    let expected = if variant.ipv6 { [3, 0] } else { [0, 3] };
    let sent = sent_since(&wire, &before)?;
    ensure!(sent == expected, "{sent:?}");
    let arrived = wire.other.statistics()?.rx_packets - there.rx_packets;
    ensure!(variant.ipv6 || arrived == 0, "{arrived} arrived");
    net.ip(&format!("addr add {}", address(variant)))?;
    eventually("it works again", || wire.ping(1))
}
