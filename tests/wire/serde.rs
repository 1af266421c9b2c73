//! Configurations, infos and statistics in text and in binary formats.

use std::fmt::Debug;

use l2tp::events::{Change, EventLoss, Requester, TunnelOrSession};
use l2tp::host::{Interface, InterfaceNamespace};
use l2tp::ppp::PppSocketStatistics;
use l2tp::socket::PmtuDiscovery;
use l2tp::types::Statistics;
use l2tp::{
    Cookie, EncapType, Event, IfName, L2SpecType, ProtocolVersion, PseudowireType, SessionChange,
    SessionConfig, SessionInfo, SocketOptions, TunnelConfig, TunnelInfo,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::values;

fn through_json<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_string(value).expect("a value that can be written");
    serde_json::from_str(&text).expect(&text)
}

fn through_toml<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let text = toml::to_string(value).expect("a value that can be written");
    toml::from_str(&text).expect(&text)
}

fn through_postcard<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let bytes = postcard::to_allocvec(value).expect("a value that can be written");
    postcard::from_bytes(&bytes).expect("what was written")
}

fn same<T>(value: &T) -> Result<(), TestCaseError>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    prop_assert_eq!(&through_json(value), value);
    prop_assert_eq!(&through_postcard(value), value);
    Ok(())
}

fn valid_change() -> impl Strategy<Value = SessionChange> {
    values::session_change().prop_filter("too long", |change| change.validate().is_ok())
}

proptest! {
    #[test]
    fn tunnel_config((_, _, config) in values::static_tunnel()) {
        same(&config)?;
        prop_assert_eq!(through_toml(&config), config);
    }

    #[test]
    fn session_config(config in values::session_config()) {
        same(&config)?;
        prop_assert_eq!(through_toml(&config), config);
    }

    #[test]
    fn session_change(change in valid_change()) {
        same(&change)?;
        prop_assert_eq!(through_toml(&change), change);
    }

    #[test]
    fn tunnel_info(info in values::tunnel_info()) {
        same(&info)?;
    }

    #[test]
    fn session_info(info in values::session_info()) {
        same(&info)?;
    }

    #[test]
    fn statistics(statistics in values::statistics()) {
        same(&statistics)?;
    }
}

fn session() -> Value {
    json!({
        "version": 3, "tunnel_id": 1, "peer_tunnel_id": 2, "session_id": 10,
        "peer_session_id": 20, "pseudowire": "eth",
    })
}

fn tunnel() -> Value {
    json!({ "version": 3, "encap": "udp", "tunnel_id": 1, "peer_tunnel_id": 2 })
}

fn refusal<T: DeserializeOwned + Debug>(value: Value) -> String {
    serde_json::from_value::<T>(value).expect_err("a refusal").to_string()
}

#[test]
fn what_is_left_out_has_its_default() {
    let config: TunnelConfig = serde_json::from_value(tunnel()).unwrap();
    assert_eq!(config, TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2));
    let session: SessionConfig = serde_json::from_value(session()).unwrap();
    assert_eq!(session, SessionConfig::new(&config, PseudowireType::Eth, 10, 20));
    assert_eq!(serde_json::from_str::<SessionChange>("{}").unwrap(), SessionChange::new());
}

#[test]
fn what_is_required_is_named() {
    for field in ["version", "encap", "tunnel_id", "peer_tunnel_id"] {
        let mut config = tunnel();
        config.as_object_mut().unwrap().remove(field);
        assert_eq!(refusal::<TunnelConfig>(config), format!("missing field `{field}`"));
    }
    for field in ["version", "tunnel_id", "session_id", "peer_session_id", "pseudowire"] {
        let mut config = session();
        config.as_object_mut().unwrap().remove(field);
        assert_eq!(refusal::<SessionConfig>(config), format!("missing field `{field}`"));
    }
}

#[test]
fn a_field_that_does_not_exist_is_named() {
    for field in ["udp_checksum", "reorder_timeout"] {
        let mut config = tunnel();
        config[field] = json!(true);
        assert!(refusal::<TunnelConfig>(config).contains(&format!("unknown field `{field}`")));
        let mut config = session();
        config[field] = json!(true);
        assert!(refusal::<SessionConfig>(config).contains(&format!("unknown field `{field}`")));
        let change = json!({ field: true });
        assert!(refusal::<SessionChange>(change).contains(&format!("unknown field `{field}`")));
    }
}

