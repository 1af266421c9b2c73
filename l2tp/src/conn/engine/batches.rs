//! Batches of which replies are lost or unreadable, and how requests are spread over datagrams.

use std::net::SocketAddr;
use std::time::Duration;

use super::Engine;
use super::batch::REQUEST;
use super::cancellation::{config, finish, ids};
use super::failures::{ACK, Fault, commands, errnos, prompt};
use crate::conn::BatchOutcome;
use crate::conn::command::GetTunnel;
use crate::error::{Error, Operation};
use crate::netlink::exchange::Exchange;
use crate::testing::kernel::Kernel;
use crate::{
    Batch, Cookie, EncapType, IfName, L2SpecType, ProtocolVersion, PseudowireType, SessionChange,
    TunnelConfig, TunnelId,
};
/// The deletions of sessions 1 to 30, and their results without guards.
fn deletions(engine: &mut Engine<Kernel>) -> Result<Vec<Result<BatchOutcome, Error>>, Error> {
    engine.set_guards(false);
    let mut batch = Batch::new();
    for id in 1..=30 {
        batch.delete_session(ids(1, id));
    }
    Ok(finish(engine.run_batch(&mut batch))?.into_results().collect())
}

#[test]
fn an_answer_that_is_lost_is_never_taken_for_success() {
    let mut engine = prompt();
    for id in [3, 5] {
        engine.netlink.socket.remove_session(1, id);
    }
    engine.netlink.socket.set_capacity(100);
    engine.netlink.socket.fail_receive(libc::ENOBUFS);
    let results = deletions(&mut engine).expect("a report");
    for (id, result) in (1..).zip(&results) {
        match (id, result) {
            (3 | 5, Err(Error::Rejected { .. })) | (30, Ok(_)) => {}
            (1..30, Err(Error::ReplyLost { operation, error })) => {
                assert_eq!(*operation, Operation::DeleteSession(ids(1, id)));
                assert_eq!(error.raw_os_error(), Some(libc::ENOBUFS));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_of_those_between_its_neighbours() {
    let mut engine = prompt();
    for id in [3, 10, 20] {
        engine.netlink.socket.remove_session(1, id);
    }
    engine.netlink.socket.set_capacity(100);
    engine.netlink.socket.spoil_answer(1);
    let results = deletions(&mut engine).expect("a report");
    for (id, result) in (1..).zip(&results) {
        match (id, result) {
            (3 | 20, Err(Error::Rejected { .. }))
            | (4..20, Err(Error::Decode { .. }))
            | (1 | 2 | 21..=30, Ok(BatchOutcome::Done)) => {}
            other => panic!("{other:?}"),
        }
    }
    // The last of a datagram, whose acknowledgement cannot be read.
    let mut engine = prompt();
    engine.netlink.socket.set_capacity(100);
    engine.netlink.socket.spoil_answer(0);
    let results = deletions(&mut engine).expect("a report");
    assert!(results.iter().all(|it| matches!(it, Err(Error::Decode { .. }))));
}

#[test]
fn a_socket_that_fails_loses_no_outcome_that_is_known() {
    // Five refusals fit into the receive buffer.
    let datagrams = |fault: Fault| {
        let mut engine = prompt();
        engine.netlink.socket.set_capacity(2);
        engine.netlink.socket.remove_session(1, 1);
        fault(&engine.netlink.socket);
        deletions(&mut engine)
    };
    let report = datagrams(|kernel| {
        kernel.fail_receive_later(2, libc::EIO);
    });
    let results = report.expect("a report");
    let lost = |it: &Result<_, _>| matches!(it, Err(Error::ReplyLost { .. }));
    let untried = |it: &Result<_, _>| matches!(it, Err(Error::NotAttempted { .. }));
    assert!(matches!(results[0], Err(Error::Rejected { .. })), "{:?}", results[0]);
    assert!(results[1..6].iter().all(Result::is_ok), "{results:?}");
    assert!(results[6..12].iter().all(lost), "{results:?}");
    assert!(results[12..].iter().all(untried), "{results:?}");

    let results = datagrams(|kernel| kernel.fail_send_later(1, libc::ENOMEM));
    let results = results.expect("a report");
    let unsent = |it: &Result<_, _>| matches!(it, Err(Error::Io { .. }));
    assert!(results[1..6].iter().all(Result::is_ok), "{results:?}");
    assert!(results[6..12].iter().all(unsent), "{results:?}");
    assert!(results[12..].iter().all(untried), "{results:?}");

    let nothing = datagrams(|kernel| kernel.fail_send(libc::ENOMEM));
    assert!(matches!(nothing, Err(Error::Io { operation: Operation::Batch, .. })), "{nothing:?}");
}

/// Each is full, and one request more would be too many.
#[test]
fn datagrams_take_as_many_requests_as_the_buffers_have_room_for() {
    let sizes = |engine: &mut Engine<Kernel>| {
        engine.netlink.socket.take_requests();
        let mut batch = Batch::new();
        for id in 1..=30 {
            batch.delete_session(ids(1, id));
        }
        drop(finish(engine.run_batch(&mut batch)).expect("a report"));
        let sent = engine.netlink.socket.take_requests();
        sent.iter().map(Vec::len).collect::<Vec<_>>()
    };
    let mut engine = prompt();
    engine.set_guards(false);
    // A refusal takes 1536 bytes of a receive buffer of 8 times 4608.
    assert_eq!(sizes(&mut engine), [24, 6]);
    engine.set_guards(true);
    assert_eq!(sizes(&mut engine), [8, 8, 8, 6]);
    engine.set_guards(false);
    // Of the send buffer a request takes 256 at most, and the kernel keeps 32.
    engine.netlink.socket.set_send_buffer(32 + 20 * 256);
    assert_eq!(sizes(&mut engine), [20, 10]);
    engine.netlink.socket.set_send_buffer(31 + 20 * 256);
    assert_eq!(sizes(&mut engine), [19, 11]);
    engine.netlink.socket.set_send_buffer(200);
    assert_eq!(sizes(&mut engine), [1; 30]);
}

#[test]
fn only_the_last_of_a_datagram_asks_for_an_acknowledgement() {
    let mut engine = prompt();
    drop(deletions(&mut engine).expect("a report"));
    for datagram in engine.netlink.socket.take_requests() {
        let (last, others) = datagram.split_last().expect("a request");
        assert!(others.iter().all(|request| request.flags & ACK == 0));
        assert_eq!(last.flags & ACK, ACK);
    }
    let mut batch = Batch::new();
    batch.get_tunnel_info(TunnelId(1));
    drop(finish(engine.run_batch(&mut batch)).expect("a report"));
    // A get request is answered, not acknowledged.
    assert_eq!(engine.netlink.socket.take_requests()[0][0].flags & ACK, 0);
}

#[test]
fn a_batch_stops_at_the_first_error_if_it_is_to() {
    for stop in [false, true] {
        let mut engine = prompt();
        engine.set_guards(false);
        let mut batch = Batch::new();
        batch.stop_at_first_error(stop);
        for id in [1, 99, 2] {
            batch.delete_session(ids(1, id));
        }
        let report = finish(engine.run_batch(&mut batch)).expect("a report");
        assert_eq!(errnos(&report), [0, libc::ENODEV, if stop { -1 } else { 0 }]);
        assert_eq!(engine.netlink.socket.count(1, 2), usize::from(stop));
    }
}

#[test]
fn a_batch_creates_tunnels() {
    let mut engine = prompt();
    let local: SocketAddr = ([127, 0, 0, 1], 5000).into();
    let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 7, 8);
    let mut batch = Batch::new();
    batch.create_static_tunnel(local, local, &tunnel);
    assert_eq!(batch.len(), 1);
    let report = finish(engine.run_batch(&mut batch)).expect("a report");
    assert_eq!(errnos(&report), [0]);
    assert_eq!(
        commands(&engine.netlink.socket.take_requests()),
        [[l2tp_sys::L2TP_CMD_TUNNEL_CREATE]]
    );
    finish(engine.get(&GetTunnel(TunnelId(7)))).expect("a tunnel");
}

/// What a datagram is taken to hold rests on it.
#[test]
fn no_request_exceeds_its_share_of_a_datagram() {
    let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, u32::MAX, u32::MAX)
        .udp_zero_csum6_tx(true)
        .udp_zero_csum6_rx(true);
    let address: SocketAddr = "[2001:db8:1:2:3:4:5:6]:65535".parse().expect("an address");
    let name = IfName::new("fifteen-letters").expect("a name");
    let cookie = Cookie::new(&[0xff; 8]).expect("a cookie");
    let mut session = config(1000)
        .ifname(name)
        .local_cookie(cookie)
        .peer_cookie(cookie)
        .l2spec(L2SpecType::Default)
        .send_seq(true)
        .recv_seq(true)
        .lns_mode(true)
        .reorder_timeout(Duration::from_secs(1));
    session.pseudowire = PseudowireType::Eth;
    let change = SessionChange::new()
        .send_seq(true)
        .recv_seq(true)
        .lns_mode(true)
        .reorder_timeout(Duration::from_secs(1));
    let mut batch = Batch::new();
    batch.create_static_tunnel(address, address, &tunnel);
    batch.create_session(&session);
    batch.modify_session(ids(1, 1000), &change);
    batch.delete_session(name);
    assert_eq!(batch.len(), 4);
    for at in 0..batch.len() {
        let mut exchange = Exchange::new();
        exchange.start();
        assert!(batch.requests.list[at].is_sendable());
        batch.requests.push(at, &mut exchange, 30, true).expect("attributes");
        assert!(exchange.outgoing().len() <= REQUEST, "{}", exchange.outgoing().len());
    }
}
