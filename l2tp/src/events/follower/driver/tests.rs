//! A follower with the simulated kernel.

use super::*;
use crate::conn::engine::cancellation::{finish, in_time, within};
use crate::events::TunnelOrSession;
use crate::netlink::transport::ready;
use crate::testing::kernel::Kernel;
use crate::testing::samples::{session, tunnel};

/// A follower of three tunnels, of which the first has thirty sessions. Its changes have been
/// taken.
fn driver() -> Driver<Kernel> {
    let (events, queries) = (Kernel::new(0, 0), Kernel::new(3, 30));
    events.set_waits(false);
    queries.set_waits(false);
    let mut driver = ready(Driver::open(events, queries, Duration::MAX)).expect("a picture");
    driver.listener.socket.set_waits(true);
    driver.engine.netlink.socket.set_waits(true);
    assert_eq!(rest(&mut driver).len(), 33);
    driver
}

/// The remaining changes.
fn rest(driver: &mut Driver<Kernel>) -> Vec<Change> {
    let mut changes = Vec::new();
    loop {
        let now = Some(Instant::now());
        changes.extend(std::iter::from_fn(|| finish(driver.next(now)).expect("no error")));
        if driver.timeout() != Some(Duration::ZERO) {
            return changes;
        }
    }
}

/// Drops the wait for a change after each possible number of polls. The follower must return these
/// changes after `happens`, at whichever poll its wait was dropped.
fn check_dropped_waits(least: usize, happens: impl Fn(&mut Driver<Kernel>), expected: &[Change]) {
    for polls in 0.. {
        let mut driver = driver();
        happens(&mut driver);
        let now = Some(Instant::now());
        let first = within(polls, driver.next(now)).map(|change| change.expect("no error"));
        let finished = first.is_some();
        let mut changes: Vec<_> = first.flatten().into_iter().collect();
        changes.extend(rest(&mut driver));
        assert_eq!(changes, expected, "after {polls} polls");
        if finished {
            assert!(polls > least, "it waited only {} times", polls - 1);
            break;
        }
    }
}

#[test]
fn a_dropped_wait_loses_no_event() {
    let happens = |driver: &mut Driver<Kernel>| {
        driver.engine.netlink.socket.add_session(1, 31);
        driver.listener.socket.notify(1, 31);
    };
    check_dropped_waits(2, happens, &[Change::Added(TunnelOrSession::Session(session(1, 31)))]);
}

#[test]
fn a_dropped_wait_loses_no_dump() {
    let happens = |driver: &mut Driver<Kernel>| {
        driver.engine.netlink.socket.add_session(1, 31);
        driver.machine.take_event(&Event::Lost(EventLoss::Overrun), Instant::now());
    };
    check_dropped_waits(16, happens, &[Change::Added(TunnelOrSession::Session(session(1, 31)))]);
}

#[test]
fn the_picture_has_the_kernels_objects() {
    let driver = driver();
    assert!(driver.picture().tunnels().eq(&[1, 2, 3].map(tunnel)));
    assert_eq!(driver.picture().sessions().count(), 30);
}

/// The same follower with sockets that are always ready.
fn ready_driver() -> Driver<Kernel> {
    let driver = driver();
    driver.listener.socket.set_waits(false);
    driver.engine.netlink.socket.set_waits(false);
    driver
}

fn try_next(driver: &mut Driver<Kernel>) -> Result<Option<Change>, Error> {
    ready(driver.next(Some(Instant::now())))
}

/// Waits for the next change.
fn next(driver: &mut Driver<Kernel>) -> Option<Change> {
    let limit = Instant::now() + Duration::from_secs(30);
    ready(driver.next(Some(limit))).expect("no error")
}

fn of_session(id: u32) -> TunnelOrSession {
    TunnelOrSession::Session(session(1, id))
}

#[test]
fn a_deadline_holds_in_a_flood_of_foreign_events() {
    in_time(|| {
        let mut driver = ready_driver();
        // Events of two sessions in turn, then of a new session each time.
        for sessions in [1000..1002, 0..u32::MAX] {
            driver.listener.socket.flood(9, Some(sessions));
            for _ in 0..20 {
                assert_eq!(try_next(&mut driver).expect("no error"), None);
                let soon = Instant::now() + Duration::from_millis(2);
                assert_eq!(ready(driver.next(Some(soon))).expect("no error"), None);
                assert!(Instant::now() >= soon);
            }
        }
        // A change in this namespace is still returned.
        driver.engine.netlink.socket.remove_session(1, 30);
        driver.machine.take_event(&Event::Lost(EventLoss::Overrun), Instant::now());
        assert_eq!(next(&mut driver), Some(Change::Removed(of_session(30))));
    });
}

/// The first request ends after the time in which further ones are sent.
#[test]
fn a_deadline_holds_while_requests_are_slow() {
    let mut driver = ready_driver();
    driver.listener.socket.flood(9, Some(0..u32::MAX));
    driver.engine.netlink.socket.set_delay(2 * TIME_AFTER_DEADLINE);
    driver.engine.netlink.socket.take_requests();
    for _ in 0..3 {
        assert_eq!(try_next(&mut driver).expect("no error"), None);
        assert_eq!(driver.engine.netlink.socket.take_requests().len(), 1);
        assert_eq!(driver.timeout(), Some(Duration::ZERO));
    }
}

