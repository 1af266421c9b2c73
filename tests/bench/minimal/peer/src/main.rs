//! Creates a tunnel and a session, and deletes them, with the peer.

use std::error::Error;
use std::net::SocketAddr;

use l2tp::{Encapsulation, HandleConfig, L2tpHandle, SessionConfig, SessionId};
use l2tp::{TunnelConfig, TunnelId};

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let handle = L2tpHandle::new(HandleConfig::default()).await?;
        let (local, remote): (SocketAddr, SocketAddr) =
            ("127.0.0.1:5000".parse()?, "127.0.0.1:5001".parse()?);
        let encapsulation = Encapsulation::Udp {
            local: local.into(),
            remote: remote.into(),
            udp_csum: true,
            udp_zero_csum6_tx: false,
            udp_zero_csum6_rx: false,
        };
        let tunnel = TunnelConfig::new(TunnelId(1), TunnelId(2), encapsulation)?;
        let tunnel = handle.create_unmanaged_tunnel(tunnel).await?;
        let session = SessionConfig::ppp(TunnelId(1), SessionId(10), SessionId(20));
        handle.create_session(session).await?.delete().await?;
        tunnel.delete().await?;
        Ok(())
    })
}
