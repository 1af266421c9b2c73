//! Sessions: every field of a configuration is read back, and compared with iproute2 in both
//! directions.

use std::time::Duration;

use anyhow::{Result, ensure};
use l2tp::types::DebugFlags;
use l2tp::{
    Conn, Cookie, IfName, L2SpecType, ProtocolVersion, PseudowireType, SessionConfig, SessionId,
    SessionInfo, SessionKey, TunnelId,
};
use serde_json::{Map, Value, json};

use crate::support::{Net, Raw, Variant, ensure_shown, put, put_session, tests};

tests![
    reads_back for Variant::ALL,
    every_field_reads_back for Variant::V3,
    is_shown_by_iproute2 for Variant::V3,
    of_iproute2_is_read for Variant::V3,
    each_switch_is_its_own,
    an_interface_names_its_session,
    the_kernel_names_the_interface,
    a_number_is_filled_into_the_name,
    a_wrong_peer_tunnel_id_is_ignored,
    ethernet_vlan_is_made_as_ethernet,
    ppp_of_an_access_concentrator_is_made_as_ppp,
    timeouts_are_rounded_up_to_ticks,
    the_longest_timeout_is_kept,
    a_longer_timeout_is_not_kept,
    without_a_word_the_sublayer_is_the_default,
    without_a_sublayer_there_is_room_for_more,
];

/// The session of the tunnel that a [`Variant`] describes.
fn tunnel(net: &Net, variant: Variant) -> Result<Conn> {
    let mut conn = net.conn()?;
    conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    Ok(conn)
}

/// Session 10 to session 20, of a kind that the variant carries, with the kernel's defaults.
fn plain(variant: Variant) -> SessionConfig {
    let pseudowire = match variant.version {
        ProtocolVersion::V2 => PseudowireType::Ppp,
        _ => PseudowireType::Eth,
    };
    SessionConfig::new(&variant.config(), pseudowire, 10, 20)
}

/// The same with every field set that the kernel reports.
fn full(variant: Variant) -> Result<SessionConfig> {
    Ok(plain(variant)
        .local_cookie([0xde, 0xad, 0xbe, 0xef])
        .peer_cookie([1, 2, 3, 4, 5, 6, 7, 8])
        .ifname(IfName::new("wire0")?)
        .send_seq(true)
        .recv_seq(true)
        .lns_mode(true)
        .reorder_timeout(Duration::from_millis(100)))
}

/// All that the kernel should say of a new session, when nobody else has made one.
fn expected(config: &SessionConfig) -> Result<SessionInfo> {
    let named = match config.pseudowire {
        PseudowireType::Eth => Some(IfName::new("l2tpeth0")?),
        _ => None,
    };
    let mut info = SessionInfo::new(&Variant::PLAIN.info(), config.pseudowire, 10, 20);
    info.ifname = config.ifname.or(named);
    info.local_cookie = config.local_cookie;
    info.peer_cookie = config.peer_cookie;
    info.recv_seq = config.recv_seq;
    info.send_seq = config.send_seq;
    info.lns_mode = config.lns_mode;
    info.reorder_timeout = config.reorder_timeout.unwrap_or_default();
    info.statistics.rx_invalid = Some(0);
    Ok(info)
}

fn create_and_compare(variant: Variant, config: &SessionConfig) -> Result<()> {
    let net = Net::new()?;
    let mut conn = tunnel(&net, variant)?;
    conn.create_session(config)?;
    let info = conn.get_session_info(config)?;
    ensure!(info == expected(config)?, "{info:#?}");
    Ok(())
}

fn reads_back(variant: Variant) -> Result<()> {
    create_and_compare(variant, &plain(variant))
}

fn every_field_reads_back(variant: Variant) -> Result<()> {
    create_and_compare(variant, &full(variant)?)
}

fn shown(config: &SessionConfig) -> Map<String, Value> {
    let mut shown = Map::new();
    for (key, value) in [
        ("tunnel_id", json!(1)),
        ("session_id", json!(10)),
        ("peer_tunnel_id", json!(2)),
        ("peer_session_id", json!(20)),
        ("interface", json!("wire0")),
        ("cookie", json!(config.local_cookie.map(|cookie| cookie.to_string()))),
        ("peer_cookie", json!(config.peer_cookie.map(|cookie| cookie.to_string()))),
        ("reorder_timeout", json!(100)),
    ] {
        shown.insert(key.to_owned(), value);
    }
    shown
}

