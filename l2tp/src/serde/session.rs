//! Sessions.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::time;
use crate::types::{DebugFlags, Statistics};
use crate::{
    Cookie, IfName, L2SpecType, ProtocolVersion, PseudowireType, SessionChange, SessionConfig,
    SessionId, SessionInfo, TunnelId,
};

#[derive(Serialize, Deserialize)]
#[serde(remote = "SessionConfig", deny_unknown_fields)]
pub(super) struct SessionConfigForm {
    version: ProtocolVersion,
    tunnel_id: TunnelId,
    peer_tunnel_id: TunnelId,
    session_id: SessionId,
    peer_session_id: SessionId,
    pseudowire: PseudowireType,
    #[serde(default)]
    l2spec: L2SpecType,
    local_cookie: Option<Cookie>,
    peer_cookie: Option<Cookie>,
    ifname: Option<IfName>,
    #[serde(default)]
    send_seq: bool,
    #[serde(default)]
    recv_seq: bool,
    #[serde(default)]
    lns_mode: bool,
    #[serde(rename = "reorder_timeout_ms", with = "time::option", default)]
    reorder_timeout: Option<Duration>,
    debug: Option<DebugFlags>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SessionChange", deny_unknown_fields)]
pub(super) struct SessionChangeForm {
    send_seq: Option<bool>,
    recv_seq: Option<bool>,
    lns_mode: Option<bool>,
    #[serde(rename = "reorder_timeout_ms", with = "time::option", default)]
    reorder_timeout: Option<Duration>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SessionInfo")]
pub(super) struct SessionInfoForm {
    tunnel_id: TunnelId,
    session_id: SessionId,
    peer_tunnel_id: TunnelId,
    peer_session_id: SessionId,
    debug: DebugFlags,
    pseudowire: PseudowireType,
    ifname: Option<IfName>,
    local_cookie: Option<Cookie>,
    peer_cookie: Option<Cookie>,
    recv_seq: bool,
    send_seq: bool,
    lns_mode: bool,
    using_ipsec: bool,
    #[serde(rename = "reorder_timeout_ms", with = "time")]
    reorder_timeout: Duration,
    statistics: Statistics,
}
