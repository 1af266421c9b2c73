//! The machine joined to its transports, for the blocking follower and the async one.

use std::time::{Duration, Instant};

use super::Change;
use super::agenda::{Question, Task};
use super::machine::Machine;
use super::picture::Picture;
use crate::command::GetTunnel;
use crate::command::Row;
use crate::engine::{Engine, Transport};
use crate::error::{Error, ErrorKind};
use crate::events::Listener;
use crate::{SessionKey, TunnelInfo};

/// At most so many events are read before the questions that they raise are asked.
const EVENTS_AT_ONCE: usize = 4096;

/// A follower over a transport for its events and one for its questions.
#[derive(Debug)]
pub(crate) struct Driver<S> {
    listener: Listener<S>,
    engine: Engine<S>,
    machine: Machine,
}

impl<S: Transport> Driver<S> {
    /// Listens, then lists: what happens in between is told twice rather than not at all.
    pub(crate) async fn open(events: S, questions: S, interval: Duration) -> Result<Self, Error> {
        let listener = Listener::open(events).await?;
        let engine = Engine::open(questions).await?;
        let machine = Machine::new(interval, Instant::now());
        let mut driver = Self { listener, engine, machine };
        driver.scan().await?;
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
        match self.machine.next(now) {
            Task::Rest(until) => until.map(|until| until.saturating_duration_since(now)),
            Task::Scan | Task::Ask(_) => Some(Duration::ZERO),
        }
    }

    /// The next change, waiting for it at most until `deadline`.
    pub(crate) async fn next(
        &mut self,
        deadline: Option<Instant>,
    ) -> Result<Option<Change>, Error> {
        loop {
            if let Some(change) = self.machine.take_change() {
                return Ok(Some(change));
            }
            self.read_events()?;
            match self.machine.next(Instant::now()) {
                Task::Scan => self.scan().await?,
                Task::Ask(question) => self.ask(question).await?,
                Task::Rest(until) => {
                    if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                        return Ok(None);
                    }
                    let until = until.into_iter().chain(deadline).min();
                    self.listener.wait(until).await?;
                }
            }
        }
    }

    /// Reads what there is, before asking: of a thousand events about one tunnel one question is
    /// left, and the receive buffer is empty again.
    fn read_events(&mut self) -> Result<(), Error> {
        for _ in 0..EVENTS_AT_ONCE {
            match self.listener.try_next() {
                Ok(Some(event)) => self.machine.hint(&event, Instant::now()),
                Ok(None) => break,
                // It would have been a hint. What it was about is found by the next listing.
                Err(error) if error.kind() == ErrorKind::Protocol => {}
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
            self.machine.give_up(question);
        }
        answered
    }

    async fn scan(&mut self) -> Result<(), Error> {
        self.machine.begin_listing();
        match self.list().await {
            Ok(()) => {
                self.machine.end_listing(Instant::now());
                Ok(())
            }
            Err(error) => {
                self.machine.abandon_listing(Instant::now());
                Err(error)
            }
        }
    }

    async fn list(&mut self) -> Result<(), Error> {
        self.rows(Machine::list_tunnel).await?;
        self.rows(Machine::list_session).await
    }

    async fn rows<T: Row>(&mut self, mut see: impl FnMut(&mut Machine, T)) -> Result<(), Error> {
        let mut listing = self.engine.list::<T>(None).await?;
        while let Some(row) = self.engine.next_row(&mut listing).await {
            match row {
                Ok(row) => see(&mut self.machine, row),
                // One odd foreign object is left out of the picture, and hides no other.
                Err(error) if error.kind() == ErrorKind::Protocol => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// An answer, or that there is no such object.
fn found<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(info) => Ok(Some(info)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::cancellation::kernel::Kernel;
    use crate::engine::cancellation::{finish, within};
    use crate::engine::ready;
    use crate::events::{Event, Missed, Object};
    use crate::samples::{session, tunnel};

    /// A follower of three tunnels, the first with thirty sessions, whose changes were taken.
    fn driver() -> Driver<Kernel> {
        let (events, questions) = (Kernel::new(0, 0), Kernel::new(3, 30));
        events.set_waits(false);
        questions.set_waits(false);
        let mut driver = ready(Driver::open(events, questions, Duration::MAX)).expect("a picture");
        driver.listener.socket.set_waits(true);
        driver.engine.socket.set_waits(true);
        assert_eq!(rest(&mut driver).len(), 33);
        driver
    }

    /// The changes that there are, by a follower that nobody interrupts.
    fn rest(driver: &mut Driver<Kernel>) -> Vec<Change> {
        let now = Some(Instant::now());
        std::iter::from_fn(|| finish(driver.next(now)).expect("no error")).collect()
    }

    /// Drops the wait for a change after every number of polls that it may take. Whatever `happens`
    /// must show as these changes all the same.
    fn shows(least: usize, happens: impl Fn(&mut Driver<Kernel>), expected: &[Change]) {
        for polls in 0.. {
            let mut driver = driver();
            happens(&mut driver);
            let now = Some(Instant::now());
            let first = within(polls, driver.next(now)).map(|change| change.expect("no error"));
            let finished = first.is_some();
            let mut changes: Vec<_> = first.flatten().into_iter().collect();
            changes.extend(rest(&mut driver));
            assert_eq!(changes, expected, "after {polls} polls");
            if finished {
                assert!(polls > least, "it waited only {} times", polls - 1);
                break;
            }
        }
    }

    #[test]
    fn a_dropped_wait_loses_no_event() {
        let happens = |driver: &mut Driver<Kernel>| {
            driver.engine.socket.add_session(1, 31);
            driver.listener.socket.notify(1, 31);
        };
        shows(2, happens, &[Change::Added(Object::Session(session(1, 31)))]);
    }

    #[test]
    fn a_dropped_wait_loses_no_listing() {
        let happens = |driver: &mut Driver<Kernel>| {
            driver.engine.socket.add_session(1, 31);
            driver.machine.hint(&Event::Missed(Missed::Overrun), Instant::now());
        };
        shows(16, happens, &[Change::Added(Object::Session(session(1, 31)))]);
    }

    #[test]
    fn the_picture_is_the_kernels() {
        let driver = driver();
        assert!(driver.picture().tunnels().eq(&[1, 2, 3].map(tunnel)));
        assert_eq!(driver.picture().sessions().count(), 30);
    }
}
