//! Tunnels.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::types::{DebugFlags, Statistics};
use crate::{EncapType, ProtocolVersion, TunnelConfig, TunnelId, TunnelInfo};

#[derive(Serialize, Deserialize)]
#[serde(remote = "TunnelConfig", deny_unknown_fields)]
pub(super) struct TunnelConfigForm {
    version: ProtocolVersion,
    encap: EncapType,
    tunnel_id: TunnelId,
    peer_tunnel_id: TunnelId,
    #[serde(default)]
    udp_csum: bool,
    #[serde(default)]
    udp_zero_csum6_tx: bool,
    #[serde(default)]
    udp_zero_csum6_rx: bool,
    debug: Option<DebugFlags>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TunnelInfo")]
pub(super) struct TunnelInfoForm {
    version: ProtocolVersion,
    tunnel_id: TunnelId,
    peer_tunnel_id: TunnelId,
    encap: EncapType,
    debug: DebugFlags,
    udp_csum: Option<bool>,
    udp_zero_csum6_tx: bool,
    udp_zero_csum6_rx: bool,
    udp_sport: Option<u16>,
    udp_dport: Option<u16>,
    ip_saddr: Option<Ipv4Addr>,
    ip_daddr: Option<Ipv4Addr>,
    ip6_saddr: Option<Ipv6Addr>,
    ip6_daddr: Option<Ipv6Addr>,
    statistics: Statistics,
}
