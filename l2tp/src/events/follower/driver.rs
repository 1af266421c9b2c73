//! The machine with its sockets, for the blocking follower and the async one.

use std::time::{Duration, Instant};

use super::Change;
use super::machine::Machine;
use super::picture::Picture;
use super::schedule::{Query, Task};
use crate::conn::command::{GetSession, GetTunnel, Row};
use crate::conn::engine::{Engine, Host, Listing};
use crate::error::{Error, ErrorKind};
use crate::events::{Event, EventLoss, Listener};
use crate::{SessionInfo, SessionKey, TunnelInfo};

/// How many events are read at most before the next get request is sent.
const EVENTS_AT_ONCE: usize = 512;
/// How many rows of a dump are read at most before the deadline is checked.
const ROWS_AT_ONCE: usize = 256;
/// How many get requests and parts of dumps are done at most after the deadline. One is always
/// done, so that a caller that never waits still makes progress.
const TASKS_AFTER_DEADLINE: u32 = 256;
/// For how long further ones are begun, and further events are read, after the deadline. On a busy
/// machine each of them may take a millisecond and more.
const TIME_AFTER_DEADLINE: Duration = Duration::from_millis(10);

/// A follower with a socket for events and one for get requests.
#[derive(Debug)]
pub(crate) struct Driver<S> {
    listener: Listener<S>,
    engine: Engine<S>,
    machine: Machine,
    /// The current dump. It continues after a deadline and after a dropped future.
    dump: Option<Dump>,
}

/// A dump of everything: first of the tunnels, then of the sessions. `None` means that the request
/// has not been sent.
#[derive(Debug)]
enum Dump {
    Tunnels(Option<Listing<TunnelInfo>>),
    Sessions(Option<Listing<SessionInfo>>),
}

impl<S: Host> Driver<S> {
    /// Joins the group before the first dump, so that no change is missed between them.
    pub(crate) async fn open(events: S, queries: S, interval: Duration) -> Result<Self, Error> {
        let listener = Listener::open(events).await?;
        let engine = Engine::open(queries).await?;
        let machine = Machine::new(interval, Instant::now());
        let mut driver = Self { listener, engine, machine, dump: None };
        driver.continue_dump().await?;
        while driver.dump.is_some() {
            driver.continue_dump().await?;
        }
        Ok(driver)
    }

    /// The socket that receives events.
    pub(crate) fn socket(&self) -> &S {
        &self.listener.socket
    }

    /// The known tunnels and sessions.
    pub(crate) fn picture(&self) -> &Picture {
        &self.machine.picture
    }

    /// How long a caller may wait if no event arrives; `None` means without a limit.
    pub(crate) fn timeout(&mut self) -> Option<Duration> {
        let now = Instant::now();
        match self.next_task(now) {
            Task::Wait(until) => {
                let until = until.into_iter().chain(self.listener.again()).min();
                until.map(|until| until.saturating_duration_since(now))
            }
            Task::Dump | Task::Send(_) => Some(Duration::ZERO),
        }
    }

    /// The next change, waiting for it at most until `deadline`.
    pub(crate) async fn next(
        &mut self,
        deadline: Option<Instant>,
    ) -> Result<Option<Change>, Error> {
        let mut tasks = 0;
        loop {
            if let Some(change) = self.machine.take_change() {
                return Ok(Some(change));
            }
            if tasks > 0 && is_late(deadline) {
                return Ok(None);
            }
            self.socket().yield_now_and_then().await;
            // No events are read during a dump: a row that was received before an event is older.
            if self.dump.is_none() {
                self.read_events(deadline)?;
            }
            let now = Instant::now();
            let task = self.next_task(now);
            if deadline.is_some_and(|deadline| deadline <= now) {
                if tasks == TASKS_AFTER_DEADLINE || matches!(task, Task::Wait(_)) {
                    return Ok(None);
                }
                tasks += 1;
            }
            match task {
                Task::Dump => self.continue_dump().await?,
                Task::Send(query) => self.send(query).await?,
                Task::Wait(until) => {
                    let until = until.into_iter().chain(deadline).min();
                    self.listener.wait(until).await?;
                }
            }
        }
    }

    /// The current dump is finished first: the kernel would reject another one, and a get request
    /// would have to receive the rest of it.
    fn next_task(&mut self, now: Instant) -> Task {
        if self.dump.is_some() { Task::Dump } else { self.machine.next(now) }
    }

    /// Reads the received events before a get request is sent: a thousand events about one tunnel
    /// lead to one get request, and the receive buffer is empty again.
    fn read_events(&mut self, deadline: Option<Instant>) -> Result<(), Error> {
        for _ in 0..EVENTS_AT_ONCE {
            match self.listener.try_next() {
                Ok(Some(event)) => self.machine.take_event(&event, Instant::now()),
                Ok(None) => break,
                // The object of this event is not known, so everything is dumped.
                Err(error) if error.kind() == ErrorKind::Protocol => {
                    self.machine.take_event(&Event::Lost(EventLoss::Overrun), Instant::now());
                }
                Err(error) => return Err(error),
            }
            if is_late(deadline) {
                break;
            }
        }
        Ok(())
    }

    async fn send(&mut self, query: Query) -> Result<(), Error> {
        let outcome = match query {
            Query::Tunnel(id) => {
                let reply = self.engine.get(&GetTunnel(id)).await;
                found(reply).map(|info| self.machine.take_tunnel(id, info, Instant::now()))
            }
            Query::Session(ids) => {
                let reply = self.engine.get(&GetSession(SessionKey::from(ids))).await;
                found(reply).map(|info| self.machine.take_session(ids, info, Instant::now()))
            }
        };
        if outcome.is_err() {
            self.machine.fail_query(query, Instant::now());
        }
        outcome
    }

    /// Begins a dump, or continues the current one.
    async fn continue_dump(&mut self) -> Result<(), Error> {
        if self.dump.is_none() {
            self.machine.begin_dump();
            self.dump = Some(Dump::Tunnels(None));
        }
        let outcome = self.read_dump().await;
        if outcome.is_err() {
            self.dump = None;
            self.machine.fail_dump(Instant::now());
        }
        outcome
    }

    /// Reads a part of the current dump.
    async fn read_dump(&mut self) -> Result<(), Error> {
        let Self { engine, machine, dump, .. } = self;
        match dump {
            None => {}
            Some(Dump::Tunnels(listing)) => {
                let ended =
                    rows(engine, listing, |tunnel| machine.take_dumped_tunnel(tunnel)).await?;
                if ended {
                    *dump = Some(Dump::Sessions(None));
                }
            }
            Some(Dump::Sessions(listing)) => {
                let now = Instant::now();
                let see = |session| machine.take_dumped_session(session, now);
                let ended = rows(engine, listing, see).await?;
                if ended {
                    *dump = None;
                    machine.end_dump(now);
                }
            }
        }
        Ok(())
    }
}

/// Reads some rows of a dump, and sends its request first if necessary. Returns whether the dump
/// has ended.
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
            // An object that cannot be decoded is omitted; the others are kept.
            Some(Err(error)) if error.kind() == ErrorKind::Protocol => {}
            Some(Err(error)) => return Err(error),
            None => return Ok(true),
        }
    }
    Ok(false)
}

/// The object, or `None` if the kernel reports that it does not exist.
fn found<T>(reply: Result<T, Error>) -> Result<Option<T>, Error> {
    match reply {
        Ok(info) => Ok(Some(info)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether nothing more is begun because of the deadline.
fn is_late(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| deadline.elapsed() >= TIME_AFTER_DEADLINE)
}

#[cfg(test)]
mod tests;
