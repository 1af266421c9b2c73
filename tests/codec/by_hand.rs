//! The same by hand: what a careful person writes who knows netlink and these types, and nothing
//! else. Encoders append constants and values; decoders walk the attributes once with a `match` on
//! their numbers, as the kernel's own parser and every handwritten library does.

#![allow(clippy::wildcard_imports, reason = "the header's numbers, under their own names")]
#![allow(clippy::similar_names, reason = "the kernel's: saddr and daddr, sport and dport")]

use std::hint::black_box;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use l2tp::types::{DebugFlags, Statistics};
use l2tp::{
    Cookie, EncapType, IfName, ProtocolVersion, PseudowireType, SessionChange, SessionConfig,
    SessionId, SessionInfo, TunnelConfig, TunnelId, TunnelInfo,
};
use l2tp_sys::*;

/// Appends an attribute: its header, its payload, and zeroes up to a multiple of four.
#[inline]
#[allow(clippy::cast_possible_truncation)] // Lengths are small.
fn put(buf: &mut Vec<u8>, id: u16, payload: &[u8]) {
    buf.reserve(4 + payload.len().next_multiple_of(4));
    buf.extend_from_slice(&((4 + payload.len()) as u16).to_ne_bytes());
    buf.extend_from_slice(&id.to_ne_bytes());
    buf.extend_from_slice(payload);
    let padding = payload.len().next_multiple_of(4) - payload.len();
    buf.extend_from_slice(&[0; 3][..padding]);
}

#[inline(never)]
pub(crate) fn encode_tunnel_config(config: &TunnelConfig, buf: &mut Vec<u8>) {
    black_box("encode_tunnel_config");
    put(buf, L2TP_ATTR_PROTO_VERSION, &[u8::from(config.version)]);
    put(buf, L2TP_ATTR_ENCAP_TYPE, &u16::from(config.encap).to_ne_bytes());
    put(buf, L2TP_ATTR_CONN_ID, &config.tunnel_id.0.to_ne_bytes());
    put(buf, L2TP_ATTR_PEER_CONN_ID, &config.peer_tunnel_id.0.to_ne_bytes());
    if config.udp_csum {
        put(buf, L2TP_ATTR_UDP_CSUM, &[1]);
    }
    if config.udp_zero_csum6_tx {
        put(buf, L2TP_ATTR_UDP_ZERO_CSUM6_TX, &[]);
    }
    if config.udp_zero_csum6_rx {
        put(buf, L2TP_ATTR_UDP_ZERO_CSUM6_RX, &[]);
    }
    if let Some(DebugFlags(flags)) = config.debug {
        put(buf, L2TP_ATTR_DEBUG, &flags.to_ne_bytes());
    }
}

fn session_config(config: &SessionConfig, buf: &mut Vec<u8>) {
    put(buf, L2TP_ATTR_CONN_ID, &config.tunnel_id.0.to_ne_bytes());
    put(buf, L2TP_ATTR_PEER_CONN_ID, &config.peer_tunnel_id.0.to_ne_bytes());
    put(buf, L2TP_ATTR_SESSION_ID, &config.session_id.0.to_ne_bytes());
    put(buf, L2TP_ATTR_PEER_SESSION_ID, &config.peer_session_id.0.to_ne_bytes());
    let driver = match config.pseudowire {
        PseudowireType::EthVlan => PseudowireType::Eth,
        PseudowireType::PppAc => PseudowireType::Ppp,
        other => other,
    };
    put(buf, L2TP_ATTR_PW_TYPE, &u16::from(driver).to_ne_bytes());
    put(buf, L2TP_ATTR_L2SPEC_TYPE, &[u8::from(config.l2spec)]);
    if let Some(cookie) = &config.local_cookie {
        put(buf, L2TP_ATTR_COOKIE, cookie.as_bytes());
    }
    if let Some(cookie) = &config.peer_cookie {
        put(buf, L2TP_ATTR_PEER_COOKIE, cookie.as_bytes());
    }
    if let Some(name) = &config.ifname {
        let (mut text, len) = ([0; 16], name.as_bytes().len());
        text[..len].copy_from_slice(name.as_bytes());
        put(buf, L2TP_ATTR_IFNAME, &text[..=len]);
    }
    if config.send_seq {
        put(buf, L2TP_ATTR_SEND_SEQ, &[1]);
    }
    if config.recv_seq {
        put(buf, L2TP_ATTR_RECV_SEQ, &[1]);
    }
    if config.lns_mode {
        put(buf, L2TP_ATTR_LNS_MODE, &[1]);
    }
    timeout(config.reorder_timeout, buf);
    if let Some(DebugFlags(flags)) = config.debug {
        put(buf, L2TP_ATTR_DEBUG, &flags.to_ne_bytes());
    }
}

