//! What a follower has to ask the kernel, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::SessionIds;
use crate::TunnelId;

/// After the notification of a deletion: the first pause before asking again.
const FIRST: Duration = Duration::from_millis(2);
/// The longest one.
const LONGEST: Duration = Duration::from_millis(512);
/// How long to go on. A teardown mostly takes milliseconds, but before Linux 6.12 some ten of them
/// for each session of a tunnel, and a tunnel may have thousands.
const PATIENCE: Duration = Duration::from_secs(120);
/// The shortest interval: with none at all a listing would follow the other without an end.
const SHORTEST: Duration = Duration::from_millis(1);

/// A question about one object. Tunnels come first: a session is looked at in the light of its
/// tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    Tunnel(TunnelId),
    Session(SessionIds),
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// List everything.
    Scan,
    /// Ask about one object.
    Ask(Question),
    /// Nothing until then; for ever if there is no time.
    Rest(Option<Instant>),
}

/// How an object that was told to be deleted is asked about while it still answers.
#[derive(Debug, Clone, Copy)]
struct Doom {
    pause: Duration,
    until: Instant,
    /// When it is asked about again: its entry among the questions that are due later.
    again: Option<Instant>,
}

/// Questions that are due, those that are due later, and the next listing.
#[derive(Debug)]
pub(super) struct Agenda {
    interval: Duration,
    /// When to list everything; `None` for never.
    scan: Option<Instant>,
    due: BTreeSet<Question>,
    later: BTreeSet<(Instant, Question)>,
    /// Objects that were told to be deleted.
    doomed: BTreeMap<Question, Doom>,
}

impl Agenda {
    /// An agenda with a listing at once and then at every interval.
    pub(super) fn new(interval: Duration, now: Instant) -> Self {
        Self {
            interval: interval.max(SHORTEST),
            scan: Some(now),
            due: BTreeSet::new(),
            later: BTreeSet::new(),
            doomed: BTreeMap::new(),
        }
    }

    /// Something may have happened to an object.
    pub(super) fn ask(&mut self, question: Question) {
        self.due.insert(question);
    }

    /// An object is said to be deleted: it may be answered for a while yet.
    pub(super) fn doom(&mut self, question: Question, now: Instant) {
        self.settled(question);
        self.due.insert(question);
        self.doomed.insert(question, Doom { pause: FIRST, until: now + PATIENCE, again: None });
    }

    /// Anything may have happened.
    pub(super) fn scan(&mut self, now: Instant) {
        self.scan = Some(now);
    }

    /// The next task, which stays the next until it is reported done.
    pub(super) fn next(&mut self, now: Instant) -> Task {
        while let Some(&(at, question)) = self.later.first() {
            if at > now {
                break;
            }
            self.later.pop_first();
            self.due.insert(question);
        }
        if self.scan.is_some_and(|at| at <= now) {
            return Task::Scan;
        }
        if let Some(&question) = self.due.first() {
            return Task::Ask(question);
        }
        let later = self.later.first().map(|&(at, _)| at);
        Task::Rest(later.into_iter().chain(self.scan).min())
    }

    /// A listing is done, or has failed: the next one comes after the interval.
    pub(super) fn scanned(&mut self, now: Instant) {
        self.scan = now.checked_add(self.interval);
    }

    /// The object was there. If it is doomed it is asked about again.
    pub(super) fn found(&mut self, question: Question, now: Instant) {
        let doom = self.doomed.get(&question).copied();
        self.settled(question);
        let Some(Doom { pause, until, .. }) = doom else { return };
        let again = now + pause;
        if again <= until {
            let pause = (pause * 2).min(LONGEST);
            self.later.insert((again, question));
            self.doomed.insert(question, Doom { pause, until, again: Some(again) });
        }
    }

    /// The object was not there, or the kernel did not answer.
    pub(super) fn settled(&mut self, question: Question) {
        self.due.remove(&question);
        if let Some(Doom { again: Some(again), .. }) = self.doomed.remove(&question) {
            self.later.remove(&(again, question));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionId;

    const TUNNEL: Question = Question::Tunnel(TunnelId(9));
    const SESSION: Question = Question::Session((TunnelId(1), SessionId(1)));
    const SECOND: Duration = Duration::from_secs(1);

    fn rested(now: Instant) -> Agenda {
        let mut agenda = Agenda::new(SECOND, now);
        assert_eq!(agenda.next(now), Task::Scan);
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
        agenda.scanned(now);
        assert_eq!(agenda.next(now), Task::Rest(Some(now + SHORTEST)));
    }

    #[test]
    fn a_listing_comes_at_its_interval_and_when_it_is_wanted() {
        let now = Instant::now();
        let mut agenda = rested(now);
        assert_eq!(agenda.next(now + SECOND), Task::Scan);
        agenda.scanned(now + SECOND);
        assert_eq!(agenda.next(now + SECOND), Task::Rest(Some(now + 2 * SECOND)));
        agenda.scan(now);
        agenda.ask(TUNNEL);
        assert_eq!(agenda.next(now), Task::Scan);
    }
}
