//! Which get requests and dumps are due, when, and in which order.

use super::*;
use crate::SessionId;

const TUNNEL: Query = Query::Tunnel(TunnelId(9));
const SESSION: Query = Query::Session((TunnelId(1), SessionId(1)));
const SECOND: Duration = Duration::from_secs(1);

fn waiting(now: Instant) -> Schedule {
    let mut schedule = Schedule::new(SECOND, now);
    assert_eq!(schedule.next(now), Task::Dump);
    schedule.begin_dump();
    schedule.end_dump(now);
    assert_eq!(schedule.next(now), Task::Wait(Some(now + SECOND)));
    schedule
}

#[test]
fn tunnels_are_requested_before_sessions_and_each_once() {
    let now = Instant::now();
    let mut schedule = waiting(now);
    schedule.add(SESSION);
    schedule.add(TUNNEL);
    schedule.add(TUNNEL);
    assert_eq!(schedule.next(now), Task::Send(TUNNEL));
    assert_eq!(
        schedule.next(now),
        Task::Send(TUNNEL),
        "the request remains the next task until its reply"
    );
    schedule.found(TUNNEL, now);
    assert_eq!(schedule.next(now), Task::Send(SESSION));
    schedule.remove(SESSION);
    assert_eq!(schedule.next(now), Task::Wait(Some(now + SECOND)));
}

#[test]
fn requests_due_now_and_later_are_pending() {
    let now = Instant::now();
    let mut schedule = waiting(now);
    let query = |id| Query::Tunnel(TunnelId(id));
    for id in 0..9 {
        schedule.add(query(id));
    }
    assert_eq!(schedule.pending(), 9);
    assert_eq!(schedule.next(now), Task::Send(query(0)));
    for id in 0..4 {
        schedule.failed(query(id), now);
    }
    for id in 9..12 {
        schedule.add(query(id));
    }
    // Five in this round, three in the next round, four after a pause.
    assert_eq!(schedule.pending(), 12);
    schedule.remove(query(0));
    schedule.remove(query(4));
    schedule.remove(query(9));
    assert_eq!(schedule.pending(), 9);
}

/// Follows the schedule while the tunnel exists at every request. Returns the number of requests
/// and the time from the first to the last.
fn exhaust(schedule: &mut Schedule, start: Instant) -> (u32, Duration) {
    let (mut now, mut requests) = (start, 0);
    loop {
        match schedule.next(now) {
            Task::Send(TUNNEL) => {
                requests += 1;
                schedule.found(TUNNEL, now);
            }
            Task::Wait(Some(at)) => now = at,
            Task::Wait(None) => return (requests, now - start),
            task => panic!("{task:?}"),
        }
    }
}

#[test]
fn a_deleted_object_is_requested_after_growing_pauses() {
    let now = Instant::now();
    let mut schedule = Schedule::new(Duration::MAX, now);
    schedule.begin_dump();
    schedule.end_dump(now);
    schedule.add_deleted(TUNNEL, now);
    let (requests, time) = exhaust(&mut schedule, now);
    assert!(requests < 300, "{requests}");
    assert!(time <= PATIENCE && time + 2 * LONGEST > PATIENCE, "{time:?}");
}

/// Up to Linux 7.2 the events may be about a tunnel with the same id in another namespace.
#[test]
fn repeated_deletions_of_an_object_do_not_multiply_its_requests() {
    let mut now = Instant::now();
    let mut schedule = Schedule::new(Duration::MAX, now);
    schedule.begin_dump();
    schedule.end_dump(now);
    for _ in 0..100 {
        now += LONGEST;
        schedule.add_deleted(TUNNEL, now);
        assert_eq!(schedule.next(now), Task::Send(TUNNEL));
        schedule.found(TUNNEL, now);
        // Another event about it arrives.
        schedule.add(TUNNEL);
        schedule.found(TUNNEL, now);
    }
    let (requests, _) = exhaust(&mut schedule, now);
    assert!(requests < 300, "{requests}");
}

#[test]
fn an_interval_of_zero_leaves_a_pause_between_dumps() {
    let now = Instant::now();
    let mut schedule = Schedule::new(Duration::ZERO, now);
    schedule.begin_dump();
    schedule.end_dump(now);
    assert_eq!(schedule.next(now), Task::Wait(Some(now + SHORTEST)));
}

#[test]
fn a_dump_is_due_after_the_interval_and_on_request() {
    let now = Instant::now();
    let mut schedule = waiting(now);
    assert_eq!(schedule.next(now + SECOND), Task::Dump);
    schedule.begin_dump();
    schedule.end_dump(now + SECOND);
    assert_eq!(schedule.next(now + SECOND), Task::Wait(Some(now + 2 * SECOND)));
    schedule.request_dump(now);
    schedule.add(TUNNEL);
    assert_eq!(schedule.next(now), Task::Dump);
}

