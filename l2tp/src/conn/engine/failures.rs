//! Failures of the kernel and of the socket, one at a time: an operation reports what it knows,
//! never waits for what will not come, and leaves a connection that works.

use super::cancellation::{config, finish, ids, open, unguarded};
use super::{Engine, Listing};
use crate::conn::BatchReport;
use crate::conn::command::{CreateSession, DeleteSession, GetTunnel, ModifySession, ModifyTunnel};
use crate::error::{Error, ErrorKind, Operation};
use crate::netlink::transport::ready;
use crate::testing::kernel::{Kernel, Sent};
use crate::{Batch, IfName, SessionChange, SessionInfo, TunnelId};

pub(super) const ACK: u16 = l2tp_sys::NLM_F_ACK;
/// How many overruns in a row are passed over.
const OVERRUNS: usize = 16;

pub(super) type Fault = fn(&Kernel);

/// A connection that has to wait for nothing.
pub(super) fn prompt() -> Engine<Kernel> {
    let engine = open();
    engine.netlink.socket.set_waits(false);
    engine.netlink.socket.take_requests();
    engine
}

pub(super) fn works(engine: &mut Engine<Kernel>) {
    let tunnel = finish(engine.get(&GetTunnel(TunnelId(2)))).expect("an answer");
    assert_eq!(tunnel.tunnel_id, TunnelId(2));
    assert_eq!(rows(engine).len(), 30);
    assert_eq!(engine.netlink.socket.queued(), 0);
}

pub(super) fn rows(engine: &mut Engine<Kernel>) -> Vec<SessionInfo> {
    let mut listing: Listing<SessionInfo> = finish(engine.list(None)).expect("a listing");
    let mut rows = Vec::new();
    while let Some(row) = finish(engine.next_row(&mut listing)) {
        rows.push(row.expect("a row"));
    }
    rows
}

/// What a report says of each request: the errno, 0 for success, -1 for an error without one.
pub(super) fn errnos(report: &BatchReport<'_>) -> Vec<i32> {
    let errno = |error: &Error| error.raw_os_error().unwrap_or(-1);
    report.results().iter().map(|result| result.as_ref().err().map_or(0, errno)).collect()
}

pub(super) fn commands(datagrams: &[Vec<Sent>]) -> Vec<Vec<u8>> {
    datagrams.iter().map(|sent| sent.iter().map(|request| request.command).collect()).collect()
}

#[test]
fn a_send_that_fails_is_told_apart_from_an_answer_that_is_lost() {
    let mut engine = prompt();
    engine.netlink.socket.fail_send(libc::ENOBUFS);
    let outcome = finish(engine.run(&CreateSession(&unguarded(77))));
    assert!(matches!(outcome, Err(Error::Io { .. })), "{outcome:?}");
    assert_eq!(engine.netlink.socket.count(1, 77), 0);
    for errno in [libc::EIO, libc::ENOBUFS] {
        engine.netlink.socket.fail_receive(errno);
        engine.netlink.socket.spoil_answer(0);
        engine.set_guards(false);
        let outcome = finish(engine.run(&CreateSession(&unguarded(77))));
        let failed = outcome.expect_err("no answer");
        match errno {
            libc::EIO => assert!(matches!(failed, Error::ReplyLost { .. }), "{failed}"),
            // What was dropped was another answer: this one is there, and cannot be read.
            _ => assert!(matches!(failed, Error::Decode { .. }), "{failed}"),
        }
        engine.netlink.socket.remove_session(1, 77);
    }
    works(&mut engine);
}

#[test]
fn an_answer_that_is_there_is_used_although_another_was_dropped() {
    let mut engine = prompt();
    for late in [false, true] {
        engine.netlink.socket.fail_receive(libc::ENOBUFS);
        engine.netlink.socket.set_late(late);
        let outcome = finish(engine.get(&GetTunnel(TunnelId(1))));
        engine.netlink.socket.set_late(false);
        engine.netlink.socket.set_waits(false);
        assert_eq!(outcome.expect("an answer").tunnel_id, TunnelId(1));
    }
    engine.netlink.socket.set_capacity(0);
    let lost = finish(engine.get(&GetTunnel(TunnelId(1))));
    assert!(matches!(lost, Err(Error::ReplyLost { .. })), "{lost:?}");
    engine.netlink.socket.set_capacity(8);
    works(&mut engine);
}

