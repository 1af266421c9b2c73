//! A first program: it creates a tunnel over loopback with a session, and prints their infos.
//!
//! It needs root (CAP_NET_ADMIN) and a kernel with L2TP.

use l2tp::{
    Conn, EncapType, ProtocolVersion, PseudowireType, SessionConfig, SessionId, TunnelConfig,
    TunnelId,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut conn = Conn::open()?;
    let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    conn.create_static_tunnel("127.0.0.1:5000".parse()?, "127.0.0.1:5001".parse()?, &tunnel)?;
    conn.create_session(&SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20))?;
    println!("{}", conn.get_tunnel_info(TunnelId(1))?);
    println!("{}", conn.get_session_info((TunnelId(1), SessionId(10)))?);
    conn.delete_session((TunnelId(1), SessionId(10)))?;
    conn.delete_tunnel(TunnelId(1))?;
    Ok(())
}