#[test]
fn a_dump_requested_during_another_follows_it() {
    let now = Instant::now();
    let mut schedule = Schedule::new(Duration::MAX, now);
    schedule.begin_dump();
    schedule.request_dump(now);
    schedule.end_dump(now);
    assert_eq!(schedule.next(now), Task::Dump);
}

#[test]
fn a_failed_dump_is_repeated_after_growing_pauses() {
    let mut now = Instant::now();
    let mut schedule = Schedule::new(Duration::MAX, now);
    let mut pauses = Vec::new();
    for _ in 0..12 {
        assert_eq!(schedule.next(now), Task::Dump);
        schedule.begin_dump();
        schedule.fail_dump(now);
        let Task::Wait(Some(again)) = schedule.next(now) else {
            panic!("the dump is not repeated")
        };
        pauses.push(again - now);
        now = again;
    }
    assert_eq!((pauses[0], pauses[1], pauses[11]), (FIRST, 2 * FIRST, LONGEST));
    schedule.begin_dump();
    schedule.end_dump(now);
    assert_eq!(schedule.next(now), Task::Wait(None));
    schedule.request_dump(now);
    schedule.begin_dump();
    schedule.fail_dump(now);
    assert_eq!(
        schedule.next(now),
        Task::Wait(Some(now + FIRST)),
        "the pauses start again at the first"
    );
}

#[test]
fn all_due_requests_are_sent_between_two_dumps() {
    let now = Instant::now();
    let mut schedule = Schedule::new(Duration::MAX, now);
    schedule.begin_dump();
    schedule.end_dump(now);
    schedule.add(SESSION);
    for _ in 0..3 {
        schedule.request_dump(now);
        assert_eq!(schedule.next(now), Task::Send(SESSION));
        // A request that is added now waits for the next round.
        schedule.add(TUNNEL);
        schedule.remove(SESSION);
        assert_eq!(schedule.next(now), Task::Dump);
        schedule.begin_dump();
        schedule.request_dump(now);
        schedule.end_dump(now);
        assert_eq!(schedule.next(now), Task::Send(TUNNEL));
        schedule.add(SESSION);
        schedule.remove(TUNNEL);
        assert_eq!(schedule.next(now), Task::Dump);
        schedule.begin_dump();
        schedule.end_dump(now);
    }
}

#[test]
fn new_requests_do_not_delay_an_old_one() {
    let now = Instant::now();
    let mut schedule = waiting(now);
    schedule.add(SESSION);
    for id in 0..3 {
        let Task::Send(query) = schedule.next(now) else { panic!("no request is due") };
        schedule.add(Query::Tunnel(TunnelId(id)));
        schedule.remove(query);
        if query == SESSION {
            return;
        }
    }
    panic!("the request is never sent");
}

#[test]
fn a_session_is_requested_after_its_tunnel_even_if_it_was_added_first() {
    let now = Instant::now();
    let mut schedule = waiting(now);
    let tunnel = Query::Tunnel(TunnelId(1));
    schedule.add(SESSION);
    assert_eq!(schedule.next(now), Task::Send(SESSION));
    schedule.add(tunnel);
    schedule.add(SESSION);
    assert_eq!(schedule.next(now), Task::Send(tunnel));
    schedule.remove(tunnel);
    assert_eq!(schedule.next(now), Task::Send(SESSION));
}

#[test]
fn a_failed_request_is_repeated_until_it_succeeds() {
    let mut now = Instant::now();
    let mut schedule = Schedule::new(Duration::MAX, now);
    schedule.begin_dump();
    schedule.end_dump(now);
    schedule.add(TUNNEL);
    for _ in 0..1000 {
        assert_eq!(schedule.next(now), Task::Send(TUNNEL));
        schedule.failed(TUNNEL, now);
        assert_eq!(schedule.pending(), 1);
        let Task::Wait(Some(again)) = schedule.next(now) else {
            panic!("the request is not repeated")
        };
        assert!(again > now && again <= now + LONGEST, "{:?}", again - now);
        now = again;
    }
    assert_eq!(schedule.next(now), Task::Send(TUNNEL));
    schedule.found(TUNNEL, now);
    assert_eq!(schedule.next(now), Task::Wait(None));
    assert_eq!(schedule.pending(), 0);
}

#[test]
fn a_failed_request_about_a_deleted_object_is_still_repeated() {
    let now = Instant::now();
    let mut schedule = Schedule::new(Duration::MAX, now);
    schedule.begin_dump();
    schedule.end_dump(now);
    schedule.add_deleted(TUNNEL, now);
    assert_eq!(schedule.next(now), Task::Send(TUNNEL));
    schedule.failed(TUNNEL, now);
    let (requests, time) = exhaust(&mut schedule, now);
    assert!(requests > 100 && time + 2 * LONGEST > PATIENCE, "{requests} in {time:?}");
}
