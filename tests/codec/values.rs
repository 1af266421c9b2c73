//! The values that are encoded, and the messages that are decoded: the kernel's, which the derived
//! encoders write in its own order.

use std::time::Duration;

use l2tp::netlink::attr::{AttrWriter, Attrs, ToAttrs};
use l2tp::types::Statistics;
use l2tp::{
    EncapType, IfName, ProtocolVersion, PseudowireType, SessionChange, SessionConfig, SessionInfo,
    TunnelConfig, TunnelInfo,
};

/// Hands every case over: what is encoded to one macro, what is decoded to the other.
macro_rules! cases {
    ($encode:ident, $decode:ident) => {
        $encode! {
            encode_tunnel_config: values::tunnel();
            encode_session_config: values::session();
            encode_session_config_full: values::full_session();
            encode_session_change: values::change();
        }
        $decode! {
            decode_tunnel_info: values::attributes(&values::tunnel_info());
            decode_tunnel_info_v6: values::attributes(&values::tunnel_info_v6());
            decode_session_info: values::attributes(&values::session_info());
            decode_session_info_full: values::attributes(&values::full_session_info());
            decode_statistics: values::attributes(&values::counters());
        }
    };
}

pub(crate) fn tunnel() -> TunnelConfig {
    TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2)
}

pub(crate) fn session() -> SessionConfig {
    SessionConfig::new(&tunnel(), PseudowireType::Ppp, 10, 20)
}

pub(crate) fn full_session() -> SessionConfig {
    SessionConfig::new(&tunnel(), PseudowireType::Eth, 10, 20)
        .local_cookie([1, 2, 3, 4])
        .peer_cookie([1, 2, 3, 4, 5, 6, 7, 8])
        .ifname(name())
        .send_seq(true)
        .recv_seq(true)
        .lns_mode(true)
        .reorder_timeout(Duration::from_millis(100))
}

fn name() -> IfName {
    IfName::new("l2tp10").expect("a name that the kernel takes")
}

pub(crate) fn change() -> SessionChange {
    SessionChange::new().send_seq(true).reorder_timeout(Duration::from_millis(100))
}

pub(crate) fn counters() -> Statistics {
    let mut counted = Statistics::default();
    counted.tx_packets = 1;
    counted.tx_bytes = 2;
    counted.tx_errors = 3;
    counted.rx_packets = 4;
    counted.rx_bytes = 5;
    counted.rx_seq_discards = 6;
    counted.rx_cookie_discards = 7;
    counted.rx_oos_packets = 8;
    counted.rx_errors = 9;
    counted.rx_invalid = Some(10);
    counted
}

pub(crate) fn session_info() -> SessionInfo {
    let mut info = SessionInfo::new(&tunnel_info(), PseudowireType::Ppp, 10, 20);
    info.statistics = counters();
    info
}

pub(crate) fn full_session_info() -> SessionInfo {
    let mut info = session_info();
    info.pseudowire = PseudowireType::Eth;
    info.ifname = Some(name());
    info.local_cookie = Some([1, 2, 3, 4].into());
    info.peer_cookie = Some([1, 2, 3, 4, 5, 6, 7, 8].into());
    info.recv_seq = true;
    info.send_seq = true;
    info.lns_mode = true;
    info.using_ipsec = true;
    info.reorder_timeout = Duration::from_millis(100);
    info
}

pub(crate) fn tunnel_info() -> TunnelInfo {
    let mut info = TunnelInfo::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    info.udp_csum = Some(true);
    info.udp_sport = Some(5000);
    info.udp_dport = Some(5001);
    info.ip_saddr = Some([127, 0, 0, 1].into());
    info.ip_daddr = Some([127, 0, 0, 1].into());
    info.statistics = counters();
    info
}

pub(crate) fn tunnel_info_v6() -> TunnelInfo {
    let mut info = tunnel_info();
    info.udp_csum = None;
    info.udp_zero_csum6_tx = true;
    info.udp_zero_csum6_rx = true;
    info.ip_saddr = None;
    info.ip_daddr = None;
    info.ip6_saddr = Some(1.into());
    info.ip6_daddr = Some(1.into());
    info
}

/// The attributes of an info, as the kernel writes them: it does not say of the counters that they
/// are nested, and says nothing of IPsec and of reordering where there is none.
pub(crate) fn attributes(info: &impl ToAttrs) -> Vec<u8> {
    let mut written = Vec::new();
    info.to_attrs(&mut AttrWriter::new(&mut written)).expect("an info that was a message");
    let mut bytes = Vec::new();
    let mut out = AttrWriter::new(&mut bytes);
    for attr in Attrs::new(&written, 0) {
        let attr = attr.expect("an attribute that was written");
        let unsaid = [l2tp_sys::L2TP_ATTR_USING_IPSEC, l2tp_sys::L2TP_ATTR_RECV_TIMEOUT];
        let is_zero = attr.payload().iter().all(|&byte| byte == 0);
        if !(is_zero && unsaid.contains(&attr.id())) {
            out.put(attr.id(), attr.payload()).expect("an attribute that was written");
        }
    }
    bytes
}
