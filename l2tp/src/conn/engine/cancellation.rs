//! Futures dropped at every point where they can wait: the connection must go on as if nothing
//! had been.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::{Engine, Listing};
use crate::conn::command::{
    CreateSession, DeleteSession, DeleteTunnel, GetSession, GetTunnel, ModifySession, ModifyTunnel,
};
use crate::conn::{BatchOutcome, DeletionWait};
use crate::error::{Error, ErrorKind};
use crate::netlink::transport::ready;
use crate::testing::kernel::Kernel;
use crate::{
    Batch, EncapType, ProtocolVersion, PseudowireType, SessionChange, SessionConfig, SessionId,
    SessionInfo, SessionKey, TunnelConfig, TunnelId, TunnelInfo,
};

type Outcome = Result<(), Error>;

/// Three tunnels, of which the first has thirty sessions: a dump comes in several parts, and a
/// batch of get requests about them all in several datagrams.
const SESSIONS: u32 = 30;

pub(crate) fn open() -> Engine<Kernel> {
    let kernel = Kernel::new(3, SESSIONS);
    kernel.set_waits(false);
    let engine = ready(Engine::open(kernel)).expect("a family");
    engine.netlink.socket.set_waits(true);
    engine
}

/// The future's value, if it takes no more than this many polls.
pub(crate) fn within<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..polls).find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    })
}

pub(crate) fn finish<T>(future: impl Future<Output = T>) -> T {
    within(100_000, future).expect("an end")
}

/// Runs what might never end.
pub(crate) fn in_time(work: impl FnOnce() + Send + 'static) {
    let (done, end) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        work();
        done.send(()).expect("somebody waits for it");
    });
    match end.recv_timeout(Duration::from_secs(60)) {
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("it does not end"),
        _ => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
    }
}

pub(crate) fn config(session: u32) -> SessionConfig {
    let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    SessionConfig::new(&tunnel, PseudowireType::Ppp, session, session)
}

/// A creation that no guard precedes.
pub(crate) fn unguarded(session: u32) -> SessionConfig {
    SessionConfig { version: ProtocolVersion::V2, ..config(session) }
}

pub(crate) fn ids(tunnel: u32, session: u32) -> SessionKey {
    SessionKey::Ids(TunnelId(tunnel), SessionId(session))
}

/// What a connection must still do right after a future was dropped. Each is tried as the first.
const AFTERWARDS: [fn(&mut Engine<Kernel>); 5] = [answers, refuses, obeys, lists, runs_batches];

fn answers(engine: &mut Engine<Kernel>) {
    let tunnel = finish(engine.get(&GetTunnel(TunnelId(2)))).expect("an answer");
    assert_eq!(tunnel.tunnel_id, TunnelId(2));
    let session = finish(engine.get(&GetSession(ids(1, 29)))).expect("an answer");
    assert_eq!(session.session_id, SessionId(29));
}

fn refuses(engine: &mut Engine<Kernel>) {
    let refusal = finish(engine.get(&GetTunnel(TunnelId(99))));
    assert_eq!(refusal.map_err(|error| error.kind()), Err(ErrorKind::NotFound));
    let refusal = finish(engine.run(&CreateSession(&config(29))));
    assert_eq!(refusal.map_err(|error| error.kind()), Err(ErrorKind::Exists));
}

fn obeys(engine: &mut Engine<Kernel>) {
    finish(engine.run(&CreateSession(&config(77)))).expect("a session");
    assert_eq!(engine.netlink.socket.count(1, 77), 1);
    finish(engine.run(&DeleteSession(ids(1, 77)))).expect("a session less");
    assert_eq!(engine.netlink.socket.count(1, 77), 0);
}

fn lists(engine: &mut Engine<Kernel>) {
    let tunnels: Vec<TunnelInfo> = finish(engine.snapshot()).expect("a listing");
    assert!(tunnels.iter().map(|tunnel| tunnel.tunnel_id.0).is_sorted(), "{tunnels:?}");
    let mut listing: Listing<SessionInfo> = finish(engine.list(None)).expect("a listing");
    let mut next = || finish(engine.next_row(&mut listing));
    let seen: Vec<_> = std::iter::from_fn(|| next().map(|row| row.unwrap().session_id.0)).collect();
    assert!((2..30).all(|id| seen.contains(&id)), "{seen:?}");
}

fn runs_batches(engine: &mut Engine<Kernel>) {
    let mut batch = Batch::new();
    for id in 0..40 {
        batch.get_session_info(ids(1, 2 + id));
    }
    let report = finish(engine.run_batch(&mut batch)).expect("a report");
    for (id, result) in (2..).zip(report.results()) {
        match result {
            Ok(BatchOutcome::Session(info)) => assert_eq!(info.session_id, SessionId(id)),
            Err(error) if error.is_not_found() => assert!(id >= 30, "{error}"),
            other => panic!("session {id}: {other:?}"),
        }
    }
}

/// Drops what `attempt` makes after every number of polls that it may take, twice in a row, and
/// then uses the connection.
fn survives(least: usize, attempt: &impl AsyncFn(&mut Engine<Kernel>) -> Outcome) {
    for afterwards in AFTERWARDS {
        for polls in 0.. {
            let mut engine = open();
            let finished = within(polls, attempt(&mut engine)).is_some();
            let _ = within(polls, attempt(&mut engine));
            afterwards(&mut engine);
            if finished {
                assert!(polls > least, "it waited only {} times", polls - 1);
                break;
            }
        }
    }
}

