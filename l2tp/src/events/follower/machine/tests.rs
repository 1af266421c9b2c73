//! Events and replies, and the changes that result from them.

use super::*;
use crate::SessionId;
use crate::events::{EventLoss, Requester};
use crate::testing::samples::{session, tunnel};
use crate::types::Statistics;

const BY: Requester = Requester { port: 1, seq: 1 };

/// A machine whose first dump returned these objects, and whose changes have been taken.
fn machine(tunnels: &[TunnelInfo], sessions: &[SessionInfo]) -> (Machine, Instant) {
    let now = Instant::now();
    let mut machine = Machine::new(Duration::MAX, now);
    dump(&mut machine, now, tunnels, sessions);
    changes(&mut machine);
    (machine, now)
}

fn dump(machine: &mut Machine, now: Instant, tunnels: &[TunnelInfo], sessions: &[SessionInfo]) {
    assert_eq!(machine.next(now), Task::Dump);
    machine.begin_dump();
    for tunnel in tunnels {
        machine.take_dumped_tunnel(*tunnel);
    }
    for session in sessions {
        machine.take_dumped_session(*session, now);
    }
    machine.end_dump(now);
}

fn changes(machine: &mut Machine) -> Vec<Change> {
    std::iter::from_fn(|| machine.take_change()).collect()
}

/// Replies to every due request, as a kernel with these objects does. Returns the requests.
fn reply(
    machine: &mut Machine,
    now: Instant,
    tunnels: &[TunnelInfo],
    sessions: &[SessionInfo],
) -> Vec<Query> {
    let mut requests = Vec::new();
    while let Task::Send(query) = machine.next(now) {
        requests.push(query);
        match query {
            Query::Tunnel(id) => {
                let info = tunnels.iter().find(|info| info.tunnel_id == id);
                machine.take_tunnel(id, info.copied(), now);
            }
            Query::Session(ids) => {
                let info = sessions.iter().find(|info| ids_of(info) == ids);
                machine.take_session(ids, info.copied(), now);
            }
        }
    }
    requests
}

fn added_tunnel(id: u32) -> Change {
    Change::Added(TunnelOrSession::Tunnel(tunnel(id)))
}

fn added_session(of: u32, id: u32) -> Change {
    Change::Added(TunnelOrSession::Session(session(of, id)))
}

fn removed_tunnel(id: u32) -> Change {
    Change::Removed(TunnelOrSession::Tunnel(tunnel(id)))
}

fn removed_session(of: u32, id: u32) -> Change {
    Change::Removed(TunnelOrSession::Session(session(of, id)))
}

#[test]
fn a_session_notified_before_its_tunnel_is_added_after_it() {
    let (mut machine, now) = machine(&[], &[]);
    machine.take_event(&Event::Created(TunnelOrSession::Session(session(1, 10)), BY), now);
    reply(&mut machine, now, &[tunnel(1)], &[session(1, 10)]);
    assert_eq!(changes(&mut machine), [added_tunnel(1), added_session(1, 10)]);
}

#[test]
fn a_session_dumped_without_its_tunnel_is_added_after_it() {
    let now = Instant::now();
    let mut machine = Machine::new(Duration::MAX, now);
    dump(&mut machine, now, &[], &[session(1, 10)]);
    assert_eq!(changes(&mut machine), []);
    reply(&mut machine, now, &[tunnel(1)], &[session(1, 10)]);
    assert_eq!(changes(&mut machine), [added_tunnel(1), added_session(1, 10)]);
}

#[test]
fn sessions_are_removed_before_their_tunnel() {
    let (mut machine, now) =
        machine(&[tunnel(1), tunnel(2)], &[session(1, 10), session(1, 11), session(2, 10)]);
    machine.take_event(&Event::Deleted(TunnelOrSession::Tunnel(tunnel(1)), BY), now);
    let requests = reply(&mut machine, now, &[tunnel(2)], &[session(2, 10)]);
    assert_eq!(requests, [Query::Tunnel(TunnelId(1))]);
    assert_eq!(
        changes(&mut machine),
        [removed_session(1, 10), removed_session(1, 11), removed_tunnel(1)]
    );
    assert_eq!(machine.picture.sessions().count(), 1);
}

#[test]
fn events_of_another_namespace_change_nothing() {
    let (mut machine, now) = machine(&[tunnel(1)], &[]);
    let foreign = TunnelOrSession::Tunnel(TunnelInfo { peer_tunnel_id: TunnelId(7), ..tunnel(1) });
    machine.take_event(&Event::Created(foreign, BY), now);
    machine.take_event(&Event::Created(TunnelOrSession::Tunnel(tunnel(5)), BY), now);
    machine.take_event(&Event::Deleted(foreign, BY), now);
    machine.take_event(&Event::Deleted(TunnelOrSession::Tunnel(tunnel(6)), BY), now);
    let requests = reply(&mut machine, now, &[tunnel(1)], &[]);
    assert_eq!(requests.len(), 2, "{requests:?}");
    assert_eq!(changes(&mut machine), []);
    assert_eq!(machine.picture.tunnel(TunnelId(1)), Some(&tunnel(1)));
}

