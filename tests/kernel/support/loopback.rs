//! Tunnels on the loopback interface, with ids that no other test uses: up to Linux 7.2 a
//! listener hears of all namespaces.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;
use l2tp::{Conn, EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};

static NEXT: AtomicU32 = AtomicU32::new(1_000_000);

/// A UDP tunnel of L2TPv3 with an id of its own.
pub(crate) fn fresh_tunnel() -> TunnelConfig {
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, id, id)
}

/// Creates a tunnel from any free port to a port where nobody answers.
pub(crate) fn create_tunnel(conn: &mut Conn, tunnel: &TunnelConfig) -> Result<()> {
    Ok(conn.create_static_tunnel("127.0.0.1:0".parse()?, "127.0.0.1:9".parse()?, tunnel)?)
}

/// An Ethernet session.
pub(crate) fn session_of(tunnel: &TunnelConfig, id: u32) -> SessionConfig {
    SessionConfig::new(tunnel, PseudowireType::Eth, id, id)
}