fn timeout(timeout: Option<Duration>, buf: &mut Vec<u8>) {
    if let Some(timeout) = timeout {
        let millis = timeout.as_nanos().div_ceil(1_000_000);
        put(buf, L2TP_ATTR_RECV_TIMEOUT, &u64::try_from(millis).unwrap_or(u64::MAX).to_ne_bytes());
    }
}

#[inline(never)]
pub(crate) fn encode_session_config(config: &SessionConfig, buf: &mut Vec<u8>) {
    black_box("encode_session_config");
    session_config(config, buf);
}

#[inline(never)]
pub(crate) fn encode_session_config_full(config: &SessionConfig, buf: &mut Vec<u8>) {
    black_box("encode_session_config_full");
    session_config(config, buf);
}

#[inline(never)]
pub(crate) fn encode_session_change(change: &SessionChange, buf: &mut Vec<u8>) {
    black_box("encode_session_change");
    if let Some(on) = change.send_seq {
        put(buf, L2TP_ATTR_SEND_SEQ, &[u8::from(on)]);
    }
    if let Some(on) = change.recv_seq {
        put(buf, L2TP_ATTR_RECV_SEQ, &[u8::from(on)]);
    }
    if let Some(on) = change.lns_mode {
        put(buf, L2TP_ATTR_LNS_MODE, &[u8::from(on)]);
    }
    timeout(change.reorder_timeout, buf);
}

/// Hands each attribute's number and payload to `each`, which says whether it is well-formed.
#[inline]
fn walk<'a>(mut rest: &'a [u8], mut each: impl FnMut(u16, &'a [u8]) -> Option<()>) -> Option<()> {
    while let Some(&[l0, l1, t0, t1]) = rest.first_chunk() {
        let length = usize::from(u16::from_ne_bytes([l0, l1]));
        each(u16::from_ne_bytes([t0, t1]) & 0x3fff, rest.get(4..length)?)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or(&[]);
    }
    rest.is_empty().then_some(())
}

fn native16(payload: &[u8]) -> Option<u16> {
    Some(u16::from_ne_bytes(payload.try_into().ok()?))
}

fn native32(payload: &[u8]) -> Option<u32> {
    Some(u32::from_ne_bytes(payload.try_into().ok()?))
}

fn native64(payload: &[u8]) -> Option<u64> {
    Some(u64::from_ne_bytes(payload.try_into().ok()?))
}

fn byte(payload: &[u8]) -> Option<u8> {
    let [byte] = payload.try_into().ok()?;
    Some(byte)
}