#[test]
fn a_tunnel_in_teardown_is_requested_again() {
    let (mut machine, now) = machine(&[tunnel(1)], &[]);
    machine.take_event(&Event::Deleted(TunnelOrSession::Tunnel(tunnel(1)), BY), now);
    reply(&mut machine, now, &[tunnel(1)], &[]);
    assert_eq!(changes(&mut machine), []);
    let Task::Wait(Some(later)) = machine.next(now) else { panic!("it is not requested again") };
    reply(&mut machine, later, &[], &[]);
    assert_eq!(changes(&mut machine), [removed_tunnel(1)]);
    assert_eq!(machine.next(later + Duration::from_secs(9)), Task::Wait(None));
}

#[test]
fn an_object_missing_from_a_dump_is_requested_before_it_is_removed() {
    let (mut machine, now) = machine(&[tunnel(1), tunnel(2)], &[session(1, 10)]);
    machine.take_event(&Event::Lost(EventLoss::Overrun), now);
    dump(&mut machine, now, &[tunnel(2)], &[]);
    assert_eq!(changes(&mut machine), []);
    reply(&mut machine, now, &[tunnel(1), tunnel(2)], &[]);
    assert_eq!(changes(&mut machine), [removed_session(1, 10)]);
}

#[test]
fn a_different_setting_is_a_change_and_a_different_counter_is_none() {
    let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
    let counted = Statistics { tx_packets: 5, ..Statistics::default() };
    let busy = SessionInfo { statistics: counted, ..session(1, 10) };
    machine.take_event(&Event::Modified(TunnelOrSession::Session(busy), BY), now);
    reply(&mut machine, now, &[tunnel(1)], &[busy]);
    assert_eq!(changes(&mut machine), []);
    let numbered = SessionInfo { send_seq: true, ..busy };
    machine.take_event(&Event::Modified(TunnelOrSession::Session(numbered), BY), now);
    reply(&mut machine, now, &[tunnel(1)], &[numbered]);
    let (before, after) = (TunnelOrSession::Session(busy), TunnelOrSession::Session(numbered));
    assert_eq!(changes(&mut machine), [Change::Changed { before, after }]);
}

#[test]
fn a_removal_has_the_final_counters() {
    let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
    let counted = Statistics { tx_packets: 5, ..Statistics::default() };
    let last = TunnelOrSession::Session(SessionInfo { statistics: counted, ..session(1, 10) });
    machine.take_event(&Event::Deleted(last, BY), now);
    reply(&mut machine, now, &[tunnel(1)], &[]);
    assert_eq!(changes(&mut machine), [Change::Removed(last)]);
}

#[test]
fn a_recreated_tunnel_replaces_the_old_one() {
    let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10), session(1, 11)]);
    let recreated = TunnelInfo { peer_tunnel_id: TunnelId(7), ..tunnel(1) };
    machine.take_event(&Event::Created(TunnelOrSession::Tunnel(recreated), BY), now);
    reply(&mut machine, now, &[recreated], &[session(1, 11)]);
    assert_eq!(
        changes(&mut machine),
        [
            removed_session(1, 10),
            removed_session(1, 11),
            removed_tunnel(1),
            Change::Added(TunnelOrSession::Tunnel(recreated)),
            added_session(1, 11),
        ]
    );
}

/// It was deleted and created with the same settings between two requests.
#[test]
fn the_sessions_of_a_recreated_tunnel_are_removed() {
    let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
    machine.take_event(&Event::Created(TunnelOrSession::Tunnel(tunnel(1)), BY), now);
    reply(&mut machine, now, &[tunnel(1)], &[]);
    assert_eq!(changes(&mut machine), [removed_session(1, 10)]);
}

#[test]
fn lower_counters_belong_to_another_session() {
    let counted = Statistics { rx_packets: 5, ..Statistics::default() };
    let before = SessionInfo { statistics: counted, ..session(1, 10) };
    let (mut machine, now) = machine(&[tunnel(1)], &[before]);
    machine.take_event(&Event::Created(TunnelOrSession::Session(session(1, 10)), BY), now);
    reply(&mut machine, now, &[tunnel(1)], &[session(1, 10)]);
    let removed = Change::Removed(TunnelOrSession::Session(before));
    assert_eq!(changes(&mut machine), [removed, added_session(1, 10)]);
    assert!(machine.picture.session((TunnelId(1), SessionId(10))).is_some());
}

