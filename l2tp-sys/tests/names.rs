//! The tables of names are whole, and agree with the constants.

use l2tp_sys::names::{
    ATTRIBUTES, Attribute, COMMANDS, DEBUG_FLAGS, ERROR_ATTRIBUTES, Name, PSEUDOWIRE_TYPES,
    STATISTICS, attribute, name,
};
use l2tp_sys::{
    L2TP_ATTR_MAX, L2TP_ATTR_RX_INVALID, L2TP_ATTR_STATS_MAX, L2TP_CMD_MAX, L2TP_PWTYPE_PPP_AC,
};

#[test]
fn every_number_up_to_the_highest_has_a_row() {
    let numbers = |table: &[Attribute]| table.iter().map(|row| row.number).collect::<Vec<_>>();
    assert_eq!(numbers(ATTRIBUTES), (0..=L2TP_ATTR_MAX).collect::<Vec<_>>());
    assert_eq!(numbers(STATISTICS), (0..=L2TP_ATTR_STATS_MAX).collect::<Vec<_>>());
    let commands: Vec<u32> = COMMANDS.iter().map(|row| row.number).collect();
    assert_eq!(commands, (0..=L2TP_CMD_MAX.into()).collect::<Vec<_>>());
}

#[test]
fn payloads_are_those_of_the_header() {
    let row = |name: &str| ATTRIBUTES.iter().find(|row| row.name == name).unwrap();
    let payloads = [
        ("L2TP_ATTR_CONN_ID", "u32"),
        ("L2TP_ATTR_COOKIE", "0, 4 or 8 bytes"),
        ("L2TP_ATTR_RECV_TIMEOUT", "msec"),
        ("L2TP_ATTR_IP6_SADDR", "struct in6_addr"),
        ("L2TP_ATTR_UDP_ZERO_CSUM6_TX", "flag"),
        ("L2TP_ATTR_STATS", "nested"),
    ];
    for (name, payload) in payloads {
        assert_eq!(row(name).payload, Some(payload), "{name}");
    }
    assert_eq!(row("L2TP_ATTR_PAD").payload, None);
    assert_eq!(attribute(STATISTICS, L2TP_ATTR_RX_INVALID).unwrap().payload, Some("u64"));

    for name in ["L2TP_ATTR_OFFSET", "L2TP_ATTR_VLAN_ID", "L2TP_ATTR_DEBUG", "L2TP_ATTR_MTU"] {
        assert!(!row(name).used, "{name}");
    }
    assert!(row("L2TP_ATTR_CONN_ID").used);
}

#[test]
fn attributes_lead_to_their_values_and_to_what_they_contain() {
    let pseudowire = attribute(ATTRIBUTES, l2tp_sys::L2TP_ATTR_PW_TYPE).unwrap();
    assert_eq!(pseudowire.values, PSEUDOWIRE_TYPES);
    let debug = attribute(ATTRIBUTES, l2tp_sys::L2TP_ATTR_DEBUG).unwrap();
    assert_eq!(debug.values, DEBUG_FLAGS);
    let statistics = attribute(ATTRIBUTES, l2tp_sys::L2TP_ATTR_STATS).unwrap();
    assert_eq!(statistics.nested, STATISTICS);
}

#[test]
fn look_ups_find_gaps_and_the_unknown() {
    assert_eq!(
        name(PSEUDOWIRE_TYPES, L2TP_PWTYPE_PPP_AC).map(|row| row.name),
        Some("L2TP_PWTYPE_PPP_AC")
    );
    assert_eq!(name(PSEUDOWIRE_TYPES, 0xffff), None);
    assert_eq!(attribute(ATTRIBUTES, L2TP_ATTR_MAX + 1), None);
}

#[test]
fn kernel_doc_comments_reach_the_tables() {
    let offset = attribute(ERROR_ATTRIBUTES, l2tp_sys::NLMSGERR_ATTR_OFFS).unwrap();
    assert_eq!(offset.payload, Some("u32"));
    let Name { comment, .. } = name(DEBUG_FLAGS, l2tp_sys::L2TP_MSG_SEQ).unwrap();
    assert_eq!(*comment, Some("sequence numbers"));
}
