//! The machine joined to its transports, for the blocking follower and the async one.

use std::time::{Duration, Instant};

use super::Change;
use super::agenda::{Question, Task};
use super::machine::Machine;
use super::picture::Picture;
use crate::conn::command::{GetTunnel, Row};
use crate::conn::engine::{Engine, Host, Listing};
use crate::error::{Error, ErrorKind};
use crate::events::{Event, EventLoss, Listener};
use crate::{SessionInfo, SessionKey, TunnelInfo};

/// At most so many events are read before the next get request is sent.
const EVENTS_AT_ONCE: usize = 512;
/// At most so many rows of a dump are read before others have their turn.
const ROWS_AT_ONCE: usize = 256;
/// At most so many get requests and parts of dumps are done after the deadline, so that a caller
/// who never waits gets somewhere.
const TASKS_AFTER_DEADLINE: u32 = 256;

/// A follower over a transport for its events and one for its get requests.
#[derive(Debug)]
pub(crate) struct Driver<S> {
    listener: Listener<S>,
    engine: Engine<S>,
    machine: Machine,
    /// The dump under way. Neither a deadline nor a dropped future makes it begin again.
    scan: Option<Scan>,
}

/// A dump of everything, which has begun once there is one of its rows.
#[derive(Debug)]
enum Scan {
    Tunnels(Option<Listing<TunnelInfo>>),
    Sessions(Option<Listing<SessionInfo>>),
}

impl<S: Host> Driver<S> {
    /// Listens, then lists: what happens in between is told twice rather than not at all.
    pub(crate) async fn open(events: S, questions: S, interval: Duration) -> Result<Self, Error> {
        let listener = Listener::open(events).await?;
        let engine = Engine::open(questions).await?;
        let machine = Machine::new(interval, Instant::now());
        let mut driver = Self { listener, engine, machine, scan: None };
        driver.scan_on().await?;
        while driver.scan.is_some() {
            driver.scan_on().await?;
        }
        Ok(driver)
    }

    /// The socket that events come to.
    pub(crate) fn socket(&self) -> &S {
        &self.listener.socket
    }

    /// What is there.
    pub(crate) fn picture(&self) -> &Picture {
        &self.machine.picture
    }

    /// How long until there is something to do without an event; `None` is for ever.
    pub(crate) fn timeout(&mut self) -> Option<Duration> {
        let now = Instant::now();
        match self.next_task(now) {
            Task::Rest(until) => {
                let until = until.into_iter().chain(self.listener.again()).min();
                until.map(|until| until.saturating_duration_since(now))
            }
            Task::Scan | Task::Ask(_) => Some(Duration::ZERO),
        }
    }

    /// The next change, waiting for it at most until `deadline`.
    pub(crate) async fn next(
        &mut self,
        deadline: Option<Instant>,
    ) -> Result<Option<Change>, Error> {
        let mut tasks_left = TASKS_AFTER_DEADLINE;
        loop {
            if let Some(change) = self.machine.take_change() {
                return Ok(Some(change));
            }
            self.socket().yield_now_and_then().await;
            // During a dump events wait: a row that was received before an event is older.
            if self.scan.is_none() {
                self.read_events()?;
            }
            let now = Instant::now();
            let task = self.next_task(now);
            if deadline.is_some_and(|deadline| deadline <= now) {
                if tasks_left == 0 || matches!(task, Task::Rest(_)) {
                    return Ok(None);
                }
                tasks_left -= 1;
            }
            match task {
                Task::Scan => self.scan_on().await?,
                Task::Ask(question) => self.ask(question).await?,
                Task::Rest(until) => {
                    let until = until.into_iter().chain(deadline).min();
                    self.listener.wait(until).await?;
                }
            }
        }
    }

    /// A dump under way is finished before anything else: the kernel would refuse another, and
    /// a get request would have to receive its rest.
    fn next_task(&mut self, now: Instant) -> Task {
        if self.scan.is_some() { Task::Scan } else { self.machine.next(now) }
    }

    /// Reads what there is, before asking: of a thousand events about one tunnel one get request is
    /// left, and the receive buffer is empty again.
    fn read_events(&mut self) -> Result<(), Error> {
        for _ in 0..EVENTS_AT_ONCE {
            match self.listener.try_next() {
                Ok(Some(event)) => self.machine.hint(&event, Instant::now()),
                Ok(None) => break,
                // It would have been a hint. What it was about is found by a dump.
                Err(error) if error.kind() == ErrorKind::Protocol => {
                    self.machine.hint(&Event::Lost(EventLoss::Overrun), Instant::now());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn ask(&mut self, question: Question) -> Result<(), Error> {
        let answered = match question {
            Question::Tunnel(id) => {
                let answer = self.engine.question::<TunnelInfo>(&GetTunnel(id)).await;
                found(answer).map(|info| self.machine.answer_tunnel(id, info, Instant::now()))
            }
            Question::Session(ids) => {
                let answer = self.engine.get_session(SessionKey::from(ids)).await;
                found(answer).map(|info| self.machine.answer_session(ids, info, Instant::now()))
            }
        };
        if answered.is_err() {
            self.machine.unanswered(question, Instant::now());
        }
        answered
    }

    /// Begins a dump, or goes on with the one that is under way.
    async fn scan_on(&mut self) -> Result<(), Error> {
        if self.scan.is_none() {
            self.machine.begin_listing();
            self.scan = Some(Scan::Tunnels(None));
        }
        let outcome = self.list().await;
        if outcome.is_err() {
            self.scan = None;
            self.machine.abandon_listing(Instant::now());
        }
        outcome
    }

    /// A part of the dump under way.
    async fn list(&mut self) -> Result<(), Error> {
        let Self { engine, machine, scan, .. } = self;
        match scan {
            None => {}
            Some(Scan::Tunnels(listing)) => {
                let ended = rows(engine, listing, |tunnel| machine.list_tunnel(tunnel)).await?;
                if ended {
                    *scan = Some(Scan::Sessions(None));
                }
            }
            Some(Scan::Sessions(listing)) => {
                let now = Instant::now();
                let see = |session| machine.list_session(session, now);
                let ended = rows(engine, listing, see).await?;
                if ended {
                    *scan = None;
                    machine.end_listing(now);
                }
            }
        }
        Ok(())
    }
}

/// Some rows of a dump, which is begun if it is not; says whether they were its last.
async fn rows<S: Host, T: Row>(
    engine: &mut Engine<S>,
    listing: &mut Option<Listing<T>>,
    mut see: impl FnMut(T),
) -> Result<bool, Error> {
    let listing = match listing {
        Some(listing) => listing,
        None => listing.insert(engine.list(None).await?),
    };
    for _ in 0..ROWS_AT_ONCE {
        match engine.next_row(listing).await {
            Some(Ok(row)) => see(row),
            // One odd foreign object is left out of the picture, and hides no other.
            Some(Err(error)) if error.kind() == ErrorKind::Protocol => {}
            Some(Err(error)) => return Err(error),
            None => return Ok(true),
        }
    }
    Ok(false)
}

/// A reply, or that there is no such object.
fn found<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(info) => Ok(Some(info)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