/// The second of two dumps in a row that have the same.
#[test]
fn a_snapshot_is_a_listing_that_was_seen_twice() {
    let mut engine = prompt();
    let listings = |engine: &mut Engine<Kernel>| engine.netlink.socket.take_requests().len();
    let few = finish(engine.snapshot::<SessionInfo>()).expect("a snapshot").len();
    assert_eq!(listings(&mut engine), 2);
    engine.netlink.socket.create_before_listings(3);
    let more = finish(engine.snapshot::<SessionInfo>()).expect("a snapshot").len();
    assert_eq!((more, listings(&mut engine)), (few + 3, 4));
    engine.netlink.socket.create_before_listings(15);
    let more = finish(engine.snapshot::<SessionInfo>()).expect("a snapshot").len();
    assert_eq!((more, listings(&mut engine)), (few + 18, 16));
    engine.netlink.socket.create_before_listings(16);
    let outcome = finish(engine.snapshot::<SessionInfo>());
    assert!(matches!(outcome, Err(Error::InconsistentDump { tries: 16, .. })), "{outcome:?}");
    assert_eq!(listings(&mut engine), 16);
    finish(engine.snapshot::<SessionInfo>()).expect("a snapshot");
}

#[test]
fn an_overrun_of_before_is_not_the_next_operations() {
    let mut engine = prompt();
    engine.netlink.socket.set_capacity(0);
    finish(engine.command(&ModifyTunnel(TunnelId(1)))).expect_err("no answer");
    engine.netlink.socket.set_capacity(8);
    for _ in 0..OVERRUNS {
        engine.netlink.socket.fail_receive(libc::ENOBUFS);
    }
    engine.netlink.socket.notify(1, 1);
    finish(engine.run(&CreateSession(&config(77)))).expect("a session");
    assert_eq!(engine.netlink.socket.count(1, 77), 1);
    engine.netlink.socket.remove_session(1, 77);
    works(&mut engine);
}

#[test]
fn a_socket_that_only_overruns_is_given_up() {
    let mut engine = prompt();
    engine.netlink.socket.set_capacity(0);
    finish(engine.command(&ModifyTunnel(TunnelId(1)))).expect_err("no answer");
    engine.netlink.socket.set_capacity(8);
    for _ in 0..=OVERRUNS {
        engine.netlink.socket.fail_receive(libc::ENOBUFS);
    }
    let outcome = finish(engine.run(&CreateSession(&config(77))));
    assert!(matches!(outcome, Err(Error::LookupFailed { .. })), "{outcome:?}");
}

#[test]
fn a_dump_that_stalled_is_made_to_go_on() {
    for parts in [1, 3] {
        let mut engine = prompt();
        let mut listing: Listing<SessionInfo> = finish(engine.list(None)).expect("a listing");
        engine.netlink.socket.fail_dump_parts(parts);
        let mut failed = 0;
        while let Some(row) = finish(engine.next_row(&mut listing)) {
            failed += usize::from(row.is_err());
        }
        assert_eq!(failed, 1);
        works(&mut engine);
    }
}

#[test]
fn a_dump_that_finds_no_memory_is_given_up() {
    let mut engine = prompt();
    finish(engine.list::<SessionInfo>(None)).expect("a listing");
    engine.netlink.socket.fail_dump_parts(usize::MAX);
    let refusal = finish(engine.list::<SessionInfo>(None)).map(|mut listing| {
        let row = finish(engine.next_row(&mut listing));
        row.expect("a row").expect_err("a refusal").raw_os_error()
    });
    assert_eq!(refusal.expect("an answer"), Some(libc::EBUSY));
    engine.netlink.socket.fail_dump_parts(0);
    finish(engine.get(&GetTunnel(TunnelId(2)))).expect("an answer");
}

#[test]
fn a_dump_whose_end_cannot_be_read_ends() {
    for spoilt in 0..=8 {
        let mut engine = prompt();
        engine.netlink.socket.spoil_answer(spoilt);
        let mut listing: Listing<SessionInfo> = finish(engine.list(None)).expect("a listing");
        let (mut read, mut failed) = (0, 0);
        while let Some(row) = finish(engine.next_row(&mut listing)) {
            *(if row.is_ok() { &mut read } else { &mut failed }) += 1;
        }
        assert_eq!(failed, 1, "datagram {spoilt}");
        assert!((26..=30).contains(&read), "datagram {spoilt}: {read} rows");
        works(&mut engine);
    }
}

