//! Waiting for the network, until an address or a route can be used.
//!
//! At boot a program often starts before the network is configured, and an IPv6 address is listed
//! for a second or two before it can be used. These functions therefore test whether the kernel
//! accepts the addresses: they bind and connect a socket like the tunnel's, and repeat that after
//! growing pauses until it succeeds. No packet is sent.

mod address;
mod attempt;
mod error;

use std::thread;
use std::time::Duration;

use crate::SocketOptions;
use crate::socket::TunnelAddr;
pub use address::AddressState;
pub(crate) use attempt::Attempts;
pub use error::NotReady;
pub(crate) use error::address_remedy;

/// Waits until a local address can be used, at most for `limit`: an interface must have the address
/// and, for an IPv6 address, duplicate address detection must have ended without a duplicate.
///
/// It applies to the network namespace of the calling thread. For another namespace, call it in
/// [`Netns::run`](crate::Netns::run):
///
/// ```no_run
/// use std::net::SocketAddr;
/// use std::time::Duration;
///
/// let local: SocketAddr = "[2001:db8::1]:1701".parse()?;
/// l2tp::host::wait_for_address(local, Duration::from_secs(10))?;
///
/// let blue = l2tp::Netns::named("blue")?;
/// blue.run(|| l2tp::host::wait_for_address(local, Duration::from_secs(10)))??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The port is ignored. A link-local address needs its interface's index as scope id. If
/// `net.ipv4.ip_nonlocal_bind` or `net.ipv6.ip_nonlocal_bind` is set, the kernel accepts any
/// address for UDP, and this function returns at once.
///
/// The test uses a UDP socket without options; for an address with a tunnel id ([`TunnelAddr::Ip`])
/// an L2TP/IP socket, whose module the kernel then loads. For a socket with options, for example in
/// a VRF, use [`wait_for_address_with`].
///
/// # Errors
///
/// [`NotReady::Address`] after the time limit; it states what is missing. Errors that waiting cannot fix
/// are returned at once.
pub fn wait_for_address(local: impl Into<TunnelAddr>, limit: Duration) -> Result<(), NotReady> {
    wait(Attempts::of(Some(local.into()), None, &SocketOptions::new(), limit)?)
}

/// [`wait_for_address`], for the socket of a managed tunnel with these options.
///
/// Only the options that [`wait_for_path_with`] lists are used.
///
/// # Errors
///
/// As [`wait_for_address`], and [`NotReady::Interface`] if no interface has the name.
pub fn wait_for_address_with(
    local: impl Into<TunnelAddr>,
    options: &SocketOptions,
    limit: Duration,
) -> Result<(), NotReady> {
    wait(Attempts::of(Some(local.into()), None, options, limit)?)
}

/// Waits until there is a route to a peer and an address to send from, at most for `limit`.
///
/// It applies to the network namespace of the calling thread. The kernel chooses the source
/// address; for IPv6 it may choose another one than intended while that one is tentative. If the
/// local address is known, [`wait_for_path`] waits for both.
///
/// # Errors
///
/// [`NotReady::Route`] after the time limit. Errors that waiting cannot fix are returned at once: for
/// example a route that prohibits the peer, or a system without IPv6.
pub fn wait_for_route(peer: impl Into<TunnelAddr>, limit: Duration) -> Result<(), NotReady> {
    wait(Attempts::of(None, Some(peer.into()), &SocketOptions::new(), limit)?)
}

/// [`wait_for_route`], for the socket of a managed tunnel with these options.
///
/// Only the options that [`wait_for_path_with`] lists are used.
///
/// # Errors
///
/// As [`wait_for_route`], and [`NotReady::Interface`] if no interface has the name.
pub fn wait_for_route_with(
    peer: impl Into<TunnelAddr>,
    options: &SocketOptions,
    limit: Duration,
) -> Result<(), NotReady> {
    wait(Attempts::of(None, Some(peer.into()), options, limit)?)
}

/// Waits until the local address can be used and has a route to the peer, at most for `limit`.
///
/// ```no_run
/// use std::net::SocketAddr;
/// use std::time::Duration;
/// use l2tp::{Conn, EncapType, ProtocolVersion, TunnelConfig};
///
/// let (local, peer): (SocketAddr, SocketAddr) =
///     ("192.0.2.1:1701".parse()?, "198.51.100.1:1701".parse()?);
/// l2tp::host::wait_for_path(local, peer, Duration::from_secs(30))?;
/// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
/// Conn::open()?.create_static_tunnel(local, peer, &tunnel)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It applies to the network namespace of the calling thread.
///
/// # Errors
///
/// As [`wait_for_address`] and [`wait_for_route`].
pub fn wait_for_path(
    local: impl Into<TunnelAddr>,
    peer: impl Into<TunnelAddr>,
    limit: Duration,
) -> Result<(), NotReady> {
    wait(Attempts::of(Some(local.into()), Some(peer.into()), &SocketOptions::new(), limit)?)
}

/// [`wait_for_path`], for the socket of a managed tunnel with these options.
///
/// Only the options that affect addresses and routes are used: `interface`, `mark`,
/// `traffic_class`, `freebind` and `transparent`.
///
/// ```no_run
/// use std::net::SocketAddr;
/// use std::time::Duration;
/// use l2tp::{SocketOptions, TunnelSocket};
///
/// let options = SocketOptions::new().interface("vrf-blue".parse()?);
/// let (local, peer): (SocketAddr, SocketAddr) =
///     ("192.0.2.1:1701".parse()?, "198.51.100.1:1701".parse()?);
/// l2tp::host::wait_for_path_with(local, peer, &options, Duration::from_secs(30))?;
/// let socket = TunnelSocket::open(local, Some(peer.into()), &options)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`wait_for_path`], and [`NotReady::Interface`] if no interface has the name.
pub fn wait_for_path_with(
    local: impl Into<TunnelAddr>,
    peer: impl Into<TunnelAddr>,
    options: &SocketOptions,
    limit: Duration,
) -> Result<(), NotReady> {
    wait(Attempts::of(Some(local.into()), Some(peer.into()), options, limit)?)
}

fn wait(mut attempts: Attempts) -> Result<(), NotReady> {
    while let Some(pause) = attempts.attempt()? {
        thread::sleep(pause);
    }
    Ok(())
}