#[test]
fn lower_byte_counters_belong_to_the_same_session() {
    let counted = |tx_packets, tx_bytes| SessionInfo {
        statistics: Statistics { tx_packets, tx_bytes, ..Statistics::default() },
        ..session(1, 10)
    };
    let (mut machine, now) = machine(&[tunnel(1)], &[counted(9, u64::from(u32::MAX))]);
    machine.take_event(&Event::Modified(TunnelOrSession::Session(counted(10, 90)), BY), now);
    reply(&mut machine, now, &[tunnel(1)], &[counted(10, 90)]);
    assert_eq!(changes(&mut machine), []);
}

/// Up to Linux 7.2 another namespace may cause any number of events.
#[test]
fn many_foreign_events_cause_a_dump_instead_of_requests() {
    let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
    for id in 0..100_000 {
        machine.take_event(&Event::Created(TunnelOrSession::Session(session(9, id)), BY), now);
        machine.take_event(&Event::Created(TunnelOrSession::Tunnel(tunnel(id + 10)), BY), now);
        machine.take_event(&Event::Deleted(TunnelOrSession::Session(session(9, id)), BY), now);
    }
    // A known object is requested even now.
    machine.take_event(&Event::Modified(TunnelOrSession::Session(session(1, 10)), BY), now);
    assert!(machine.schedule.pending() <= MAX_UNKNOWN + 2, "{}", machine.schedule.pending());
    let requests = reply(&mut machine, now, &[tunnel(1)], &[]);
    assert!(requests.contains(&Query::Session((TunnelId(1), SessionId(10)))));
    assert_eq!(changes(&mut machine), [removed_session(1, 10)]);
    dump(&mut machine, now, &[tunnel(1), tunnel(7)], &[]);
    assert_eq!(changes(&mut machine), [added_tunnel(7)]);
    assert_eq!(machine.schedule.pending(), 0);
}

/// Another namespace causes events all the time.
#[test]
fn foreign_events_do_not_delay_those_of_this_namespace() {
    let (mut machine, now) = machine(&[tunnel(1)], &[]);
    let mut foreign = 0;
    let mut flood = |machine: &mut Machine, events| {
        for _ in 0..events {
            foreign += 1;
            machine.take_event(
                &Event::Created(TunnelOrSession::Session(session(9, foreign)), BY),
                now,
            );
        }
    };
    flood(&mut machine, 10_000);
    machine.take_event(&Event::Created(TunnelOrSession::Session(session(1, 10)), BY), now);
    for _ in 0..1_000 {
        match machine.next(now) {
            Task::Dump => dump(&mut machine, now, &[tunnel(1)], &[session(1, 10)]),
            Task::Send(Query::Tunnel(id)) => {
                machine.take_tunnel(id, (id == TunnelId(1)).then(|| tunnel(1)), now);
            }
            Task::Send(Query::Session(ids)) => {
                let here = ids == (TunnelId(1), SessionId(10));
                machine.take_session(ids, here.then(|| session(1, 10)), now);
            }
            Task::Wait(until) => panic!("nothing to do until {until:?}"),
        }
        if machine.take_change() == Some(added_session(1, 10)) {
            return;
        }
        flood(&mut machine, 2);
    }
    panic!("the session is not added");
}

#[test]
fn a_failed_dump_is_repeated_and_its_rows_are_kept() {
    let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
    machine.take_event(&Event::Lost(EventLoss::Overrun), now);
    machine.begin_dump();
    machine.take_dumped_tunnel(tunnel(2));
    machine.fail_dump(now);
    assert_eq!(changes(&mut machine), [added_tunnel(2)]);
    let Task::Wait(Some(again)) = machine.next(now) else { panic!("the dump is not repeated") };
    dump(&mut machine, again, &[tunnel(1)], &[session(1, 10)]);
    // The failed dump returned it, the repeated one does not.
    assert_eq!(machine.next(again), Task::Send(Query::Tunnel(TunnelId(2))));
}

/// Both events are read before the request is sent, and the tunnel is then in teardown.
#[test]
fn a_tunnel_deleted_right_after_its_creation_is_removed() {
    let (mut machine, now) = machine(&[], &[]);
    machine.take_event(&Event::Created(TunnelOrSession::Tunnel(tunnel(1)), BY), now);
    machine.take_event(&Event::Deleted(TunnelOrSession::Tunnel(tunnel(1)), BY), now);
    reply(&mut machine, now, &[tunnel(1)], &[]);
    assert_eq!(changes(&mut machine), [added_tunnel(1)]);
    let Task::Wait(Some(later)) = machine.next(now) else { panic!("it is not requested again") };
    reply(&mut machine, later, &[], &[]);
    assert_eq!(changes(&mut machine), [removed_tunnel(1)]);
}
