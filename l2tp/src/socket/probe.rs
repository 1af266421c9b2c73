//! A temporary socket that tests whether a tunnel's socket could be bound and connected.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use super::addr::TunnelAddr;
use super::error::{SocketError, SocketOperation};
use super::{SocketOptions, TunnelSocket};
use crate::TunnelId;
use crate::tunnel::ends;

/// The number of tunnel ids that are tried for an L2TP/IP socket.
const TRIES: usize = 16;

impl SocketOptions {
    /// The options that affect which addresses a socket can be bound to and which routes it uses.
    pub(super) fn address_and_route_options(&self) -> Self {
        let Self { interface, traffic_class, mark, freebind, transparent, .. } = *self;
        Self { interface, traffic_class, mark, freebind, transparent, ..Self::new() }
    }
}

/// Binds a socket to `local`, with any free port or an unused tunnel id, and connects it to `peer`,
/// whose port may be 0. Without `local` the wildcard address is used. The socket is an L2TP/IP socket
/// if either address has a tunnel id.
pub(crate) fn probe(
    local: Option<TunnelAddr>,
    peer: Option<TunnelAddr>,
    options: &SocketOptions,
) -> Result<TunnelSocket, SocketError> {
    let over_ip = [local, peer].iter().flatten().any(|addr| addr.tunnel_id().is_some());
    let options = options.address_and_route_options();
    let wildcard: IpAddr = match peer.map(|peer| peer.ip()) {
        Some(IpAddr::V6(_)) => Ipv6Addr::UNSPECIFIED.into(),
        _ => Ipv4Addr::UNSPECIFIED.into(),
    };
    let (local, scope_id) = local.map_or((wildcard, 0), |local| (local.ip(), local.scope_id()));
    if let Some(peer) = peer {
        ends::check_pair(local, peer.ip())
            .map_err(SocketError::config(SocketOperation::Connect(peer)))?;
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

/// An L2TP/IP socket with a tunnel id that is probably unused, since two sockets cannot have the same
/// id.
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
