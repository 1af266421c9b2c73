//! The options of tunnel sockets, and the counters that PPP sockets tell.

use serde::{Deserialize, Serialize};

use crate::ppp::PppSocketStatistics;
use crate::socket::PmtuDiscovery;
use crate::types::Statistics;
use crate::{IfName, SocketOptions};

#[derive(Serialize, Deserialize)]
#[serde(remote = "SocketOptions", deny_unknown_fields)]
pub(super) struct SocketOptionsForm {
    interface: Option<IfName>,
    udp_csum: Option<bool>,
    udp_zero_csum6_tx: Option<bool>,
    udp_zero_csum6_rx: Option<bool>,
    traffic_class: Option<u8>,
    hop_limit: Option<u8>,
    mark: Option<u32>,
    pmtu_discovery: Option<PmtuDiscovery>,
    reuse_address: Option<bool>,
    reuse_port: Option<bool>,
    ipv6_only: Option<bool>,
    freebind: Option<bool>,
    transparent: Option<bool>,
    recv_buffer: Option<u32>,
    send_buffer: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PppSocketStatistics")]
pub(super) struct PppSocketStatisticsForm {
    tunnel_id: u16,
    session_id: u16,
    using_ipsec: bool,
    statistics: Statistics,
}
