//! The machine joined to its transports, for the blocking follower and the async one.

use std::time::{Duration, Instant};

use super::Change;
use super::agenda::{Question, Task};
use super::machine::Machine;
use super::picture::Picture;
use crate::command::{GetTunnel, Row};
use crate::engine::{Engine, Listing, Transport};
use crate::error::{Error, ErrorKind};
use crate::events::{Event, Listener, Missed};
use crate::{SessionInfo, SessionKey, TunnelInfo};

/// At most so many events are read before the next question is asked.
const EVENTS_AT_ONCE: usize = 512;
/// At most so many rows of a listing are read before others have their turn.
const ROWS_AT_ONCE: usize = 256;
/// At most so many questions and parts of listings are done after the deadline, so that a caller
/// who never waits gets somewhere.
const TASKS_AFTER_DEADLINE: u32 = 256;

/// A follower over a transport for its events and one for its questions.
#[derive(Debug)]
pub(crate) struct Driver<S> {
    listener: Listener<S>,
    engine: Engine<S>,
    machine: Machine,
    /// The listing under way. Neither a deadline nor a dropped future makes it begin again.
    scan: Option<Scan>,
}

/// A listing of everything, which has begun once there is one of its rows.
#[derive(Debug)]
enum Scan {
    Tunnels(Option<Listing<TunnelInfo>>),
    Sessions(Option<Listing<SessionInfo>>),
}

impl<S: Transport> Driver<S> {
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
            // During a listing events wait: a row that was received before an event is older.
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

    /// A listing under way is finished before anything else: the kernel would refuse another, and
    /// a question would have to receive its rest.
    fn next_task(&mut self, now: Instant) -> Task {
        if self.scan.is_some() { Task::Scan } else { self.machine.next(now) }
    }

