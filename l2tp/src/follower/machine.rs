//! A follower without its sockets: events and answers go in, questions and changes come out.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::agenda::{Agenda, Question, Task};
use super::picture::{Picture, ids_of};
use super::{Change, SessionIds};
use crate::events::{Event, Object};
use crate::{SessionInfo, TunnelId, TunnelInfo};

/// At most so many questions are kept about objects that are not known. Up to Linux 7.2 other
/// namespaces may tell of any number of them; beyond this everything is listed instead.
const STRANGERS: usize = 4096;

/// The picture, the agenda, and a listing under way.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) picture: Picture,
    agenda: Agenda,
    listed: Listed,
}

/// What a listing has shown.
#[derive(Debug, Default)]
struct Listed {
    tunnels: BTreeSet<TunnelId>,
    sessions: BTreeSet<SessionIds>,
}

impl Machine {
    pub(super) fn new(interval: Duration, now: Instant) -> Self {
        Self {
            picture: Picture::default(),
            agenda: Agenda::new(interval, now),
            listed: Listed::default(),
        }
    }

    pub(super) fn take_change(&mut self) -> Option<Change> {
        self.picture.take_change()
    }

    /// What to do next. Asked again without an answer in between, it says the same: a caller that
    /// was interrupted loses nothing.
    pub(super) fn next(&mut self, now: Instant) -> Task {
        self.agenda.next(now)
    }

    /// An event: no more than a hint, as it may be about another namespace.
    pub(super) fn hint(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Created(object, _) => {
                // If it replaces a tunnel that is known, that one's sessions went silently.
                if let Object::Tunnel(tunnel) = object {
                    for session in self.picture.sessions_of(tunnel.tunnel_id) {
                        self.agenda.ask(Question::Session(ids_of(session)));
                    }
                }
                self.ask(question(object), now);
            }
            Event::Modified(object, _) => self.ask(question(object), now),
            Event::Deleted(object, _) => {
                if self.is_known(question(object)) {
                    self.picture.last_words(object);
                    self.agenda.doom(question(object), now);
                }
            }
            Event::Unknown { .. } | Event::Missed(_) => self.agenda.scan(now),
        }
    }

    /// A question, with the one about its tunnel if that is not known yet.
    fn ask(&mut self, question: Question, now: Instant) {
        if !self.is_known(question) && self.agenda.pending() >= STRANGERS {
            self.agenda.scan(now);
            return;
        }
        if let Question::Session((tunnel, _)) = question {
            if self.picture.tunnel(tunnel).is_none() {
                self.agenda.ask(Question::Tunnel(tunnel));
            }
        }
        self.agenda.ask(question);
    }

    fn is_known(&self, question: Question) -> bool {
        match question {
            Question::Tunnel(id) => self.picture.tunnel(id).is_some(),
            Question::Session(ids) => self.picture.session(ids).is_some(),
        }
    }

    /// The kernel's answer about a tunnel; `None` if there is none of that id.
    pub(super) fn answer_tunnel(&mut self, id: TunnelId, info: Option<TunnelInfo>, now: Instant) {
        if let Some(info) = info {
            self.agenda.found(Question::Tunnel(id), now);
            self.see_tunnel(info);
        } else {
            self.agenda.settled(Question::Tunnel(id));
            for session in self.picture.lose_tunnel(id) {
                self.agenda.settled(Question::Session(session));
            }
        }
    }

    /// The kernel's answer about a session.
    pub(super) fn answer_session(
        &mut self,
        ids: SessionIds,
        info: Option<SessionInfo>,
        now: Instant,
    ) {
        if let Some(info) = info {
            self.agenda.found(Question::Session(ids), now);
            // Without its tunnel, which was asked about before, it is about to go.
            self.picture.see_session(info);
        } else {
            self.agenda.settled(Question::Session(ids));
            self.picture.lose_session(ids);
        }
    }

    /// The kernel did not answer: it is asked again after a pause.
    pub(super) fn unanswered(&mut self, question: Question, now: Instant) {
        self.agenda.failed(question, now);
    }

    /// A listing begins.
    pub(super) fn begin_listing(&mut self) {
        self.listed = Listed::default();
        self.agenda.scanning();
    }

    /// A tunnel was listed.
    pub(super) fn list_tunnel(&mut self, info: TunnelInfo) {
        self.listed.tunnels.insert(info.tunnel_id);
        self.see_tunnel(info);
    }

    /// A session was listed, after all tunnels.
    pub(super) fn list_session(&mut self, info: SessionInfo, now: Instant) {
        let ids = ids_of(&info);
        self.listed.sessions.insert(ids);
        if !self.picture.see_session(info) {
            // Its tunnel was created since tunnels were listed.
            self.ask(Question::Session(ids), now);
        }
    }

    /// The listing is complete. What it does not show is asked about before it is believed gone:
    /// before Linux 6.12 listings skip rows when others create and delete.
    pub(super) fn end_listing(&mut self, now: Instant) {
        let Listed { tunnels, sessions } = std::mem::take(&mut self.listed);
        for tunnel in self.picture.tunnels() {
            if !tunnels.contains(&tunnel.tunnel_id) {
                self.agenda.ask(Question::Tunnel(tunnel.tunnel_id));
            }
        }
        for session in self.picture.sessions() {
            if !sessions.contains(&ids_of(session)) {
                self.agenda.ask(Question::Session(ids_of(session)));
            }
        }
        self.agenda.scanned(now);
    }

    /// The listing failed: what it has shown stands, what it has not shown is left for the next,
    /// which comes after a pause.
    pub(super) fn abandon_listing(&mut self, now: Instant) {
        self.listed = Listed::default();
        self.agenda.scan_failed(now);
    }

    fn see_tunnel(&mut self, info: TunnelInfo) {
        for session in self.picture.see_tunnel(info) {
            self.agenda.ask(Question::Session(session));
        }
    }
}

