//! The get requests and dumps that a follower has to send, and when it sends them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::SessionIds;
use crate::TunnelId;

/// The first pause before a get request or dump is repeated, after a deletion or a failure.
const FIRST: Duration = Duration::from_millis(2);
/// The longest such pause.
const LONGEST: Duration = Duration::from_millis(512);
/// How long the get request of a deleted object is repeated. A teardown usually takes milliseconds.
/// Before Linux 6.12 it takes about 10 ms for each session of a tunnel, which may have thousands.
const PATIENCE: Duration = Duration::from_secs(120);
/// The shortest interval: with an interval of zero the dumps would never pause.
const SHORTEST: Duration = Duration::from_millis(1);

/// A get request about one object. Tunnels are sorted before sessions: a session can only be added
/// to the picture if its tunnel is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Query {
    Tunnel(TunnelId),
    Session(SessionIds),
}

/// What the follower does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Dump everything.
    Dump,
    /// Send one get request.
    Send(Query),
    /// Wait until this time; `None` means without a limit.
    Wait(Option<Instant>),
}

/// How a get request is repeated: while a deleted object still exists, or after a failure.
#[derive(Debug, Clone, Copy)]
struct Repetition {
    pause: Duration,
    /// Until when it is repeated although the object still exists; `None` means that it ends with
    /// the first reply.
    until: Option<Instant>,
    /// When it is due again. It has an entry in [`Schedule::delayed`] with this time.
    again: Option<Instant>,
}

/// The get requests that are due now, those that are due later, and the next dump.
///
/// Get requests are sent in rounds. A get request that is added during a round is sent in the next
/// one, and a round takes place between two dumps. So neither new get requests nor dumps can delay
/// an old get request for ever, whatever their rate.
#[derive(Debug)]
pub(super) struct Schedule {
    interval: Duration,
    /// When everything is dumped; `None` means never.
    next_dump: Option<Instant>,
    /// The pause after the next dump that fails.
    dump_pause: Duration,
    /// Whether a round takes place before the next dump.
    round_before_dump: bool,
    /// The get requests of this round that have not been sent.
    this_round: BTreeSet<Query>,
    next_round: BTreeSet<Query>,
    delayed: BTreeSet<(Instant, Query)>,
    repetitions: BTreeMap<Query, Repetition>,
}

impl Schedule {
    /// A schedule with a dump at once, and another one after each interval.
    pub(super) fn new(interval: Duration, now: Instant) -> Self {
        Self {
            interval: interval.max(SHORTEST),
            next_dump: Some(now),
            dump_pause: FIRST,
            round_before_dump: false,
            this_round: BTreeSet::new(),
            next_round: BTreeSet::new(),
            delayed: BTreeSet::new(),
            repetitions: BTreeMap::new(),
        }
    }

    /// Adds a get request about an object that may have changed.
    pub(super) fn add(&mut self, query: Query) {
        if let Query::Session((tunnel, _)) = query {
            // The get request of its tunnel must be sent first.
            if self.next_round.contains(&Query::Tunnel(tunnel)) {
                self.this_round.remove(&query);
            }
        }
        if !self.this_round.contains(&query) {
            self.next_round.insert(query);
        }
    }

    /// Whether a get request about this object is due, now or later.
    pub(super) fn contains(&self, query: Query) -> bool {
        self.this_round.contains(&query)
            || self.next_round.contains(&query)
            || self.repetitions.contains_key(&query)
    }

    /// The number of get requests that are due, now or later.
    pub(super) fn pending(&self) -> usize {
        self.this_round.len() + self.next_round.len() + self.delayed.len()
    }

    /// Adds a get request about a deleted object, which may still exist for some time.
    pub(super) fn add_deleted(&mut self, query: Query, now: Instant) {
        self.remove(query);
        self.next_round.insert(query);
        let until = Some(now + PATIENCE);
        self.repetitions.insert(query, Repetition { pause: FIRST, until, again: None });
    }

    /// Makes a dump due at once.
    pub(super) fn request_dump(&mut self, now: Instant) {
        self.next_dump = Some(now);
    }

    /// The next task. It remains the next one until it is reported as done.
    pub(super) fn next(&mut self, now: Instant) -> Task {
        while let Some(&(at, query)) = self.delayed.first() {
            if at > now {
                break;
            }
            self.delayed.pop_first();
            self.add(query);
        }
        let is_dump_due = self.next_dump.is_some_and(|at| at <= now);
        if self.this_round.is_empty() {
            if is_dump_due && !self.round_before_dump {
                return Task::Dump;
            }
            std::mem::swap(&mut self.this_round, &mut self.next_round);
            self.round_before_dump = false;
        }
        match self.this_round.first() {
            Some(&query) => Task::Send(query),
            None if is_dump_due => Task::Dump,
            None => {
                let later = self.delayed.first().map(|&(at, _)| at);
                Task::Wait(later.into_iter().chain(self.next_dump).min())
            }
        }
    }

    /// Takes note that a dump begins. A dump that is requested from now on is another one.
    pub(super) fn begin_dump(&mut self) {
        self.next_dump = None;
    }

    /// Takes note that the dump has ended. The next one is due after the interval, or at once if it
    /// was requested during this one.
    pub(super) fn end_dump(&mut self, now: Instant) {
        self.next_dump = self.next_dump.or(now.checked_add(self.interval));
        self.dump_pause = FIRST;
        self.round_before_dump = true;
    }

    /// Takes note that the dump has failed. It is repeated after a pause.
    pub(super) fn fail_dump(&mut self, now: Instant) {
        self.next_dump = Some(now + self.dump_pause);
        self.dump_pause = longer(self.dump_pause);
        self.round_before_dump = true;
    }

    /// Takes note that the object exists. If it was deleted, its get request is repeated.
    pub(super) fn found(&mut self, query: Query, now: Instant) {
        let repetition = self.repetitions.get(&query).copied();
        self.remove(query);
        let Some(Repetition { pause, until: Some(until), .. }) = repetition else { return };
        if now + pause <= until {
            self.repeat(query, Repetition { pause, until: Some(until), again: None }, now);
        }
    }

    /// Removes the get request about an object.
    pub(super) fn remove(&mut self, query: Query) {
        self.this_round.remove(&query);
        self.next_round.remove(&query);
        if let Some(Repetition { again: Some(again), .. }) = self.repetitions.remove(&query) {
            self.delayed.remove(&(again, query));
        }
    }

    /// Takes note that the get request failed. It is repeated after a pause.
    pub(super) fn failed(&mut self, query: Query, now: Instant) {
        let new = Repetition { pause: FIRST, until: None, again: None };
        let repetition = self.repetitions.get(&query).copied().unwrap_or(new);
        self.remove(query);
        self.repeat(query, repetition, now);
    }

    fn repeat(&mut self, query: Query, repetition: Repetition, now: Instant) {
        let again = now + repetition.pause;
        self.delayed.insert((again, query));
        let pause = longer(repetition.pause);
        self.repetitions.insert(query, Repetition { pause, again: Some(again), ..repetition });
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(LONGEST)
}

#[cfg(test)]
mod tests;
