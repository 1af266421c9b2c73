//! Waiting for the network as the runtime waits.

use std::time::Duration;

use super::socket::sleep;
use crate::SocketOptions;
use crate::host::NotReady;
use crate::host::ready::Attempts;
use crate::socket::TunnelAddr;

/// [`wait_for_address`](crate::host::wait_for_address), async.
///
/// It concerns the network namespace of the thread that polls it, which must be the same
/// throughout. Dropping the future ends the wait.
///
/// # Errors
///
/// Those of the blocking function.
pub async fn wait_for_address(
    local: impl Into<TunnelAddr>,
    limit: Duration,
) -> Result<(), NotReady> {
    wait(Attempts::of(Some(local.into()), None, &SocketOptions::new(), limit)?).await
}

/// [`wait_for_address_with`](crate::host::wait_for_address_with), async, as [`wait_for_address`].
///
/// # Errors
///
/// Those of the blocking function.
pub async fn wait_for_address_with(
    local: impl Into<TunnelAddr>,
    options: &SocketOptions,
    limit: Duration,
) -> Result<(), NotReady> {
    wait(Attempts::of(Some(local.into()), None, options, limit)?).await
}

/// [`wait_for_route`](crate::host::wait_for_route), async, as [`wait_for_address`].
///
/// # Errors
///
/// Those of the blocking function.
pub async fn wait_for_route(peer: impl Into<TunnelAddr>, limit: Duration) -> Result<(), NotReady> {
    wait(Attempts::of(None, Some(peer.into()), &SocketOptions::new(), limit)?).await
}

/// [`wait_for_route_with`](crate::host::wait_for_route_with), async, as [`wait_for_address`].
///
/// # Errors
///
/// Those of the blocking function.
pub async fn wait_for_route_with(
    peer: impl Into<TunnelAddr>,
    options: &SocketOptions,
    limit: Duration,
) -> Result<(), NotReady> {
    wait(Attempts::of(None, Some(peer.into()), options, limit)?).await
}

/// [`wait_for_path`](crate::host::wait_for_path), async, as [`wait_for_address`].
///
/// # Errors
///
/// Those of the blocking function.
pub async fn wait_for_path(
    local: impl Into<TunnelAddr>,
    peer: impl Into<TunnelAddr>,
    limit: Duration,
) -> Result<(), NotReady> {
    wait(Attempts::of(Some(local.into()), Some(peer.into()), &SocketOptions::new(), limit)?).await
}

/// [`wait_for_path_with`](crate::host::wait_for_path_with), async, as [`wait_for_address`].
///
/// # Errors
///
/// Those of the blocking function.
pub async fn wait_for_path_with(
    local: impl Into<TunnelAddr>,
    peer: impl Into<TunnelAddr>,
    options: &SocketOptions,
    limit: Duration,
) -> Result<(), NotReady> {
    wait(Attempts::of(Some(local.into()), Some(peer.into()), options, limit)?).await
}

async fn wait(mut attempts: Attempts) -> Result<(), NotReady> {
    while let Some(pause) = attempts.attempt()? {
        sleep(pause).await;
    }
    Ok(())
}