    /// Reads what there is, before asking: of a thousand events about one tunnel one question is
    /// left, and the receive buffer is empty again.
    fn read_events(&mut self) -> Result<(), Error> {
        for _ in 0..EVENTS_AT_ONCE {
            match self.listener.try_next() {
                Ok(Some(event)) => self.machine.hint(&event, Instant::now()),
                Ok(None) => break,
                // It would have been a hint. What it was about is found by a listing.
                Err(error) if error.kind() == ErrorKind::Protocol => {
                    self.machine.hint(&Event::Missed(Missed::Overrun), Instant::now());
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

    /// Begins a listing, or goes on with the one that is under way.
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

    /// A part of the listing under way.
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

/// Some rows of a listing, which is begun if it is not; says whether they were its last.
async fn rows<S: Transport, T: Row>(
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
    use crate::engine::cancellation::{finish, in_time, within};
    use crate::engine::ready;
    use crate::events::Object;
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

    /// Likewise, and nothing has to be waited for.
    fn swift() -> Driver<Kernel> {
        let driver = driver();
        driver.listener.socket.set_waits(false);
        driver.engine.socket.set_waits(false);
        driver
    }

    fn try_next(driver: &mut Driver<Kernel>) -> Result<Option<Change>, Error> {
        ready(driver.next(Some(Instant::now())))
    }

    /// Waits for the next change as long as it takes.
    fn next(driver: &mut Driver<Kernel>) -> Option<Change> {
        let limit = Instant::now() + Duration::from_secs(30);
        ready(driver.next(Some(limit))).expect("no error")
    }

    fn of_session(id: u32) -> Object {
        Object::Session(session(1, id))
    }

    #[test]
    fn a_deadline_holds_in_a_flood_of_foreign_events() {
        in_time(|| {
            let mut driver = swift();
            // Two sessions by turns, or ever other ones.
            for sessions in [1000..1002, 0..u32::MAX] {
                driver.listener.socket.flood(9, Some(sessions));
                for _ in 0..20 {
                    assert_eq!(try_next(&mut driver).expect("no error"), None);
                    let soon = Instant::now() + Duration::from_millis(2);
                    assert_eq!(ready(driver.next(Some(soon))).expect("no error"), None);
                    assert!(Instant::now() >= soon);
                }
            }
            // What is true shows all the same.
            driver.engine.socket.remove_session(1, 30);
            driver.machine.hint(&Event::Missed(Missed::Overrun), Instant::now());
            assert_eq!(next(&mut driver), Some(Change::Removed(of_session(30))));
        });
    }

    #[test]
    fn a_deadline_holds_while_nothing_is_heard_but_overruns() {
        in_time(|| {
            let mut driver = swift();
            driver.listener.socket.overrun_always(true);
            assert_eq!(try_next(&mut driver).expect("no error"), None);
        });
    }

    /// Each listing sees an overrun, which wants another listing.
    #[test]
    fn listings_do_not_keep_questions_from_being_asked() {
        in_time(|| {
            let mut driver = swift();
            driver.engine.socket.remove_session(1, 30);
            driver.listener.socket.overrun_always(true);
            assert_eq!(next(&mut driver), Some(Change::Removed(of_session(30))));
        });
    }

    /// Without an interval at which to list, too.
    #[test]
    fn a_listing_that_fails_is_repeated() {
        let mut driver = swift();
        driver.engine.socket.add_session(1, 31);
        driver.machine.hint(&Event::Missed(Missed::Overrun), Instant::now());
        driver.engine.socket.fail_send(libc::ENOBUFS);
        let error = try_next(&mut driver).expect_err("no memory");
        assert_eq!(error.raw_os_error(), Some(libc::ENOBUFS));
        assert!(driver.timeout().is_some_and(|timeout| timeout < Duration::from_secs(1)));
        assert_eq!(next(&mut driver), Some(Change::Added(of_session(31))));
        assert_eq!(try_next(&mut driver).expect("no error"), None);
        assert_eq!(driver.timeout(), None);
    }

    #[test]
    fn a_listing_that_fails_half_way_is_repeated_from_its_beginning() {
        let mut driver = swift();
        driver.engine.socket.remove_session(1, 30);
        driver.machine.hint(&Event::Missed(Missed::Overrun), Instant::now());
        // Sessions come in eight parts.
        while !matches!(driver.scan, Some(Scan::Sessions(_))) {
            ready(driver.scan_on()).expect("no error");
        }
        driver.engine.socket.fail_receive(libc::ENOBUFS);
        let error = try_next(&mut driver).expect_err("a part is missing");
        assert_eq!(error.raw_os_error(), Some(libc::ENOBUFS));
        assert_eq!(next(&mut driver), Some(Change::Removed(of_session(30))));
        assert_eq!(try_next(&mut driver).expect("no error"), None);
    }

    #[test]
    fn a_question_that_fails_is_repeated_after_a_pause() {
        let mut driver = swift();
        driver.engine.socket.add_session(1, 31);
        driver.listener.socket.notify(1, 31);
        driver.engine.socket.refuse(l2tp_sys::L2TP_CMD_SESSION_GET, libc::EPERM);
        let before = Instant::now();
        let error = try_next(&mut driver).expect_err("refused");
        assert_eq!(error.raw_os_error(), Some(libc::EPERM));
        let Task::Rest(Some(again)) = driver.machine.next(before) else { panic!("at once") };
        assert!(again > before && again < Instant::now() + Duration::from_secs(1));
        assert_eq!(next(&mut driver), Some(Change::Added(of_session(31))));
        assert_eq!(driver.timeout(), None);
    }

    #[test]
    fn an_event_that_cannot_be_read_makes_it_look_again() {
        let mut driver = swift();
        driver.engine.socket.add_session(1, 31);
        driver.listener.socket.spoil_answer(0);
        driver.listener.socket.notify(1, 31);
        assert_eq!(next(&mut driver), Some(Change::Added(of_session(31))));
    }

    /// A caller with a short timer of its own drops the wait again and again.
    #[test]
    fn a_listing_goes_on_where_a_dropped_wait_left_it() {
        let mut driver = swift();
        for id in 31..=2000 {
            driver.engine.socket.add_session(1, id);
        }
        driver.engine.socket.take_requests();
        driver.machine.hint(&Event::Missed(Missed::Overrun), Instant::now());
        driver.listener.socket.set_waits(true);
        driver.engine.socket.set_waits(true);
        let mut added = 0;
        for _ in 0..100_000 {
            let deadline = Some(Instant::now());
            match within(5, driver.next(deadline)) {
                Some(Ok(Some(Change::Added(_)))) => added += 1,
                Some(Ok(None)) if added == 1970 => break,
                Some(Ok(None)) | None => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(added, 1970);
        let listings = driver.engine.socket.take_requests();
        assert_eq!(listings.len(), 2, "one of tunnels and one of sessions: {listings:?}");
    }
}