#[test]
fn what_cannot_work_is_refused_with_its_field() {
    for (field, value, says) in [
        ("tunnel_id", json!(0), "tunnel_id 0: 0 is reserved"),
        ("version", json!(7), "version 7: L2TP has versions 2 and 3"),
        ("encap", json!(9), "encap 9: the kernel supports UDP (0) and IP (1)"),
    ] {
        let mut config = tunnel();
        config[field] = value;
        let refusal = refusal::<TunnelConfig>(config);
        assert!(refusal.contains(says), "{refusal}");
    }
    for (field, value, says) in [
        ("peer_cookie", json!("010203"), "peer_cookie of 3 bytes: a cookie has 4 or 8 bytes"),
        ("local_cookie", json!("00112233445566778899"), "this one has 10"),
        ("local_cookie", json!("+1+2+3+4"), "8 or 16 hexadecimal digits; this text of 8 bytes"),
        ("pseudowire", json!("ip"), "pseudowire IP: the kernel has drivers for"),
        ("pseudowire", json!("ethernet"), "unknown variant `ethernet`, expected one of `none`"),
        ("pseudowire", json!(65536), "invalid value: integer `65536`, expected \"none\""),
        ("pseudowire", json!(-1), "invalid value: integer `-1`"),
        ("ifname", json!("a/b"), "ifname a/b: an interface name has 1 to 15 bytes"),
        ("reorder_timeout_ms", json!(1u64 << 31), "reorder_timeout 2147483.648s"),
    ] {
        let mut config = session();
        config[field] = value;
        let refusal = refusal::<SessionConfig>(config);
        assert!(refusal.contains(says), "{refusal}");
    }
    let change = json!({ "reorder_timeout_ms": 1u64 << 31 });
    assert!(refusal::<SessionChange>(change).contains("reorder_timeout"));
}

#[test]
fn a_refusal_in_a_file_shows_the_line() {
    let text = "version = 3\nencap = \"upd\"\ntunnel_id = 1\npeer_tunnel_id = 2\n";
    let refusal = toml::from_str::<TunnelConfig>(text).expect_err("a refusal").to_string();
    assert!(refusal.contains("line 2") && refusal.contains("encap = \"upd\""), "{refusal}");
}

#[test]
fn enumerations_are_words_and_what_has_none_is_its_number() {
    let words = [
        (json!(EncapType::Udp), json!("udp")),
        (json!(EncapType::Ip), json!("ip")),
        (json!(EncapType::Unknown(9)), json!(9)),
        (json!(PseudowireType::None), json!("none")),
        (json!(PseudowireType::EthVlan), json!("eth_vlan")),
        (json!(PseudowireType::Eth), json!("eth")),
        (json!(PseudowireType::Ppp), json!("ppp")),
        (json!(PseudowireType::PppAc), json!("ppp_ac")),
        (json!(PseudowireType::Ip), json!("ip")),
        (json!(PseudowireType::Unknown(300)), json!(300)),
        (json!(L2SpecType::None), json!("none")),
        (json!(L2SpecType::Default), json!("default")),
        (json!(L2SpecType::Unknown(9)), json!(9)),
        (json!(ProtocolVersion::V2), json!(2)),
        (json!(ProtocolVersion::V3), json!(3)),
        (json!(ProtocolVersion::Unknown(7)), json!(7)),
    ];
    for (form, expected) in words {
        assert_eq!(form, expected);
    }
    assert_eq!(serde_json::from_str::<EncapType>("1").unwrap(), EncapType::Ip);
    assert_eq!(serde_json::from_str::<EncapType>("9").unwrap(), EncapType::Unknown(9));
    assert_eq!(postcard::to_allocvec(&EncapType::Ip).unwrap(), [1]);
}

#[test]
fn cookies_are_digits_of_any_length_that_a_kernel_reports() {
    for text in ["", "01", "deadbeef", "0011223344556677"] {
        let cookie: Cookie = serde_json::from_value(json!(text)).unwrap();
        assert_eq!(json!(cookie), json!(text));
    }
    assert!(serde_json::from_value::<Cookie>(json!("001122334455667788")).is_err());
    assert!(serde_json::from_value::<Cookie>(json!("abc")).is_err());
}

