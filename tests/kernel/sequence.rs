//! Sequence numbers of data packets: what is delivered, what is dropped, and which counter says so.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::ppp::SessionSocket;
use l2tp::{L2SpecType, SessionConfig, SessionId, TunnelId};

use crate::ppp::{echo, frame};
use crate::support::{Forger, Received, Variant, Wire, eventually, tests};

tests![
    numbers_in_order_are_delivered for BOTH,
    switches_decide_what_a_number_means for BOTH,
    without_a_timeout_an_early_packet_is_dropped for BOTH,
    without_a_timeout_six_in_a_row_end_a_gap for BOTH,
    a_repeated_number_is_an_error_only for BOTH,
    a_number_far_ahead_is_an_error_only for BOTH,
    the_first_number_that_comes_is_expected for BOTH,
    a_first_number_of_the_upper_half_is_dropped for BOTH,
    numbers_start_again_after_the_last for BOTH,
    early_packets_are_put_in_order for BOTH,
    an_unnumbered_packet_waits_in_the_queue for BOTH,
    time_alone_moves_nothing for BOTH,
    a_packet_that_waited_too_long_is_dropped for BOTH,
    frames_leave_the_queue_in_order,
    numbers_are_sent_as_long_as_they_come,
    an_lns_keeps_its_own_mind,
    without_a_sublayer_there_are_no_numbers,
];

/// A number has 16 bits in L2TPv2 and 24 in L2TPv3.
const BOTH: [Variant; 2] = [Variant::V2_UDP4, Variant::V3_UDP4];

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(100);

/// One more than the highest number.
fn modulus(variant: Variant) -> u32 {
    if variant == Variant::V2_UDP4 { 1 << 16 } else { 1 << 24 }
}

/// A session that wants numbers and does not wait for them.
fn impatient(variant: Variant) -> Result<Forger> {
    Forger::new(variant, |session| session.recv_seq(true))
}

/// A session that waits this long for a missing number.
fn patient(variant: Variant, timeout: Duration) -> Result<Forger> {
    Forger::new(variant, |session| session.reorder_timeout(timeout))
}

fn numbers_in_order_are_delivered(variant: Variant) -> Result<()> {
    for mut forger in [impatient(variant)?, patient(variant, LONG)?] {
        forger.send(0..20)?;
        forger.expect(Received { packets: 20, ..Received::default() })?;
    }
    Ok(())
}

/// The rule, over all settings: whether a packet is delivered, and whether the session numbers
/// what it sends from then on.
fn rule(session: &SessionConfig, numbered: bool) -> (bool, bool) {
    // An LNS has a mind of its own; a LAC does as the peer does.
    let follows = !session.lns_mode;
    match (numbered, session.recv_seq) {
        (true, _) => (true, session.send_seq || follows),
        (false, true) => (false, session.send_seq),
        (false, false) if follows => (true, false),
        (false, false) => (!session.send_seq, session.send_seq),
    }
}

fn switches_decide_what_a_number_means(variant: Variant) -> Result<()> {
    for bits in 0..16 {
        let is = |bit| bits & bit != 0;
        let (recv, send, lns, numbered) = (is(1), is(2), is(4), is(8));
        let mut planned = None;
        let mut forger = Forger::new(variant, |session| {
            *planned.insert(session.recv_seq(recv).send_seq(send).lns_mode(lns))
        })?;
        let session = planned.context("no session")?;
        forger.peer.send(10, numbered.then_some(0))?;
        let (delivered, sends_numbers) = rule(&session, numbered);
        let dropped = u64::from(!delivered);
        forger
            .expect(Received {
                packets: u64::from(delivered),
                errors: dropped,
                seq_discards: dropped,
                oos_packets: 0,
            })
            .with_context(|| format!("{session:?}, numbered: {numbered}"))?;
        let info = forger.conn.get_session_info(&session)?;
        ensure!(info.send_seq == sends_numbers, "{session:?}, numbered: {numbered}: {info:?}");
        ensure!((info.recv_seq, info.lns_mode) == (recv, lns), "{info:?}");
    }
    Ok(())
}

