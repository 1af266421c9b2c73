//! What a follower has to ask the kernel, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::SessionIds;
use crate::TunnelId;

/// After the notification of a deletion, or a failure: the first pause before asking again.
const FIRST: Duration = Duration::from_millis(2);
/// The longest one.
const LONGEST: Duration = Duration::from_millis(512);
/// How long to go on after a deletion. A teardown mostly takes milliseconds, but before Linux 6.12
/// some ten of them for each session of a tunnel, and a tunnel may have thousands.
const PATIENCE: Duration = Duration::from_secs(120);
/// The shortest interval: with none at all a dump would follow the other without an end.
const SHORTEST: Duration = Duration::from_millis(1);

/// A get request about one object. Tunnels come first: a session is looked at in the light of its
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

/// How an object is asked about again: one that was told to be deleted, while it still answers, or
/// one about which the kernel did not answer.
#[derive(Debug, Clone, Copy)]
struct Repetition {
    pause: Duration,
    /// Until when it is asked about although it answers; `None` if only an answer is missing.
    until: Option<Instant>,
    /// When it is asked about again: its entry among the get requests that are due later.
    again: Option<Instant>,
}

/// Get requests that are due, those that are due later, and the next dump.
///
/// Questions are asked in rounds. What comes up during a round waits for the next one, and between
/// two dumps there is a round: so neither new get requests nor dumps can keep an old get request
/// from being asked, however fast they come.
#[derive(Debug)]
pub(super) struct Agenda {
    interval: Duration,
    /// When to list everything; `None` for never.
    scan: Option<Instant>,
    /// The pause after the next dump that fails.
    scan_pause: Duration,
    /// Whether a round comes before the next dump.
    round_first: bool,
    /// What is left of this round.
    round: BTreeSet<Question>,
    next_round: BTreeSet<Question>,
    later: BTreeSet<(Instant, Question)>,
    repeated: BTreeMap<Question, Repetition>,
}

impl Agenda {
    /// An agenda with a dump at once and then at every interval.
    pub(super) fn new(interval: Duration, now: Instant) -> Self {
        Self {
            interval: interval.max(SHORTEST),
            scan: Some(now),
            scan_pause: FIRST,
            round_first: false,
            round: BTreeSet::new(),
            next_round: BTreeSet::new(),
            later: BTreeSet::new(),
            repeated: BTreeMap::new(),
        }
    }

    /// Something may have happened to an object.
    pub(super) fn ask(&mut self, question: Question) {
        if let Question::Session((tunnel, _)) = question {
            // It must not be asked before its tunnel.
            if self.next_round.contains(&Question::Tunnel(tunnel)) {
                self.round.remove(&question);
            }
        }
        if !self.round.contains(&question) {
            self.next_round.insert(question);
        }
    }

    /// Whether an object is about to be asked about.
    pub(super) fn is_asked(&self, question: Question) -> bool {
        self.round.contains(&question)
            || self.next_round.contains(&question)
            || self.repeated.contains_key(&question)
    }

    /// How many get requests there are.
    pub(super) fn pending(&self) -> usize {
        self.round.len() + self.next_round.len() + self.later.len()
    }

    /// An object is said to be deleted: it may be answered for a while yet.
    pub(super) fn doom(&mut self, question: Question, now: Instant) {
        self.settled(question);
        self.next_round.insert(question);
        let until = Some(now + PATIENCE);
        self.repeated.insert(question, Repetition { pause: FIRST, until, again: None });
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
            self.ask(question);
        }
        let is_scan_due = self.scan.is_some_and(|at| at <= now);
        if self.round.is_empty() {
            if is_scan_due && !self.round_first {
                return Task::Scan;
            }
            std::mem::swap(&mut self.round, &mut self.next_round);
            self.round_first = false;
        }
        match self.round.first() {
            Some(&question) => Task::Ask(question),
            None if is_scan_due => Task::Scan,
            None => {
                let later = self.later.first().map(|&(at, _)| at);
                Task::Rest(later.into_iter().chain(self.scan).min())
            }
        }
    }

    /// A dump begins. One that is wanted from now on is another one.
    pub(super) fn scanning(&mut self) {
        self.scan = None;
    }

    /// A dump is done: the next one comes after the interval, unless it was wanted meanwhile.
    pub(super) fn scanned(&mut self, now: Instant) {
        self.scan = self.scan.or(now.checked_add(self.interval));
        self.scan_pause = FIRST;
        self.round_first = true;
    }

    /// A dump has failed: it is repeated after a pause.
    pub(super) fn scan_failed(&mut self, now: Instant) {
        self.scan = Some(now + self.scan_pause);
        self.scan_pause = longer(self.scan_pause);
        self.round_first = true;
    }

    /// The object was there. If it is doomed it is asked about again.
    pub(super) fn found(&mut self, question: Question, now: Instant) {
        let repetition = self.repeated.get(&question).copied();
        self.settled(question);
        let Some(Repetition { pause, until: Some(until), .. }) = repetition else { return };
        if now + pause <= until {
            self.repeat(question, Repetition { pause, until: Some(until), again: None }, now);
        }
    }

    /// The object was not there.
    pub(super) fn settled(&mut self, question: Question) {
        self.round.remove(&question);
        self.next_round.remove(&question);
        if let Some(Repetition { again: Some(again), .. }) = self.repeated.remove(&question) {
            self.later.remove(&(again, question));
        }
    }

    /// The kernel did not answer: it is asked again after a pause.
    pub(super) fn failed(&mut self, question: Question, now: Instant) {
        let new = Repetition { pause: FIRST, until: None, again: None };
        let repetition = self.repeated.get(&question).copied().unwrap_or(new);
        self.settled(question);
        self.repeat(question, repetition, now);
    }

    fn repeat(&mut self, question: Question, repetition: Repetition, now: Instant) {
        let again = now + repetition.pause;
        self.later.insert((again, question));
        let pause = longer(repetition.pause);
        self.repeated.insert(question, Repetition { pause, again: Some(again), ..repetition });
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(LONGEST)
}

#[cfg(test)]
mod tests;