#[test]
fn names_outside_utf8_are_read_back() {
    for (bytes, form) in [
        (&b"l2tp0"[..], json!("l2tp0")),
        (b"\\xff\x1b", json!("\\xff\u{1b}")),
        (b"l2tp\xff", json!([108, 50, 116, 112, 255])),
    ] {
        let name = IfName::from_bytes(bytes).unwrap();
        assert_eq!(json!(name), form);
        assert_eq!(serde_json::from_value::<IfName>(form).unwrap(), name);
        assert_eq!(through_postcard(&name), name);
    }
    for wrong in [json!("sixteen-letters."), json!("a\0"), json!([0]), json!([256]), json!(7)] {
        let refusal = refusal::<IfName>(wrong);
        assert!(refusal.starts_with("invalid "), "{refusal}");
    }
    assert!(serde_json::from_value::<IfName>(json!(vec![97; 16])).is_err());
}

/// A configuration beside keys of the program's own.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Beside<T> {
    local: String,
    #[serde(flatten)]
    config: T,
}

#[test]
fn a_misspelled_key_is_named_where_a_configuration_is_flattened() {
    fn beside<T: Serialize + DeserializeOwned + PartialEq + Debug>(config: &Value) {
        let mut file = config.clone();
        file["local"] = json!("192.0.2.1:1701");
        let read: Beside<T> = serde_json::from_value(file.clone()).unwrap();
        assert_eq!(through_json(&read), read);
        assert_eq!(through_toml(&read), read);
        file["udp_csumm"] = json!(true);
        let refused = refusal::<Beside<T>>(file);
        assert!(refused.contains("unknown field `udp_csumm`"), "{refused}");
    }
    beside::<TunnelConfig>(&tunnel());
    beside::<SessionConfig>(&session());
    beside::<SessionChange>(&json!({ "send_seq": true }));
    beside::<SocketOptions>(&json!({ "mark": 7 }));
}

fn shown(name: &str, value: &impl Serialize) {
    let text = serde_json::to_string_pretty(value).expect("a value that can be written");
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn infos() {
    let mut counted = Statistics::default();
    counted.tx_packets = 3;
    let session: SessionInfo = serde_json::from_value(json!({
        "tunnel_id": 1, "session_id": 10, "peer_tunnel_id": 2, "peer_session_id": 20,
        "debug": 0, "pseudowire": "eth", "ifname": "l2tpeth0", "local_cookie": "deadbeef",
        "recv_seq": false, "send_seq": true, "lns_mode": false, "using_ipsec": false,
        "reorder_timeout_ms": 104, "statistics": counted,
        "a_field_of_a_newer_version": 1,
    }))
    .unwrap();
    shown("session_info_json", &session);

    let mut counted = Statistics::default();
    counted.rx_invalid = Some(4);
    let tunnel: TunnelInfo = serde_json::from_value(json!({
        "version": 3, "tunnel_id": 1, "peer_tunnel_id": 2, "encap": "udp", "debug": 0,
        "udp_csum": true, "udp_zero_csum6_tx": false, "udp_zero_csum6_rx": false,
        "udp_sport": 1701, "udp_dport": 1702, "ip_saddr": "192.0.2.1", "ip_daddr": "192.0.2.2",
        "statistics": counted,
    }))
    .unwrap();
    shown("tunnel_info_json", &tunnel);
}

#[test]
fn events_changes_and_interfaces() {
    let tunnel: TunnelConfig = serde_json::from_value(tunnel()).unwrap();
    let config = SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20);
    let session: SessionInfo = serde_json::from_value(json!({
        "tunnel_id": 1, "session_id": config.session_id, "peer_tunnel_id": 2,
        "peer_session_id": 20, "debug": 0, "pseudowire": "eth",
        "recv_seq": false, "send_seq": false, "lns_mode": false, "using_ipsec": false,
        "reorder_timeout_ms": 0, "statistics": Statistics::default(),
    }))
    .unwrap();
    let (object, requester) = (TunnelOrSession::Session(session), Requester { port: 4711, seq: 9 });
    let shown = json!({ "session": session });
    let by = json!({ "port": 4711, "seq": 9 });
    let attributes = Box::new([8, 0, 9, 0, 1, 0, 0, 0xff]);
    for (event, form) in [
        (
            Event::Created(object, requester),
            json!({ "created": { "object": shown, "requester": by } }),
        ),
        (
            Event::Deleted(object, requester),
            json!({ "deleted": { "object": shown, "requester": by } }),
        ),
        (
            Event::Modified(object, requester),
            json!({ "modified": { "object": shown, "requester": by } }),
        ),
        (
            Event::Unknown { command: 99, attributes, requester },
            json!({ "unknown": { "command": 99, "attributes": "08000900010000ff", "requester": by } }),
        ),
        (Event::Lost(EventLoss::Overrun), json!({ "lost": "overrun" })),
        (Event::Lost(EventLoss::Reload), json!({ "lost": "reload" })),
    ] {
        has_form(&event, &form);
    }
    for (change, form) in [
        (Change::Added(object), json!({ "added": shown })),
        (
            Change::Changed { before: object, after: object },
            json!({ "changed": { "before": shown, "after": shown } }),
        ),
        (Change::Removed(object), json!({ "removed": shown })),
    ] {
        has_form(&change, &form);
    }
    let name = IfName::new("wire0").unwrap();
    let interface = Interface { index: 7, name, mtu: 1446 };
    has_form(&interface, &json!({ "index": 7, "name": "wire0", "mtu": 1446 }));
    has_form(&InterfaceNamespace::Here(name), &json!({ "here": "wire0" }));
    has_form(
        &InterfaceNamespace::Moved { netns_id: None, index: 8 },
        &json!({ "moved": { "netns_id": null, "index": 8 } }),
    );
    has_form(&InterfaceNamespace::Gone, &json!("gone"));
    let odd = json!({ "unknown": { "command": 99, "attributes": "0", "requester": by } });
    assert!(refusal::<Event>(odd).contains("expected pairs of hexadecimal digits"));
}

