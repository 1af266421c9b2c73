//! A follower of the simulated kernel.

use super::*;
use crate::conn::engine::cancellation::{finish, in_time, within};
use crate::events::TunnelOrSession;
use crate::netlink::transport::ready;
use crate::testing::kernel::Kernel;
use crate::testing::samples::{session, tunnel};

/// A follower of three tunnels, the first with thirty sessions, whose changes were taken.
fn driver() -> Driver<Kernel> {
    let (events, questions) = (Kernel::new(0, 0), Kernel::new(3, 30));
    events.set_waits(false);
    questions.set_waits(false);
    let mut driver = ready(Driver::open(events, questions, Duration::MAX)).expect("a picture");
    driver.listener.socket.set_waits(true);
    driver.engine.netlink.socket.set_waits(true);
    assert_eq!(rest(&mut driver).len(), 33);
    driver
}

/// The changes that there are, by a follower that nobody interrupts.
fn rest(driver: &mut Driver<Kernel>) -> Vec<Change> {
    let now = Some(Instant::now());
    std::iter::from_fn(|| finish(driver.next(now)).expect("no error")).collect()
}

/// Drops the wait for a change after every number of polls that it may take. Whatever `happens`
/// must show as these changes all the same.
fn shows(least: usize, happens: impl Fn(&mut Driver<Kernel>), expected: &[Change]) {
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
    shows(2, happens, &[Change::Added(TunnelOrSession::Session(session(1, 31)))]);
}

#[test]
fn a_dropped_wait_loses_no_listing() {
    let happens = |driver: &mut Driver<Kernel>| {
        driver.engine.netlink.socket.add_session(1, 31);
        driver.machine.hint(&Event::Lost(EventLoss::Overrun), Instant::now());
    };
    shows(16, happens, &[Change::Added(TunnelOrSession::Session(session(1, 31)))]);
}

#[test]
fn the_picture_is_the_kernels() {
    let driver = driver();
    assert!(driver.picture().tunnels().eq(&[1, 2, 3].map(tunnel)));
    assert_eq!(driver.picture().sessions().count(), 30);
}

/// Likewise, and nothing has to be waited for.
fn swift() -> Driver<Kernel> {
    let driver = driver();
    driver.listener.socket.set_waits(false);
    driver.engine.netlink.socket.set_waits(false);
    driver
}

fn try_next(driver: &mut Driver<Kernel>) -> Result<Option<Change>, Error> {
    ready(driver.next(Some(Instant::now())))
}

/// Waits for the next change as long as it takes.
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
        let mut driver = swift();
        // Two sessions by turns, or ever other ones.
        for sessions in [1000..1002, 0..u32::MAX] {
            driver.listener.socket.flood(9, Some(sessions));
            for _ in 0..20 {
                assert_eq!(try_next(&mut driver).expect("no error"), None);
                let soon = Instant::now() + Duration::from_millis(2);
                assert_eq!(ready(driver.next(Some(soon))).expect("no error"), None);
                assert!(Instant::now() >= soon);
            }
        }
        // What is true shows all the same.
        driver.engine.netlink.socket.remove_session(1, 30);
        driver.machine.hint(&Event::Lost(EventLoss::Overrun), Instant::now());
        assert_eq!(next(&mut driver), Some(Change::Removed(of_session(30))));
    });
}

#[test]
fn a_deadline_holds_while_nothing_is_heard_but_overruns() {
    in_time(|| {
        let mut driver = swift();
        driver.listener.socket.overrun_always(true);
        assert_eq!(try_next(&mut driver).expect("no error"), None);
    });
}

/// Each dump sees an overrun, which wants another dump.
#[test]
fn listings_do_not_keep_questions_from_being_asked() {
    in_time(|| {
        let mut driver = swift();
        driver.engine.netlink.socket.remove_session(1, 30);
        driver.listener.socket.overrun_always(true);
        assert_eq!(next(&mut driver), Some(Change::Removed(of_session(30))));
    });
}