#[test]
fn a_dump_whose_rest_cannot_be_received_fails() {
    let mut engine = prompt();
    engine.netlink.socket.spoil_answer(0);
    let mut listing: Listing<SessionInfo> = finish(engine.list(None)).expect("a listing");
    engine.netlink.socket.fail_receive(libc::EIO);
    let unread = finish(engine.next_row(&mut listing)).expect("a row");
    assert!(matches!(unread, Err(Error::Decode { .. })), "{unread:?}");
    let failed = finish(engine.next_row(&mut listing)).expect("a failure");
    assert_eq!(failed.map_err(|error| error.raw_os_error()), Err(Some(libc::EIO)));
    assert!(finish(engine.next_row(&mut listing)).is_none());
    works(&mut engine);
}

#[test]
fn a_dump_that_has_ended_has_no_more_rows() {
    let mut engine = prompt();
    let mut listing: Listing<SessionInfo> = finish(engine.list(None)).expect("a listing");
    // The request itself has the type and the sequence number of a row.
    let row = engine.netlink.exchange.outgoing().to_vec();
    let mut end = row.clone();
    end[4..6].copy_from_slice(&l2tp_sys::NLMSG_DONE.to_ne_bytes());
    end[16..20].fill(0);
    engine.netlink.socket.forge([end, row].concat());
    let mut rows = 0;
    while finish(engine.next_row(&mut listing)).is_some() {
        rows += 1;
    }
    assert_eq!(rows, 4);
    assert!(finish(engine.next_row(&mut listing)).is_none());
}

#[test]
fn a_dump_of_one_tunnel_is_filtered() {
    let mut engine = prompt();
    engine.netlink.socket.add_session(2, 500);
    let mut listing: Listing<SessionInfo> =
        finish(engine.list(Some(TunnelId(2)))).expect("a listing");
    let mut seen = Vec::new();
    while let Some(row) = finish(engine.next_row(&mut listing)) {
        seen.push(row.expect("a row").session_id.0);
    }
    assert_eq!(seen, [500]);
}

#[test]
fn a_kernel_without_the_family_says_so() {
    let kernel = Kernel::new(0, 0);
    kernel.set_waits(false);
    kernel.unload();
    let outcome = ready(Engine::open(kernel)).map(drop);
    assert!(matches!(outcome, Err(Error::NoFamily { errno: libc::ENOENT })), "{outcome:?}");
    let mut engine = prompt();
    engine.netlink.socket.unload();
    let outcome = finish(engine.get(&GetTunnel(TunnelId(1))));
    assert!(matches!(outcome, Err(Error::NoFamily { .. })), "{outcome:?}");
}

/// Only a reply lets a guarded operation go on.
#[test]
fn guards_fail_closed() {
    let change = SessionChange::new().send_seq(true);
    let lost = |kernel: &Kernel| kernel.set_capacity(0);
    let broken = |kernel: &Kernel| kernel.fail_receive(libc::EIO);
    let unreadable = |kernel: &Kernel| kernel.spoil_answer(0);
    let unsent = |kernel: &Kernel| kernel.fail_send(libc::ENOBUFS);
    // Nothing of a batch has been carried out when its first datagram cannot be sent.
    let faults: [(Fault, bool); 4] =
        [(lost, true), (broken, true), (unreadable, true), (unsent, false)];
    for (fault, reported) in faults {
        let fails = |operation: &dyn Fn(&mut Engine<Kernel>) -> Result<(), Error>| {
            let mut engine = prompt();
            fault(&engine.netlink.socket);
            let error = operation(&mut engine).expect_err("a failure");
            assert!(matches!(error, Error::LookupFailed { .. }), "{error}");
            assert!(error.to_string().contains("not sent"), "{error}");
            let sent = commands(&engine.netlink.socket.take_requests());
            assert!(sent.concat().iter().all(|&it| it == l2tp_sys::L2TP_CMD_SESSION_GET));
            assert_eq!(engine.netlink.socket.count(1, 29), 1);
            engine.netlink.socket.set_capacity(8);
            works(&mut engine);
            error.operation()
        };
        let created = fails(&|engine| finish(engine.run(&CreateSession(&config(29)))));
        assert_eq!(created, Operation::CreateSession(TunnelId(1), 29.into()));
        fails(&|engine| finish(engine.run(&DeleteSession(ids(1, 29)))));
        fails(&|engine| finish(engine.run(&ModifySession(ids(1, 29), &change))));
        if reported {
            fails(&|engine| {
                let mut batch = Batch::new();
                batch.create_session(&config(29));
                let report = finish(engine.run_batch(&mut batch))?;
                report.into_results().next().expect("a result").map(drop)
            });
        }
    }
}

