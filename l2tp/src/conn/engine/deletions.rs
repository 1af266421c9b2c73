//! Deletions that wait, and what is said of what is in use meanwhile.

use std::time::Duration;

use super::Engine;
use super::cancellation::{config, finish, ids, open};
use crate::conn::DeletionWait;
use crate::conn::command::{CreateSession, DeleteSession};
use crate::error::{Error, Operation, SessionConflict};
use crate::testing::kernel::Kernel;
use crate::{Batch, IfName, PseudowireType, SessionConfig, TunnelId};

/// No test comes near it.
const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(30);

fn name(name: &str) -> IfName {
    IfName::new(name).expect("a name")
}

fn named(session: u32, interface: &str) -> SessionConfig {
    SessionConfig { pseudowire: PseudowireType::Eth, ..config(session).ifname(name(interface)) }
}

/// A connection to a kernel with these sessions besides.
fn with(sessions: &[SessionConfig]) -> Engine<Kernel> {
    let mut engine = open();
    engine.netlink.socket.set_waits(false);
    for session in sessions {
        finish(engine.run(&CreateSession(session))).expect("a session");
    }
    assert_eq!(engine.netlink.socket.interfaces(), sessions.len());
    engine.netlink.socket.take_requests();
    engine
}

#[test]
fn a_session_is_waited_for_until_its_interface_is_gone() {
    let mut engine = with(&[named(101, "a0"), named(102, "a1")]);
    finish(engine.delete_session_and_wait(ids(1, 101), LONG.into())).expect("a deletion");
    assert_eq!(engine.netlink.socket.interfaces(), 1);
    finish(engine.delete_session_and_wait(name("a1").into(), LONG.into())).expect("a deletion");
    assert_eq!(engine.netlink.socket.interfaces(), 0);
}

#[test]
fn a_wait_asks_at_once_and_then_after_pauses_that_double() {
    let mut engine = with(&[named(101, "a0")]);
    finish(engine.delete_session_and_wait(ids(1, 101), LONG.into())).expect("a deletion");
    let pauses = engine.netlink.socket.take_pauses();
    assert_eq!(pauses, [100, 200].map(Duration::from_micros));
    // Before the deletion, the deletion, then one before each pause, and when the interface is gone.
    assert_eq!(engine.netlink.socket.take_requests().len(), 2 + 1 + pauses.len());
}

#[test]
fn a_plain_deletion_costs_what_it_did() {
    let mut engine = with(&[named(101, "a0")]);
    finish(engine.run(&DeleteSession(ids(1, 101)))).expect("a deletion");
    assert_eq!(engine.netlink.socket.take_requests().len(), 2);
    assert_eq!(engine.netlink.socket.interfaces(), 1);
    engine.set_guards(false);
    finish(engine.run(&DeleteSession(ids(1, 1)))).expect("a deletion");
    assert_eq!(engine.netlink.socket.take_requests().len(), 1);
}

#[test]
fn a_tunnel_is_waited_for_until_its_interfaces_are_gone() {
    let mut engine = with(&[named(101, "a0"), named(102, "a1")]);
    finish(engine.delete_tunnel_and_wait(TunnelId(1), LONG.into())).expect("a deletion");
    assert_eq!((engine.netlink.socket.interfaces(), engine.netlink.socket.count(1, 1)), (0, 0));
}

#[test]
fn a_batch_waits_for_its_deletions() {
    for guards in [false, true] {
        let mut engine = with(&[named(101, "a0"), named(102, "a1")]);
        engine.set_guards(guards);
        let mut batch = Batch::new();
        batch.wait_for_deletions(DeletionWait::up_to(LONG).missing_ok(true));
        batch.delete_session(ids(1, 101));
        batch.create_session(&named(103, "a2"));
        batch.create_session(&named(104, "a3"));
        batch.delete_session(ids(1, 104));
        batch.delete_session(ids(1, 99));
        batch.delete_tunnel(TunnelId(1));
        let report = finish(engine.run_batch(&mut batch)).expect("a report");
        assert!(report.is_ok(), "{:?}", report.results());
        assert_eq!(
            (engine.netlink.socket.interfaces(), engine.netlink.socket.count(1, 103)),
            (0, 0)
        );
        // The next batch does not.
        let mut batch = Batch::new();
        batch.delete_tunnel(TunnelId(2));
        finish(engine.run_batch(&mut batch))
            .expect("a report")
            .into_results()
            .next()
            .expect("a result")
            .unwrap();
        assert_eq!(engine.netlink.socket.take_requests().pop().map(|sent| sent.len()), Some(1));
    }
}

#[test]
fn what_stays_is_named() {
    let mut engine = with(&[named(101, "a0"), named(102, "a1")]);
    engine.netlink.socket.hold_interface(name("a0"));
    let outcome = finish(engine.delete_session_and_wait(ids(1, 101), SHORT.into()));
    let error = outcome.expect_err("it stays");
    let Error::StillExists { interface, .. } = &error else { panic!("{error}") };
    assert_eq!(*interface, Some(name("a0")));
    assert!(error.to_string().contains("interface a0 still exists"), "{error}");

    let mut engine = with(&[named(101, "a0"), named(102, "a1")]);
    engine.netlink.socket.hold_interface(name("a0"));
    let mut batch = Batch::new();
    batch.wait_for_deletions(SHORT);
    batch.delete_session(ids(1, 102));
    batch.delete_session(ids(1, 101));
    batch.delete_session(ids(1, 99));
    let report = finish(engine.run_batch(&mut batch)).expect("a report");
    let [gone, held, missing] = report.results() else { panic!("three results") };
    assert!(matches!(held, Err(Error::StillExists { interface: Some(_), .. })), "{held:?}");
    assert!(gone.is_ok(), "{gone:?}");
    assert!(matches!(missing, Err(Error::Rejected { .. })), "{missing:?}");
}

