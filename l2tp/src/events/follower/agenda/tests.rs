//! What is asked, when, and in which order.

use super::*;
use crate::SessionId;

const TUNNEL: Question = Question::Tunnel(TunnelId(9));
const SESSION: Question = Question::Session((TunnelId(1), SessionId(1)));
const SECOND: Duration = Duration::from_secs(1);

fn rested(now: Instant) -> Agenda {
    let mut agenda = Agenda::new(SECOND, now);
    assert_eq!(agenda.next(now), Task::Scan);
    agenda.scanning();
    agenda.scanned(now);
    assert_eq!(agenda.next(now), Task::Rest(Some(now + SECOND)));
    agenda
}

#[test]
fn tunnels_are_asked_before_sessions_and_each_once() {
    let now = Instant::now();
    let mut agenda = rested(now);
    agenda.ask(SESSION);
    agenda.ask(TUNNEL);
    agenda.ask(TUNNEL);
    assert_eq!(agenda.next(now), Task::Ask(TUNNEL));
    assert_eq!(agenda.next(now), Task::Ask(TUNNEL), "until it is answered");
    agenda.found(TUNNEL, now);
    assert_eq!(agenda.next(now), Task::Ask(SESSION));
    agenda.settled(SESSION);
    assert_eq!(agenda.next(now), Task::Rest(Some(now + SECOND)));
}

#[test]
fn every_question_that_is_due_or_will_be_is_pending() {
    let now = Instant::now();
    let mut agenda = rested(now);
    let question = |id| Question::Tunnel(TunnelId(id));
    for id in 0..9 {
        agenda.ask(question(id));
    }
    assert_eq!(agenda.pending(), 9);
    assert_eq!(agenda.next(now), Task::Ask(question(0)));
    for id in 0..4 {
        agenda.failed(question(id), now);
    }
    for id in 9..12 {
        agenda.ask(question(id));
    }
    // Five in this round, three in the next, four later.
    assert_eq!(agenda.pending(), 12);
    agenda.settled(question(0));
    agenda.settled(question(4));
    agenda.settled(question(9));
    assert_eq!(agenda.pending(), 9);
}

/// How often the object is asked about that is there whenever it is, and for how long.
fn exhaust(agenda: &mut Agenda, start: Instant) -> (u32, Duration) {
    let (mut now, mut asked) = (start, 0);
    loop {
        match agenda.next(now) {
            Task::Ask(TUNNEL) => {
                asked += 1;
                agenda.found(TUNNEL, now);
            }
            Task::Rest(Some(at)) => now = at,
            Task::Rest(None) => return (asked, now - start),
            task => panic!("{task:?}"),
        }
    }
}

#[test]
fn a_doomed_object_is_asked_about_more_and_more_seldom() {
    let now = Instant::now();
    let mut agenda = Agenda::new(Duration::MAX, now);
    agenda.scanning();
    agenda.scanned(now);
    agenda.doom(TUNNEL, now);
    let (asked, asked_for) = exhaust(&mut agenda, now);
    assert!(asked < 300, "{asked}");
    assert!(asked_for <= PATIENCE && asked_for + 2 * LONGEST > PATIENCE, "{asked_for:?}");
}

/// Up to Linux 7.2 it may be a tunnel of this id in another namespace that comes and goes.
#[test]
fn an_object_that_is_doomed_again_and_again_is_asked_about_as_if_it_were_once() {
    let mut now = Instant::now();
    let mut agenda = Agenda::new(Duration::MAX, now);
    agenda.scanning();
    agenda.scanned(now);
    for _ in 0..100 {
        now += LONGEST;
        agenda.doom(TUNNEL, now);
        assert_eq!(agenda.next(now), Task::Ask(TUNNEL));
        agenda.found(TUNNEL, now);
        // Something else happened to it.
        agenda.ask(TUNNEL);
        agenda.found(TUNNEL, now);
    }
    let (asked, _) = exhaust(&mut agenda, now);
    assert!(asked < 300, "{asked}");
}

#[test]
fn there_is_rest_between_listings_without_an_interval() {
    let now = Instant::now();
    let mut agenda = Agenda::new(Duration::ZERO, now);
    agenda.scanning();
    agenda.scanned(now);
    assert_eq!(agenda.next(now), Task::Rest(Some(now + SHORTEST)));
}

#[test]
fn a_listing_comes_at_its_interval_and_when_it_is_wanted() {
    let now = Instant::now();
    let mut agenda = rested(now);
    assert_eq!(agenda.next(now + SECOND), Task::Scan);
    agenda.scanning();
    agenda.scanned(now + SECOND);
    assert_eq!(agenda.next(now + SECOND), Task::Rest(Some(now + 2 * SECOND)));
    agenda.scan(now);
    agenda.ask(TUNNEL);
    assert_eq!(agenda.next(now), Task::Scan);
}

