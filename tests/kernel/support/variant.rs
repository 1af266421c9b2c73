//! Every kind of tunnel that the kernel makes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use l2tp::{EncapType, ProtocolVersion, TunnelConfig, TunnelId, TunnelInfo};
use serde_json::{Map, Value, json};

/// A version, an encapsulation and an address family that go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) version: ProtocolVersion,
    pub(crate) encap: EncapType,
    pub(crate) ipv6: bool,
}

/// The local port of the tunnels that [`Variant`] describes, and the peer's.
const PORTS: (u16, u16) = (5000, 5001);

impl Variant {
    pub(crate) const V2_UDP4: Self = Self::new(ProtocolVersion::V2, EncapType::Udp, false);
    pub(crate) const V2_UDP6: Self = Self::new(ProtocolVersion::V2, EncapType::Udp, true);
    pub(crate) const V3_UDP4: Self = Self::new(ProtocolVersion::V3, EncapType::Udp, false);
    pub(crate) const V3_UDP6: Self = Self::new(ProtocolVersion::V3, EncapType::Udp, true);
    pub(crate) const V3_IP4: Self = Self::new(ProtocolVersion::V3, EncapType::Ip, false);
    pub(crate) const V3_IP6: Self = Self::new(ProtocolVersion::V3, EncapType::Ip, true);

    /// L2TPv2 runs over UDP only.
    pub(crate) const ALL: [Self; 6] =
        [Self::V2_UDP4, Self::V2_UDP6, Self::V3_UDP4, Self::V3_UDP6, Self::V3_IP4, Self::V3_IP6];
    /// Those that iproute2 makes, too.
    pub(crate) const V3: [Self; 4] = [Self::V3_UDP4, Self::V3_UDP6, Self::V3_IP4, Self::V3_IP6];
    pub(crate) const UDP: [Self; 4] = [Self::V2_UDP4, Self::V2_UDP6, Self::V3_UDP4, Self::V3_UDP6];

    /// The plainest, where the kind does not matter.
    pub(crate) const PLAIN: Self = Self::V3_UDP4;

    const fn new(version: ProtocolVersion, encap: EncapType, ipv6: bool) -> Self {
        Self { version, encap, ipv6 }
    }

    /// What to append to a test's name.
    pub(crate) fn name(self) -> String {
        let version = u8::from(self.version);
        let encap = if self.is_udp() { "udp" } else { "ip" };
        let family = if self.ipv6 { "ipv6" } else { "ipv4" };
        format!("v{version}_{encap}_{family}")
    }

    pub(crate) fn is_udp(self) -> bool {
        self.encap == EncapType::Udp
    }

    /// Tunnel 1 to tunnel 2.
    pub(crate) fn config(self) -> TunnelConfig {
        TunnelConfig::new(self.version, self.encap, 1, 2)
    }

    fn loopback(self) -> IpAddr {
        if self.ipv6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() }
    }

    /// The local end, on the loopback interface.
    pub(crate) fn local(self) -> SocketAddr {
        SocketAddr::new(self.loopback(), if self.is_udp() { PORTS.0 } else { 0 })
    }

    /// The peer's end, on the loopback interface.
    pub(crate) fn peer(self) -> SocketAddr {
        SocketAddr::new(self.loopback(), if self.is_udp() { PORTS.1 } else { 0 })
    }

    /// All that the kernel should say of a new tunnel of [`config`](Self::config) between
    /// [`local`](Self::local) and [`peer`](Self::peer).
    pub(crate) fn info(self) -> TunnelInfo {
        let (v4, v6) =
            ((!self.ipv6).then_some(Ipv4Addr::LOCALHOST), self.ipv6.then_some(Ipv6Addr::LOCALHOST));
        let mut info = TunnelInfo::new(self.version, self.encap, TunnelId(1), TunnelId(2));
        info.udp_csum = (self.is_udp() && !self.ipv6).then_some(false);
        info.udp_sport = self.is_udp().then_some(PORTS.0);
        info.udp_dport = self.is_udp().then_some(PORTS.1);
        info.ip_saddr = v4;
        info.ip_daddr = v4;
        info.ip6_saddr = v6;
        info.ip6_daddr = v6;
        info.statistics.rx_invalid = Some(0);
        info
    }

    /// What `ip -j l2tp show tunnel` should say of it.
    pub(crate) fn iproute(self) -> Map<String, Value> {
        let mut shown = Map::new();
        shown.insert("tunnel_id".into(), json!(1));
        shown.insert("peer_tunnel".into(), json!(2));
        shown.insert("encap".into(), json!(if self.is_udp() { "UDP" } else { "IP" }));
        shown.insert("local".into(), json!(self.loopback().to_string()));
        shown.insert("peer".into(), json!(self.loopback().to_string()));
        if self.is_udp() {
            shown.insert("local_port".into(), json!(PORTS.0));
            shown.insert("peer_port".into(), json!(PORTS.1));
            if self.ipv6 {
                shown.insert("checksum_tx".into(), json!(true));
                shown.insert("checksum_rx".into(), json!(true));
            } else {
                shown.insert("checksum".into(), json!(false));
            }
        }
        shown
    }
}