fn is_shown_by_iproute2(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let config = full(variant)?;
    tunnel(&net, variant)?.create_session(&config)?;
    let listing = net.ip_json("l2tp show session")?;
    // Switches are shown as keys without values.
    for switch in ["send_seq", "recv_seq"] {
        ensure!(listing[0].get(switch).is_some(), "{listing}");
    }
    ensure_shown(&listing, &shown(&config))
}

fn of_iproute2_is_read(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let mut conn = tunnel(&net, variant)?;
    net.ip("l2tp add session name wire0 tunnel_id 1 session_id 10 peer_session_id 20 \
         cookie deadbeef peer_cookie 0102030405060708 seq both l2spec_type none")?;
    let mut config = full(variant)?;
    config.lns_mode = false;
    config.reorder_timeout = None;
    let info = conn.get_session_info((TunnelId(1), SessionId(10)))?;
    ensure!(info == expected(&config)?, "{info:#?}");
    Ok(())
}

fn each_switch_is_its_own() -> Result<()> {
    for switch in [SessionConfig::send_seq, SessionConfig::recv_seq, SessionConfig::lns_mode] {
        create_and_compare(Variant::PLAIN, &switch(plain(Variant::PLAIN), true))?;
    }
    let ends: [fn(SessionConfig, Cookie) -> SessionConfig; 2] =
        [SessionConfig::local_cookie, SessionConfig::peer_cookie];
    for cookie in ends {
        let config = cookie(plain(Variant::PLAIN), Cookie::from([7; 8]));
        create_and_compare(Variant::PLAIN, &config)?;
    }
    Ok(())
}

/// A key by name goes by the name that the interface had at first.
fn an_interface_names_its_session() -> Result<()> {
    let net = Net::new()?;
    let mut conn = tunnel(&net, Variant::PLAIN)?;
    conn.create_session(&full(Variant::PLAIN)?)?;
    net.ip("link set wire0 name wire1")?;
    let first = SessionKey::from(IfName::new("wire0")?);
    let info = conn.get_session_info(first)?;
    ensure!(info.session_id == SessionId(10), "{info:#?}");
    ensure!(info.ifname == Some(IfName::new("wire0")?), "{info:#?}");
    let renamed = conn.get_session_info(IfName::new("wire1")?);
    ensure!(renamed.as_ref().is_err_and(l2tp::Error::is_not_found), "{renamed:?}");
    conn.delete_session(first)?;
    Ok(())
}

fn the_kernel_names_the_interface() -> Result<()> {
    let net = Net::new()?;
    let mut conn = tunnel(&net, Variant::PLAIN)?;
    for (session, name) in [(10, "l2tpeth0"), (11, "l2tpeth1")] {
        let config = SessionConfig::new(&Variant::PLAIN.config(), PseudowireType::Eth, session, 20);
        conn.create_session(&config)?;
        let info = conn.get_session_info(&config)?;
        ensure!(info.ifname == Some(IfName::new(name)?), "{info:#?}");
        net.ip(&format!("link show {name}"))?;
    }
    Ok(())
}

fn a_number_is_filled_into_the_name() -> Result<()> {
    let net = Net::new()?;
    let mut conn = tunnel(&net, Variant::PLAIN)?;
    let config = plain(Variant::PLAIN).ifname(IfName::new("pw%d")?);
    conn.create_session(&config)?;
    let info = conn.get_session_info(&config)?;
    ensure!(info.ifname == Some(IfName::new("pw0")?), "{info:#?}");
    Ok(())
}

fn a_wrong_peer_tunnel_id_is_ignored() -> Result<()> {
    let net = Net::new()?;
    let mut conn = tunnel(&net, Variant::PLAIN)?;
    let mut config = plain(Variant::PLAIN).debug(DebugFlags::DATA);
    config.peer_tunnel_id = TunnelId(99);
    conn.create_session(&config)?;
    let info = conn.get_session_info(&config)?;
    ensure!(info == expected(&config)?, "{info:#?}");
    Ok(())
}

