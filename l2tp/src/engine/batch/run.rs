//! Running a batch: datagram after datagram, until every request has its outcome.

use super::extent::{Admission, Footprint, Room, WISH};
use super::queue::{Answer, Guarded, Queue, Queued, Spare};
use crate::SessionKey;
use crate::command::{CreateSession, GetSession};
use crate::engine::transport::{Failure, progress, transact};
use crate::engine::{Engine, Transport, guard, refused};
use crate::error::{Error, Operation};
use crate::netlink::exchange::{Exchange, Progress};

type Outcome = Result<Answer, Error>;

/// What became of each request of a batch.
#[derive(Debug)]
#[must_use = "requests may have failed"]
pub struct BatchReport {
    results: Vec<Outcome>,
}

impl BatchReport {
    /// One result a request, in the order in which they were added.
    pub fn results(&self) -> &[Result<Answer, Error>] {
        &self.results
    }

    /// The results themselves.
    #[must_use = "requests may have failed"]
    pub fn into_results(self) -> Vec<Result<Answer, Error>> {
        self.results
    }

    /// The requests that failed, by their position, with the reason.
    pub fn errors(&self) -> impl Iterator<Item = (usize, &Error)> {
        let numbered = self.results.iter().enumerate();
        numbered.filter_map(|(position, result)| Some((position, result.as_ref().err()?)))
    }

    /// Whether every request succeeded.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.results.iter().all(Result::is_ok)
    }
}

impl<S: Transport> Engine<S> {
    /// An empty queue, in the memory of the last batch that was run to its end.
    pub(crate) fn queue<'a>(&mut self) -> Queue<'a> {
        Queue::within(std::mem::take(&mut self.spare))
    }

    /// Runs what is queued and empties the queue, whatever becomes of it.
    pub(crate) async fn run_batch(&mut self, queue: &mut Queue<'_>) -> Result<BatchReport, Error> {
        let mut requests = std::mem::take(&mut queue.requests);
        let one_by_one = queue.stop_at_first_error;
        let buffer = self.empty_receive_buffer().await.map_err(|fail| fail.of(Operation::Batch))?;
        let room = Room::new(buffer, one_by_one);
        let mut results = Vec::with_capacity(requests.len());
        while results.len() < requests.len() {
            let rest = &requests[results.len()..];
            if one_by_one && has_failed(&requests[..results.len()], &results) {
                results.extend(rest.iter().map(|request| Err(not_attempted(request))));
                break;
            }
            if self.guards {
                self.run_guarded(&rest[..room.guarded(rest)], &mut results).await?;
            } else {
                self.run_plain(&rest[..room.plain(rest)], &mut results).await?;
            }
        }
        if requests.iter().any(Result::is_err) {
            // What failed its check was put in its place.
            for (result, request) in results.iter_mut().zip(requests.drain(..)) {
                if let Err(error) = request {
                    *result = Err(error);
                }
            }
        }
        self.spare = Spare::of(requests);
        Ok(BatchReport { results })
    }

    /// Makes room in the receive buffer, and says how much there is.
    async fn empty_receive_buffer(&mut self) -> Result<usize, Failure> {
        self.settle().await?;
        Ok(self.socket.reserve_receive_buffer(WISH)?)
    }

