//! Tunnels whose socket the kernel makes: each kind is read back whole, and compared with
//! iproute2 in both directions.

use anyhow::{Result, ensure};
use l2tp::TunnelId;

use crate::support::{Net, Variant, ensure_shown, tests};

tests![
    reads_back for Variant::ALL,
    is_shown_by_iproute2 for Variant::ALL,
    of_iproute2_is_read for Variant::V3,
];

fn reads_back(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    let info = conn.get_tunnel_info(TunnelId(1))?;
    ensure!(info == variant.info(), "{info:#?}");
    ensure!(info.local() == Some(variant.local()), "{info:#?}");
    ensure!(info.peer() == Some(variant.peer()), "{info:#?}");
    Ok(())
}

fn is_shown_by_iproute2(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    net.conn()?.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    ensure_shown(&net.ip_json("l2tp show tunnel")?, &variant.iproute())
}

fn of_iproute2_is_read(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let (local, peer) = (variant.local(), variant.peer());
    let encap = if variant.is_udp() {
        format!("encap udp udp_sport {} udp_dport {}", local.port(), peer.port())
    } else {
        "encap ip".to_owned()
    };
    net.ip(&format!(
        "l2tp add tunnel tunnel_id 1 peer_tunnel_id 2 local {} remote {} {encap}",
        local.ip(),
        peer.ip(),
    ))?;
    let info = net.conn()?.get_tunnel_info(TunnelId(1))?;
    ensure!(info == variant.info(), "{info:#?}");
    Ok(())
}
