//! Packet counters of tunnels and sessions.

use std::fmt;

use crate::netlink::attr::{FromAttrs, ToAttrs};

/// Counters of a session, or of all packets of a tunnel (`enum` of `L2TP_ATTR_STATS` in
/// `linux/l2tp.h`, `l2tp_nl_*_send` of net/l2tp/l2tp_netlink.c).
///
/// Packets and bytes since creation; the kernel offers no reset. Kernels of 32 bits count in 32
/// bits and start again at 0. A counter that an old kernel does not report is 0, except
/// [`rx_invalid`](Self::rx_invalid), which tells the difference.
///
/// A newer kernel may count more, so a test builds them from their default:
///
/// ```
/// let mut counted = l2tp::Statistics::default();
/// counted.rx_packets = 5;
/// assert_eq!(counted.to_string(), "sent 0 packets, 0 bytes; received 5 packets, 0 bytes");
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ToAttrs, FromAttrs)]
pub struct Statistics {
    /// Packets sent.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_TX_PACKETS, default)]
    pub tx_packets: u64,
    /// Bytes sent: frames with their L2TP headers, without UDP and IP.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_TX_BYTES, default)]
    pub tx_bytes: u64,
    /// Packets that could not be sent: no route, no buffer, an unconnected socket.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_TX_ERRORS, default)]
    pub tx_errors: u64,
    /// Packets received and passed on.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_PACKETS, default)]
    pub rx_packets: u64,
    /// Bytes received and passed on, headers counted as in those sent.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_BYTES, default)]
    pub rx_bytes: u64,
    /// Packets dropped for their sequence number, or for having none. Sessions only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_SEQ_DISCARDS, default)]
    pub rx_seq_discards: u64,
    /// Packets dropped because their cookie was not the session's peer cookie. Sessions only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_COOKIE_DISCARDS, default)]
    pub rx_cookie_discards: u64,
    /// Packets that overtook others in the queue of those that wait for earlier ones. Sessions
    /// with a reorder timeout only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_OOS_PACKETS, default)]
    pub rx_oos_packets: u64,
    /// Packets dropped, for whatever reason: those that the two counters of discards have are
    /// among them. Sessions only.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_ERRORS, default)]
    pub rx_errors: u64,
    /// Packets that end before the headers they need, and before Linux 6.12 those with a strange
    /// header. A packet for no session is counted nowhere. Moves on tunnels only; `None` from a
    /// kernel that does not report it.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RX_INVALID)]
    pub rx_invalid: Option<u64>,
}

/// The counters of a session, which are those of a tunnel: the kernel reports one set for both.
pub type SessionStatistics = Statistics;

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sent {} packets, {} bytes", self.tx_packets, self.tx_bytes)?;
        write!(f, "; received {} packets, {} bytes", self.rx_packets, self.rx_bytes)?;
        let rare = [
            ("send errors", self.tx_errors),
            ("receive errors", self.rx_errors),
            ("dropped by sequence", self.rx_seq_discards),
            ("dropped by cookie", self.rx_cookie_discards),
            ("out of order", self.rx_oos_packets),
            ("invalid", self.rx_invalid.unwrap_or(0)),
        ];
        rare.iter()
            .filter(|(_, count)| *count != 0)
            .try_for_each(|(what, n)| write!(f, "; {n} {what}"))
    }
}
