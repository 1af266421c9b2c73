//! Listings: complete, filtered on our side, in constant memory, and not disturbed by what was
//! listed or asked before.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::{
    Batch, Conn, EncapType, IfName, ProtocolVersion, PseudowireType, SessionConfig, SessionId,
    TunnelConfig, TunnelId,
};

use crate::support::{Net, Raw, put, put_session, put_tunnel, session_gone, tests};

tests![
    an_empty_namespace_lists_nothing,
    every_tunnel_and_session_is_dumped,
    rows_equal_the_replies_to_get_requests,
    rows_are_sorted.since(6, 12, "listings go by position"),
    a_row_is_missed_after_a_deletion.before(6, 12, "newer listings go by id"),
    no_row_is_missed_after_a_deletion.since(6, 12, "older listings go by position"),
    sessions_of_one_tunnel_are_filtered,
    the_kernel_reads_no_attribute_of_a_dump_request,
    a_dump_can_be_abandoned,
    a_get_request_between_two_dumps_has_a_reply,
    a_dump_spans_many_datagrams,
    foreign_versions_are_dumped,
    snapshots_agree,
    a_session_is_found_by_its_interface,
    a_renamed_interface_is_found_by_its_first_name,
];

/// The sessions of each of the first two tunnels; more than one datagram of listing holds.
const MANY: u32 = 400;

pub(crate) fn tunnel(id: u16) -> TunnelConfig {
    TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, u32::from(id), 100 + u32::from(id))
}

/// A UDP tunnel on the loopback interface, with ports that its id makes its own.
pub(crate) fn create_tunnel(conn: &mut Conn, id: u16) -> Result<TunnelConfig> {
    let config = tunnel(id);
    let loopback = |port: u16| ([127, 0, 0, 1], port).into();
    conn.create_static_tunnel(loopback(5000 + id), loopback(6000 + id), &config)?;
    Ok(config)
}

fn ppp(tunnel: &TunnelConfig, id: u32) -> SessionConfig {
    SessionConfig::new(tunnel, PseudowireType::Ppp, id, id)
}

/// Tunnels 1 to 3; the first two have the sessions 1 to `count` each.
fn populated(count: u32) -> Result<(Net, Conn)> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    conn.set_guards(false);
    for id in 1..=3 {
        let tunnel = create_tunnel(&mut conn, id)?;
        if id != 3 {
            let mut batch = Batch::new();
            for session in 1..=count {
                batch.create_session(&ppp(&tunnel, session));
            }
            ensure!(conn.run(&mut batch)?.is_ok());
        }
    }
    conn.set_guards(true);
    Ok((net, conn))
}

/// The ids that a listing should have, sorted.
fn expected(count: u32) -> Vec<(u32, u32)> {
    (1..=2).flat_map(|tunnel| (1..=count).map(move |id| (tunnel, id))).collect()
}

fn listed(conn: &mut Conn) -> Result<Vec<(u32, u32)>> {
    let mut rows = conn
        .sessions()?
        .map(|row| row.map(|info| (info.tunnel_id.0, info.session_id.0)))
        .collect::<Result<Vec<_>, _>>()?;
    rows.sort_unstable();
    Ok(rows)
}

fn an_empty_namespace_lists_nothing() -> Result<()> {
    let mut conn = Net::new()?.conn()?;
    ensure!(conn.tunnels()?.next().is_none());
    ensure!(conn.sessions()?.next().is_none());
    Ok(())
}

fn every_tunnel_and_session_is_dumped() -> Result<()> {
    let (_net, mut conn) = populated(5)?;
    let mut tunnels = Vec::new();
    for row in conn.tunnels()? {
        tunnels.push(row?.tunnel_id.0);
    }
    tunnels.sort_unstable();
    ensure!(tunnels == [1, 2, 3], "{tunnels:?}");
    let sessions = listed(&mut conn)?;
    ensure!(sessions == expected(5), "{sessions:?}");
    Ok(())
}

fn rows_equal_the_replies_to_get_requests() -> Result<()> {
    let (_net, mut conn) = populated(3)?;
    let tunnels = conn.tunnels()?.collect::<Result<Vec<_>, _>>()?;
    for row in tunnels {
        ensure!(conn.get_tunnel_info(row.tunnel_id)? == row);
    }
    let sessions = conn.sessions()?.collect::<Result<Vec<_>, _>>()?;
    for row in &sessions {
        ensure!(conn.get_session_info(row)? == *row);
    }
    Ok(())
}

fn rows_are_sorted() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    for id in [9, 2, 5] {
        create_tunnel(&mut conn, id)?;
    }
    let ids = conn.tunnels()?.map(|row| Ok(row?.tunnel_id.0)).collect::<Result<Vec<_>>>()?;
    ensure!(ids == [2, 5, 9], "{ids:?}");
    Ok(())
}

/// How many rows of those that stay a listing has in which the first row's session is deleted
/// after the first datagram.
fn rows_that_stay() -> Result<usize> {
    let (net, mut conn) = populated(MANY)?;
    let mut other = net.conn()?;
    let mut listing = conn.sessions()?;
    let first = listing.next().context("a first row")??;
    other.delete_session_and_wait(&first, Duration::from_secs(20))?;
    let rest = listing.collect::<Result<Vec<_>, _>>()?;
    Ok(rest.len())
}

