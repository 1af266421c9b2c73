//! Packets through a tunnel, and what the counters of both ends say of them.

use anyhow::{Result, ensure};
use l2tp::{
    EncapType, IfName, ProtocolVersion, PseudowireType, SessionConfig, SessionInfo, TunnelConfig,
};

use crate::support::{Net, tests};

tests![both_ends_count_the_same,];

/// One end of an Ethernet session in a UDP tunnel between the hosts `here` and `there` of a pair
/// of namespaces, with the address `192.0.2.<here>` on the interface `l2tp0`.
fn end(net: &Net, here: u8, there: u8) -> Result<SessionConfig> {
    let mut conn = net.conn()?;
    let (id, peer) = (u32::from(here), u32::from(there));
    let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, id, peer);
    conn.create_static_tunnel(
        format!("10.0.0.{here}:1701").parse()?,
        format!("10.0.0.{there}:1701").parse()?,
        &tunnel,
    )?;
    let session = SessionConfig::new(&tunnel, PseudowireType::Eth, 10 * id, 10 * peer)
        .local_cookie([here; 8])
        .peer_cookie([there; 8])
        .ifname(IfName::new("l2tp0")?);
    conn.create_session(&session)?;
    // Without IPv6 the interface sends nothing of its own accord.
    net.run(|| Ok(std::fs::write("/proc/sys/net/ipv6/conf/l2tp0/disable_ipv6", "1")?))?;
    net.ip(&format!("addr add 192.0.2.{here}/24 dev l2tp0"))?;
    net.ip("link set l2tp0 up")?;
    Ok(session)
}

fn info(net: &Net, session: &SessionConfig) -> Result<SessionInfo> {
    Ok(net.conn()?.get_session_info(session)?)
}

fn both_ends_count_the_same() -> Result<()> {
    let (one, other) = Net::pair()?;
    let here = end(&one, 1, 2)?;
    let there = end(&other, 2, 1)?;
    one.program("ping", &["-c", "5", "-i", "0.2", "-W", "5", "192.0.2.2"])?;
    let (here, there) = (info(&one, &here)?.statistics, info(&other, &there)?.statistics);
    // Five echoes and an ARP exchange.
    ensure!(here.tx_packets >= 6, "{here}");
    ensure!(here.tx_packets == there.rx_packets, "{here} / {there}");
    ensure!(here.rx_packets == there.tx_packets, "{here} / {there}");
    ensure!(here.rx_errors + here.tx_errors + there.rx_errors + there.tx_errors == 0);
    Ok(())
}
