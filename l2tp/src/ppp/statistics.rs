//! The counters of a PPPoL2TP socket, which need neither netlink nor a privilege.

use std::os::fd::AsFd;

use l2tp_sys::pppol2tp_ioc_stats;

use super::error::{At, PppError, PppOperation};
use crate::sys::ppp::request;
use crate::types::Statistics;

/// The counters of a session or tunnel that `PPPIOCGL2TPSTATS` returns (`struct pppol2tp_ioc_stats` of
/// `linux/ppp-ioctl.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PppSocketStatistics {
    /// The local tunnel id; of an L2TPv3 id only the lower 16 bits.
    pub tunnel_id: u16,
    /// The local session id, likewise; 0 for the counters of the tunnel.
    pub session_id: u16,
    /// Whether the tunnel's socket has an IPsec policy.
    pub using_ipsec: bool,
    /// The counters. The ioctl has none for cookies (0) and for invalid packets (`None`).
    pub statistics: Statistics,
}

/// Gets the counters of a socket. The kernel reads `session` only for a tunnel's control socket.
pub(super) fn get(
    socket: &impl AsFd,
    session: u16,
    operation: PppOperation,
) -> Result<PppSocketStatistics, PppError> {
    let query = pppol2tp_ioc_stats { session_id: session, ..pppol2tp_ioc_stats::default() };
    let reply = request::L2TP_STATS.on(socket.as_fd(), query).at(operation)?;
    Ok(PppSocketStatistics {
        tunnel_id: reply.tunnel_id,
        session_id: reply.session_id,
        using_ipsec: reply.using_ipsec() != 0,
        statistics: Statistics {
            tx_packets: reply.tx_packets,
            tx_bytes: reply.tx_bytes,
            tx_errors: reply.tx_errors,
            rx_packets: reply.rx_packets,
            rx_bytes: reply.rx_bytes,
            rx_seq_discards: reply.rx_seq_discards,
            rx_oos_packets: reply.rx_oos_packets,
            rx_errors: reply.rx_errors,
            ..Statistics::default()
        },
    })
}
