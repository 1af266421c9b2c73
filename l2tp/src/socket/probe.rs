//! A socket for a moment, to find out what the network has for one that a tunnel would have.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use super::addr::TunnelAddr;
use super::error::{SocketError, SocketStep};
use super::{SocketOptions, TunnelSocket};
use crate::TunnelId;
use crate::tunnel::ends;

/// How many tunnel ids are tried before an L2TP/IP socket is taken to have none.
const TRIES: usize = 16;

impl SocketOptions {
    /// Those that decide which addresses a socket can have and which routes it uses.
    pub(super) fn of_the_way(&self) -> Self {
        let Self { interface, traffic_class, mark, freebind, transparent, .. } = *self;
        Self { interface, traffic_class, mark, freebind, transparent, ..Self::new() }
    }
}

/// Binds a socket to `local`, to any port or to a tunnel id that nobody uses, and connects it to
/// `peer`, of which a port of 0 will do. Without `local` that is the wildcard address. It is an
/// L2TP/IP socket if either end has a tunnel id.
pub(crate) fn probe(
    local: Option<TunnelAddr>,
    peer: Option<TunnelAddr>,
    options: &SocketOptions,
) -> Result<TunnelSocket, SocketError> {
    let over_ip = [local, peer].iter().flatten().any(|addr| addr.tunnel_id().is_some());
    let options = options.of_the_way();
    let wildcard: IpAddr = match peer.map(|peer| peer.ip()) {
        Some(IpAddr::V6(_)) => Ipv6Addr::UNSPECIFIED.into(),
        _ => Ipv4Addr::UNSPECIFIED.into(),
    };
    let (local, scope_id) = local.map_or((wildcard, 0), |local| (local.ip(), local.scope_id()));
    if let Some(peer) = peer {
        ends::check_pair(local, peer.ip())
            .map_err(SocketError::config(SocketStep::Connect(peer)))?;
    }
    let mut socket = if over_ip {
        open_over_ip(local, scope_id, &options)?
    } else {
        TunnelSocket::open(TunnelAddr::with_port(local, scope_id, 0), None, &options)?
    };
    if let Some(peer) = peer {
        socket.connect_to(if over_ip { peer.over_ip() } else { peer })?;
    }
    Ok(socket)
}

/// An L2TP/IP socket of a tunnel id that no tunnel is likely to have, as two sockets cannot have
/// one.
fn open_over_ip(
    addr: IpAddr,
    scope_id: u32,
    options: &SocketOptions,
) -> Result<TunnelSocket, SocketError> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut tries = 0;
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(process::id() << 4);
        let tunnel_id = TunnelId(0xffff_0000 | (number & 0xffff));
        tries += 1;
        match TunnelSocket::open(TunnelAddr::Ip { addr, scope_id, tunnel_id }, None, options) {
            Err(error) if error.raw_os_error() == Some(libc::EADDRINUSE) && tries < TRIES => {}
            outcome => return outcome,
        }
    }
}