#[test]
fn a_listing_that_is_wanted_during_another_comes_after_it() {
    let now = Instant::now();
    let mut agenda = Agenda::new(Duration::MAX, now);
    agenda.scanning();
    agenda.scan(now);
    agenda.scanned(now);
    assert_eq!(agenda.next(now), Task::Scan);
}

#[test]
fn a_listing_that_fails_is_repeated_after_pauses_that_grow() {
    let mut now = Instant::now();
    let mut agenda = Agenda::new(Duration::MAX, now);
    let mut pauses = Vec::new();
    for _ in 0..12 {
        assert_eq!(agenda.next(now), Task::Scan);
        agenda.scanning();
        agenda.scan_failed(now);
        let Task::Rest(Some(again)) = agenda.next(now) else { panic!("it has ended") };
        pauses.push(again - now);
        now = again;
    }
    assert_eq!((pauses[0], pauses[1], pauses[11]), (FIRST, 2 * FIRST, LONGEST));
    agenda.scanning();
    agenda.scanned(now);
    assert_eq!(agenda.next(now), Task::Rest(None));
    agenda.scan(now);
    agenda.scanning();
    agenda.scan_failed(now);
    assert_eq!(agenda.next(now), Task::Rest(Some(now + FIRST)), "they begin anew");
}

#[test]
fn between_two_listings_everything_is_asked_that_was_to_be_asked() {
    let now = Instant::now();
    let mut agenda = Agenda::new(Duration::MAX, now);
    agenda.scanning();
    agenda.scanned(now);
    agenda.ask(SESSION);
    for _ in 0..3 {
        agenda.scan(now);
        assert_eq!(agenda.next(now), Task::Ask(SESSION));
        // What comes up meanwhile waits for the next round.
        agenda.ask(TUNNEL);
        agenda.settled(SESSION);
        assert_eq!(agenda.next(now), Task::Scan);
        agenda.scanning();
        agenda.scan(now);
        agenda.scanned(now);
        assert_eq!(agenda.next(now), Task::Ask(TUNNEL));
        agenda.ask(SESSION);
        agenda.settled(TUNNEL);
        assert_eq!(agenda.next(now), Task::Scan);
        agenda.scanning();
        agenda.scanned(now);
    }
}

#[test]
fn questions_that_come_up_all_the_time_do_not_keep_an_old_one_waiting() {
    let now = Instant::now();
    let mut agenda = rested(now);
    agenda.ask(SESSION);
    for id in 0..3 {
        let Task::Ask(question) = agenda.next(now) else { panic!("nothing to ask") };
        agenda.ask(Question::Tunnel(TunnelId(id)));
        agenda.settled(question);
        if question == SESSION {
            return;
        }
    }
    panic!("it is never asked");
}

#[test]
fn a_session_is_asked_after_its_tunnel_although_it_was_asked_for_before() {
    let now = Instant::now();
    let mut agenda = rested(now);
    let tunnel = Question::Tunnel(TunnelId(1));
    agenda.ask(SESSION);
    assert_eq!(agenda.next(now), Task::Ask(SESSION));
    agenda.ask(tunnel);
    agenda.ask(SESSION);
    assert_eq!(agenda.next(now), Task::Ask(tunnel));
    agenda.settled(tunnel);
    assert_eq!(agenda.next(now), Task::Ask(SESSION));
}

#[test]
fn a_question_without_an_answer_is_asked_again_until_there_is_one() {
    let mut now = Instant::now();
    let mut agenda = Agenda::new(Duration::MAX, now);
    agenda.scanning();
    agenda.scanned(now);
    agenda.ask(TUNNEL);
    for _ in 0..1000 {
        assert_eq!(agenda.next(now), Task::Ask(TUNNEL));
        agenda.failed(TUNNEL, now);
        assert_eq!(agenda.pending(), 1);
        let Task::Rest(Some(again)) = agenda.next(now) else { panic!("it was given up") };
        assert!(again > now && again <= now + LONGEST, "{:?}", again - now);
        now = again;
    }
    assert_eq!(agenda.next(now), Task::Ask(TUNNEL));
    agenda.found(TUNNEL, now);
    assert_eq!(agenda.next(now), Task::Rest(None));
    assert_eq!(agenda.pending(), 0);
}

/// A deletion whose teardown is waited for is not forgotten by a failure.
#[test]
fn a_doomed_object_stays_so_through_a_failure() {
    let now = Instant::now();
    let mut agenda = Agenda::new(Duration::MAX, now);
    agenda.scanning();
    agenda.scanned(now);
    agenda.doom(TUNNEL, now);
    assert_eq!(agenda.next(now), Task::Ask(TUNNEL));
    agenda.failed(TUNNEL, now);
    let (asked, asked_for) = exhaust(&mut agenda, now);
    assert!(asked > 100 && asked_for + 2 * LONGEST > PATIENCE, "{asked} in {asked_for:?}");
}
