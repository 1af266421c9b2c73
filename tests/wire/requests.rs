//! Every command and every variant of a configuration, as the bytes that are sent.
//!
//! The snapshots hold what `schema::describe` prints: offset, bytes, attribute, value. A reviewer
//! reads them against `headers/linux/l2tp.h`; they hold the bytes of a little-endian machine.
#![cfg(target_endian = "little")]

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use l2tp::conn::DryRun;
use l2tp::types::DebugFlags;
use l2tp::{
    EncapType, Error, IfName, L2SpecType, ProtocolVersion, PseudowireType, SessionChange,
    SessionConfig, SessionId, TunnelConfig, TunnelId, schema,
};

fn v3(encap: EncapType) -> TunnelConfig {
    TunnelConfig::new(ProtocolVersion::V3, encap, 0x0001_0203, 0x0a0b_0c0d)
}

fn v2() -> TunnelConfig {
    TunnelConfig::new(ProtocolVersion::V2, EncapType::Udp, 1, 2)
}

fn ethernet() -> SessionConfig {
    SessionConfig::new(&v3(EncapType::Udp), PseudowireType::Eth, 10, 20)
}

fn name(name: &str) -> IfName {
    IfName::new(name).expect("a valid interface name")
}

/// Renders a request and compares it with the snapshot of this name.
macro_rules! snapshot {
    ($name:expr, |$dry:ident| $request:expr) => {{
        let mut $dry = DryRun::new();
        let request: Result<&[u8], Error> = $request;
        let text = format!("{:#}", schema::describe(request.expect("a request that can work")).with_cookies());
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!($name, text);
        });
    }};
}

fn addresses(local: &str, peer: &str) -> (SocketAddr, SocketAddr) {
    (local.parse().expect("an address"), peer.parse().expect("an address"))
}

#[test]
fn probe() {
    snapshot!("noop", |dry| dry.noop());
}

#[test]
fn static_tunnels() {
    let (local, peer) = addresses("192.0.2.1:1701", "192.0.2.2:1702");
    snapshot!("tunnel_create_v2_udp4", |dry| dry.create_static_tunnel(local, peer, &v2()));
    let config = v3(EncapType::Udp).udp_csum(true).debug(DebugFlags::SEQ | DebugFlags::DATA);
    snapshot!("tunnel_create_v3_udp4", |dry| dry.create_static_tunnel(local, peer, &config));
    let (local, peer) = addresses("192.0.2.1:0", "192.0.2.2:0");
    let config = v3(EncapType::Ip);
    snapshot!("tunnel_create_v3_ip4", |dry| dry.create_static_tunnel(local, peer, &config));
    let (local, peer) = addresses("[2001:db8::1]:0", "[2001:db8::2]:1701");
    snapshot!("tunnel_create_v2_udp6", |dry| dry.create_static_tunnel(local, peer, &v2()));
    let config = v3(EncapType::Udp).udp_zero_csum6_tx(true).udp_zero_csum6_rx(true);
    snapshot!("tunnel_create_v3_udp6", |dry| dry.create_static_tunnel(local, peer, &config));
    let (local, peer) = addresses("[2001:db8::1]:0", "[2001:db8::2]:0");
    let config = v3(EncapType::Ip);
    snapshot!("tunnel_create_v3_ip6", |dry| dry.create_static_tunnel(local, peer, &config));
}

#[test]
fn managed_tunnels() {
    // Its descriptor is 0 in every process.
    let socket = io::stdin();
    let config = v3(EncapType::Ip);
    snapshot!("tunnel_create_v3_managed", |dry| dry.create_managed_tunnel(&socket, &config));
    snapshot!("tunnel_create_v2_managed", |dry| dry.create_managed_tunnel(&socket, &v2()));
}

#[test]
fn other_tunnel_commands() {
    snapshot!("tunnel_delete", |dry| dry.delete_tunnel(TunnelId(0xffff_fffe)));
    snapshot!("tunnel_modify", |dry| dry.modify_tunnel(TunnelId(1)));
    snapshot!("tunnel_get", |dry| dry.get_tunnel_info(TunnelId(7)));
    snapshot!("tunnel_dump", |dry| dry.tunnels());
}

