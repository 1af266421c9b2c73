//! Running a batch: datagram after datagram, until every request has its outcome.

use super::extent::{Admission, Footprint, Room, WISH};
use super::queue::{Answer, Guarded, Queue, Queued, Spare};
use crate::conn::command::{CreateSession, GetSession};
use crate::conn::engine::remnants::Remnant;
use crate::conn::engine::transport::{Failure, step, try_step};
use crate::conn::engine::{Engine, Transport, guard, refused};
use crate::error::{Error, Operation};
use crate::netlink::attr::DecodeError;
use crate::netlink::exchange::{Exchange, Progress};
use crate::{SessionKey, Wait};

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
        let room = self.room().await.map_err(|failure| failure.of(Operation::Batch))?;
        let room = if one_by_one { room.one_by_one() } else { room };
        let mut results = Vec::with_capacity(requests.len());
        let mut stopped = false;
        let mut remnants = Vec::new();
        while results.len() < requests.len() {
            let rest = &requests[results.len()..];
            if stopped || one_by_one && has_failed(&requests[..results.len()], &results) {
                results.extend(rest.iter().map(|request| Err(not_attempted(request))));
                break;
            }
            let before = results.len();
            let mut next = &rest[..if self.guards { room.guarded(rest) } else { room.plain(rest) }];
            if queue.wait.is_some() {
                next = until_deletion_of_the_new(next);
                if let Err(error) = self.note_remnants(next, before, &mut remnants).await {
                    let operation = operation(&next[0]);
                    results.push(Err(guard::guard_failed(operation, error)));
                    stopped = true;
                    continue;
                }
            }
            let run = if self.guards {
                self.run_guarded(next, &mut results).await
            } else {
                self.run_plain(next, &mut results).await
            };
            match run {
                Ok(()) => {
                    let done = results.len() - before;
                    self.explain_sessions_in_use(&next[..done], &mut results[before..]).await;
                }
                Err(Broken::Unsent(source)) if before == 0 => {
                    return Err(Error::Io { operation: Operation::Batch, error: source });
                }
                Err(_) => stopped = true,
            }
        }
        if let Some(wait) = queue.wait.take() {
            self.wait_for_remnants(&requests, remnants, wait, &mut results).await;
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

    /// Finds out what the deletions among requests that come next will leave for a while.
    async fn note_remnants(
        &mut self,
        requests: &[Result<Queued<'_>, Error>],
        first: usize,
        remnants: &mut Vec<Remnant>,
    ) -> Result<(), Error> {
        let deletions: Vec<_> = (first..)
            .zip(requests)
            .filter_map(|(at, request)| Some((at, request.as_ref().ok()?.deletion()?)))
            .collect();
        if deletions.is_empty() {
            return Ok(());
        }
        let sessions = self.readable_sessions(None).await?;
        for (at, deletion) in deletions {
            self.add_remnants(deletion, at, &sessions, remnants)?;
        }
        Ok(())
    }

    /// Waits until what deletions have left is gone.
    async fn wait_for_remnants(
        &mut self,
        requests: &[Result<Queued<'_>, Error>],
        mut remnants: Vec<Remnant>,
        wait: Wait,
        results: &mut [Outcome],
    ) {
        for (request, result) in requests.iter().zip(results.iter_mut()) {
            if request.as_ref().is_ok_and(|request| request.deletion().is_some()) {
                let outcome = std::mem::replace(result, Ok(Answer::Done));
                *result = wait.forgive(outcome);
            }
        }
        remnants.retain(|remnant| results[remnant.position].is_ok());
        if let Err(error) = self.outlive(&mut remnants, wait.limit()).await {
            if let Some(last) = remnants.pop() {
                results[last.position] = Err(error);
            }
        }
        for left in remnants {
            let operation = operation(&requests[left.position]);
            results[left.position] = Err(left.still_there(operation, wait.limit()));
        }
    }

    /// Makes room in the receive buffer, and says how much there is in both.
    async fn room(&mut self) -> Result<Room, Failure> {
        self.settle().await?;
        let receive = self.socket.reserve_receive_buffer(WISH).map_err(Failure::Unsent)?;
        let send = self.socket.send_buffer().map_err(Failure::Unsent)?;
        Ok(Room::new(send, receive))
    }

    /// One datagram of requests as they are. Their outcomes are added to `results`.
    async fn run_plain(
        &mut self,
        requests: &[Result<Queued<'_>, Error>],
        results: &mut Vec<Outcome>,
    ) -> Result<(), Broken> {
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
    ) -> Result<(), Broken> {
        let mut footprint = Footprint::default();
        let mut guards = Vec::new();
        let mut free = Vec::new();
        let mut extent = requests.len();
        for (at, request) in requests.iter().enumerate() {
            let Ok(request) = request else { continue };
            match footprint.admit(request) {
                Admission::Free => free.push(at),
                Admission::Guarded(guarded) => guards.push((at, guarded)),
                Admission::Later => {
                    extent = at;
                    break;
                }
            }
        }
        let mut datagram = Datagram::new(&requests[..extent], results);
        let guarded = self.ask_guards(&guards, &mut datagram).await;
        if let Err(broken) = guarded {
            datagram.sent.extend(free);
            datagram.set_all_sent(|operation| Error::NotAttempted { operation });
            return Err(broken);
        }
        datagram.sent.extend(free);
        datagram.sent.sort_unstable();
        self.exchange_datagram(&mut datagram).await
    }

    /// Finds out what sessions met that the kernel refused as in use.
    async fn explain_sessions_in_use(
        &mut self,
        requests: &[Result<Queued<'_>, Error>],
        results: &mut [Outcome],
    ) {
        for (request, result) in requests.iter().zip(results) {
            let Ok(Queued::CreateSession(CreateSession(config))) = request else { continue };
            if let Err(error) = std::mem::replace(result, Ok(Answer::Done)) {
                *result = Err(self.explain_in_use(config, error).await);
            }
        }
    }

    /// Asks about the sessions of guarded requests. Those that may go on are marked to be sent;
    /// the others get the outcome that a kernel without the defects gives, or the reason for which
    /// it is not known.
    async fn ask_guards(
        &mut self,
        guards: &[(usize, Guarded)],
        datagram: &mut Datagram<'_, '_>,
    ) -> Result<(), Broken> {
        let questions: Vec<_> = guards
            .iter()
            .map(|(_, guarded)| {
                let (tunnel, session) = guarded.key();
                Ok(Queued::GetSession(GetSession(SessionKey::Ids(tunnel, session))))
            })
            .collect();
        let mut answers = Vec::with_capacity(questions.len());
        let asked = self.run_plain(&questions, &mut answers).await;
        for (&(at, guarded), answer) in guards.iter().zip(answers) {
            let Ok(request) = &datagram.requests[at] else { continue };
            match (guarded, answer) {
                (Guarded::Absent(..), Err(error)) if guard::is_absence(&error) => {
                    datagram.sent.push(at);
                }
                (Guarded::Present(..), Ok(_)) => datagram.sent.push(at),
                (Guarded::Absent(..), Ok(_)) => {
                    datagram.outcomes[at] = Err(guard::duplicate(request.operation()));
                }
                (Guarded::Present(..), Err(error)) if guard::is_absence(&error) => {
                    datagram.outcomes[at] = Err(guard::no_such(request.operation()));
                }
                (_, Err(failure)) => {
                    let error = guard::guard_failed(request.operation(), failure);
                    datagram.outcomes[at] = Err(error);
                }
            }
        }
        asked
    }

    /// Sends a datagram and receives until the last request's outcome is known.
    async fn exchange_datagram(&mut self, datagram: &mut Datagram<'_, '_>) -> Result<(), Broken> {
        self.send_datagram(datagram).await?;
        // The family has another number than before: see Engine::outcome.
        if datagram.all_failed_with(libc::ENOENT) && self.renew_family().await.is_ok() {
            datagram.presume();
            self.send_datagram(datagram).await?;
        }
        Ok(())
    }

    async fn send_datagram(&mut self, datagram: &mut Datagram<'_, '_>) -> Result<(), Broken> {
        if !self.fill_datagram(datagram) {
            return Ok(());
        }
        if let Err(source) = self.socket.send(self.exchange.outgoing()).await {
            let again = |operation| Error::Io { operation, error: duplicate(&source) };
            datagram.set_all_sent(again);
            return Err(Broken::Unsent(source));
        }
        self.exchange.sent();
        self.receive_outcomes(datagram).await
    }

    /// Puts a datagram's requests into the exchange. Whether there are any.
    fn fill_datagram(&mut self, datagram: &mut Datagram<'_, '_>) -> bool {
        loop {
            self.exchange.start();
            let Some(&last) = datagram.sent.last() else { return false };
            let failed = datagram.sent.iter().enumerate().find_map(|(place, &at)| {
                let request = datagram.requests[at].as_ref().ok()?;
                let pushed = request.push(&mut self.exchange, self.family.id, at == last);
                Some((place, at, pushed.err()?))
            });
            let Some((place, at, error)) = failed else { return true };
            datagram.outcomes[at] = Err(error);
            datagram.sent.remove(place);
        }
    }

    /// Receives the outcomes of what was sent. Once an answer is missing or cannot be read, there
    /// is nothing to wait for: all are queued before the send returns.
    async fn receive_outcomes(&mut self, datagram: &mut Datagram<'_, '_>) -> Result<(), Broken> {
        let mut overrun = None;
        let mut certain = true;
        loop {
            let next = if certain {
                step(&self.socket, &mut self.exchange).await
            } else {
                try_step(&self.socket, &mut self.exchange)
            };
            match next {
                Ok(step) => {
                    if datagram.note(step, &self.exchange) && overrun.is_none() {
                        return Ok(());
                    }
                }
                Err(Failure::Decode(source)) => {
                    certain = false;
                    datagram.unread = Some(source);
                }
                Err(failure) if failure.is_overrun() && overrun.is_none() => {
                    certain = false;
                    overrun = Some(libc::ENOBUFS);
                }
                Err(failure) if !certain && failure.is_wait() => break,
                Err(Failure::Unanswered(source) | Failure::Unsent(source)) => {
                    datagram.give_up(&source);
                    return Err(Broken::Unanswered);
                }
            }
        }
        datagram.end();
        if let Some(errno) = overrun {
            datagram.give_up(&std::io::Error::from_raw_os_error(errno));
        }
        Ok(())
    }
}

/// Why a batch cannot go on.
#[derive(Debug)]
enum Broken {
    /// A datagram could not be sent.
    Unsent(std::io::Error),
    /// The answers to a datagram could not be received.
    Unanswered,
}

/// The error once more, for another request.
fn duplicate(error: &std::io::Error) -> std::io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), std::io::Error::from_raw_os_error)
}

/// Whether the last request that has a result failed: its check, or when it was sent.
fn has_failed(requests: &[Result<Queued<'_>, Error>], results: &[Outcome]) -> bool {
    requests.last().is_some_and(Result::is_err) || results.last().is_some_and(Result::is_err)
}

/// The requests, from the first on, of which none deletes what another one may have created: what
/// it will leave could not be found out.
fn until_deletion_of_the_new<'r, 'a>(
    requests: &'r [Result<Queued<'a>, Error>],
) -> &'r [Result<Queued<'a>, Error>] {
    let makes =
        |request: &Result<Queued<'_>, Error>| request.as_ref().is_ok_and(Queued::is_creation);
    let deletes = |request: &Result<Queued<'_>, Error>| {
        request.as_ref().is_ok_and(|request| request.deletion().is_some())
    };
    let Some(created) = requests.iter().position(makes) else { return requests };
    let behind = requests[created..].iter().position(deletes);
    &requests[..behind.map_or(requests.len(), |behind| created + behind)]
}