fn statistics(bytes: &[u8]) -> Option<Statistics> {
    let mut s = Statistics::default();
    walk(bytes, |id, payload| {
        match id {
            L2TP_ATTR_TX_PACKETS => s.tx_packets = native64(payload)?,
            L2TP_ATTR_TX_BYTES => s.tx_bytes = native64(payload)?,
            L2TP_ATTR_TX_ERRORS => s.tx_errors = native64(payload)?,
            L2TP_ATTR_RX_PACKETS => s.rx_packets = native64(payload)?,
            L2TP_ATTR_RX_BYTES => s.rx_bytes = native64(payload)?,
            L2TP_ATTR_RX_SEQ_DISCARDS => s.rx_seq_discards = native64(payload)?,
            L2TP_ATTR_RX_COOKIE_DISCARDS => s.rx_cookie_discards = native64(payload)?,
            L2TP_ATTR_RX_OOS_PACKETS => s.rx_oos_packets = native64(payload)?,
            L2TP_ATTR_RX_ERRORS => s.rx_errors = native64(payload)?,
            L2TP_ATTR_RX_INVALID => s.rx_invalid = Some(native64(payload)?),
            _ => {}
        }
        Some(())
    })?;
    Some(s)
}

#[inline(never)]
pub(crate) fn decode_statistics(bytes: &[u8]) -> Option<Statistics> {
    black_box("decode_statistics");
    statistics(bytes)
}

fn session_info(bytes: &[u8]) -> Option<SessionInfo> {
    let (mut tunnel_id, mut session_id, mut peer_tunnel_id) = (None, None, None);
    let (mut peer_session_id, mut pseudowire) = (None, None);
    let (mut ifname, mut local_cookie, mut peer_cookie) = (None, None, None);
    let (mut recv_seq, mut send_seq, mut lns_mode, mut using_ipsec) = (false, false, false, false);
    let (mut debug, mut reorder_timeout) = (DebugFlags::default(), Duration::ZERO);
    let mut stats = Statistics::default();
    walk(bytes, |id, payload| {
        match id {
            L2TP_ATTR_CONN_ID => tunnel_id = Some(TunnelId(native32(payload)?)),
            L2TP_ATTR_SESSION_ID => session_id = Some(SessionId(native32(payload)?)),
            L2TP_ATTR_PEER_CONN_ID => peer_tunnel_id = Some(TunnelId(native32(payload)?)),
            L2TP_ATTR_PEER_SESSION_ID => peer_session_id = Some(SessionId(native32(payload)?)),
            L2TP_ATTR_DEBUG => debug = DebugFlags(native32(payload)?),
            L2TP_ATTR_PW_TYPE => pseudowire = Some(PseudowireType::from(native16(payload)?)),
            L2TP_ATTR_IFNAME => {
                let end = payload.iter().position(|byte| *byte == 0)?;
                ifname = Some(IfName::new(std::str::from_utf8(&payload[..end]).ok()?).ok()?);
            }
            L2TP_ATTR_COOKIE => local_cookie = Some(Cookie::new(payload).ok()?),
            L2TP_ATTR_PEER_COOKIE => peer_cookie = Some(Cookie::new(payload).ok()?),
            L2TP_ATTR_RECV_SEQ => recv_seq = byte(payload)? != 0,
            L2TP_ATTR_SEND_SEQ => send_seq = byte(payload)? != 0,
            L2TP_ATTR_LNS_MODE => lns_mode = byte(payload)? != 0,
            L2TP_ATTR_USING_IPSEC => using_ipsec = byte(payload)? != 0,
            L2TP_ATTR_RECV_TIMEOUT => reorder_timeout = Duration::from_millis(native64(payload)?),
            L2TP_ATTR_STATS => stats = statistics(payload)?,
            _ => {}
        }
        Some(())
    })?;
    let mut info = SessionInfo::new(
        &TunnelInfo::new(ProtocolVersion::V3, EncapType::Udp, tunnel_id?, peer_tunnel_id?),
        pseudowire?,
        session_id?,
        peer_session_id?,
    );
    info.debug = debug;
    info.ifname = ifname;
    info.local_cookie = local_cookie;
    info.peer_cookie = peer_cookie;
    info.recv_seq = recv_seq;
    info.send_seq = send_seq;
    info.lns_mode = lns_mode;
    info.using_ipsec = using_ipsec;
    info.reorder_timeout = reorder_timeout;
    info.statistics = stats;
    Some(info)
}

