//! How the kernel takes requests: when they are carried out, in which order, and what it numbers
//! what it sends with.

use anyhow::{Result, ensure};
use l2tp::TunnelId;

use crate::support::{Net, Outcome, Raw, put, put_ids, put_session, put_tunnel, tests};

tests![are_carried_out_while_they_are_sent, of_one_datagram_are_carried_out_in_order,];

/// Nothing has been received yet when another connection gets the tunnel.
fn are_carried_out_while_they_are_sent() -> Result<()> {
    let net = Net::new()?;
    let (mut raw, mut conn) = (Raw::open(&net)?, net.conn()?);
    let create = l2tp_sys::L2TP_CMD_TUNNEL_CREATE;
    raw.only_send(create, l2tp_sys::NLM_F_ACK, &|out| put_tunnel(out, 3, 1))?;
    conn.get_tunnel_info(TunnelId(1))?;
    ensure!(raw.arrived()? > 0);
    // Without the flag there is no acknowledgement.
    raw.only_send(create, 0, &|out| put_tunnel(out, 3, 2))?;
    conn.get_tunnel_info(TunnelId(2))?;
    ensure!(raw.arrived().is_err());
    Ok(())
}

/// Each needs what those before it did; those that fail stop nothing.
fn of_one_datagram_are_carried_out_in_order() -> Result<()> {
    let mut raw = Raw::open(&Net::new()?)?;
    let outcomes = raw.together(&[
        (l2tp_sys::L2TP_CMD_SESSION_CREATE, &|out| put_session(out, 1, 10)),
        (l2tp_sys::L2TP_CMD_TUNNEL_CREATE, &|out| put_tunnel(out, 3, 1)),
        (l2tp_sys::L2TP_CMD_SESSION_GET, &|out| put_ids(out, 1, 10)),
        (l2tp_sys::L2TP_CMD_SESSION_CREATE, &|out| put_session(out, 1, 10)),
        (l2tp_sys::L2TP_CMD_SESSION_GET, &|out| put_ids(out, 1, 10)),
        (l2tp_sys::L2TP_CMD_TUNNEL_CREATE, &|out| put_tunnel(out, 3, 1)),
        (l2tp_sys::L2TP_CMD_TUNNEL_GET, &|out| {
            put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &1u32.to_ne_bytes())
        }),
    ])?;
    let expected = [
        Outcome::Refused(libc::ENODEV),
        Outcome::Done,
        Outcome::Refused(libc::ENODEV),
        Outcome::Done,
        Outcome::Replied,
        Outcome::Refused(libc::EEXIST),
        Outcome::Replied,
    ];
    let expected: Vec<_> = expected.into_iter().enumerate().collect();
    ensure!(outcomes == expected, "{outcomes:?}");
    Ok(())
}
