//! Waiting for the network: until an address is there, until there is a route.
//!
//! At boot a program is often faster than what configures the network, and an IPv6 address can be
//! seen for a second or two before it can be used. What is waited for is not that something is
//! listed but that the kernel accepts it: a socket of the kind that the addresses ask for is bound
//! and connected, again after pauses that grow, until it succeeds. Nothing is sent. `attempt` tries, `address` finds out why an
//! address does not work, `error` says so.

mod address;
mod attempt;
mod error;

use std::thread;
use std::time::Duration;

use crate::{SocketOptions, TunnelAddr};
pub use address::AddressState;
pub(crate) use attempt::Attempts;
pub use error::NotReady;
pub(crate) use error::address_remedy;

/// Waits until a local address can be used, at most `limit`: until an interface has it and, for an
/// IPv6 address, duplicate address detection has found that it is the only one on its link.
///
/// It concerns the network namespace of the calling thread; in another,
/// [`Netns::run`](crate::Netns::run) does the waiting:
///
/// ```no_run
/// use std::net::SocketAddr;
/// use std::time::Duration;
///
/// let local: SocketAddr = "[2001:db8::1]:1701".parse()?;
/// l2tp::wait_for_address(local, Duration::from_secs(10))?;
///
/// let blue = l2tp::Netns::named("blue")?;
/// blue.run(|| l2tp::wait_for_address(local, Duration::from_secs(10)))??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The port does not matter. A link-local address needs its interface's index as scope id. Where
/// `net.ipv4.ip_nonlocal_bind` or `net.ipv6.ip_nonlocal_bind` is on the kernel accepts any address
/// for UDP, and there is nothing to wait for.
///
/// The answer is that for a UDP socket without options, or, for an address with a tunnel id
/// ([`TunnelAddr::Ip`]), for an L2TP/IP socket, whose module the kernel then loads. For a socket
/// with options, in a VRF for example, ask [`wait_for_address_with`].
///
/// # Errors
///
/// [`NotReady::Address`] when the time is up: it says what is missing. Otherwise what waiting does
/// not mend, at once.
pub fn wait_for_address(local: impl Into<TunnelAddr>, limit: Duration) -> Result<(), NotReady> {
    wait(Attempts::of(Some(local.into()), None, &SocketOptions::new(), limit)?)
}

/// [`wait_for_address`], for the socket of a managed tunnel with these options.
///
/// Of the options those count that [`wait_for_path_with`] names.
///
/// # Errors
///
/// As [`wait_for_address`], and [`NotReady::Interface`] when there is no interface of the name.
pub fn wait_for_address_with(
    local: impl Into<TunnelAddr>,
    options: &SocketOptions,
    limit: Duration,
) -> Result<(), NotReady> {
    wait(Attempts::of(Some(local.into()), None, options, limit)?)
}

/// Waits until there is a route to a peer, at most `limit`, and an address to send from.
///
/// In the network namespace of the calling thread. The kernel chooses the source address, for IPv6
/// another than the one you mean as long as that is tentative: where the local address is known,
/// [`wait_for_path`] waits for both.
///
/// # Errors
///
/// [`NotReady::Route`] when the time is up. Otherwise what waiting does not mend, at once: a route
/// that prohibits the peer, or a system without IPv6.
pub fn wait_for_route(peer: impl Into<TunnelAddr>, limit: Duration) -> Result<(), NotReady> {
    wait(Attempts::of(None, Some(peer.into()), &SocketOptions::new(), limit)?)
}

/// [`wait_for_route`], for the socket of a managed tunnel with these options.
///
/// Of the options those count that [`wait_for_path_with`] names.
///
/// # Errors
///
/// As [`wait_for_route`], and [`NotReady::Interface`] when there is no interface of the name.
pub fn wait_for_route_with(
    peer: impl Into<TunnelAddr>,
    options: &SocketOptions,
    limit: Duration,
) -> Result<(), NotReady> {
    wait(Attempts::of(None, Some(peer.into()), options, limit)?)
}

/// Waits for all that a tunnel needs of the network, at most `limit`: a local address that can be
/// used, and from it a route to the peer.
///
/// ```no_run
/// use std::net::SocketAddr;
/// use std::time::Duration;
/// use l2tp::{Conn, EncapType, ProtocolVersion, TunnelConfig};
///
/// let (local, peer): (SocketAddr, SocketAddr) =
///     ("192.0.2.1:1701".parse()?, "198.51.100.1:1701".parse()?);
/// l2tp::wait_for_path(local, peer, Duration::from_secs(30))?;
/// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
/// Conn::open()?.create_static_tunnel(local, peer, &tunnel)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// In the network namespace of the calling thread.
///
/// # Errors
///
/// Those of [`wait_for_address`] and [`wait_for_route`], by what is missing when the time is up.
pub fn wait_for_path(
    local: impl Into<TunnelAddr>,
    peer: impl Into<TunnelAddr>,
    limit: Duration,
) -> Result<(), NotReady> {
    wait(Attempts::of(Some(local.into()), Some(peer.into()), &SocketOptions::new(), limit)?)
}

/// [`wait_for_path`], for the socket of a managed tunnel with these options.
///
/// Of the options those count that decide which addresses a socket can have and which routes it
/// uses: interface, mark, traffic class, free bind and transparent.
///
/// ```no_run
/// use std::net::SocketAddr;
/// use std::time::Duration;
/// use l2tp::{SocketOptions, TunnelSocket};
///
/// let options = SocketOptions::new().interface("vrf-blue".parse()?);
/// let (local, peer): (SocketAddr, SocketAddr) =
///     ("192.0.2.1:1701".parse()?, "198.51.100.1:1701".parse()?);
/// l2tp::wait_for_path_with(local, peer, &options, Duration::from_secs(30))?;
/// let socket = TunnelSocket::open(local, Some(peer.into()), &options)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`wait_for_path`], and [`NotReady::Interface`] when there is no interface of the name.
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