/// Whose it is that stays cannot be found out: that is not the same as an interface that stays.
#[test]
fn a_wait_that_cannot_look_on_fails() {
    let mut engine = with(&[named(101, "a0")]);
    engine.netlink.socket.hold_interface(name("a0"));
    // The session is asked about, deleted and asked about again, then the interface's name.
    engine.netlink.socket.fail_send_later(3, libc::ENOMEM);
    let outcome = finish(engine.delete_session_and_wait(ids(1, 101), SHORT.into()));
    assert_eq!(outcome.map_err(|error| error.raw_os_error()), Err(Some(libc::ENOMEM)));
}

#[test]
fn of_several_that_stay_each_is_named() {
    let mut engine = with(&[named(101, "a0"), named(102, "a1"), named(103, "a2")]);
    for held in ["a0", "a1", "a2"] {
        engine.netlink.socket.hold_interface(name(held));
    }
    let mut batch = Batch::new();
    batch.wait_for_deletions(SHORT);
    for session in [101, 102, 103] {
        batch.delete_session(ids(1, session));
    }
    let report = finish(engine.run_batch(&mut batch)).expect("a report");
    for (result, held) in report.results().iter().zip(["a0", "a1", "a2"]) {
        let Err(Error::StillExists { interface, .. }) = result else { panic!("{result:?}") };
        assert_eq!(*interface, Some(name(held)));
    }
}

/// By its first name it cannot be found any more, and what can be found is something else.
#[test]
fn an_interface_that_took_the_name_is_not_waited_for() {
    let mut engine = with(&[named(101, "a0")]);
    engine.netlink.socket.rename_interface(name("a0"), name("wan0"));
    finish(engine.run(&CreateSession(&named(102, "a0")))).expect("a session");
    finish(engine.delete_session_and_wait(ids(1, 101), LONG.into())).expect("a deletion");
    assert_eq!(engine.netlink.socket.count(1, 102), 1);

    let mut engine = with(&[named(101, "a0")]);
    engine.netlink.socket.rename_interface(name("a0"), name("wan0"));
    engine.netlink.socket.add_interface(name("a0"));
    finish(engine.delete_session_and_wait(ids(1, 101), LONG.into())).expect("a deletion");
}

#[test]
fn what_cannot_be_looked_up_is_not_deleted() {
    let mut engine = with(&[named(101, "a0")]);
    engine.netlink.socket.spoil_answer(0);
    let outcome = finish(engine.delete_session_and_wait(ids(1, 101), LONG.into()));
    assert!(matches!(outcome, Err(Error::LookupFailed { .. })), "{outcome:?}");
    engine.netlink.socket.refuse(l2tp_sys::L2TP_CMD_SESSION_GET, libc::EPERM);
    let outcome = finish(engine.delete_session_and_wait(ids(1, 101), LONG.into()));
    let error = outcome.expect_err("a refusal");
    assert_eq!(error.operation(), Operation::DeleteSession(ids(1, 101)));
    assert!(error.is_permission());
    engine.netlink.socket.fail_send(libc::ENOMEM);
    let outcome = finish(engine.delete_tunnel_and_wait(TunnelId(1), LONG.into()));
    assert!(matches!(outcome, Err(Error::LookupFailed { .. })), "{outcome:?}");
    assert_eq!(engine.netlink.socket.count(1, 101), 1);
}

#[test]
fn what_of_a_session_is_in_use_is_said() {
    let mut engine = with(&[named(101, "a0")]);
    engine.set_guards(false);
    let exists = l2tp_sys::L2TP_CMD_SESSION_CREATE;
    let a0 = name("a0");
    let cases = [
        (config(101), SessionConflict::SessionId),
        (named(101, "b0"), SessionConflict::SessionId),
        (named(101, "b%d"), SessionConflict::SessionId),
        (named(150, "a0"), SessionConflict::InterfaceName(a0)),
        (named(101, "a0"), SessionConflict::InterfaceName(a0)),
    ];
    for (session, expected) in cases {
        let said = |outcome: Result<(), Error>| match outcome.expect_err("in use") {
            Error::SessionConflict { what, .. } => assert_eq!(what, expected),
            other => panic!("{other}"),
        };
        engine.netlink.socket.refuse(exists, libc::EEXIST);
        said(finish(engine.run(&CreateSession(&session))));
        engine.netlink.socket.refuse(exists, libc::EEXIST);
        let mut batch = Batch::new();
        batch.create_session(&session);
        let report = finish(engine.run_batch(&mut batch)).expect("a report");
        said(report.into_results().next().expect("a result").map(drop));
    }
    // Nothing that was asked explains it: both are named as possible.
    engine.netlink.socket.refuse(exists, libc::EEXIST);
    let error = finish(engine.run(&CreateSession(&named(150, "b0")))).expect_err("in use");
    assert!(matches!(error, Error::Rejected { .. }), "{error}");
    assert!(error.to_string().contains("the session id or the interface name"), "{error}");
    // The guard has looked already.
    engine.set_guards(true);
    engine.netlink.socket.take_requests();
    let error = finish(engine.run(&CreateSession(&named(101, "b0")))).expect_err("in use");
    assert!(
        matches!(error, Error::SessionConflict { what: SessionConflict::SessionId, .. }),
        "{error}"
    );
    assert_eq!(engine.netlink.socket.take_requests().len(), 1);
}