#[test]
fn sessions() {
    snapshot!("session_create_v3_eth", |dry| dry.create_session(&ethernet()));
    let everything = ethernet()
        .l2spec(L2SpecType::None)
        .local_cookie([0xde, 0xad, 0xbe, 0xef])
        .peer_cookie([1, 2, 3, 4, 5, 6, 7, 8])
        .ifname(name("l2tpeth%d"))
        .send_seq(true)
        .recv_seq(true)
        .lns_mode(true)
        .reorder_timeout(Duration::from_millis(103))
        .debug(DebugFlags::CONTROL);
    snapshot!("session_create_v3_everything", |dry| dry.create_session(&everything));
    let config = SessionConfig::new(&v2(), PseudowireType::Ppp, 10, 20).send_seq(true);
    snapshot!("session_create_v2_ppp", |dry| dry.create_session(&config));
    let everything = SessionConfig::new(&v2(), PseudowireType::Ppp, 0xffff, 1)
        .send_seq(true)
        .recv_seq(true)
        .lns_mode(true)
        .reorder_timeout(Duration::from_millis(i32::MAX as u64))
        .debug(DebugFlags::SEQ | DebugFlags::CONTROL | DebugFlags::DATA);
    snapshot!("session_create_v2_everything", |dry| dry.create_session(&everything));
}

#[test]
fn pseudowires_without_a_driver_are_sent_as_those_that_serve_them() {
    let tunnel = v3(EncapType::Udp);
    for (asked, name) in [
        (PseudowireType::EthVlan, "session_create_v3_eth"),
        (PseudowireType::PppAc, "session_create_v3_ppp"),
        (PseudowireType::Ppp, "session_create_v3_ppp"),
    ] {
        let config = SessionConfig::new(&tunnel, asked, 10, 20);
        snapshot!(name, |dry| dry.create_session(&config));
    }
}

#[test]
fn a_part_of_a_millisecond_is_rounded_up() {
    let whole = ethernet().reorder_timeout(Duration::from_millis(2));
    let part = ethernet().reorder_timeout(Duration::from_nanos(1_000_001));
    let mut dry = DryRun::new();
    let whole = dry.create_session(&whole).expect("a request").to_vec();
    assert_eq!(DryRun::new().create_session(&part).expect("a request"), whole);
}

#[test]
fn other_session_commands() {
    let ids = (TunnelId(1), SessionId(0x8000_0000));
    snapshot!("session_delete_by_ids", |dry| dry.delete_session(ids));
    snapshot!("session_delete_by_name", |dry| dry.delete_session(name("eth-pw0")));
    snapshot!("session_get_by_ids", |dry| dry.get_session_info(ids));
    snapshot!("session_dump", |dry| dry.sessions());
    snapshot!("session_get_by_name", |dry| dry.get_session_info(name("exactly15bytes.")));
}

#[test]
fn changes() {
    let ids = (TunnelId(1), SessionId(2));
    let on = SessionChange::new()
        .send_seq(true)
        .recv_seq(true)
        .lns_mode(true)
        .reorder_timeout(Duration::from_secs(1));
    snapshot!("session_modify_on", |dry| dry.modify_session(ids, &on));
    let off = SessionChange::new()
        .send_seq(false)
        .recv_seq(false)
        .lns_mode(false)
        .reorder_timeout(Duration::ZERO);
    snapshot!("session_modify_off", |dry| dry.modify_session(name("eth-pw0"), &off));
    let nothing = SessionChange::new();
    snapshot!("session_modify_nothing", |dry| dry.modify_session(ids, &nothing));
}

#[test]
fn sequence_numbers_count_on() {
    let mut dry = DryRun::for_family(0x1234);
    let mut headers = Vec::new();
    for _ in 0..3 {
        headers.push(dry.noop().expect("a request")[..16].to_vec());
    }
    let numbers: Vec<u8> = headers.iter().map(|header| header[8]).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert!(headers.iter().all(|header| header[4..6] == [0x34, 0x12]));
}
