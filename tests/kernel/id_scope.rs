//! How far an id reaches: which kinds of tunnels share ids, whose session a request means, and
//! whose session a packet finds.
//!
//! Guards are off where the kernel's own judgement is asked for.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::{
    Conn, Error, ProtocolVersion, PseudowireType, SessionChange, SessionConfig, SessionId,
    TunnelConfig, TunnelId,
};

use crate::support::{Net, Peer, Variant, eventually, tests};

tests![
    a_tunnel_id_is_one_whatever_the_kind,
    session_ids_clash_only_where_packets_could,
    a_session_id_over_ip_is_free_again_after_deletion,
    namespaces_share_no_ids for Variant::ALL,
    a_shared_id_is_two_sessions for SHARING,
    the_one_that_is_left_is_still_found for SHARING,
    packets_find_the_session_of_their_socket for SHARING,
    a_packet_through_another_socket_is_no_ones.before(6, 12, "newer kernels look in every tunnel"),
    a_packet_through_another_socket_finds_the_session
        .since(6, 12, "older kernels look in the socket's tunnel"),
    a_cookie_keeps_another_tunnels_peer_out
        .since(6, 12, "older kernels look in the socket's tunnel"),
];

/// The kinds whose tunnels may have sessions of the same id.
const SHARING: [Variant; 3] = [Variant::V2_UDP4, Variant::V3_UDP4, Variant::V3_UDP6];

/// Long enough for an emulated machine.
const LIMIT: Duration = Duration::from_secs(20);

/// A tunnel of any id, on a port of its own.
fn create(conn: &mut Conn, variant: Variant, id: u32) -> Result<TunnelConfig, Error> {
    let config = TunnelConfig::new(variant.version, variant.encap, id, id + 100);
    let mut local = variant.local();
    local.set_port(0);
    conn.create_static_tunnel(local, variant.peer(), &config)?;
    Ok(config)
}

fn session(tunnel: &TunnelConfig) -> SessionConfig {
    SessionConfig::new(tunnel, PseudowireType::Ppp, 10, 20)
}

fn connected() -> Result<(Net, Conn)> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    conn.set_guards(false);
    Ok((net, conn))
}

/// Every kind with every kind.
fn pairs() -> impl Iterator<Item = (Variant, Variant)> {
    Variant::ALL.into_iter().flat_map(|one| Variant::ALL.map(|other| (one, other)))
}

fn a_tunnel_id_is_one_whatever_the_kind() -> Result<()> {
    for (one, other) in pairs() {
        let (_net, mut conn) = connected()?;
        create(&mut conn, one, 1)?;
        let again = create(&mut conn, other, 1).map(drop);
        let errno = again.map_err(|error| error.raw_os_error());
        ensure!(
            errno == Err(Some(libc::EEXIST)),
            "{} then {}: {errno:?}",
            one.name(),
            other.name()
        );
    }
    Ok(())
}

/// Packets of L2TPv2 and those over UDP come through their tunnel's socket; of L2TPv3 over IP one
/// socket's packets are not told from another's.
fn session_ids_clash_only_where_packets_could() -> Result<()> {
    for (one, other) in pairs() {
        let (_net, mut conn) = connected()?;
        let tunnels = [create(&mut conn, one, 1)?, create(&mut conn, other, 2)?];
        conn.create_session(&session(&tunnels[0]))?;
        let outcome = conn.create_session(&session(&tunnels[1]));
        let both_v3 = [one, other].iter().all(|kind| kind.version == ProtocolVersion::V3);
        let clash = both_v3 && !(one.is_udp() && other.is_udp());
        let expected = if clash { Err(Some(libc::EEXIST)) } else { Ok(()) };
        let outcome = outcome.map_err(|error| error.raw_os_error());
        ensure!(outcome == expected, "{} then {}: {outcome:?}", one.name(), other.name());
    }
    Ok(())
}

fn a_session_id_over_ip_is_free_again_after_deletion() -> Result<()> {
    let (_net, mut conn) = connected()?;
    let tunnels = [create(&mut conn, Variant::V3_IP4, 1)?, create(&mut conn, Variant::V3_UDP4, 2)?];
    for turn in 0..6 {
        let session = session(&tunnels[turn % 2]);
        conn.create_session(&session)?;
        conn.delete_session_and_wait(&session, LIMIT)?;
    }
    Ok(())
}

fn namespaces_share_no_ids(variant: Variant) -> Result<()> {
    let mut all = Vec::new();
    for _ in 0..3 {
        let (net, mut conn) = connected()?;
        let tunnel = create(&mut conn, variant, 1)?;
        conn.create_session(&session(&tunnel))?;
        all.push((net, conn));
    }
    for (_, conn) in &mut all {
        let key = (TunnelId(1), SessionId(10));
        conn.delete_session(key)?;
        conn.delete_tunnel(TunnelId(1))?;
    }
    Ok(())
}

