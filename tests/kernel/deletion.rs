//! Deletions that can be trusted: when the call returns the object is gone and its id is free.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use l2tp::conn::DeletionWait;
use l2tp::{Conn, ErrorKind, PseudowireType, SessionConfig, SessionId, TunnelConfig, TunnelId};

use crate::queries::create_tunnel;
use crate::support::{Expected, Net, ensure_fails, tests};

tests![
    a_tunnel_is_gone_and_its_id_free,
    a_session_is_gone_and_its_id_free,
    a_tunnel_takes_its_sessions_along,
    what_is_missing_is_an_error_unless_said,
    a_created_id_is_retried_until_it_is_free,
    a_retry_ends_at_its_deadline,
];

/// Long enough for an emulated machine.
const LIMIT: Duration = Duration::from_secs(20);
/// Often enough that a race shows.
const ROUNDS: usize = 20;

fn ppp(tunnel: &TunnelConfig) -> SessionConfig {
    SessionConfig::new(tunnel, PseudowireType::Ppp, 10, 20)
}

fn connected() -> Result<(Net, Conn)> {
    let net = Net::new()?;
    let conn = net.conn()?;
    Ok((net, conn))
}

fn a_tunnel_is_gone_and_its_id_free() -> Result<()> {
    let (_net, mut conn) = connected()?;
    for id in (1..).take(ROUNDS) {
        let tunnel = create_tunnel(&mut conn, 1)?;
        // An id of its own: from 6.12 on a session may keep its id when its tunnel is gone.
        conn.create_session(&SessionConfig::new(&tunnel, PseudowireType::Ppp, id, id))?;
        conn.delete_tunnel_and_wait(TunnelId(1), LIMIT)?;
        ensure!(conn.tunnels()?.next().is_none());
    }
    Ok(())
}

fn a_session_is_gone_and_its_id_free() -> Result<()> {
    let (_net, mut conn) = connected()?;
    let tunnel = create_tunnel(&mut conn, 1)?;
    for _ in 0..ROUNDS {
        conn.create_session(&ppp(&tunnel))?;
        conn.delete_session_and_wait(&ppp(&tunnel), LIMIT)?;
        ensure!(conn.sessions()?.next().is_none());
    }
    Ok(())
}

fn a_tunnel_takes_its_sessions_along() -> Result<()> {
    let (_net, mut conn) = connected()?;
    let tunnel = create_tunnel(&mut conn, 1)?;
    for id in 1..=50 {
        conn.create_session(&SessionConfig::new(&tunnel, PseudowireType::Ppp, id, id))?;
    }
    conn.delete_tunnel_and_wait(TunnelId(1), LIMIT)?;
    ensure!(conn.sessions()?.next().is_none());
    Ok(())
}

fn what_is_missing_is_an_error_unless_said() -> Result<()> {
    let (_net, mut conn) = connected()?;
    let expected = Expected::not_found;
    ensure_fails(
        conn.delete_tunnel_and_wait(TunnelId(5), LIMIT),
        &expected(&["delete tunnel 5", "no such tunnel"]),
    )?;
    let key = (TunnelId(5), SessionId(6));
    ensure_fails(
        conn.delete_session_and_wait(key, LIMIT),
        &expected(&["delete session 6 in tunnel 5", "no such session"]),
    )?;
    let benign = DeletionWait::up_to(LIMIT).missing_ok(true);
    conn.delete_tunnel_and_wait(TunnelId(5), benign)?;
    conn.delete_session_and_wait(key, benign)?;
    Ok(())
}

fn a_created_id_is_retried_until_it_is_free() -> Result<()> {
    let (_net, mut conn) = connected()?;
    create_tunnel(&mut conn, 1)?;
    let (mut rounds, mut attempts) = (0, 0);
    // Until the first attempt was not early enough in one of them.
    while rounds < ROUNDS || (attempts == rounds && rounds < 10 * ROUNDS) {
        rounds += 1;
        // Whose end takes the kernel time.
        let session = ppp(&crate::queries::tunnel(1));
        // From 6.12 on the session of the round before may still have the id.
        conn.retry_while(ErrorKind::Exists, LIMIT, |conn| conn.create_session(&session))?;
        conn.delete_tunnel(TunnelId(1))?;
        let config = crate::queries::tunnel(1);
        let loopback = |port: u16| ([127, 0, 0, 1], port).into();
        conn.retry_while(ErrorKind::Exists, LIMIT, |conn| {
            attempts += 1;
            conn.create_static_tunnel(loopback(5001), loopback(6001), &config)
        })?;
    }
    ensure!(attempts > rounds, "the first attempt was always early enough");
    Ok(())
}

fn a_retry_ends_at_its_deadline() -> Result<()> {
    let (_net, mut conn) = connected()?;
    create_tunnel(&mut conn, 1)?;
    // Long enough for several attempts on a busy machine.
    let limit = Duration::from_secs(2);
    let start = Instant::now();
    let mut attempts = 0;
    let outcome = conn.retry_while(ErrorKind::NotFound, limit, |conn| {
        attempts += 1;
        conn.get_tunnel_info(TunnelId(2))
    });
    ensure!(outcome.is_err_and(|error| error.is_not_found()));
    ensure!(start.elapsed() >= limit && attempts > 2, "{attempts} attempts");
    // Another error is not worth repeating.
    let mut attempts = 0;
    let outcome = conn.retry_while(ErrorKind::Network, LIMIT, |conn| {
        attempts += 1;
        conn.get_tunnel_info(TunnelId(2))
    });
    ensure!(outcome.is_err() && attempts == 1, "{attempts} attempts");
    Ok(())
}
