//! Creates a tunnel and a session, and deletes them, on tokio.

use std::error::Error;

use l2tp::tokio::Conn;
use l2tp::{EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut conn = Conn::open().await?;
        let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
        let session = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20);
        let (local, peer) = ("127.0.0.1:5000".parse()?, "127.0.0.1:5001".parse()?);
        conn.create_static_tunnel(local, peer, &tunnel).await?;
        conn.create_session(&session).await?;
        conn.delete_session(&session).await?;
        conn.delete_tunnel(tunnel.tunnel_id).await?;
        Ok(())
    })
}