/// Tunnels 1 and 2 of a kind, each with a session 10 to 20.
fn sharing(conn: &mut Conn, variant: Variant) -> Result<[SessionConfig; 2]> {
    let sessions = [session(&create(conn, variant, 1)?), session(&create(conn, variant, 2)?)];
    for session in &sessions {
        conn.create_session(session)?;
    }
    Ok(sessions)
}

fn a_shared_id_is_two_sessions(variant: Variant) -> Result<()> {
    let (_net, mut conn) = connected()?;
    let sessions = sharing(&mut conn, variant)?;
    ensure!(conn.sessions()?.count() == 2);
    conn.modify_session(&sessions[1], &SessionChange::new().lns_mode(true))?;
    for (session, lns_mode) in sessions.iter().zip([false, true]) {
        let info = conn.get_session_info(session)?;
        ensure!(info.tunnel_id == session.tunnel_id && info.lns_mode == lns_mode, "{info:#?}");
        let listed = conn.sessions_of(session.tunnel_id)?.next().context("no row")??;
        ensure!(listed == info, "{listed:#?}");
    }
    Ok(())
}

/// Whichever of the two it is, and with a third in its place.
fn the_one_that_is_left_is_still_found(variant: Variant) -> Result<()> {
    for (gone, left) in [(0, 1), (1, 0)] {
        let (_net, mut conn) = connected()?;
        let sessions = sharing(&mut conn, variant)?;
        conn.set_guards(true);
        conn.delete_session_and_wait(&sessions[gone], LIMIT)?;
        let info = conn.get_session_info(&sessions[left])?;
        ensure!(info.tunnel_id == sessions[left].tunnel_id, "{info:#?}");
        let missing = conn.get_session_info(&sessions[gone]);
        ensure!(missing.as_ref().is_err_and(Error::is_not_found), "{missing:?}");
        conn.create_session(&sessions[gone])?;
        for session in &sessions {
            ensure!(conn.get_session_info(session)?.tunnel_id == session.tunnel_id);
        }
    }
    Ok(())
}

/// Tunnels 1 and 2 with their peers; these have session 10.
fn peers(variant: Variant, owners: &[u16]) -> Result<(Net, Conn, [Peer; 2])> {
    let (net, mut conn) = connected()?;
    let peers = [Peer::new(&net, &mut conn, variant, 1)?, Peer::new(&net, &mut conn, variant, 2)?];
    for owner in owners {
        conn.create_session(&peers[usize::from(*owner) - 1].session(10))?;
    }
    for number in 0..owners.len() {
        if variant.version == ProtocolVersion::V3 {
            net.ip(&format!("link set l2tpeth{number} up"))?;
        }
    }
    Ok((net, conn, peers))
}

fn received(conn: &mut Conn, tunnel: u32) -> Result<u64> {
    Ok(conn.get_session_info((TunnelId(tunnel), SessionId(10)))?.statistics.rx_packets)
}

fn packets_find_the_session_of_their_socket(variant: Variant) -> Result<()> {
    let (_net, mut conn, peers) = peers(variant, &[1, 2])?;
    for (peer, count) in peers.iter().zip([2, 3]) {
        for _ in 0..count {
            peer.send(10, None)?;
        }
    }
    eventually("each session gets its own", || {
        let counted = (received(&mut conn, 1)?, received(&mut conn, 2)?);
        ensure!(counted == (2, 3), "{counted:?}");
        Ok(())
    })
}

/// Only tunnel 1 has session 10, but its packet comes through the socket of tunnel 2.
fn through_another_socket(variant: Variant) -> Result<(Net, Conn, [Peer; 2])> {
    let (net, conn, peers) = peers(variant, &[1])?;
    peers[1].send_for(TunnelId(1), 10, None)?;
    Ok((net, conn, peers))
}

fn a_packet_through_another_socket_is_no_ones() -> Result<()> {
    for variant in [Variant::V2_UDP4, Variant::V3_UDP4] {
        let (_net, mut conn, peers) = through_another_socket(variant)?;
        ensure!(peers[1].passed_on()? > 0);
        ensure!(received(&mut conn, 1)? == 0);
    }
    Ok(())
}

/// The sender is not looked at.
fn a_packet_through_another_socket_finds_the_session() -> Result<()> {
    for variant in [Variant::V2_UDP4, Variant::V3_UDP4] {
        let (_net, mut conn, _peers) = through_another_socket(variant)?;
        eventually("it is counted", || {
            let counted = received(&mut conn, 1)?;
            ensure!(counted == 1, "{}: {counted}", variant.name());
            Ok(())
        })?;
    }
    Ok(())
}

/// As the packet has none. L2TPv2 knows no cookies.
fn a_cookie_keeps_another_tunnels_peer_out() -> Result<()> {
    let (_net, mut conn, peers) = peers(Variant::V3_UDP4, &[])?;
    let session = peers[0].session(10).peer_cookie([9; 4]);
    conn.create_session(&session)?;
    peers[1].send_for(TunnelId(1), 10, None)?;
    eventually("it is discarded", || {
        let counted = conn.get_session_info(&session)?.statistics;
        ensure!((counted.rx_packets, counted.rx_cookie_discards) == (0, 1), "{counted:#?}");
        Ok(())
    })
}
