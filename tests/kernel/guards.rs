//! The guards: with them every kernel answers as one without the defects of [`crate::defects`].

use anyhow::{Result, ensure};
use l2tp::{
    Conn, EncapType, ProtocolVersion, PseudowireType, SessionChange, SessionConfig, SessionId,
    TunnelConfig, TunnelId,
};

use crate::queries::create_tunnel;
use crate::support::{
    Expected, Kernel, LOOKS_IN_THE_TUNNEL_NAMED, Net, ensure_fails, session_gone, tests,
};

tests![
    a_duplicate_is_rejected,
    the_same_id_in_another_tunnel_is_not_a_duplicate,
    a_reply_names_its_tunnel,
    another_tunnels_session_is_not_deleted,
    another_tunnels_session_is_not_changed,
    version_2_needs_no_guard,
    without_guards_the_kernel_decides,
];

const WRONG: (TunnelId, SessionId) = (TunnelId(2), SessionId(10));
const RIGHT: (TunnelId, SessionId) = (TunnelId(1), SessionId(10));

fn ppp(tunnel: &TunnelConfig) -> SessionConfig {
    SessionConfig::new(tunnel, PseudowireType::Ppp, 10, 20)
}

/// Tunnels 1 and 2; the first has session 10.
fn two_tunnels() -> Result<(Net, Conn, SessionConfig)> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let session = ppp(&create_tunnel(&mut conn, 1)?);
    create_tunnel(&mut conn, 2)?;
    conn.create_session(&session)?;
    Ok((net, conn, session))
}

fn a_duplicate_is_rejected() -> Result<()> {
    let (_net, mut conn, session) = two_tunnels()?;
    ensure_fails(
        conn.create_session(&session),
        &Expected::exists(&["create session 10 in tunnel 1", "in use"]),
    )?;
    ensure!(conn.sessions()?.count() == 1);
    Ok(())
}

fn the_same_id_in_another_tunnel_is_not_a_duplicate() -> Result<()> {
    let (_net, mut conn, _) = two_tunnels()?;
    conn.create_session(&ppp(&crate::queries::tunnel(2)))?;
    ensure!(conn.get_session_info(RIGHT)?.tunnel_id == TunnelId(1));
    ensure!(conn.get_session_info(WRONG)?.tunnel_id == TunnelId(2));
    Ok(())
}

fn missing<'a>(texts: &'a [&'a str]) -> Expected<'a> {
    Expected::not_found(texts)
}

fn a_reply_names_its_tunnel() -> Result<()> {
    let (_net, mut conn, _) = two_tunnels()?;
    for guards in [true, false] {
        conn.set_guards(guards);
        ensure_fails(conn.get_session_info(WRONG), &missing(&["get session 10 in tunnel 2"]))?;
    }
    Ok(())
}

fn another_tunnels_session_is_not_deleted() -> Result<()> {
    let (_net, mut conn, _) = two_tunnels()?;
    ensure_fails(conn.delete_session(WRONG), &missing(&["delete session 10 in tunnel 2"]))?;
    conn.get_session_info(RIGHT)?;
    conn.delete_session(RIGHT)?;
    Ok(())
}

fn another_tunnels_session_is_not_changed() -> Result<()> {
    let (_net, mut conn, _) = two_tunnels()?;
    let change = SessionChange::new().send_seq(true);
    ensure_fails(
        conn.modify_session(WRONG, &change),
        &missing(&["modify session 10 in tunnel 2"]),
    )?;
    ensure!(!conn.get_session_info(RIGHT)?.send_seq);
    conn.modify_session(RIGHT, &change)?;
    ensure!(conn.get_session_info(RIGHT)?.send_seq);
    Ok(())
}

fn version_2_needs_no_guard() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    conn.set_guards(false);
    let tunnel = TunnelConfig::new(ProtocolVersion::V2, EncapType::Udp, 1, 2);
    conn.create_static_tunnel("127.0.0.1:5000".parse()?, "127.0.0.1:5001".parse()?, &tunnel)?;
    conn.create_session(&ppp(&tunnel))?;
    let again = conn.create_session(&ppp(&tunnel));
    ensure!(again.is_err_and(|error| error.is_exists()));
    Ok(())
}

fn without_guards_the_kernel_decides() -> Result<()> {
    let (_net, mut conn, _) = two_tunnels()?;
    conn.set_guards(false);
    let outcome = conn.delete_session(WRONG);
    if Kernel::has(&LOOKS_IN_THE_TUNNEL_NAMED) {
        ensure_fails(outcome, &missing(&["delete session 10 in tunnel 2"]))?;
        conn.get_session_info(RIGHT)?;
        Ok(())
    } else {
        // The other tunnel's.
        outcome?;
        session_gone(&mut conn, RIGHT)
    }
}
