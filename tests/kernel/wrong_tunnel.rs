//! What the kernel does with the id of a session and that of a tunnel which has no such session,
//! shown without the library, which gets the session first and compares.

use anyhow::{Result, ensure};
use l2tp::{SessionId, TunnelId};

use crate::support::{
    LOOKS_IN_THE_TUNNEL_NAMED, Net, Outcome, Raw, put, put_ids, put_session, put_tunnel,
    session_gone, tests,
};

tests![
    a_session_of_version_3_is_found
        .without(&LOOKS_IN_THE_TUNNEL_NAMED, "it looks in the tunnel named"),
    a_session_of_version_3_is_not_found
        .with(&LOOKS_IN_THE_TUNNEL_NAMED, "it looks in every tunnel"),
    a_session_of_version_2_is_not_found,
];

/// The commands that name a session, the last of which deletes it.
const COMMANDS: [u8; 3] = [
    l2tp_sys::L2TP_CMD_SESSION_GET,
    l2tp_sys::L2TP_CMD_SESSION_MODIFY,
    l2tp_sys::L2TP_CMD_SESSION_DELETE,
];

/// Two UDP tunnels, 1 and 2; the first has the PPP session 10.
fn two_tunnels(version: u8) -> Result<(Net, Raw)> {
    let net = Net::new()?;
    let mut raw = Raw::open(&net)?;
    for id in [1, 2] {
        raw.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| put_tunnel(out, version, id))??;
    }
    raw.command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| {
        put_session(out, 1, 10)?;
        put(out, l2tp_sys::L2TP_ATTR_PW_TYPE, &7u16.to_ne_bytes())
    })??;
    Ok((net, raw))
}

/// What becomes of each command with the ids 2 and 10, and with `LNS_MODE` on.
fn outcomes(raw: &mut Raw) -> Result<[Outcome; 3]> {
    let mut outcomes = [Outcome::Done; 3];
    for (outcome, command) in outcomes.iter_mut().zip(COMMANDS) {
        *outcome = raw.outcome(command, &|out| {
            put_ids(out, 2, 10)?;
            put(out, l2tp_sys::L2TP_ATTR_LNS_MODE, &[1])
        })?;
    }
    Ok(outcomes)
}

const FOUND: [Outcome; 3] = [Outcome::Replied, Outcome::Done, Outcome::Done];
const NOT_FOUND: [Outcome; 3] = [Outcome::Refused(libc::ENODEV); 3];

/// Nothing happens to the session of tunnel 1.
fn not_found(version: u8) -> Result<()> {
    let (net, mut raw) = two_tunnels(version)?;
    let outcomes = outcomes(&mut raw)?;
    ensure!(outcomes == NOT_FOUND, "{outcomes:?}");
    let info = net.conn()?.get_session_info((TunnelId(1), SessionId(10)))?;
    ensure!(!info.lns_mode, "{info:#?}");
    Ok(())
}

fn a_session_of_version_3_is_found() -> Result<()> {
    let (net, mut raw) = two_tunnels(3)?;
    let outcomes = outcomes(&mut raw)?;
    ensure!(outcomes == FOUND, "{outcomes:?}");
    session_gone(&mut net.conn()?, (TunnelId(1), SessionId(10)))
}

fn a_session_of_version_3_is_not_found() -> Result<()> {
    not_found(3)
}

fn a_session_of_version_2_is_not_found() -> Result<()> {
    not_found(2)
}
