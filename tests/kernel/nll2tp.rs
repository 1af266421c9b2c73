//! Faults of nll2tp, the Go package whose scope is this library's: none of them is carried over.

use anyhow::{Result, ensure};
use l2tp::{IfName, L2SpecType, PseudowireType, SessionConfig, TunnelId};

use crate::support::{Net, Raw, Variant, Wire, put_session, tests};

tests![
    session_info_is_decoded,
    the_peers_cookie_is_sent_as_such,
    a_udp_checksum_can_be_enabled,
    the_default_sublayer_is_the_kernels,
];

/// Its `GetSessionInfo` returns an empty value.
fn session_info_is_decoded() -> Result<()> {
    let wire = Wire::new(Variant::PLAIN)?;
    wire.ping(1)?;
    let info = wire.one.net.conn()?.get_session_info(&wire.one.session)?;
    ensure!(info.session_id == wire.one.session.session_id, "{info:#?}");
    ensure!(info.peer_session_id == wire.one.session.peer_session_id, "{info:#?}");
    ensure!(info.ifname == Some(IfName::new("l2tp0")?), "{info:#?}");
    ensure!(info.statistics.tx_packets == 1 && info.statistics.rx_packets == 1, "{info:#?}");
    Ok(())
}

/// It sends the peer's cookie as a second local one, so that none is demanded.
fn the_peers_cookie_is_sent_as_such() -> Result<()> {
    let wire = Wire::with(Variant::PLAIN, |host, _, session| {
        *session = session.local_cookie([host; 4]).peer_cookie([3 - host; 4]);
    })?;
    let info = wire.one.net.conn()?.get_session_info(&wire.one.session)?;
    ensure!(info.local_cookie == Some([1; 4].into()), "{info:#?}");
    ensure!(info.peer_cookie == Some([2; 4].into()), "{info:#?}");
    wire.ping(1)
}

/// It has no field for that.
fn a_udp_checksum_can_be_enabled() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, variant) = (net.conn()?, Variant::PLAIN);
    let config = variant.config().udp_csum(true);
    conn.create_static_tunnel(variant.local(), variant.peer(), &config)?;
    let info = conn.get_tunnel_info(TunnelId(1))?;
    ensure!(info.udp_csum == Some(true), "{info:#?}");
    Ok(())
}

/// Its zero value is no sublayer, the kernel's choice is the default one.
fn the_default_sublayer_is_the_kernels() -> Result<()> {
    let wire = Wire::new(Variant::PLAIN)?;
    let mut conn = wire.one.net.conn()?;
    let named = |id, name| -> Result<_> {
        Ok(SessionConfig::new(&wire.one.tunnel, PseudowireType::Eth, id, id)
            .ifname(IfName::new(name)?))
    };
    conn.create_session(&named(100, "none")?.l2spec(L2SpecType::None))?;
    Raw::open(&wire.one.net)?
        .command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| put_session(out, 1, 101))??;
    let ours = wire.one.net.mtu("l2tp0")?;
    ensure!(ours == wire.one.net.mtu("l2tpeth0")?, "not the kernel's choice: MTU {ours}");
    ensure!(ours + 4 == wire.one.net.mtu("none")?, "no sublayer at all: MTU {ours}");
    Ok(())
}