fn operation(request: &Result<Queued<'_>, Error>) -> Operation {
    match request {
        Ok(request) => request.operation(),
        Err(error) => error.operation(),
    }
}

fn not_attempted(request: &Result<Queued<'_>, Error>) -> Error {
    Error::NotAttempted { operation: operation(request) }
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
    /// How many of `sent`, from the first on, are known. The kernel answers in order.
    known: usize,
    /// An answer behind those could not be read.
    unread: Option<DecodeError>,
    /// The one that was acknowledged.
    acknowledged: Option<usize>,
}

impl<'r, 'a> Datagram<'r, 'a> {
    /// The outcomes, as they are presumed, are added to `results`.
    fn new(requests: &'r [Result<Queued<'a>, Error>], results: &'r mut Vec<Outcome>) -> Self {
        let before = results.len();
        results.extend(requests.iter().map(presumed));
        let outcomes = &mut results[before..];
        let sent = Vec::with_capacity(requests.len());
        Self { requests, outcomes, sent, known: 0, unread: None, acknowledged: None }
    }

    /// Forgets what is known of the requests to be sent.
    fn presume(&mut self) {
        for &at in &self.sent {
            self.outcomes[at] = presumed(&self.requests[at]);
        }
        (self.known, self.unread, self.acknowledged) = (0, None, None);
    }

    /// Takes note of an outcome, and says whether it is the last.
    fn note(&mut self, progress: Progress, exchange: &Exchange) -> bool {
        let (index, outcome) = match progress {
            Progress::Failed(index, error) => (index, Err(error)),
            Progress::Reply(index) => (index, Ok(true)),
            Progress::Acked(index) => (index, Ok(false)),
            Progress::NeedData | Progress::Done | Progress::Interrupted => return false,
        };
        self.known_up_to(index);
        self.known = index + 1;
        let at = self.sent[index];
        let Ok(request) = &self.requests[at] else { return false };
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
        self.known == self.sent.len()
    }

    /// Nothing more is received.
    fn end(&mut self) {
        self.known_up_to(self.sent.len());
    }

    /// An answer that could not be read was to one of those before `index` of which nothing else
    /// was heard.
    fn known_up_to(&mut self, index: usize) {
        let Some(source) = self.unread.take() else { return };
        for at in self.sent.get(self.known..index).unwrap_or_default() {
            if let Ok(request) = &self.requests[*at] {
                let operation = request.operation();
                self.outcomes[*at] = Err(Error::Decode { operation, error: source.clone() });
            }
        }
    }

    fn all_failed_with(&self, errno: i32) -> bool {
        let failed = |at: &usize| match &self.outcomes[*at] {
            Err(Error::Refused { error, .. }) => error.errno() == errno,
            _ => false,
        };
        !self.sent.is_empty() && self.sent.iter().all(failed)
    }

    /// Gives this outcome to all that is sent.
    fn set_all_sent(&mut self, error: impl Fn(Operation) -> Error) {
        for &at in &self.sent {
            if let Ok(request) = &self.requests[at] {
                self.outcomes[at] = Err(error(request.operation()));
            }
        }
    }

    /// Marks as lost what is only presumed.
    fn give_up(&mut self, error: &std::io::Error) {
        for &at in self.sent.iter().filter(|&&at| self.acknowledged != Some(at)) {
            let Ok(request) = &self.requests[at] else { continue };
            let outcome = &mut self.outcomes[at];
            if let Ok(Answer::Done) | Err(Error::NoAnswer { .. }) = outcome {
                let error = duplicate(error);
                *outcome = Err(Error::AnswerLost { operation: request.operation(), error });
            }
        }
    }
}
