//! Packets that the kernel throws away, and the counter in which each shows.

use anyhow::{Context, Result, ensure};
use l2tp::types::Statistics;
use l2tp::{PseudowireType, SessionConfig, SessionId, TunnelId};

use crate::support::{Forger, Variant, Wire, outlet, tests};

/// The session of a [`Forger`].
const KEY: (TunnelId, SessionId) = (TunnelId(1), SessionId(10));

tests![
    a_wrong_cookie for Variant::V3,
    a_missing_cookie,
    a_tunnel_counts_no_dropped_packets,
    a_missing_sequence_number for Variant::V3,
    a_packet_cut_short_is_invalid,
    a_strange_header_is_invalid.before(6, 12, "newer kernels look for the session first"),
    a_strange_header_is_not_counted.since(6, 12, "older kernels look at the header first"),
    a_packet_for_no_session_is_left_to_the_program,
    an_unconnected_socket_sends_nothing,
];

/// Pings into the void; host 2 must drop all, and count them in the counter.
fn all_dropped(wire: &Wire, counter: fn(&Statistics) -> u64) -> Result<()> {
    ensure!(wire.ping(3).is_err(), "the echoes came back");
    let (sent, got) = (wire.one.statistics()?, wire.other.statistics()?);
    ensure!(sent.tx_packets == 3, "{sent:#?}");
    ensure!(counter(&got) == 3 && got.rx_packets == 0, "{got:#?}");
    ensure!(got.rx_errors == 3, "every dropped packet is an error, too: {got:#?}");
    Ok(())
}

fn a_wrong_cookie(variant: Variant) -> Result<()> {
    let wire = Wire::with(variant, |host, _, session| {
        *session = session.local_cookie([host; 8]).peer_cookie([9; 8]);
    })?;
    all_dropped(&wire, |counted| counted.rx_cookie_discards)
}

fn a_missing_cookie() -> Result<()> {
    let wire = Wire::with(Variant::PLAIN, |host, _, session| {
        if host == 2 {
            *session = session.peer_cookie([9; 4]);
        }
    })?;
    all_dropped(&wire, |counted| counted.rx_cookie_discards)
}

fn a_tunnel_counts_no_dropped_packets() -> Result<()> {
    let wire = Wire::with(Variant::PLAIN, |_, _, session| {
        *session = session.local_cookie([1; 4]).peer_cookie([2; 4]);
    })?;
    all_dropped(&wire, |counted| counted.rx_cookie_discards)?;
    let counted = wire.other.tunnel_statistics()?;
    ensure!(counted == invalid(0), "{counted:#?}");
    Ok(())
}

fn a_missing_sequence_number(variant: Variant) -> Result<()> {
    let wire = Wire::with(variant, |host, _, session| session.recv_seq = host == 2)?;
    all_dropped(&wire, |counted| counted.rx_seq_discards)
}

/// The header names the session, whose cookie and sublayer are then missing.
fn a_packet_cut_short_is_invalid() -> Result<()> {
    let mut forger = quiet(|session| session.peer_cookie([1; 8]))?;
    let mut packet = [0; 16];
    packet[..8].copy_from_slice(&[0, 3, 0, 0, 0, 0, 0, 10]);
    forger.peer.socket.send(&packet)?;
    ensure!(forger.peer.passed_on()? == packet.len());
    let one = invalid(1);
    ensure!(forger.tunnel()? == one, "{:#?}", forger.tunnel());
    let none = invalid(0);
    ensure!(forger.session()? == none, "{:#?}", forger.session());
    Ok(())
}

/// The counters of what has seen nothing but so many invalid packets.
fn invalid(packets: u64) -> Statistics {
    let mut counted = Statistics::default();
    counted.rx_invalid = Some(packets);
    counted
}

/// Whether the kernel counts a packet whose header is none of the tunnel's; it passes it on. In no
/// other counter does it show.
fn counts_as_invalid(packet: &[u8]) -> Result<bool> {
    let mut forger = quiet(|session| session)?;
    forger.peer.socket.send(packet)?;
    ensure!(forger.peer.passed_on()? == packet.len());
    let counted = forger.tunnel()?;
    let none = invalid(0);
    ensure!(forger.session()? == none, "{:#?}", forger.session());
    if counted == invalid(1) {
        return Ok(true);
    }
    ensure!(counted == none, "{counted:#?}");
    Ok(false)
}

/// A session whose interface sends nothing of its own accord.
fn quiet(adapt: impl FnOnce(SessionConfig) -> SessionConfig) -> Result<Forger> {
    let forger = Forger::new(Variant::PLAIN, |session| SessionConfig {
        pseudowire: PseudowireType::Ppp,
        ..adapt(session)
    })?;
    Ok(forger)
}

const TOO_SHORT: &[u8] = &[0, 3, 0];
const OF_VERSION_2: &[u8] = &[0, 2, 0, 1, 0, 10, 0, 0, 0, 0, 0, 0];

fn a_strange_header_is_invalid() -> Result<()> {
    ensure!(counts_as_invalid(TOO_SHORT)? && counts_as_invalid(OF_VERSION_2)?);
    Ok(())
}

fn a_strange_header_is_not_counted() -> Result<()> {
    ensure!(!counts_as_invalid(TOO_SHORT)? && !counts_as_invalid(OF_VERSION_2)?);
    Ok(())
}

fn a_packet_for_no_session_is_left_to_the_program() -> Result<()> {
    let mut forger = quiet(|session| session)?;
    forger.peer.send(99, None)?;
    ensure!(forger.peer.passed_on()? == 72);
    let none = invalid(0);
    ensure!(forger.tunnel()? == none, "{:#?}", forger.tunnel());
    ensure!(forger.session()? == none, "{:#?}", forger.session());
    Ok(())
}

/// And, as a session's interface that is up, in the interface's `tx_dropped`.
fn an_unconnected_socket_sends_nothing() -> Result<()> {
    let mut forger = Forger::new(Variant::PLAIN, |session| session)?;
    forger.peer.tunnel.disconnect()?;
    let dropped = || -> Result<u64> {
        let link = forger.net.ip_json("-s link show l2tpeth0")?;
        let dropped = link[0]["stats64"]["tx"]["dropped"].as_u64();
        dropped.with_context(|| format!("no counter in {link}"))
    };
    let frames = outlet(&forger.net, "l2tpeth0")?;
    let (before, dropped_before) = (forger.conn.get_session_info(KEY)?.statistics, dropped()?);
    for _ in 0..3 {
        frames.send(b"frame")?;
    }
    let after = forger.conn.get_session_info(KEY)?.statistics;
    ensure!(after.tx_errors == before.tx_errors + 3, "{before:#?} {after:#?}");
    ensure!(after.tx_packets == before.tx_packets, "{before:#?} {after:#?}");
    ensure!(dropped()? == dropped_before + 3, "{dropped_before}, {}", dropped()?);
    Ok(())
}
