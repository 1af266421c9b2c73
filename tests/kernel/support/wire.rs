//! Two hosts with an Ethernet session between them.

use std::fs;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use anyhow::Result;
use l2tp::types::Statistics;
use l2tp::{IfName, PseudowireType, SessionConfig, TunnelConfig};

use super::{Net, Variant};

/// A tunnel between the two namespaces of [`Net::pair`] with a session whose interface is `l2tp0`
/// at both ends.
pub(crate) struct Wire {
    pub(crate) one: End,
    pub(crate) other: End,
}

/// One end: host 1 or 2, which is the number of its tunnel, and of its session in tens.
pub(crate) struct End {
    pub(crate) net: Net,
    pub(crate) tunnel: TunnelConfig,
    pub(crate) session: SessionConfig,
    host: u8,
}

impl Wire {
    /// The wire with the kernel's defaults.
    pub(crate) fn new(variant: Variant) -> Result<Self> {
        Self::with(variant, |_, _, _| {})
    }

    /// The wire after `adapt` had a look at the plans for host 1 and host 2.
    pub(crate) fn with(
        variant: Variant,
        adapt: impl Fn(u8, &mut TunnelConfig, &mut SessionConfig),
    ) -> Result<Self> {
        let (one, other) = Net::pair()?;
        let end = |net, host, peer| {
            let (id, peer_id) = (u32::from(host), u32::from(peer));
            let mut tunnel = TunnelConfig::new(variant.version, variant.encap, id, peer_id);
            let mut session =
                SessionConfig::new(&tunnel, PseudowireType::Eth, 10 * id, 10 * peer_id);
            session.ifname = Some(IfName::new("l2tp0")?);
            adapt(host, &mut tunnel, &mut session);
            let end = End { net, tunnel, session, host };
            end.set_up(address(variant, host)?, address(variant, peer)?)?;
            anyhow::Ok(end)
        };
        Ok(Self { one: end(one, 1, 2)?, other: end(other, 2, 1)? })
    }

    /// Sends `count` echo requests from host 1 to host 2 over the wire and waits for the answers.
    pub(crate) fn ping(&self, count: u32) -> Result<()> {
        let count = count.to_string();
        self.one.net.program("ping", &["-c", &count, "-i", "0.2", "-W", "2", "192.0.2.2"])?;
        Ok(())
    }
}

/// A host's end of the tunnel.
fn address(variant: Variant, host: u8) -> Result<SocketAddr> {
    let ip: IpAddr =
        if variant.ipv6 { format!("fd00::{host}") } else { format!("10.0.0.{host}") }.parse()?;
    Ok(SocketAddr::new(ip, if variant.is_udp() { 1701 } else { 0 }))
}

impl End {
    fn set_up(&self, local: SocketAddr, peer: SocketAddr) -> Result<()> {
        let mut conn = self.net.conn()?;
        conn.create_static_tunnel(local, peer, &self.tunnel)?;
        conn.create_session(&self.session)?;
        // Without IPv6 the interface sends nothing of its own accord, and with a neighbour that
        // need not be asked for there is nothing to count but echoes.
        self.net.run(|| Ok(fs::write("/proc/sys/net/ipv6/conf/l2tp0/disable_ipv6", "1")?))?;
        let host = self.host;
        let peer = 3 - host;
        self.net.ip_all(&[
            &format!("link set l2tp0 address 02:00:00:00:00:0{host}"),
            &format!("addr add 192.0.2.{host}/24 dev l2tp0"),
            "link set l2tp0 up",
            &format!(
                "neigh add 192.0.2.{peer} lladdr 02:00:00:00:00:0{peer} dev l2tp0 nud permanent"
            ),
        ])?;
        Ok(())
    }

    /// A socket whose datagrams go through the wire to the other host.
    pub(crate) fn frames(&self) -> Result<UdpSocket> {
        let peer = 3 - self.host;
        self.net.run(|| {
            let socket = UdpSocket::bind("0.0.0.0:0")?;
            socket.connect(format!("192.0.2.{peer}:9"))?;
            Ok(socket)
        })
    }

    /// The counters of the session.
    pub(crate) fn statistics(&self) -> Result<Statistics> {
        Ok(self.net.conn()?.get_session_info(&self.session)?.statistics)
    }

    /// The counters of the tunnel.
    pub(crate) fn tunnel_statistics(&self) -> Result<Statistics> {
        Ok(self.net.conn()?.get_tunnel_info(self.tunnel.tunnel_id)?.statistics)
    }
}
