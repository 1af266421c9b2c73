//! Tunnels on sockets of the program's own: each kind is read back whole and shown by iproute2.

use std::net::UdpSocket;

use anyhow::{Context, Result, ensure};
use l2tp::TunnelId;

use crate::support::{Net, Variant, ensure_shown, tests};

tests![reads_back for Variant::UDP];

/// A socket of the variant's kind between its two ends, as its own program would make it.
fn socket(net: &Net, variant: Variant) -> Result<UdpSocket> {
    net.run(|| {
        let socket = UdpSocket::bind(variant.local()).context("bind")?;
        socket.connect(variant.peer()).context("connect")?;
        Ok(socket)
    })
}

fn reads_back(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let socket = socket(&net, variant)?;
    conn.create_managed_tunnel(&socket, &variant.config())?;
    let info = conn.get_tunnel_info(TunnelId(1))?;
    let mut expected = variant.info();
    // A program's socket has checksums unless it turns them off.
    expected.udp_csum = expected.udp_csum.map(|_| true);
    ensure!(info == expected, "{info:#?}");
    let mut shown = variant.iproute();
    if let Some(checksum) = shown.get_mut("checksum") {
        *checksum = true.into();
    }
    ensure_shown(&net.ip_json("l2tp show tunnel")?, &shown)
}
