//! The JSON forms of what the library reports: infos, events, changes, interfaces, options, counters.

use std::fmt::Debug;

use l2tp::events::{Change, EventLoss, Requester, TunnelOrSession};
use l2tp::host::{Interface, InterfaceNamespace};
use l2tp::ppp::PppSocketStatistics;
use l2tp::socket::PmtuDiscovery;
use l2tp::types::Statistics;
use l2tp::{
    Event, IfName, PseudowireType, SessionConfig, SessionInfo, SocketOptions, TunnelConfig,
    TunnelInfo,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::serde::{rejection, through_json, through_postcard, through_toml, tunnel};

fn shown(name: &str, value: &impl Serialize) {
    let text = serde_json::to_string_pretty(value).expect("a value that can be written");
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn infos_have_a_json_form() {
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
fn events_changes_and_interfaces_have_a_json_form() {
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
    assert!(rejection::<Event>(odd).contains("expected pairs of hexadecimal digits"));
}

#[test]
fn socket_options_have_a_json_form() {
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
    let odd = rejection::<SocketOptions>(json!({ "ttl": 32 }));
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
fn counters_of_ppp_sockets_have_a_json_form() {
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

/// Checks that the value has this JSON form, and is read back from it and from a binary format.
fn has_form<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, form: &Value) {
    assert_eq!(&json!(value), form);
    assert_eq!(&through_json(value), value);
    assert_eq!(&through_postcard(value), value);
}
