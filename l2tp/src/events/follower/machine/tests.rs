//! Events and answers, and the changes that they make.

use super::*;
use crate::SessionId;
use crate::events::{EventLoss, Requester};
use crate::testing::samples::{session, tunnel};
use crate::types::Statistics;

const BY: Requester = Requester { port: 1, seq: 1 };

/// A machine that has listed these and whose changes have been taken.
fn machine(tunnels: &[TunnelInfo], sessions: &[SessionInfo]) -> (Machine, Instant) {
    let now = Instant::now();
    let mut machine = Machine::new(Duration::MAX, now);
    list(&mut machine, now, tunnels, sessions);
    changes(&mut machine);
    (machine, now)
}

fn list(machine: &mut Machine, now: Instant, tunnels: &[TunnelInfo], sessions: &[SessionInfo]) {
    assert_eq!(machine.next(now), Task::Scan);
    machine.begin_listing();
    for tunnel in tunnels {
        machine.list_tunnel(*tunnel);
    }
    for session in sessions {
        machine.list_session(*session, now);
    }
    machine.end_listing(now);
}

fn changes(machine: &mut Machine) -> Vec<Change> {
    std::iter::from_fn(|| machine.take_change()).collect()
}

/// Answers all that is asked from a kernel that holds these.
fn answer(
    machine: &mut Machine,
    now: Instant,
    tunnels: &[TunnelInfo],
    sessions: &[SessionInfo],
) -> Vec<Question> {
    let mut asked = Vec::new();
    while let Task::Ask(question) = machine.next(now) {
        asked.push(question);
        match question {
            Question::Tunnel(id) => {
                let info = tunnels.iter().find(|info| info.tunnel_id == id);
                machine.answer_tunnel(id, info.copied(), now);
            }
            Question::Session(ids) => {
                let info = sessions.iter().find(|info| ids_of(info) == ids);
                machine.answer_session(ids, info.copied(), now);
            }
        }
    }
    asked
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
fn a_session_told_before_its_tunnel_is_added_after_it() {
    let (mut machine, now) = machine(&[], &[]);
    machine.hint(&Event::Created(TunnelOrSession::Session(session(1, 10)), BY), now);
    answer(&mut machine, now, &[tunnel(1)], &[session(1, 10)]);
    assert_eq!(changes(&mut machine), [added_tunnel(1), added_session(1, 10)]);
}

#[test]
fn a_session_listed_without_its_tunnel_is_added_after_it() {
    let now = Instant::now();
    let mut machine = Machine::new(Duration::MAX, now);
    list(&mut machine, now, &[], &[session(1, 10)]);
    assert_eq!(changes(&mut machine), []);
    answer(&mut machine, now, &[tunnel(1)], &[session(1, 10)]);
    assert_eq!(changes(&mut machine), [added_tunnel(1), added_session(1, 10)]);
}

#[test]
fn sessions_go_before_their_tunnel() {
    let (mut machine, now) =
        machine(&[tunnel(1), tunnel(2)], &[session(1, 10), session(1, 11), session(2, 10)]);
    machine.hint(&Event::Deleted(TunnelOrSession::Tunnel(tunnel(1)), BY), now);
    let asked = answer(&mut machine, now, &[tunnel(2)], &[session(2, 10)]);
    assert_eq!(asked, [Question::Tunnel(TunnelId(1))]);
    assert_eq!(
        changes(&mut machine),
        [removed_session(1, 10), removed_session(1, 11), removed_tunnel(1)]
    );
    assert_eq!(machine.picture.sessions().count(), 1);
}

#[test]
fn another_namespaces_events_show_nothing() {
    let (mut machine, now) = machine(&[tunnel(1)], &[]);
    let stranger = TunnelOrSession::Tunnel(TunnelInfo { peer_tunnel_id: TunnelId(7), ..tunnel(1) });
    machine.hint(&Event::Created(stranger, BY), now);
    machine.hint(&Event::Created(TunnelOrSession::Tunnel(tunnel(5)), BY), now);
    machine.hint(&Event::Deleted(stranger, BY), now);
    machine.hint(&Event::Deleted(TunnelOrSession::Tunnel(tunnel(6)), BY), now);
    let asked = answer(&mut machine, now, &[tunnel(1)], &[]);
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(changes(&mut machine), []);
    assert_eq!(machine.picture.tunnel(TunnelId(1)), Some(&tunnel(1)));
}

#[test]
fn a_tunnel_that_is_being_torn_down_is_asked_about_again() {
    let (mut machine, now) = machine(&[tunnel(1)], &[]);
    machine.hint(&Event::Deleted(TunnelOrSession::Tunnel(tunnel(1)), BY), now);
    answer(&mut machine, now, &[tunnel(1)], &[]);
    assert_eq!(changes(&mut machine), []);
    let Task::Rest(Some(later)) = machine.next(now) else { panic!("not asked again") };
    answer(&mut machine, later, &[], &[]);
    assert_eq!(changes(&mut machine), [removed_tunnel(1)]);
    assert_eq!(machine.next(later + Duration::from_secs(9)), Task::Rest(None));
}

#[test]
fn what_a_listing_skips_is_not_gone() {
    let (mut machine, now) = machine(&[tunnel(1), tunnel(2)], &[session(1, 10)]);
    machine.hint(&Event::Lost(EventLoss::Overrun), now);
    list(&mut machine, now, &[tunnel(2)], &[]);
    assert_eq!(changes(&mut machine), []);
    answer(&mut machine, now, &[tunnel(1), tunnel(2)], &[]);
    assert_eq!(changes(&mut machine), [removed_session(1, 10)]);
}

#[test]
fn counters_make_no_change_and_settings_do() {
    let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
    let counted = Statistics { tx_packets: 5, ..Statistics::default() };
    let busy = SessionInfo { statistics: counted, ..session(1, 10) };
    machine.hint(&Event::Modified(TunnelOrSession::Session(busy), BY), now);
    answer(&mut machine, now, &[tunnel(1)], &[busy]);
    assert_eq!(changes(&mut machine), []);
    let numbered = SessionInfo { send_seq: true, ..busy };
    machine.hint(&Event::Modified(TunnelOrSession::Session(numbered), BY), now);
    answer(&mut machine, now, &[tunnel(1)], &[numbered]);
    let (before, after) = (TunnelOrSession::Session(busy), TunnelOrSession::Session(numbered));
    assert_eq!(changes(&mut machine), [Change::Changed { before, after }]);
}

#[test]
fn the_final_counters_are_those_of_the_removal() {
    let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
    let counted = Statistics { tx_packets: 5, ..Statistics::default() };
    let last = TunnelOrSession::Session(SessionInfo { statistics: counted, ..session(1, 10) });
    machine.hint(&Event::Deleted(last, BY), now);
    answer(&mut machine, now, &[tunnel(1)], &[]);
    assert_eq!(changes(&mut machine), [Change::Removed(last)]);
}

#[test]
fn a_tunnel_created_anew_is_another_one() {
    let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10), session(1, 11)]);
    let anew = TunnelInfo { peer_tunnel_id: TunnelId(7), ..tunnel(1) };
    machine.hint(&Event::Created(TunnelOrSession::Tunnel(anew), BY), now);
    answer(&mut machine, now, &[anew], &[session(1, 11)]);
    assert_eq!(
        changes(&mut machine),
        [
            removed_session(1, 10),
            removed_session(1, 11),
            removed_tunnel(1),
            Change::Added(TunnelOrSession::Tunnel(anew)),
            added_session(1, 11),
        ]
    );
}

