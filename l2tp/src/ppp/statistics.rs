//! The counters that a PPPoL2TP socket tells, without netlink and without a privilege.

use std::os::fd::AsFd;

use l2tp_sys::pppol2tp_ioc_stats;

use super::error::{At, Error, Step};
use crate::Statistics;
use crate::sys::ppp::request;

/// What `PPPIOCGL2TPSTATS` tells of a session or a tunnel (`struct pppol2tp_ioc_stats` of
/// `linux/ppp-ioctl.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketStatistics {
    /// The tunnel's id here, of which an L2TPv3 id keeps the lower half.
    pub tunnel_id: u16,
    /// The session's id here, likewise; 0 for the tunnel's own counters.
    pub session_id: u16,
    /// Whether the tunnel's socket has an IPsec policy.
    pub using_ipsec: bool,
    /// The counters. The ioctl has none for cookies (0) and for invalid packets (`None`).
    pub statistics: Statistics,
}

/// Asks a socket; `session` is read by the kernel when it is a tunnel's control socket.
pub(super) fn ask(socket: &impl AsFd, session: u16, step: Step) -> Result<SocketStatistics, Error> {
    let question = pppol2tp_ioc_stats { session_id: session, ..pppol2tp_ioc_stats::default() };
    let answer = request::L2TP_STATS.on(socket.as_fd(), question).at(step)?;
    Ok(SocketStatistics {
        tunnel_id: answer.tunnel_id,
        session_id: answer.session_id,
        using_ipsec: answer.using_ipsec() != 0,
        statistics: Statistics {
            tx_packets: answer.tx_packets,
            tx_bytes: answer.tx_bytes,
            tx_errors: answer.tx_errors,
            rx_packets: answer.rx_packets,
            rx_bytes: answer.rx_bytes,
            rx_seq_discards: answer.rx_seq_discards,
            rx_oos_packets: answer.rx_oos_packets,
            rx_errors: answer.rx_errors,
            ..Statistics::default()
        },
    })
}
