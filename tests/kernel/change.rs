//! Changes: the four things of a session that can be set and cleared, and the command that changes
//! nothing.

use std::time::Duration;

use anyhow::{Result, ensure};
use l2tp::{Conn, PseudowireType, SessionChange, SessionConfig, SessionId, SessionInfo, TunnelId};

use crate::queries::create_tunnel;
use crate::support::{Expected, Net, Raw, ensure_fails, put, put_ids, tests};

tests![
    each_switch_is_set_and_cleared,
    the_reorder_timeout_is_set_and_cleared,
    what_is_not_named_stays,
    only_bit_0_of_a_switch_counts,
    a_tunnel_is_not_changed_by_its_modification,
    what_is_not_there_cannot_be_changed,
];

const KEY: (TunnelId, SessionId) = (TunnelId(1), SessionId(10));

fn session() -> Result<(Net, Conn)> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = create_tunnel(&mut conn, 1)?;
    conn.create_session(&SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20))?;
    Ok((net, conn))
}

fn each_switch_is_set_and_cleared() -> Result<()> {
    type Set = fn(SessionChange, bool) -> SessionChange;

    let (_net, mut conn) = session()?;
    let setters: [Set; 3] =
        [SessionChange::send_seq, SessionChange::recv_seq, SessionChange::lns_mode];
    for (place, set) in setters.into_iter().enumerate() {
        for on in [true, false] {
            conn.modify_session(KEY, &set(SessionChange::new(), on))?;
            let info = conn.get_session_info(KEY)?;
            let switches = [info.send_seq, info.recv_seq, info.lns_mode];
            let expected: [bool; 3] = std::array::from_fn(|at| at == place && on);
            ensure!(switches == expected, "switch {place} to {on}: {switches:?}");
        }
    }
    Ok(())
}

fn the_reorder_timeout_is_set_and_cleared() -> Result<()> {
    let (_net, mut conn) = session()?;
    for timeout in [Duration::from_millis(200), Duration::ZERO] {
        conn.modify_session(KEY, &SessionChange::new().reorder_timeout(timeout))?;
        ensure!(conn.get_session_info(KEY)?.reorder_timeout == timeout);
    }
    Ok(())
}

/// Clears one of what can be set.
type Clear = fn(&mut SessionInfo);

fn what_is_not_named_stays() -> Result<()> {
    let (_net, mut conn) = session()?;
    let all = SessionChange::new()
        .send_seq(true)
        .recv_seq(true)
        .lns_mode(true)
        .reorder_timeout(Duration::from_millis(100));
    conn.modify_session(KEY, &all)?;
    let before = conn.get_session_info(KEY)?;
    conn.modify_session(KEY, &SessionChange::new())?;
    ensure!(conn.get_session_info(KEY)? == before);
    // Of all that is set, each is cleared and set again.
    let clear: [(SessionChange, Clear); 4] = [
        (SessionChange::new().send_seq(false), |info| info.send_seq = false),
        (SessionChange::new().recv_seq(false), |info| info.recv_seq = false),
        (SessionChange::new().lns_mode(false), |info| info.lns_mode = false),
        (SessionChange::new().reorder_timeout(Duration::ZERO), |info| {
            info.reorder_timeout = Duration::ZERO;
        }),
    ];
    for (one, clear) in clear {
        let mut cleared = before;
        clear(&mut cleared);
        conn.modify_session(KEY, &one)?;
        let info = conn.get_session_info(KEY)?;
        ensure!(info == cleared, "{info:#?}, not {cleared:#?}");
        conn.modify_session(KEY, &all)?;
    }
    Ok(())
}

fn only_bit_0_of_a_switch_counts() -> Result<()> {
    let (net, mut conn) = session()?;
    let mut raw = Raw::open(&net)?;
    for (value, on) in [(2u8, false), (3, true)] {
        raw.command(l2tp_sys::L2TP_CMD_SESSION_MODIFY, |out| {
            put_ids(out, 1, 10)?;
            put(out, l2tp_sys::L2TP_ATTR_SEND_SEQ, &[value])
        })??;
        ensure!(conn.get_session_info(KEY)?.send_seq == on, "{value}");
    }
    Ok(())
}

/// Whatever it has.
fn a_tunnel_is_not_changed_by_its_modification() -> Result<()> {
    let (net, mut conn) = session()?;
    let before = conn.get_tunnel_info(TunnelId(1))?;
    conn.modify_tunnel(TunnelId(1))?;
    ensure!(conn.get_tunnel_info(TunnelId(1))? == before);
    Raw::open(&net)?.command(l2tp_sys::L2TP_CMD_TUNNEL_MODIFY, |out| {
        put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &1u32.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_PEER_CONN_ID, &77u32.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_PROTO_VERSION, &[2])?;
        put(out, l2tp_sys::L2TP_ATTR_DEBUG, &0xffu32.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_UDP_CSUM, &[1])?;
        put(out, l2tp_sys::L2TP_ATTR_IP_SADDR, &[127, 0, 0, 7])?;
        put(out, l2tp_sys::L2TP_ATTR_IP_DADDR, &[127, 0, 0, 8])?;
        put(out, l2tp_sys::L2TP_ATTR_UDP_SPORT, &7000u16.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_UDP_DPORT, &7001u16.to_ne_bytes())
    })??;
    let after = conn.get_tunnel_info(TunnelId(1))?;
    ensure!(after == before, "{after:#?}, before {before:#?}");
    Ok(())
}

fn what_is_not_there_cannot_be_changed() -> Result<()> {
    let (_net, mut conn) = session()?;
    let missing = Expected::not_found;
    let change = SessionChange::new().send_seq(true);
    let outcome = conn.modify_session((TunnelId(1), SessionId(11)), &change);
    ensure_fails(outcome, &missing(&["modify session 11 in tunnel 1", "no such session"]))?;
    ensure_fails(conn.modify_tunnel(TunnelId(2)), &missing(&["tunnel 2", "no such tunnel"]))
}