/// Deleted and created with the same settings between two looks.
#[test]
fn the_sessions_of_a_tunnel_created_anew_alike_are_gone() {
    let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
    machine.hint(&Event::Created(TunnelOrSession::Tunnel(tunnel(1)), BY), now);
    answer(&mut machine, now, &[tunnel(1)], &[]);
    assert_eq!(changes(&mut machine), [removed_session(1, 10)]);
}

#[test]
fn counters_that_run_backwards_are_those_of_another_session() {
    let counted = Statistics { rx_packets: 5, ..Statistics::default() };
    let before = SessionInfo { statistics: counted, ..session(1, 10) };
    let (mut machine, now) = machine(&[tunnel(1)], &[before]);
    machine.hint(&Event::Created(TunnelOrSession::Session(session(1, 10)), BY), now);
    answer(&mut machine, now, &[tunnel(1)], &[session(1, 10)]);
    let removed = Change::Removed(TunnelOrSession::Session(before));
    assert_eq!(changes(&mut machine), [removed, added_session(1, 10)]);
    assert!(machine.picture.session((TunnelId(1), SessionId(10))).is_some());
}

#[test]
fn bytes_that_start_again_are_those_of_the_same_session() {
    let counted = |tx_packets, tx_bytes| SessionInfo {
        statistics: Statistics { tx_packets, tx_bytes, ..Statistics::default() },
        ..session(1, 10)
    };
    let (mut machine, now) = machine(&[tunnel(1)], &[counted(9, u64::from(u32::MAX))]);
    machine.hint(&Event::Modified(TunnelOrSession::Session(counted(10, 90)), BY), now);
    answer(&mut machine, now, &[tunnel(1)], &[counted(10, 90)]);
    assert_eq!(changes(&mut machine), []);
}