/// Without an interval at which to list, too.
#[test]
fn a_listing_that_fails_is_repeated() {
    let mut driver = swift();
    driver.engine.netlink.socket.add_session(1, 31);
    driver.machine.hint(&Event::Lost(EventLoss::Overrun), Instant::now());
    driver.engine.netlink.socket.fail_send(libc::ENOBUFS);
    let error = try_next(&mut driver).expect_err("no memory");
    assert_eq!(error.raw_os_error(), Some(libc::ENOBUFS));
    assert!(driver.timeout().is_some_and(|timeout| timeout < Duration::from_secs(1)));
    assert_eq!(next(&mut driver), Some(Change::Added(of_session(31))));
    assert_eq!(try_next(&mut driver).expect("no error"), None);
    assert_eq!(driver.timeout(), None);
}

#[test]
fn a_listing_that_fails_half_way_is_repeated_from_its_beginning() {
    let mut driver = swift();
    driver.engine.netlink.socket.remove_session(1, 30);
    driver.machine.hint(&Event::Lost(EventLoss::Overrun), Instant::now());
    // Sessions come in eight parts.
    while !matches!(driver.scan, Some(Scan::Sessions(_))) {
        ready(driver.scan_on()).expect("no error");
    }
    driver.engine.netlink.socket.fail_receive(libc::ENOBUFS);
    let error = try_next(&mut driver).expect_err("a part is missing");
    assert_eq!(error.raw_os_error(), Some(libc::ENOBUFS));
    assert_eq!(next(&mut driver), Some(Change::Removed(of_session(30))));
    assert_eq!(try_next(&mut driver).expect("no error"), None);
}

#[test]
fn a_question_that_fails_is_repeated_after_a_pause() {
    let mut driver = swift();
    driver.engine.netlink.socket.add_session(1, 31);
    driver.listener.socket.notify(1, 31);
    driver.engine.netlink.socket.refuse(l2tp_sys::L2TP_CMD_SESSION_GET, libc::EPERM);
    let before = Instant::now();
    let error = try_next(&mut driver).expect_err("refused");
    assert_eq!(error.raw_os_error(), Some(libc::EPERM));
    let Task::Rest(Some(again)) = driver.machine.next(before) else { panic!("at once") };
    assert!(again > before && again < Instant::now() + Duration::from_secs(1));
    assert_eq!(next(&mut driver), Some(Change::Added(of_session(31))));
    assert_eq!(driver.timeout(), None);
}

#[test]
fn an_event_that_cannot_be_read_makes_it_look_again() {
    let mut driver = swift();
    driver.engine.netlink.socket.add_session(1, 31);
    driver.listener.socket.spoil_answer(0);
    driver.listener.socket.notify(1, 31);
    assert_eq!(next(&mut driver), Some(Change::Added(of_session(31))));
}

#[test]
fn rows_that_cannot_be_read_hide_no_others() {
    let mut driver = swift();
    driver.engine.netlink.socket.add_session(1, 31);
    driver.machine.hint(&Event::Lost(EventLoss::Overrun), Instant::now());
    // Tunnels come in one datagram, their end in another.
    driver.engine.netlink.socket.spoil_answer(2);
    assert_eq!(next(&mut driver), Some(Change::Added(of_session(31))));
    assert_eq!(try_next(&mut driver).expect("no error"), None);
}

/// A caller with a short timer of its own drops the wait again and again.
#[test]
fn a_listing_goes_on_where_a_dropped_wait_left_it() {
    let mut driver = swift();
    for id in 31..=2000 {
        driver.engine.netlink.socket.add_session(1, id);
    }
    driver.engine.netlink.socket.take_requests();
    driver.machine.hint(&Event::Lost(EventLoss::Overrun), Instant::now());
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
    let listings = driver.engine.netlink.socket.take_requests();
    assert_eq!(listings.len(), 2, "one of tunnels and one of sessions: {listings:?}");
}