fn a_row_is_missed_after_a_deletion() -> Result<()> {
    let rows = rows_that_stay()?;
    ensure!(rows + 2 == 2 * MANY as usize, "{rows} rows");
    Ok(())
}

fn no_row_is_missed_after_a_deletion() -> Result<()> {
    let rows = rows_that_stay()?;
    ensure!(rows + 1 == 2 * MANY as usize, "{rows} rows");
    Ok(())
}

fn sessions_of_one_tunnel_are_filtered() -> Result<()> {
    let (_net, mut conn) = populated(4)?;
    for (tunnel, count) in [(1, 4), (2, 4), (3, 0), (4, 0)] {
        let rows = conn.sessions_of(TunnelId(tunnel))?.collect::<Result<Vec<_>, _>>()?;
        ensure!(rows.len() == count, "tunnel {tunnel}: {rows:?}");
        ensure!(rows.iter().all(|row| row.tunnel_id == TunnelId(tunnel)));
    }
    Ok(())
}

/// Not even to see whether it is whole.
fn the_kernel_reads_no_attribute_of_a_dump_request() -> Result<()> {
    let (net, _conn) = populated(3)?;
    let mut raw = Raw::open(&net)?;
    for id in [&1u32.to_ne_bytes()[..], &[9]] {
        let mut rows = |command| raw.rows(command, |out| put(out, l2tp_sys::L2TP_ATTR_CONN_ID, id));
        let tunnels = rows(l2tp_sys::L2TP_CMD_TUNNEL_GET)?;
        let sessions = rows(l2tp_sys::L2TP_CMD_SESSION_GET)?;
        ensure!((tunnels, sessions) == (3, 6), "{tunnels} tunnels, {sessions} sessions");
    }
    Ok(())
}

fn a_dump_can_be_abandoned() -> Result<()> {
    let (_net, mut conn) = populated(MANY)?;
    for _ in 0..3 {
        conn.sessions()?.next().context("a first row")??;
    }
    let rows = listed(&mut conn)?;
    ensure!(rows == expected(MANY), "{} rows", rows.len());
    Ok(())
}

fn a_get_request_between_two_dumps_has_a_reply() -> Result<()> {
    let (_net, mut conn) = populated(MANY)?;
    conn.sessions()?.next().context("a first row")??;
    // The kernel goes on with the listing that was given up while it answers.
    for id in [1, 200, 400] {
        let info = conn.get_session_info((TunnelId(2), SessionId(id)))?;
        ensure!((info.tunnel_id.0, info.session_id.0) == (2, id), "{info}");
    }
    ensure!(listed(&mut conn)? == expected(MANY));
    Ok(())
}

/// However large the buffer is into which it is received.
fn a_dump_spans_many_datagrams() -> Result<()> {
    const LARGEST: usize = 32 * 1024;
    let (net, mut conn) = populated(MANY)?;
    ensure!(listed(&mut conn)? == expected(MANY));
    let lengths = Raw::open(&net)?.datagrams(l2tp_sys::L2TP_CMD_SESSION_GET, 4 * LARGEST)?;
    ensure!(lengths.len() > 2, "{lengths:?}");
    ensure!(lengths.iter().all(|length| *length <= LARGEST), "{lengths:?}");
    ensure!(lengths.iter().any(|length| *length > LARGEST - 1024), "{lengths:?}");
    Ok(())
}

fn foreign_versions_are_dumped() -> Result<()> {
    let net = Net::new()?;
    let mut raw = Raw::open(&net)?;
    for (version, id) in [(7, 1), (3, 2), (0, 3)] {
        raw.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| put_tunnel(out, version, id))??;
    }
    raw.command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| put_session(out, 2, 10))??;
    let mut conn = net.conn()?;
    let mut versions = conn
        .tunnels()?
        .map(|row| row.map(|info| (info.tunnel_id.0, info.version)))
        .collect::<Result<Vec<_>, _>>()?;
    versions.sort_unstable();
    let expected = [
        (1, ProtocolVersion::Unknown(7)),
        (2, ProtocolVersion::V3),
        (3, ProtocolVersion::Unknown(0)),
    ];
    ensure!(versions == expected, "{versions:?}");
    Ok(())
}

fn snapshots_agree() -> Result<()> {
    let (_net, mut conn) = populated(20)?;
    ensure!(conn.tunnels_snapshot()?.len() == 3);
    ensure!(conn.sessions_snapshot()?.len() == 40);
    Ok(())
}

fn a_session_is_found_by_its_interface() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = create_tunnel(&mut conn, 1)?;
    let name = IfName::new("wire0")?;
    conn.create_session(&SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20).ifname(name))?;
    ensure!(conn.get_session_info(name)?.session_id == SessionId(10));
    conn.modify_session(name, &l2tp::SessionChange::new().send_seq(true))?;
    ensure!(conn.get_session_info((TunnelId(1), SessionId(10)))?.send_seq);
    conn.delete_session(name)?;
    session_gone(&mut conn, name)
}

fn a_renamed_interface_is_found_by_its_first_name() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = create_tunnel(&mut conn, 1)?;
    let (first, second) = (IfName::new("wire0")?, IfName::new("other0")?);
    conn.create_session(&SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20).ifname(first))?;
    net.ip("link set wire0 name other0")?;
    ensure!(conn.get_session_info(second).is_err_and(|error| error.is_not_found()));
    let info = conn.get_session_info(first)?;
    ensure!(info.ifname == Some(first), "{info}");
    Ok(())
}
