//! Packet counters of tunnels and sessions.

use std::fmt;

use crate::netlink::attr::{FromAttrs, ToAttrs};

/// The counters of a session, or of all packets of a tunnel (the `enum` of `L2TP_ATTR_STATS` in
/// `linux/l2tp.h`, `l2tp_nl_*_send` of net/l2tp/l2tp_netlink.c).
///
/// They count from creation on; the kernel cannot reset them. On 32-bit kernels they have 32 bits and
/// wrap around. A counter that an old kernel does not report is 0, except
/// [`rx_invalid`](Self::rx_invalid), which is then `None`.
///
/// A newer kernel may report more counters, so tests create a value from its default:
///
/// ```
/// let mut counted = l2tp::types::Statistics::default();
/// counted.rx_packets = 5;
/// assert_eq!(counted.to_string(), "sent 0 packets, 0 bytes; received 5 packets, 0 bytes");
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ToAttrs, FromAttrs)]
pub struct Statistics {
    /// Packets sent.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_TX_PACKETS, default)]
    pub tx_packets: u64,
    /// Bytes sent: frames and their L2TP headers, without the UDP and IP headers.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_TX_BYTES, default)]
    pub tx_bytes: u64,
    /// Packets that could not be sent, for example without a route, a buffer or a connected socket.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_TX_ERRORS, default)]
    pub tx_errors: u64,
    /// Packets received and delivered.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_PACKETS, default)]
    pub rx_packets: u64,
    /// Bytes received and delivered, with the same headers as in `tx_bytes`.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_BYTES, default)]
    pub rx_bytes: u64,
    /// Packets dropped because of their sequence number, or because they have none. Sessions only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_SEQ_DISCARDS, default)]
    pub rx_seq_discards: u64,
    /// Packets dropped because their cookie was not the session's peer cookie. Sessions only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_COOKIE_DISCARDS, default)]
    pub rx_cookie_discards: u64,
    /// Packets received out of order and reordered in the receive queue. Sessions with a reorder timeout
    /// only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_OOS_PACKETS, default)]
    pub rx_oos_packets: u64,
    /// All packets dropped on reception; includes `rx_seq_discards` and `rx_cookie_discards`. Sessions
    /// only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_ERRORS, default)]
    pub rx_errors: u64,
    /// Packets that are too short for their headers, and before Linux 6.12 also packets with an invalid
    /// header. Packets without a session are not counted. Only counted on tunnels; `None` if the kernel
    /// does not report it.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_INVALID)]
    pub rx_invalid: Option<u64>,
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sent {} packets, {} bytes", self.tx_packets, self.tx_bytes)?;
        write!(f, "; received {} packets, {} bytes", self.rx_packets, self.rx_bytes)?;
        let if_nonzero = [
            ("send errors", self.tx_errors),
            ("receive errors", self.rx_errors),
            ("dropped by sequence", self.rx_seq_discards),
            ("dropped by cookie", self.rx_cookie_discards),
            ("out of order", self.rx_oos_packets),
            ("invalid", self.rx_invalid.unwrap_or(0)),
        ];
        if_nonzero
            .iter()
            .filter(|(_, count)| *count != 0)
            .try_for_each(|(what, n)| write!(f, "; {n} {what}"))
    }
}
