//! Creates a tunnel and a session, and deletes them.

use std::error::Error;

use l2tp::{Conn, EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};

fn main() -> Result<(), Box<dyn Error>> {
    let mut conn = Conn::open()?;
    let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    let session = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20);
    conn.create_static_tunnel("127.0.0.1:5000".parse()?, "127.0.0.1:5001".parse()?, &tunnel)?;
    conn.create_session(&session)?;
    conn.delete_session(&session)?;
    conn.delete_tunnel(tunnel.tunnel_id)?;
    Ok(())
}