#[test]
fn options_of_tunnel_sockets() {
    let options = SocketOptions::new()
        .interface(IfName::new("eth0").unwrap())
        .udp_csum(false)
        .udp_zero_csum6_tx(true)
        .udp_zero_csum6_rx(true)
        .traffic_class(0xb8)
        .hop_limit(32)
        .mark(7)
        .pmtu_discovery(PmtuDiscovery::Probe)
        .reuse_address(true)
        .reuse_port(false)
        .ipv6_only(true)
        .freebind(true)
        .transparent(false)
        .recv_buffer(65536)
        .send_buffer(32768);
    shown("socket_options_json", &options);
    has_form(&options, &json!(options));
    assert_eq!(through_toml(&options), options);
    assert_eq!(toml::from_str::<SocketOptions>("").unwrap(), SocketOptions::new());
    let odd = refusal::<SocketOptions>(json!({ "ttl": 32 }));
    assert!(odd.contains("unknown field `ttl`"), "{odd}");
    for (discovery, form) in [
        (PmtuDiscovery::Dont, json!("dont")),
        (PmtuDiscovery::Want, json!("want")),
        (PmtuDiscovery::Do, json!("do")),
        (PmtuDiscovery::Interface, json!("interface")),
        (PmtuDiscovery::Omit, json!("omit")),
        (PmtuDiscovery::Unknown(9), json!(9)),
        (PmtuDiscovery::Unknown(-1), json!(-1)),
        (PmtuDiscovery::Unknown(i32::MIN), json!(i32::MIN)),
    ] {
        has_form(&discovery, &form);
    }
}

#[test]
fn counters_of_ppp_sockets() {
    let mut counted = Statistics::default();
    (counted.tx_packets, counted.rx_errors) = (3, 2);
    let form = json!({
        "tunnel_id": 1, "session_id": 10, "using_ipsec": false,
        "statistics": counted,
    });
    let counters: PppSocketStatistics = serde_json::from_value(form.clone()).unwrap();
    assert_eq!((counters.tunnel_id, counters.statistics.rx_errors), (1, 2));
    has_form(&counters, &form);
}

/// It is written so, and read back from this and from a binary format.
fn has_form<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, form: &Value) {
    assert_eq!(&json!(value), form);
    assert_eq!(&through_json(value), value);
    assert_eq!(&through_postcard(value), value);
}
