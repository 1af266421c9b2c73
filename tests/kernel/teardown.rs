//! What goes with a session or a tunnel that is deleted, and when.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use l2tp::conn::DeletionWait;
use l2tp::{Conn, IfName, PseudowireType, SessionConfig, SessionId, SessionKey, TunnelId};

use crate::support::{
    Expected, Fill, Net, Outcome, Raw, Variant, ensure_fails, eventually, interface_gone, put,
    put_ids, put_session, put_tunnel, session_gone, tests, tunnel_gone,
};

tests![
    a_session_goes_with_its_interface for Variant::V3,
    a_session_of_version_2_goes,
    a_session_goes_by_any_of_its_names,
    a_session_is_gone_at_once.before(6, 12, "newer kernels delete sessions in the background"),
    a_session_is_gone_a_little_later.since(6, 12, "older kernels delete sessions at once"),
    a_tunnel_goes_with_its_sessions for Variant::ALL,
    a_deleted_tunnel_still_replies_to_get_requests,
    a_tunnels_id_is_free_again for Variant::ALL,
];

/// A namespace with session 10 in tunnel 1; its interface, if it has one, is `wire0`.
fn with_session(
    variant: Variant,
    pseudowire: PseudowireType,
) -> Result<(Net, Conn, SessionConfig)> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    let mut session = SessionConfig::new(&variant.config(), pseudowire, 10, 20);
    if pseudowire == PseudowireType::Eth {
        session.ifname = Some(IfName::new("wire0")?);
    }
    conn.create_session(&session)?;
    Ok((net, conn, session))
}

/// Rounds, in most of which a kernel may be quick.
const MANY: usize = 200;

const NO_SESSION: Expected<'_> =
    Expected::not_found(&["get session 10 in tunnel 1: no such session (ENODEV)"]);

fn gone(net: &Net, conn: &mut Conn) -> Result<()> {
    let ids = (TunnelId(1), SessionId(10));
    eventually("session 10 is gone", || ensure_fails(conn.get_session_info(ids), &NO_SESSION))?;
    interface_gone(net, "wire0")
}

fn a_session_goes_with_its_interface(variant: Variant) -> Result<()> {
    let (net, mut conn, session) = with_session(variant, PseudowireType::Eth)?;
    ensure!(net.has("wire0")?);
    conn.delete_session(&session)?;
    gone(&net, &mut conn)?;
    conn.get_tunnel_info(TunnelId(1))?;
    Ok(())
}

fn a_session_of_version_2_goes() -> Result<()> {
    let (net, mut conn, session) = with_session(Variant::V2_UDP4, PseudowireType::Ppp)?;
    conn.delete_session(&session)?;
    gone(&net, &mut conn)
}

fn a_session_goes_by_any_of_its_names() -> Result<()> {
    let names: [fn(&mut Conn) -> Result<SessionKey>; 3] = [
        |_| Ok((TunnelId(1), SessionId(10)).into()),
        |_| Ok(IfName::new("wire0")?.into()),
        |conn| Ok((&conn.get_session_info(IfName::new("wire0")?)?).into()),
    ];
    for name in names {
        let (net, mut conn, _) = with_session(Variant::PLAIN, PseudowireType::Eth)?;
        let key = name(&mut conn)?;
        conn.delete_session(key)?;
        gone(&net, &mut conn)?;
    }
    Ok(())
}

/// Whether, in one of so many rounds, a session answers a request that is sent with its deletion, in
/// one datagram.
fn answers_within(rounds: usize) -> Result<bool> {
    let (net, mut conn, session) = with_session(Variant::PLAIN, PseudowireType::Ppp)?;
    let mut raw = Raw::open(&net)?;
    for _ in 0..rounds {
        let named: Fill<'_> = &|out| put_ids(out, 1, 10);
        let outcomes = raw.together(&[
            (l2tp_sys::L2TP_CMD_SESSION_DELETE, named),
            (l2tp_sys::L2TP_CMD_SESSION_GET, named),
        ])?;
        ensure!(outcomes[0] == (0, Outcome::Done), "{outcomes:?}");
        match outcomes[1].1 {
            Outcome::Replied => return Ok(true),
            outcome => ensure!(outcome == Outcome::Refused(libc::ENODEV), "{outcomes:?}"),
        }
        session_gone(&mut conn, &session)?;
        conn.create_session(&session)?;
    }
    Ok(false)
}

fn a_session_is_gone_at_once() -> Result<()> {
    ensure!(!answers_within(20)?);
    Ok(())
}

fn a_session_is_gone_a_little_later() -> Result<()> {
    ensure!(answers_within(MANY)?);
    Ok(())
}

fn a_tunnel_goes_with_its_sessions(variant: Variant) -> Result<()> {
    let (net, mut conn, _) = with_session(
        variant,
        if Variant::V3.contains(&variant) { PseudowireType::Eth } else { PseudowireType::Ppp },
    )?;
    conn.delete_tunnel(TunnelId(1))?;
    gone(&net, &mut conn)?;
    tunnel_gone(&mut conn, TunnelId(1))
}

/// And keeps its id, for longer if it has sessions.
fn a_deleted_tunnel_still_replies_to_get_requests() -> Result<()> {
    let net = Net::new()?;
    let (mut raw, mut conn) = (Raw::open(&net)?, net.conn()?);
    for _ in 0..MANY {
        raw.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| put_tunnel(out, 3, 1))??;
        raw.command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| put_session(out, 1, 10))??;
        let named: Fill<'_> = &|out| put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &1u32.to_ne_bytes());
        let outcomes = raw.together(&[
            (l2tp_sys::L2TP_CMD_TUNNEL_DELETE, named),
            (l2tp_sys::L2TP_CMD_TUNNEL_GET, named),
            // On ports of its own: it is not for them that it would be refused.
            (l2tp_sys::L2TP_CMD_TUNNEL_CREATE, &|out| {
                put_tunnel(out, 3, 1)?;
                put(out, l2tp_sys::L2TP_ATTR_UDP_SPORT, &0u16.to_ne_bytes())
            }),
        ])?;
        let expected =
            [Outcome::Done, Outcome::Replied, Outcome::Refused(libc::EEXIST)].into_iter();
        if outcomes.iter().map(|(_, outcome)| *outcome).eq(expected) {
            return Ok(());
        }
        // A second one was created if the kernel was quick.
        conn.delete_tunnel_and_wait(
            TunnelId(1),
            DeletionWait::up_to(Duration::from_secs(20)).missing_ok(true),
        )?;
    }
    bail!("it was gone in every round")
}

/// Not at once: the kernel tears it down after it has acknowledged.
fn a_tunnels_id_is_free_again(variant: Variant) -> Result<()> {
    let (_net, mut conn, _) = with_session(variant, PseudowireType::Ppp)?;
    conn.delete_tunnel(TunnelId(1))?;
    eventually("tunnel 1 can be made again", || {
        Ok(conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?)
    })?;
    ensure!(conn.get_tunnel_info(TunnelId(1))? == variant.info());
    Ok(())
}
