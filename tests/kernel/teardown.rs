//! What goes with a session or a tunnel that is deleted, and when.

use anyhow::{Result, ensure};
use l2tp::{
    Conn, ErrorKind, IfName, PseudowireType, SessionConfig, SessionId, SessionKey, TunnelId,
};

use crate::support::{
    Expected, Net, Variant, eventually, interface_gone, refused, tests, tunnel_gone,
};

tests![
    a_session_goes_with_its_interface for Variant::V3,
    a_session_of_version_2_goes,
    a_session_goes_by_any_of_its_names,
    a_session_is_gone_at_once.before(6, 12, "newer kernels delete sessions in the background"),
    a_tunnel_goes_with_its_sessions for Variant::ALL,
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

const NO_SESSION: Expected<'_> = Expected {
    errno: Some(libc::ENODEV),
    kind: ErrorKind::NotFound,
    says: &["get session 10 in tunnel 1: no such session (ENODEV)"],
};

fn gone(net: &Net, conn: &mut Conn) -> Result<()> {
    let ids = (TunnelId(1), SessionId(10));
    eventually("session 10 is gone", || refused(conn.get_session_info(ids), &NO_SESSION))?;
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

fn a_session_is_gone_at_once() -> Result<()> {
    let (_net, mut conn, session) = with_session(Variant::PLAIN, PseudowireType::Eth)?;
    conn.delete_session(&session)?;
    refused(conn.get_session_info(&session), &NO_SESSION)
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
