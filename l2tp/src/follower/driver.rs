//! The machine joined to its transports, for the blocking follower and the async one.

use std::time::{Duration, Instant};

use super::Change;
use super::agenda::{Question, Task};
use super::machine::Machine;
use crate::command::GetTunnel;
use crate::engine::{Engine, Row, Transport};
use crate::error::{Error, ErrorKind};
use crate::events::Listener;
use crate::{SessionKey, TunnelInfo};

/// At most so many events are read before the questions that they raise are asked.
const EVENTS_AT_ONCE: usize = 4096;

/// A follower over a transport for its events and one for its questions.
#[derive(Debug)]
pub(crate) struct Driver<S> {
    pub(super) listener: Listener<S>,
    engine: Engine<S>,
    pub(super) machine: Machine,
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