/// Up to Linux 7.2 another namespace may announce any number of them.
#[test]
fn strangers_without_end_take_no_more_memory_and_are_listed_instead() {
    let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
    for id in 0..100_000 {
        machine.hint(&Event::Created(TunnelOrSession::Session(session(9, id)), BY), now);
        machine.hint(&Event::Created(TunnelOrSession::Tunnel(tunnel(id + 10)), BY), now);
        machine.hint(&Event::Deleted(TunnelOrSession::Session(session(9, id)), BY), now);
    }
    // What is known is asked about whatever there is.
    machine.hint(&Event::Modified(TunnelOrSession::Session(session(1, 10)), BY), now);
    assert!(machine.agenda.pending() <= STRANGERS + 2, "{}", machine.agenda.pending());
    let asked = answer(&mut machine, now, &[tunnel(1)], &[]);
    assert!(asked.contains(&Question::Session((TunnelId(1), SessionId(10)))));
    assert_eq!(changes(&mut machine), [removed_session(1, 10)]);
    list(&mut machine, now, &[tunnel(1), tunnel(7)], &[]);
    assert_eq!(changes(&mut machine), [added_tunnel(7)]);
    assert_eq!(machine.agenda.pending(), 0);
}

/// A flood of notifications from another namespace goes on all the time.
#[test]
fn strangers_do_not_keep_what_is_here_waiting() {
    let (mut machine, now) = machine(&[tunnel(1)], &[]);
    let mut stranger = 0;
    let mut flood = |machine: &mut Machine, events| {
        for _ in 0..events {
            stranger += 1;
            machine.hint(&Event::Created(TunnelOrSession::Session(session(9, stranger)), BY), now);
        }
    };
    flood(&mut machine, 10_000);
    machine.hint(&Event::Created(TunnelOrSession::Session(session(1, 10)), BY), now);
    for _ in 0..1_000 {
        match machine.next(now) {
            Task::Scan => list(&mut machine, now, &[tunnel(1)], &[session(1, 10)]),
            Task::Ask(Question::Tunnel(id)) => {
                machine.answer_tunnel(id, (id == TunnelId(1)).then(|| tunnel(1)), now);
            }
            Task::Ask(Question::Session(ids)) => {
                let here = ids == (TunnelId(1), SessionId(10));
                machine.answer_session(ids, here.then(|| session(1, 10)), now);
            }
            Task::Rest(until) => panic!("nothing to do until {until:?}"),
        }
        if machine.take_change() == Some(added_session(1, 10)) {
            return;
        }
        flood(&mut machine, 2);
    }
    panic!("it does not show");
}

#[test]
fn a_listing_that_fails_is_repeated_and_what_it_showed_stands() {
    let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
    machine.hint(&Event::Lost(EventLoss::Overrun), now);
    machine.begin_listing();
    machine.list_tunnel(tunnel(2));
    machine.abandon_listing(now);
    assert_eq!(changes(&mut machine), [added_tunnel(2)]);
    let Task::Rest(Some(again)) = machine.next(now) else { panic!("it is not repeated") };
    list(&mut machine, again, &[tunnel(1)], &[session(1, 10)]);
    // Not listed this time, though it was the last.
    assert_eq!(machine.next(again), Task::Ask(Question::Tunnel(TunnelId(2))));
}

/// Both events are read before the kernel is asked, and the tunnel is still being torn down then.
#[test]
fn what_is_created_and_deleted_at_once_does_not_stay() {
    let (mut machine, now) = machine(&[], &[]);
    machine.hint(&Event::Created(TunnelOrSession::Tunnel(tunnel(1)), BY), now);
    machine.hint(&Event::Deleted(TunnelOrSession::Tunnel(tunnel(1)), BY), now);
    answer(&mut machine, now, &[tunnel(1)], &[]);
    assert_eq!(changes(&mut machine), [added_tunnel(1)]);
    let Task::Rest(Some(later)) = machine.next(now) else { panic!("not asked again") };
    answer(&mut machine, later, &[], &[]);
    assert_eq!(changes(&mut machine), [removed_tunnel(1)]);
}