fn made_as(asked: PseudowireType, made: PseudowireType) -> Result<()> {
    let net = Net::new()?;
    let mut conn = tunnel(&net, Variant::PLAIN)?;
    let mut config = plain(Variant::PLAIN);
    config.pseudowire = asked;
    conn.create_session(&config)?;
    let info = conn.get_session_info(&config)?;
    config.pseudowire = made;
    ensure!(info == expected(&config)?, "{info:#?}");
    Ok(())
}

fn ethernet_vlan_is_made_as_ethernet() -> Result<()> {
    made_as(PseudowireType::EthVlan, PseudowireType::Eth)
}

fn ppp_of_an_access_concentrator_is_made_as_ppp() -> Result<()> {
    made_as(PseudowireType::PppAc, PseudowireType::Ppp)
}

/// Debian's kernels tick 250 times a second.
fn timeouts_are_rounded_up_to_ticks() -> Result<()> {
    let net = Net::new()?;
    let mut conn = tunnel(&net, Variant::PLAIN)?;
    for (id, asked, kept) in [(10, 1_000, 4), (11, 4_000, 4), (12, 103_000, 104), (13, 1, 4)] {
        let config = SessionConfig::new(&Variant::PLAIN.config(), PseudowireType::Eth, id, id)
            .reorder_timeout(Duration::from_micros(asked));
        conn.create_session(&config)?;
        let info = conn.get_session_info(&config)?;
        ensure!(info.reorder_timeout == Duration::from_millis(kept), "{asked} us: {info:#?}");
    }
    Ok(())
}

fn the_longest_timeout_is_kept() -> Result<()> {
    let net = Net::new()?;
    let mut conn = tunnel(&net, Variant::PLAIN)?;
    let longest = Duration::from_millis((1 << 31) - 1);
    let config = plain(Variant::PLAIN).reorder_timeout(longest);
    conn.create_session(&config)?;
    let kept = conn.get_session_info(&config)?.reorder_timeout;
    let tick = Duration::from_millis(4);
    ensure!(longest <= kept && kept < longest + tick, "{kept:?}");
    Ok(())
}

/// The kernel takes the milliseconds for a negative number, and that for "as long as can be", of
/// which it reports 32 bits.
fn a_longer_timeout_is_not_kept() -> Result<()> {
    let net = Net::new()?;
    let mut conn = tunnel(&net, Variant::PLAIN)?;
    let timeout = (1_u64 << 31).to_ne_bytes();
    Raw::open(&net)?.command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| {
        put_session(out, 1, 10)?;
        put(out, l2tp_sys::L2TP_ATTR_RECV_TIMEOUT, &timeout)
    })??;
    let kept = conn.get_session_info((TunnelId(1), SessionId(10)))?.reorder_timeout;
    ensure!(kept == Duration::from_millis((1 << 32) - 8), "{kept:?}");
    Ok(())
}

/// The MTU tells what headers the kernel expects to send. The other session is of a request that
/// does not speak of the sublayer.
fn without_a_word_the_sublayer_is_the_default() -> Result<()> {
    let net = Net::new()?;
    let mut conn = tunnel(&net, Variant::PLAIN)?;
    conn.create_session(&plain(Variant::PLAIN).ifname(IfName::new("ours")?))?;
    let mut raw = Raw::open(&net)?;
    raw.command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| {
        put_session(out, 1, 11)?;
        put(out, l2tp_sys::L2TP_ATTR_IFNAME, b"theirs\0")
    })??;
    ensure!(net.mtu("ours")? == net.mtu("theirs")?);
    Ok(())
}

fn without_a_sublayer_there_is_room_for_more() -> Result<()> {
    let net = Net::new()?;
    let mut conn = tunnel(&net, Variant::PLAIN)?;
    let tunnel = Variant::PLAIN.config();
    for (id, name, l2spec) in [(10, "with", L2SpecType::Default), (11, "none", L2SpecType::None)] {
        let config = SessionConfig::new(&tunnel, PseudowireType::Eth, id, id)
            .ifname(IfName::new(name)?)
            .l2spec(l2spec);
        conn.create_session(&config)?;
    }
    let (with, without) = (net.mtu("with")?, net.mtu("none")?);
    ensure!(without == with + 4, "{with} with, {without} without");
    Ok(())
}
