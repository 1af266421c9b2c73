//! The kernel writes attributes in the order of the structs' fields, so that answers are decoded
//! the quick way, in which no number is looked up.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::netlink::attr::{Attrs, FromAttrs};
use l2tp::{PseudowireType, SessionConfig, SessionInfo, TunnelInfo};

use crate::support::{Net, Raw, Variant, put, tests};

tests![
    tunnels_are_written_as_they_are_declared for Variant::ALL,
    ppp_sessions_are_written_as_they_are_declared for Variant::UDP,
    ethernet_sessions_are_written_as_they_are_declared for Variant::V3,
];

fn tunnels_are_written_as_they_are_declared(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    net.conn()?.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    let mut raw = Raw::open(&net)?;
    let answer = raw.answer(l2tp_sys::L2TP_CMD_TUNNEL_GET, |out| {
        put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &1_u32.to_ne_bytes())
    })?;
    let info = TunnelInfo::in_order(answer.attrs()?).context("another order")?;
    ensure!(info == variant.info(), "{info:#?}");
    Ok(())
}

fn ppp_sessions_are_written_as_they_are_declared(variant: Variant) -> Result<()> {
    let plain = SessionConfig::new(&variant.config(), PseudowireType::Ppp, 10, 20);
    let numbered = plain.send_seq(true).recv_seq(true).reorder_timeout(Duration::from_secs(1));
    written_as_declared(variant, &plain)?;
    written_as_declared(variant, &numbered)
}

fn ethernet_sessions_are_written_as_they_are_declared(variant: Variant) -> Result<()> {
    let named = SessionConfig::new(&variant.config(), PseudowireType::Eth, 10, 20);
    let full = named
        .local_cookie([1, 2, 3, 4])
        .peer_cookie([1, 2, 3, 4, 5, 6, 7, 8])
        .reorder_timeout(Duration::from_secs(1));
    written_as_declared(variant, &named)?;
    written_as_declared(variant, &full)
}

/// The types of attributes as they stand in their headers, flag bits included.
fn types(attrs: &Attrs<'_>) -> Vec<u16> {
    let (mut bytes, mut types) = (attrs.rest(), Vec::new());
    while let Some(&[l0, l1, t0, t1]) = bytes.first_chunk() {
        types.push(u16::from_ne_bytes([t0, t1]));
        let len = usize::from(u16::from_ne_bytes([l0, l1])).next_multiple_of(4);
        bytes = bytes.get(len.max(4)..).unwrap_or_default();
    }
    types
}

/// What the kernel says of a session: of its name, its cookies and its timeout where there are any.
fn expected(config: &SessionConfig) -> Vec<u16> {
    let mut types = vec![
        l2tp_sys::L2TP_ATTR_CONN_ID,
        l2tp_sys::L2TP_ATTR_SESSION_ID,
        l2tp_sys::L2TP_ATTR_PEER_CONN_ID,
        l2tp_sys::L2TP_ATTR_PEER_SESSION_ID,
        l2tp_sys::L2TP_ATTR_DEBUG,
        l2tp_sys::L2TP_ATTR_PW_TYPE,
    ];
    let is_eth = config.pseudowire == PseudowireType::Eth;
    types.extend(is_eth.then_some(l2tp_sys::L2TP_ATTR_IFNAME));
    types.extend(config.local_cookie.map(|_| l2tp_sys::L2TP_ATTR_COOKIE));
    types.extend(config.peer_cookie.map(|_| l2tp_sys::L2TP_ATTR_PEER_COOKIE));
    types.push(l2tp_sys::L2TP_ATTR_RECV_SEQ);
    types.push(l2tp_sys::L2TP_ATTR_SEND_SEQ);
    types.push(l2tp_sys::L2TP_ATTR_LNS_MODE);
    types.extend(config.reorder_timeout.map(|_| l2tp_sys::L2TP_ATTR_RECV_TIMEOUT));
    types.push(l2tp_sys::L2TP_ATTR_STATS);
    types
}

fn written_as_declared(variant: Variant, config: &SessionConfig) -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    conn.create_session(config)?;
    let mut raw = Raw::open(&net)?;
    let answer = raw.answer(l2tp_sys::L2TP_CMD_SESSION_GET, |out| {
        put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &1_u32.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_SESSION_ID, &10_u32.to_ne_bytes())
    })?;
    let types = types(&answer.attrs()?);
    ensure!(types == expected(config), "{types:?}");
    let info = SessionInfo::in_order(answer.attrs()?).context("another order")?;
    let any = SessionInfo::in_any_order(answer.attrs()?)?;
    ensure!(info == any, "{info:#?} is not {any:#?}");
    ensure!(info.send_seq == config.send_seq, "{info:#?}");
    Ok(())
}
