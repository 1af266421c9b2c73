//! Configurations, infos and statistics in text formats and in a binary format.

use std::fmt::Debug;

use l2tp::{
    Cookie, EncapType, IfName, L2SpecType, ProtocolVersion, PseudowireType, SessionChange,
    SessionConfig, SocketOptions, TunnelConfig,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::values;

pub(crate) fn through_json<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_string(value).expect("a value that can be written");
    serde_json::from_str(&text).expect(&text)
}

pub(crate) fn through_toml<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let text = toml::to_string(value).expect("a value that can be written");
    toml::from_str(&text).expect(&text)
}

pub(crate) fn through_postcard<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let bytes = postcard::to_allocvec(value).expect("a value that can be written");
    postcard::from_bytes(&bytes).expect("bytes that were just written")
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

pub(crate) fn tunnel() -> Value {
    json!({ "version": 3, "encap": "udp", "tunnel_id": 1, "peer_tunnel_id": 2 })
}

pub(crate) fn rejection<T: DeserializeOwned + Debug>(value: Value) -> String {
    serde_json::from_value::<T>(value).expect_err("a rejection").to_string()
}

#[test]
fn a_missing_field_has_its_default() {
    let config: TunnelConfig = serde_json::from_value(tunnel()).unwrap();
    assert_eq!(config, TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2));
    let session: SessionConfig = serde_json::from_value(session()).unwrap();
    assert_eq!(session, SessionConfig::new(&config, PseudowireType::Eth, 10, 20));
    assert_eq!(serde_json::from_str::<SessionChange>("{}").unwrap(), SessionChange::new());
}

#[test]
fn a_missing_required_field_is_named() {
    for field in ["version", "encap", "tunnel_id", "peer_tunnel_id"] {
        let mut config = tunnel();
        config.as_object_mut().unwrap().remove(field);
        assert_eq!(rejection::<TunnelConfig>(config), format!("missing field `{field}`"));
    }
    for field in ["version", "tunnel_id", "session_id", "peer_session_id", "pseudowire"] {
        let mut config = session();
        config.as_object_mut().unwrap().remove(field);
        assert_eq!(rejection::<SessionConfig>(config), format!("missing field `{field}`"));
    }
}

#[test]
fn an_unknown_field_is_named() {
    for field in ["udp_checksum", "reorder_timeout"] {
        let mut config = tunnel();
        config[field] = json!(true);
        assert!(rejection::<TunnelConfig>(config).contains(&format!("unknown field `{field}`")));
        let mut config = session();
        config[field] = json!(true);
        assert!(rejection::<SessionConfig>(config).contains(&format!("unknown field `{field}`")));
        let change = json!({ field: true });
        assert!(rejection::<SessionChange>(change).contains(&format!("unknown field `{field}`")));
    }
}

#[test]
fn an_invalid_value_is_rejected_with_its_field() {
    for (field, value, expected) in [
        ("tunnel_id", json!(0), "tunnel_id 0: 0 is reserved"),
        ("version", json!(7), "version 7: L2TP has versions 2 and 3"),
        ("encap", json!(9), "encap 9: the kernel supports UDP (0) and IP (1)"),
    ] {
        let mut config = tunnel();
        config[field] = value;
        let rejection = rejection::<TunnelConfig>(config);
        assert!(rejection.contains(expected), "{rejection}");
    }
    for (field, value, expected) in [
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
        let rejection = rejection::<SessionConfig>(config);
        assert!(rejection.contains(expected), "{rejection}");
    }
    let change = json!({ "reorder_timeout_ms": 1u64 << 31 });
    assert!(rejection::<SessionChange>(change).contains("reorder_timeout"));
}

#[test]
fn an_error_in_a_file_shows_the_line() {
    let text = "version = 3\nencap = \"upd\"\ntunnel_id = 1\npeer_tunnel_id = 2\n";
    let rejection = toml::from_str::<TunnelConfig>(text).expect_err("a rejection").to_string();
    assert!(rejection.contains("line 2") && rejection.contains("encap = \"upd\""), "{rejection}");
}

#[test]
fn known_enum_values_are_words_and_unknown_ones_are_numbers() {
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
fn cookies_of_up_to_eight_bytes_are_hexadecimal_digits() {
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
        let rejection = rejection::<IfName>(wrong);
        assert!(rejection.starts_with("invalid "), "{rejection}");
    }
    assert!(serde_json::from_value::<IfName>(json!(vec![97; 16])).is_err());
}

/// A program's own fields, and a flattened configuration.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Flattened<T> {
    local: String,
    #[serde(flatten)]
    config: T,
}

#[test]
fn an_unknown_field_is_named_in_a_flattened_configuration() {
    fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(config: &Value) {
        let mut file = config.clone();
        file["local"] = json!("192.0.2.1:1701");
        let read: Flattened<T> = serde_json::from_value(file.clone()).unwrap();
        assert_eq!(through_json(&read), read);
        assert_eq!(through_toml(&read), read);
        file["udp_csumm"] = json!(true);
        let refused = rejection::<Flattened<T>>(file);
        assert!(refused.contains("unknown field `udp_csumm`"), "{refused}");
    }
    check::<TunnelConfig>(&tunnel());
    check::<SessionConfig>(&session());
    check::<SessionChange>(&json!({ "send_seq": true }));
    check::<SocketOptions>(&json!({ "mark": 7 }));
}