#[test]
fn what_the_kernel_refuses_a_guard_it_refuses_the_operation() {
    let get = l2tp_sys::L2TP_CMD_SESSION_GET;
    let mut engine = prompt();
    engine.netlink.socket.refuse(get, libc::EPERM);
    let error = finish(engine.run(&CreateSession(&config(77)))).expect_err("a refusal");
    assert_eq!(error.operation(), Operation::CreateSession(TunnelId(1), 77.into()));
    assert_eq!(error.kind(), ErrorKind::Permission);
    engine.netlink.socket.refuse(get, libc::ENOMEM);
    let mut batch = Batch::new();
    batch.create_session(&config(29));
    let report = finish(engine.run_batch(&mut batch)).expect("a report");
    assert_eq!(errnos(&report), [libc::ENOMEM]);
    assert_eq!(engine.netlink.socket.count(1, 29), 1);
}

#[test]
fn a_batch_knows_what_it_has_created_itself() {
    let mut engine = prompt();
    for create in [unguarded, config] {
        let mut batch = Batch::new();
        batch.create_session(&create(77));
        batch.modify_session(ids(1, 77), &SessionChange::new().send_seq(true));
        batch.delete_session(ids(1, 77));
        let report = finish(engine.run_batch(&mut batch)).expect("a report");
        assert_eq!(errnos(&report), [0, 0, 0]);
        assert_eq!(engine.netlink.socket.count(1, 77), 0);
    }
}

#[test]
fn a_name_in_use_is_no_id_in_use() {
    let mut engine = prompt();
    engine.netlink.socket.refuse(l2tp_sys::L2TP_CMD_SESSION_CREATE, libc::EEXIST);
    let mut batch = Batch::new();
    batch.create_session(&config(88));
    batch.create_session(&config(88));
    batch.create_session(&config(88));
    let report = finish(engine.run_batch(&mut batch)).expect("a report");
    assert_eq!(errnos(&report), [libc::EEXIST, 0, libc::EEXIST]);
    assert_eq!(engine.netlink.socket.count(1, 88), 1);
}

#[test]
fn requests_are_carried_out_in_order_whatever_becomes_of_duplicates() {
    let mut engine = prompt();
    engine.netlink.socket.refuse(l2tp_sys::L2TP_CMD_SESSION_CREATE, libc::EINVAL);
    let mut batch = Batch::new();
    batch.create_session(&config(88));
    batch.create_session(&config(88));
    batch.delete_tunnel(TunnelId(3));
    drop(finish(engine.run_batch(&mut batch)).expect("a report"));
    let acts: Vec<_> = commands(&engine.netlink.socket.take_requests()).concat();
    let acts = acts.into_iter().filter(|&it| it != l2tp_sys::L2TP_CMD_SESSION_GET);
    let create = l2tp_sys::L2TP_CMD_SESSION_CREATE;
    assert!(acts.eq([create, create, l2tp_sys::L2TP_CMD_TUNNEL_DELETE]));
}

/// What a deletion takes with it, the guard of a later request must not have seen before.
#[test]
fn guards_ask_after_the_deletions_that_precede_their_requests() {
    use l2tp_sys::{L2TP_CMD_SESSION_DELETE, L2TP_CMD_SESSION_GET, L2TP_CMD_TUNNEL_DELETE};
    let mut engine = prompt();
    let mut batch = Batch::new();
    batch.delete_tunnel(TunnelId(2));
    batch.delete_session(ids(1, 1));
    batch.delete_session(ids(2, 1));
    drop(finish(engine.run_batch(&mut batch)).expect("a report"));
    let expected = [
        vec![L2TP_CMD_SESSION_GET],
        vec![L2TP_CMD_TUNNEL_DELETE, L2TP_CMD_SESSION_DELETE],
        vec![L2TP_CMD_SESSION_GET],
    ];
    assert_eq!(commands(&engine.netlink.socket.take_requests()), expected);

    let mut batch = Batch::new();
    batch.delete_session(IfName::new("l2tpeth0").expect("a name"));
    batch.delete_session(ids(1, 2));
    drop(finish(engine.run_batch(&mut batch)).expect("a report"));
    let expected = [[L2TP_CMD_SESSION_DELETE], [L2TP_CMD_SESSION_GET], [L2TP_CMD_SESSION_DELETE]];
    assert_eq!(commands(&engine.netlink.socket.take_requests()), expected);
}