fn without_a_timeout_an_early_packet_is_dropped(variant: Variant) -> Result<()> {
    let mut forger = impatient(variant)?;
    forger.send([0, 2, 1])?;
    forger.expect(Received { packets: 2, errors: 1, seq_discards: 1, oos_packets: 0 })
}

/// The first five after the gap are lost, too.
fn without_a_timeout_six_in_a_row_end_a_gap(variant: Variant) -> Result<()> {
    let mut forger = impatient(variant)?;
    forger.send([0, 2, 3, 4, 5, 6])?;
    forger.expect(Received { packets: 1, errors: 5, seq_discards: 5, oos_packets: 0 })?;
    forger.send([7, 8])?;
    forger.expect(Received { packets: 3, errors: 5, seq_discards: 5, oos_packets: 0 })?;
    // A second gap costs as much as the first.
    forger.send(20..26)?;
    forger.expect(Received { packets: 4, errors: 10, seq_discards: 10, oos_packets: 0 })
}

/// What was delivered before lies behind the window; no counter of sequence numbers moves.
fn a_repeated_number_is_an_error_only(variant: Variant) -> Result<()> {
    for mut forger in [impatient(variant)?, patient(variant, LONG)?] {
        forger.send([0, 0, 1, 0])?;
        forger.expect(Received { packets: 2, errors: 2, ..Received::default() })?;
    }
    Ok(())
}

fn a_number_far_ahead_is_an_error_only(variant: Variant) -> Result<()> {
    for mut forger in [impatient(variant)?, patient(variant, LONG)?] {
        forger.send([0, modulus(variant) / 2 + 1, 1])?;
        forger.expect(Received { packets: 2, errors: 1, ..Received::default() })?;
    }
    Ok(())
}

/// What is before it comes too late then.
fn the_first_number_that_comes_is_expected(variant: Variant) -> Result<()> {
    for first in [7, modulus(variant) / 2 - 2] {
        for mut forger in [impatient(variant)?, patient(variant, LONG)?] {
            forger.send([first, first - 1, first + 1])?;
            forger.expect(Received { packets: 2, errors: 1, ..Received::default() })?;
        }
    }
    Ok(())
}

/// And so is all that the peer sends until its numbers have begun again from 0.
fn a_first_number_of_the_upper_half_is_dropped(variant: Variant) -> Result<()> {
    for mut forger in [impatient(variant)?, patient(variant, LONG)?] {
        let last = modulus(variant) - 1;
        forger.send([modulus(variant) / 2, last - 1, last])?;
        forger.expect(Received { packets: 0, errors: 3, ..Received::default() })?;
        forger.send([0])?;
        forger.expect(Received { packets: 1, errors: 3, ..Received::default() })?;
    }
    Ok(())
}

fn numbers_start_again_after_the_last(variant: Variant) -> Result<()> {
    let mut forger = impatient(variant)?;
    let last = modulus(variant) - 1;
    // To the end of the numbers by leaps that the window allows; of each only the sixth packet
    // is delivered.
    forger.send([0])?;
    for leap in [last / 3, last / 3 * 2, last - 6] {
        forger.send(leap..leap + 6)?;
    }
    let leapt = Received { packets: 4, errors: 15, seq_discards: 15, oos_packets: 0 };
    forger.expect(leapt)?;
    forger.send([last, 0, 1])?;
    forger.expect(Received { packets: 7, ..leapt })
}

/// Each packet that overtakes one in the queue is counted as out of sequence, once.
fn early_packets_are_put_in_order(variant: Variant) -> Result<()> {
    let mut forger = patient(variant, LONG)?;
    forger.send([0, 5, 4, 3, 2])?;
    forger.expect(Received { packets: 1, oos_packets: 3, ..Received::default() })?;
    forger.send([1])?;
    forger.expect(Received { packets: 6, oos_packets: 4, ..Received::default() })
}

fn an_unnumbered_packet_waits_in_the_queue(variant: Variant) -> Result<()> {
    let mut forger = patient(variant, LONG)?;
    forger.send([0, 2])?;
    forger.peer.send(10, None)?;
    forger.expect(Received { packets: 1, ..Received::default() })?;
    forger.send([1])?;
    forger.expect(Received { packets: 4, oos_packets: 1, ..Received::default() })
}