#[test]
fn a_deadline_holds_while_events_are_received_slowly() {
    let mut driver = ready_driver();
    for id in 1000..1004 {
        driver.listener.socket.notify(9, id);
    }
    driver.listener.socket.set_delay(2 * TIME_AFTER_DEADLINE);
    for left in (0..4).rev() {
        assert_eq!(try_next(&mut driver).expect("no error"), None);
        assert_eq!(driver.listener.socket.queued(), left);
    }
}

#[test]
fn a_deadline_holds_while_every_reception_overruns() {
    in_time(|| {
        let mut driver = ready_driver();
        driver.listener.socket.overrun_always(true);
        assert_eq!(try_next(&mut driver).expect("no error"), None);
    });
}

/// Each dump is followed by an overrun, which makes another dump due.
#[test]
fn dumps_do_not_delay_get_requests() {
    in_time(|| {
        let mut driver = ready_driver();
        driver.engine.netlink.socket.remove_session(1, 30);
        driver.listener.socket.overrun_always(true);
        assert_eq!(next(&mut driver), Some(Change::Removed(of_session(30))));
    });
}

/// The follower has no interval.
#[test]
fn a_failed_dump_is_repeated() {
    let mut driver = ready_driver();
    driver.engine.netlink.socket.add_session(1, 31);
    driver.machine.take_event(&Event::Lost(EventLoss::Overrun), Instant::now());
    driver.engine.netlink.socket.fail_send(libc::ENOBUFS);
    let error = try_next(&mut driver).expect_err("no memory");
    assert_eq!(error.raw_os_error(), Some(libc::ENOBUFS));
    assert!(driver.timeout().is_some_and(|timeout| timeout < Duration::from_secs(1)));
    assert_eq!(next(&mut driver), Some(Change::Added(of_session(31))));
    assert_eq!(rest(&mut driver), []);
    assert_eq!(driver.timeout(), None);
}

#[test]
fn a_dump_that_fails_half_way_is_repeated_from_its_beginning() {
    let mut driver = ready_driver();
    driver.engine.netlink.socket.remove_session(1, 30);
    driver.machine.take_event(&Event::Lost(EventLoss::Overrun), Instant::now());
    // The dump of sessions has eight parts.
    while !matches!(driver.dump, Some(Dump::Sessions(_))) {
        ready(driver.continue_dump()).expect("no error");
    }
    driver.engine.netlink.socket.fail_receive(libc::ENOBUFS);
    let error = try_next(&mut driver).expect_err("a part fails");
    assert_eq!(error.raw_os_error(), Some(libc::ENOBUFS));
    assert_eq!(next(&mut driver), Some(Change::Removed(of_session(30))));
    assert_eq!(try_next(&mut driver).expect("no error"), None);
}

#[test]
fn a_question_that_fails_is_repeated_after_a_pause() {
    let mut driver = ready_driver();
    driver.engine.netlink.socket.add_session(1, 31);
    driver.listener.socket.notify(1, 31);
    driver.engine.netlink.socket.refuse(l2tp_sys::L2TP_CMD_SESSION_GET, libc::EPERM);
    let before = Instant::now();
    let error = try_next(&mut driver).expect_err("rejected");
    assert_eq!(error.raw_os_error(), Some(libc::EPERM));
    let Task::Wait(Some(again)) = driver.machine.next(before) else {
        panic!("it is repeated at once")
    };
    assert!(again > before && again < Instant::now() + Duration::from_secs(1));
    assert_eq!(next(&mut driver), Some(Change::Added(of_session(31))));
    assert_eq!(driver.timeout(), None);
}

#[test]
fn an_event_that_cannot_be_decoded_causes_a_dump() {
    let mut driver = ready_driver();
    driver.engine.netlink.socket.add_session(1, 31);
    driver.listener.socket.spoil_answer(0);
    driver.listener.socket.notify(1, 31);
    assert_eq!(next(&mut driver), Some(Change::Added(of_session(31))));
}

#[test]
fn rows_that_cannot_be_decoded_are_omitted() {
    let mut driver = ready_driver();
    driver.engine.netlink.socket.add_session(1, 31);
    driver.machine.take_event(&Event::Lost(EventLoss::Overrun), Instant::now());
    // The tunnels are one datagram, the end of their dump another one.
    driver.engine.netlink.socket.spoil_answer(2);
    assert_eq!(next(&mut driver), Some(Change::Added(of_session(31))));
    assert_eq!(try_next(&mut driver).expect("no error"), None);
}

/// A caller with a short timer drops the wait again and again.
#[test]
fn a_dump_continues_after_a_dropped_wait() {
    let mut driver = ready_driver();
    for id in 31..=2000 {
        driver.engine.netlink.socket.add_session(1, id);
    }
    driver.engine.netlink.socket.take_requests();
    driver.machine.take_event(&Event::Lost(EventLoss::Overrun), Instant::now());
    driver.listener.socket.set_waits(true);
    driver.engine.netlink.socket.set_waits(true);
    let mut added = 0;
    for _ in 0..100_000 {
        let deadline = Some(Instant::now());
        match within(5, driver.next(deadline)) {
            Some(Ok(Some(Change::Added(_)))) => added += 1,
            Some(Ok(None)) if added == 1970 => break,
            Some(Ok(None)) | None => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(added, 1970);
    let dumps = driver.engine.netlink.socket.take_requests();
    assert_eq!(dumps.len(), 2, "one dump of tunnels and one of sessions: {dumps:?}");
}