#[test]
fn a_question() {
    survives(2, &async |engine| engine.get(&GetTunnel(TunnelId(1))).await.map(drop));
}

/// The reply is not there when the sending returns; the command must not be sent twice.
#[test]
fn an_answer_that_is_late() {
    for afterwards in AFTERWARDS {
        for polls in 1..=2 {
            let mut engine = open();
            engine.netlink.socket.set_waits(false);
            engine.netlink.socket.set_late(true);
            let created = within(polls, engine.run(&CreateSession(&unguarded(77))));
            assert_eq!(created.is_some(), polls == 2);
            assert_eq!(engine.netlink.socket.count(1, 77), 1);
            engine.netlink.socket.set_late(false);
            finish(engine.run(&DeleteSession(ids(1, 77)))).expect("a session less");
            afterwards(&mut engine);
        }
    }
}

#[test]
fn a_refused_command() {
    survives(2, &async |engine| engine.command(&ModifyTunnel(TunnelId(1))).await);
}

#[test]
fn guarded_operations() {
    survives(4, &async |engine| engine.run(&CreateSession(&config(31))).await);
    survives(4, &async |engine| engine.run(&DeleteSession(ids(1, 1))).await);
    survives(4, &async |engine| {
        engine.run(&ModifySession(ids(1, 1), &SessionChange::new().send_seq(true))).await
    });
}

#[test]
fn deletion_and_the_wait_for_it() {
    let wait = DeletionWait::from(Duration::from_secs(60)).missing_ok(true);
    survives(10, &async |engine| engine.delete_tunnel_and_wait(TunnelId(3), wait).await);
    survives(5, &async |engine| engine.delete_session_and_wait(ids(1, 1), wait).await);
}

#[test]
fn a_listing() {
    survives(16, &async |engine| {
        let mut listing = engine.list::<SessionInfo>(None).await?;
        while engine.next_row(&mut listing).await.transpose()?.is_some() {}
        Ok(())
    });
    survives(32, &async |engine| engine.snapshot::<SessionInfo>().await.map(drop));
}

#[test]
fn a_batch() {
    survives(20, &async |engine| {
        let mut batch = Batch::new();
        for id in 1..=20 {
            batch.get_session_info(ids(1, id));
            batch.delete_session(ids(2, id));
        }
        let outcome = engine.run_batch(&mut batch).await.map(drop);
        assert_eq!(batch.len(), 40);
        outcome
    });
}

/// On the same connection, with the memory of the run that was dropped.
#[test]
fn a_batch_that_was_dropped_runs_again() {
    for polls in 0.. {
        let mut engine = open();
        let mut batch = Batch::new();
        batch.create_session(&config(0));
        for id in 1..=20 {
            batch.modify_session(ids(1, id), &SessionChange::new()).get_session_info(ids(1, id));
        }
        let finished = within(polls, engine.run_batch(&mut batch)).is_some();
        let report = finish(engine.run_batch(&mut batch)).expect("a report");
        let [invalid, others @ ..] = report.results() else { panic!("{report:?}") };
        assert!(matches!(invalid, Err(Error::Config { .. })), "{invalid:?}");
        assert_eq!(others.len(), 40);
        for (id, pair) in (1..).zip(others.chunks(2)) {
            let Ok(BatchOutcome::Session(info)) = pair[1] else { panic!("{:?}", pair[1]) };
            assert_eq!(info.session_id, SessionId(id));
        }
        if finished {
            assert!(polls > 10, "it waited only {polls} times");
            break;
        }
    }
}

#[test]
fn a_batch_whose_answers_fill_the_receive_buffer() {
    survives(20, &async |engine| {
        let mut batch = Batch::new();
        for id in 1..=20 {
            batch.get_session_info(ids(1, id));
        }
        engine.run_batch(&mut batch).await.map(drop)
    });
}

#[test]
fn a_listing_left_half_way() {
    for afterwards in AFTERWARDS {
        let mut engine = open();
        finish(engine.list::<SessionInfo>(None)).expect("a listing");
        finish(engine.list::<SessionInfo>(None)).expect("another");
        afterwards(&mut engine);
    }
}

#[test]
fn a_reload_of_the_module() {
    survives(6, &async |engine| {
        engine.netlink.socket.reload();
        engine.get(&GetTunnel(TunnelId(1))).await.map(drop)
    });
    survives(6, &async |engine| {
        engine.netlink.socket.reload();
        engine.list::<TunnelInfo>(None).await.map(drop)
    });
}

#[test]
fn a_listing_goes_on_where_it_was() {
    let mut engine = open();
    let mut listing: Listing<SessionInfo> = finish(engine.list(None)).expect("a listing");
    let mut seen = Vec::new();
    let mut dropped = 0;
    // A row that takes two polls is asked for, dropped, and asked for again.
    for polls in (1..).map(|n| 1 + n % 3) {
        match within(polls, engine.next_row(&mut listing)) {
            Some(Some(row)) => seen.push(row.expect("a row").session_id.0),
            Some(None) => break,
            None => dropped += 1,
        }
    }
    assert!(seen.into_iter().eq(1..=SESSIONS));
    assert!(dropped > 8);
}

#[test]
fn the_kernel_makes_duplicates_and_the_tests_would_see_them() {
    let mut engine = open();
    engine.set_guards(false);
    finish(engine.run(&CreateSession(&config(29)))).expect("a defect");
    assert_eq!(engine.netlink.socket.count(1, 29), 2);
    finish(engine.command(&DeleteTunnel(TunnelId(3)))).expect("a deletion");
}