#[inline(never)]
pub(crate) fn decode_session_info(bytes: &[u8]) -> Option<SessionInfo> {
    black_box("decode_session_info");
    session_info(bytes)
}

#[inline(never)]
pub(crate) fn decode_session_info_full(bytes: &[u8]) -> Option<SessionInfo> {
    black_box("decode_session_info_full");
    session_info(bytes)
}

fn tunnel_info(bytes: &[u8]) -> Option<TunnelInfo> {
    let (mut version, mut tunnel_id, mut peer_tunnel_id, mut encap) = (None, None, None, None);
    let (mut debug, mut udp_csum) = (DebugFlags::default(), None);
    let (mut udp_zero_csum6_tx, mut udp_zero_csum6_rx) = (false, false);
    let (mut udp_sport, mut udp_dport) = (None, None);
    let (mut ip_saddr, mut ip_daddr, mut ip6_saddr, mut ip6_daddr) = (None, None, None, None);
    let mut stats = Statistics::default();
    let ip4 = |payload: &[u8]| Some(Ipv4Addr::from(<[u8; 4]>::try_from(payload).ok()?));
    let ip6 = |payload: &[u8]| Some(Ipv6Addr::from(<[u8; 16]>::try_from(payload).ok()?));
    walk(bytes, |id, payload| {
        match id {
            L2TP_ATTR_PROTO_VERSION => version = Some(byte(payload)?.into()),
            L2TP_ATTR_CONN_ID => tunnel_id = Some(TunnelId(native32(payload)?)),
            L2TP_ATTR_PEER_CONN_ID => peer_tunnel_id = Some(TunnelId(native32(payload)?)),
            L2TP_ATTR_ENCAP_TYPE => encap = Some(EncapType::from(native16(payload)?)),
            L2TP_ATTR_DEBUG => debug = DebugFlags(native32(payload)?),
            L2TP_ATTR_UDP_CSUM => udp_csum = Some(byte(payload)? != 0),
            L2TP_ATTR_UDP_ZERO_CSUM6_TX => udp_zero_csum6_tx = true,
            L2TP_ATTR_UDP_ZERO_CSUM6_RX => udp_zero_csum6_rx = true,
            L2TP_ATTR_UDP_SPORT => udp_sport = Some(native16(payload)?),
            L2TP_ATTR_UDP_DPORT => udp_dport = Some(native16(payload)?),
            L2TP_ATTR_IP_SADDR => ip_saddr = Some(ip4(payload)?),
            L2TP_ATTR_IP_DADDR => ip_daddr = Some(ip4(payload)?),
            L2TP_ATTR_IP6_SADDR => ip6_saddr = Some(ip6(payload)?),
            L2TP_ATTR_IP6_DADDR => ip6_daddr = Some(ip6(payload)?),
            L2TP_ATTR_STATS => stats = statistics(payload)?,
            _ => {}
        }
        Some(())
    })?;
    let mut info = TunnelInfo::new(version?, encap?, tunnel_id?, peer_tunnel_id?);
    info.debug = debug;
    info.udp_csum = udp_csum;
    info.udp_zero_csum6_tx = udp_zero_csum6_tx;
    info.udp_zero_csum6_rx = udp_zero_csum6_rx;
    info.udp_sport = udp_sport;
    info.udp_dport = udp_dport;
    info.ip_saddr = ip_saddr;
    info.ip_daddr = ip_daddr;
    info.ip6_saddr = ip6_saddr;
    info.ip6_daddr = ip6_daddr;
    info.statistics = stats;
    Some(info)
}

#[inline(never)]
pub(crate) fn decode_tunnel_info(bytes: &[u8]) -> Option<TunnelInfo> {
    black_box("decode_tunnel_info");
    tunnel_info(bytes)
}

#[inline(never)]
pub(crate) fn decode_tunnel_info_v6(bytes: &[u8]) -> Option<TunnelInfo> {
    black_box("decode_tunnel_info_v6");
    tunnel_info(bytes)
}