fn question(object: &Object) -> Question {
    match object {
        Object::Tunnel(tunnel) => Question::Tunnel(tunnel.tunnel_id),
        Object::Session(session) => Question::Session(ids_of(session)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Missed, Requester};
    use crate::samples::{session, tunnel};
    use crate::{SessionId, Statistics};

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
        Change::Added(Object::Tunnel(tunnel(id)))
    }

    fn added_session(of: u32, id: u32) -> Change {
        Change::Added(Object::Session(session(of, id)))
    }

    fn removed_tunnel(id: u32) -> Change {
        Change::Removed(Object::Tunnel(tunnel(id)))
    }

    fn removed_session(of: u32, id: u32) -> Change {
        Change::Removed(Object::Session(session(of, id)))
    }

    #[test]
    fn a_session_told_before_its_tunnel_is_added_after_it() {
        let (mut machine, now) = machine(&[], &[]);
        machine.hint(&Event::Created(Object::Session(session(1, 10)), BY), now);
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
        machine.hint(&Event::Deleted(Object::Tunnel(tunnel(1)), BY), now);
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
        let stranger = Object::Tunnel(TunnelInfo { peer_tunnel_id: TunnelId(7), ..tunnel(1) });
        machine.hint(&Event::Created(stranger, BY), now);
        machine.hint(&Event::Created(Object::Tunnel(tunnel(5)), BY), now);
        machine.hint(&Event::Deleted(stranger, BY), now);
        machine.hint(&Event::Deleted(Object::Tunnel(tunnel(6)), BY), now);
        let asked = answer(&mut machine, now, &[tunnel(1)], &[]);
        assert_eq!(asked.len(), 2, "{asked:?}");
        assert_eq!(changes(&mut machine), []);
        assert_eq!(machine.picture.tunnel(TunnelId(1)), Some(&tunnel(1)));
    }

    #[test]
    fn a_tunnel_that_is_being_torn_down_is_asked_about_again() {
        let (mut machine, now) = machine(&[tunnel(1)], &[]);
        machine.hint(&Event::Deleted(Object::Tunnel(tunnel(1)), BY), now);
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
        machine.hint(&Event::Missed(Missed::Overrun), now);
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
        machine.hint(&Event::Modified(Object::Session(busy), BY), now);
        answer(&mut machine, now, &[tunnel(1)], &[busy]);
        assert_eq!(changes(&mut machine), []);
        let numbered = SessionInfo { send_seq: true, ..busy };
        machine.hint(&Event::Modified(Object::Session(numbered), BY), now);
        answer(&mut machine, now, &[tunnel(1)], &[numbered]);
        let (before, after) = (Object::Session(busy), Object::Session(numbered));
        assert_eq!(changes(&mut machine), [Change::Changed { before, after }]);
    }

    #[test]
    fn the_final_counters_are_those_of_the_removal() {
        let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
        let counted = Statistics { tx_packets: 5, ..Statistics::default() };
        let last = Object::Session(SessionInfo { statistics: counted, ..session(1, 10) });
        machine.hint(&Event::Deleted(last, BY), now);
        answer(&mut machine, now, &[tunnel(1)], &[]);
        assert_eq!(changes(&mut machine), [Change::Removed(last)]);
    }

    #[test]
    fn a_tunnel_created_anew_is_another_one() {
        let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10), session(1, 11)]);
        let anew = TunnelInfo { peer_tunnel_id: TunnelId(7), ..tunnel(1) };
        machine.hint(&Event::Created(Object::Tunnel(anew), BY), now);
        answer(&mut machine, now, &[anew], &[session(1, 11)]);
        assert_eq!(
            changes(&mut machine),
            [
                removed_session(1, 10),
                removed_session(1, 11),
                removed_tunnel(1),
                Change::Added(Object::Tunnel(anew)),
                added_session(1, 11),
            ]
        );
    }

    /// Deleted and created with the same settings between two looks.
    #[test]
    fn the_sessions_of_a_tunnel_created_anew_alike_are_gone() {
        let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
        machine.hint(&Event::Created(Object::Tunnel(tunnel(1)), BY), now);
        answer(&mut machine, now, &[tunnel(1)], &[]);
        assert_eq!(changes(&mut machine), [removed_session(1, 10)]);
    }

    #[test]
    fn counters_that_run_backwards_are_those_of_another_session() {
        let counted = Statistics { rx_packets: 5, ..Statistics::default() };
        let before = SessionInfo { statistics: counted, ..session(1, 10) };
        let (mut machine, now) = machine(&[tunnel(1)], &[before]);
        machine.hint(&Event::Created(Object::Session(session(1, 10)), BY), now);
        answer(&mut machine, now, &[tunnel(1)], &[session(1, 10)]);
        let removed = Change::Removed(Object::Session(before));
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
        machine.hint(&Event::Modified(Object::Session(counted(10, 90)), BY), now);
        answer(&mut machine, now, &[tunnel(1)], &[counted(10, 90)]);
        assert_eq!(changes(&mut machine), []);
    }

    /// Up to Linux 7.2 another namespace may announce any number of them.
    #[test]
    fn strangers_without_end_take_no_more_memory_and_are_listed_instead() {
        let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
        for id in 0..100_000 {
            machine.hint(&Event::Created(Object::Session(session(9, id)), BY), now);
            machine.hint(&Event::Created(Object::Tunnel(tunnel(id + 10)), BY), now);
            machine.hint(&Event::Deleted(Object::Session(session(9, id)), BY), now);
        }
        // What is known is asked about whatever there is.
        machine.hint(&Event::Modified(Object::Session(session(1, 10)), BY), now);
        assert!(machine.agenda.pending() <= STRANGERS + 2, "{}", machine.agenda.pending());
        let asked = answer(&mut machine, now, &[tunnel(1)], &[]);
        assert!(asked.contains(&Question::Session((TunnelId(1), SessionId(10)))));
        assert_eq!(changes(&mut machine), [removed_session(1, 10)]);
        list(&mut machine, now, &[tunnel(1), tunnel(7)], &[]);
        assert_eq!(changes(&mut machine), [added_tunnel(7)]);
        assert_eq!(machine.agenda.pending(), 0);
    }

    #[test]
    fn a_listing_that_fails_is_repeated_and_what_it_showed_stands() {
        let (mut machine, now) = machine(&[tunnel(1)], &[session(1, 10)]);
        machine.hint(&Event::Missed(Missed::Overrun), now);
        machine.begin_listing();
        machine.list_tunnel(tunnel(2));
        machine.abandon_listing(now);
        assert_eq!(changes(&mut machine), [added_tunnel(2)]);
        let Task::Rest(Some(again)) = machine.next(now) else { panic!("it is not repeated") };
        list(&mut machine, again, &[tunnel(1)], &[session(1, 10)]);
        // Not listed this time, though it was the last.
        assert_eq!(machine.next(again), Task::Ask(Question::Tunnel(TunnelId(2))));
    }
}