/// A short wait, and a pause in which it has passed for certain.
const SHORT: Duration = Duration::from_millis(40);
const PAUSE: Duration = Duration::from_millis(500);

/// There is no timer: the next packet does what is due.
fn time_alone_moves_nothing(variant: Variant) -> Result<()> {
    let mut forger = patient(variant, SHORT)?;
    forger.send([0, 2])?;
    thread::sleep(PAUSE);
    forger.expect(Received { packets: 1, ..Received::default() })
}

/// The missing packet costs the one that waited for it in vain as well.
fn a_packet_that_waited_too_long_is_dropped(variant: Variant) -> Result<()> {
    let mut forger = patient(variant, SHORT)?;
    forger.send([0, 2])?;
    thread::sleep(PAUSE);
    forger.send([5])?;
    let given_up = Received { packets: 2, errors: 1, seq_discards: 1, oos_packets: 0 };
    forger.expect(given_up)?;
    // Counting goes on from there.
    forger.send([6])?;
    forger.expect(Received { packets: 3, ..given_up })
}

/// A PPP session of L2TPv2 with a socket at the one end and the forger at the other.
fn with_socket(adapt: fn(SessionConfig) -> SessionConfig) -> Result<(Forger, SessionSocket)> {
    let mut forger = Forger::new(Variant::V2_UDP4, adapt)?;
    let key = (TunnelId(1), SessionId(10));
    let socket = forger.net.run(|| Ok(SessionSocket::attach(&mut forger.conn, key)?))?;
    socket.set_nonblocking(true)?;
    Ok((forger, socket))
}

fn frames_leave_the_queue_in_order() -> Result<()> {
    let (forger, socket) = with_socket(|session| session.reorder_timeout(LONG))?;
    forger.send([0, 3, 1, 2])?;
    for number in 0..4 {
        let frame = frame(&socket)?;
        ensure!(frame == echo(number), "{frame:x?} instead of frame {number}");
    }
    Ok(())
}

/// The sequence number of the next packet that the session sends.
fn sent_number(forger: &Forger, mut socket: &SessionSocket) -> Result<Option<u16>> {
    socket.write_all(&echo(1))?;
    let mut packet = [0; 100];
    let length = forger.peer.socket.recv(&mut packet)?;
    ensure!(length > 10 && packet[1] == 2, "{packet:x?}");
    Ok((packet[0] & 0x08 != 0).then(|| u16::from_be_bytes([packet[6], packet[7]])))
}

fn numbers_are_sent_as_long_as_they_come() -> Result<()> {
    let (forger, socket) = with_socket(|session| session)?;
    ensure!(sent_number(&forger, &socket)?.is_none());
    forger.send([0])?;
    frame(&socket)?;
    ensure!(sent_number(&forger, &socket)? == Some(0));
    ensure!(sent_number(&forger, &socket)? == Some(1));
    forger.peer.send(10, None)?;
    frame(&socket)?;
    ensure!(sent_number(&forger, &socket)?.is_none());
    Ok(())
}

fn an_lns_keeps_its_own_mind() -> Result<()> {
    let (mut forger, socket) = with_socket(|session| session.lns_mode(true))?;
    forger.send([0])?;
    frame(&socket)?;
    ensure!(sent_number(&forger, &socket)?.is_none());
    // And once it numbers, a peer that does not is wrong.
    socket.set_send_seq(true)?;
    ensure!(sent_number(&forger, &socket)? == Some(0));
    forger.peer.send(10, None)?;
    forger.expect(Received { packets: 1, errors: 1, seq_discards: 1, oos_packets: 0 })?;
    ensure!((&socket).read(&mut [0; 100]).is_err(), "a frame came through");
    Ok(())
}

/// Both ends ask for them all the same.
fn without_a_sublayer_there_are_no_numbers() -> Result<()> {
    let wire = Wire::with(Variant::V3_UDP4, |_, _, session| {
        *session = session.l2spec(L2SpecType::None).send_seq(true).recv_seq(true);
    })?;
    wire.one.frames()?.send(b"frame")?;
    eventually("the frame is dropped", || {
        let statistics = wire.other.statistics()?;
        ensure!((statistics.rx_seq_discards, statistics.rx_packets) == (1, 0), "{statistics}");
        Ok(())
    })
}
