//! The configuration of a tunnel.

use crate::netlink::attr::{FromAttrs, ToAttrs};
use crate::types::DebugFlags;
use crate::types::codec::OneIfSet;
use crate::{EncapType, ProtocolVersion, TunnelId};

/// The configuration of a tunnel, without its addresses or socket.
///
/// Fields are public; setters of the same names chain.
///
/// ```
/// use l2tp::{EncapType, ProtocolVersion, TunnelConfig};
///
/// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2).udp_csum(true);
/// assert_eq!(tunnel.peer_tunnel_id.0, 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs)]
pub struct TunnelConfig {
    /// L2TPv2 or L2TPv3.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PROTO_VERSION)]
    pub version: ProtocolVersion,
    /// The encapsulation; L2TPv2 runs over UDP only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_ENCAP_TYPE)]
    pub encap: EncapType,
    /// The local tunnel id.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    pub tunnel_id: TunnelId,
    /// The peer's tunnel id; L2TPv2 puts it into the packets that it sends.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_PEER_CONN_ID)]
    pub peer_tunnel_id: TunnelId,
    /// Whether UDP packets over IPv4 have a checksum. Static tunnels only: a managed tunnel's socket has
    /// its own option. Off by default, as in the kernel.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_CSUM, encode = OneIfSet, decode = u8, default)]
    pub udp_csum: bool,
    /// Whether UDP packets over IPv6 are sent *without* a checksum (RFC 6935). Static tunnels
    /// only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_ZERO_CSUM6_TX, flag)]
    pub udp_zero_csum6_tx: bool,
    /// Whether UDP packets over IPv6 are accepted without a checksum (RFC 6935). Static tunnels
    /// only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_UDP_ZERO_CSUM6_RX, flag)]
    pub udp_zero_csum6_rx: bool,
    /// Ignored by kernels from 5.10 on.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_DEBUG)]
    pub debug: Option<DebugFlags>,
}

impl TunnelConfig {
    /// A configuration with the kernel's defaults. `tunnel_id` at this end is `peer_tunnel_id` at the other
    /// end.
    pub fn new(
        version: ProtocolVersion,
        encap: EncapType,
        tunnel_id: impl Into<TunnelId>,
        peer_tunnel_id: impl Into<TunnelId>,
    ) -> Self {
        Self {
            version,
            encap,
            tunnel_id: tunnel_id.into(),
            peer_tunnel_id: peer_tunnel_id.into(),
            udp_csum: false,
            udp_zero_csum6_tx: false,
            udp_zero_csum6_rx: false,
            debug: None,
        }
    }

    /// Sets [`udp_csum`](Self#structfield.udp_csum).
    #[must_use]
    pub fn udp_csum(mut self, on: bool) -> Self {
        self.udp_csum = on;
        self
    }

    /// Sets [`udp_zero_csum6_tx`](Self#structfield.udp_zero_csum6_tx).
    #[must_use]
    pub fn udp_zero_csum6_tx(mut self, on: bool) -> Self {
        self.udp_zero_csum6_tx = on;
        self
    }

    /// Sets [`udp_zero_csum6_rx`](Self#structfield.udp_zero_csum6_rx).
    #[must_use]
    pub fn udp_zero_csum6_rx(mut self, on: bool) -> Self {
        self.udp_zero_csum6_rx = on;
        self
    }

    /// Sets [`debug`](Self#structfield.debug).
    #[must_use]
    pub fn debug(mut self, flags: DebugFlags) -> Self {
        self.debug = Some(flags);
        self
    }
}