    /// One datagram of requests as they are. Their outcomes are added to `results`.
    async fn run_plain(
        &mut self,
        requests: &[Result<Queued<'_>, Error>],
        results: &mut Vec<Outcome>,
    ) -> Result<(), Error> {
        let mut datagram = Datagram::new(requests, results);
        datagram.sent.extend((0..requests.len()).filter(|&at| requests[at].is_ok()));
        self.exchange_datagram(&mut datagram).await
    }

    /// One datagram of requests that its guards let through, and a question for each before. The
    /// outcomes of as many as that are, from the first on, are added to `results`.
    async fn run_guarded(
        &mut self,
        requests: &[Result<Queued<'_>, Error>],
        results: &mut Vec<Outcome>,
    ) -> Result<(), Error> {
        let mut footprint = Footprint::default();
        let mut guards = Vec::new();
        let mut duplicates = Vec::new();
        let mut free = Vec::new();
        let mut extent = requests.len();
        for (at, request) in requests.iter().enumerate() {
            let Ok(request) = request else { continue };
            match footprint.admit(at, request) {
                Admission::Free => free.push(at),
                Admission::Guarded(guarded) => guards.push((at, guarded)),
                Admission::DuplicateOf(original) => duplicates.push((at, original)),
                Admission::Later => {
                    extent = at;
                    break;
                }
            }
        }
        let mut datagram = Datagram::new(&requests[..extent], results);
        self.ask_guards(&guards, &mut datagram).await?;
        datagram.sent.extend(free);
        datagram.sent.sort_unstable();
        self.exchange_datagram(&mut datagram).await?;
        for (at, original) in duplicates {
            let Ok(Queued::CreateSession(CreateSession(config))) = &requests[at] else { continue };
            datagram.outcomes[at] = match &datagram.outcomes[original] {
                // The original is there, or was there before.
                Ok(_) => Err(guard::duplicate(config)),
                Err(error) if error.is_exists() => Err(guard::duplicate(config)),
                Err(_) => self.create_session(config).await.map(|()| Answer::Done),
            };
        }
        Ok(())
    }

    /// Asks about the sessions of guarded requests. Those that may go on are marked to be sent;
    /// the others get the outcome that a kernel without the defects gives.
    async fn ask_guards(
        &mut self,
        guards: &[(usize, Guarded)],
        datagram: &mut Datagram<'_, '_>,
    ) -> Result<(), Error> {
        let questions: Vec<_> = guards
            .iter()
            .map(|(_, guarded)| {
                let (tunnel, session) = guarded.key();
                Ok(Queued::GetSession(GetSession(SessionKey::Ids(tunnel, session))))
            })
            .collect();
        let mut answers = Vec::with_capacity(questions.len());
        self.run_plain(&questions, &mut answers).await?;
        for (&(at, guarded), answer) in guards.iter().zip(answers) {
            let absent = answer.as_ref().is_err_and(Error::is_not_found);
            let request = &datagram.requests[at];
            match (guarded, request) {
                (Guarded::Absent(..), Ok(Queued::CreateSession(CreateSession(config))))
                    if answer.is_ok() =>
                {
                    datagram.outcomes[at] = Err(guard::duplicate(config));
                }
                (Guarded::Present(..), Ok(request)) if absent => {
                    datagram.outcomes[at] = Err(guard::no_such(request.operation()));
                }
                // Any other refusal is left to the request itself.
                _ => datagram.sent.push(at),
            }
        }
        Ok(())
    }

    /// Sends a datagram and receives until the last request's outcome is known.
    async fn exchange_datagram(&mut self, datagram: &mut Datagram<'_, '_>) -> Result<(), Error> {
        self.send_datagram(datagram).await?;
        if datagram.all_failed_with(libc::ENOENT) {
            // The family has another number than before: see Engine::outcome.
            self.renew_family().await?;
            datagram.presume();
            self.send_datagram(datagram).await?;
        }
        Ok(())
    }

    async fn send_datagram(&mut self, datagram: &mut Datagram<'_, '_>) -> Result<(), Error> {
        self.exchange.start();
        let Some(&last) = datagram.sent.last() else { return Ok(()) };
        for &at in &datagram.sent {
            if let Ok(request) = &datagram.requests[at] {
                request.push(&mut self.exchange, self.family.id, at == last)?;
            }
        }
        let mut next = transact(&self.socket, &mut self.exchange).await;
        loop {
            match next {
                Ok(step) => {
                    if datagram.note(step, &self.exchange) == last {
                        return Ok(());
                    }
                }
                Err(failure) if failure.is_overrun() => return self.salvage(datagram),
                Err(failure) => return Err(failure.of(Operation::Batch)),
            }
            next = progress(&self.socket, &mut self.exchange).await;
        }
    }

    /// Takes what answers are left after some were lost. What has none by then may or may not
    /// have been carried out.
    fn salvage(&mut self, datagram: &mut Datagram<'_, '_>) -> Result<(), Error> {
        let failed = |failure: Failure| failure.of(Operation::Batch);
        loop {
            match self.exchange.poll().map_err(|error| failed(error.into()))? {
                Progress::NeedData => match self.socket.try_recv(self.exchange.space()) {
                    Ok(len) => self.exchange.received(len).map_err(|e| failed(e.into()))?,
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                    Err(error) => return Err(failed(error.into())),
                },
                step => {
                    datagram.note(step, &self.exchange);
                }
            }
        }
        datagram.give_up_the_rest();
        Ok(())
    }
}

/// Whether the last request that has a result failed: its check, or when it was sent.
fn has_failed(requests: &[Result<Queued<'_>, Error>], results: &[Outcome]) -> bool {
    requests.last().is_some_and(Result::is_err) || results.last().is_some_and(Result::is_err)
}

fn not_attempted(request: &Result<Queued<'_>, Error>) -> Error {
    let operation = match request {
        Ok(request) => request.operation(),
        Err(error) => error.operation(),
    };
    Error::NotAttempted { operation }
}

/// What becomes of a request that nothing is heard of: as only the last of a datagram is
/// acknowledged, a command was then carried out.
#[inline]
fn presumed(request: &Result<Queued<'_>, Error>) -> Outcome {
    match request {
        Ok(request) if request.is_question() => {
            Err(Error::NoAnswer { operation: request.operation() })
        }
        _ => Ok(Answer::Done),
    }
}

/// The requests that one datagram holds, and what became of them.
struct Datagram<'r, 'a> {
    requests: &'r [Result<Queued<'a>, Error>],
    outcomes: &'r mut [Outcome],
    /// Those that are sent, by their place in `requests`, ascending.
    sent: Vec<usize>,
    /// The one that was acknowledged.
    acknowledged: Option<usize>,
}

impl<'r, 'a> Datagram<'r, 'a> {
    /// The outcomes, as they are presumed, are added to `results`.
    fn new(requests: &'r [Result<Queued<'a>, Error>], results: &'r mut Vec<Outcome>) -> Self {
        let before = results.len();
        results.extend(requests.iter().map(presumed));
        let outcomes = &mut results[before..];
        Self { requests, outcomes, sent: Vec::with_capacity(requests.len()), acknowledged: None }
    }

    /// Forgets what is known of the requests to be sent.
    fn presume(&mut self) {
        for &at in &self.sent {
            self.outcomes[at] = presumed(&self.requests[at]);
        }
    }

    /// Takes note of an outcome, and says of which request.
    fn note(&mut self, progress: Progress, exchange: &Exchange) -> usize {
        let (index, outcome) = match progress {
            Progress::Failed(index, error) => (index, Err(error)),
            Progress::Reply(index) => (index, Ok(true)),
            Progress::Acked(index) => (index, Ok(false)),
            Progress::NeedData | Progress::Done => return usize::MAX,
        };
        let at = self.sent[index];
        let Ok(request) = &self.requests[at] else { return at };
        self.outcomes[at] = match outcome {
            Err(error) => Err(refused(request.operation(), error)),
            Ok(false) => {
                self.acknowledged = Some(at);
                Ok(Answer::Done)
            }
            Ok(true) => exchange
                .message()
                .map_err(|error| Error::Decode { operation: request.operation(), error })
                .and_then(|message| request.answer(&message)),
        };
        at
    }

    fn all_failed_with(&self, errno: i32) -> bool {
        let failed = |at: &usize| match &self.outcomes[*at] {
            Err(error) => error.raw_os_error() == Some(errno),
            Ok(_) => false,
        };
        !self.sent.is_empty() && self.sent.iter().all(failed)
    }

    /// Marks as lost what is only presumed.
    fn give_up_the_rest(&mut self) {
        for &at in self.sent.iter().filter(|&&at| self.acknowledged != Some(at)) {
            let Ok(request) = &self.requests[at] else { continue };
            let outcome = &mut self.outcomes[at];
            if let Ok(Answer::Done) | Err(Error::NoAnswer { .. }) = outcome {
                *outcome = Err(Error::AnswerLost { operation: request.operation() });
            }
        }
    }
}
