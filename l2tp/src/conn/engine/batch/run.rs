//! Running a batch: datagram after datagram, until every request has its outcome.

use std::ops::Range;

use super::datagram::{Datagram, duplicate};
use super::extent::{DatagramLimit, RECEIVE_BUFFER};
use super::{Memory, Outcome};
use crate::conn::DeletionWait;
use crate::conn::batch::{Batch, BatchRequest, Requests};
use crate::conn::command::Effect;
use crate::conn::engine::remnants::{Deletion, Remnant};
use crate::conn::engine::{Engine, Host, guard};
use crate::conn::{BatchOutcome, BatchReport};
use crate::error::{Error, Operation};
use crate::netlink;

impl<S: Host> Engine<S> {
    /// Sends the requests of a batch. If it is dropped before its end, requests up to some position
    /// have been carried out; the batch keeps its requests.
    pub(crate) async fn run_batch<'b>(
        &mut self,
        batch: &'b mut Batch<'_>,
    ) -> Result<BatchReport<'b>, Error> {
        let Batch { requests, results, memory, .. } = batch;
        let remnants = self
            .run_requests(
                requests,
                batch.stop_at_first_error,
                batch.wait.is_some(),
                results,
                memory,
            )
            .await?;
        if let Some(wait) = batch.wait {
            self.wait_for_remnants(requests, remnants, wait, results).await;
        }
        Ok(BatchReport::new(&requests.list, results))
    }

    /// Sends all requests, and returns what those that delete something have left. Their outcomes
    /// are in `results`, in order.
    async fn run_requests(
        &mut self,
        requests: &Requests,
        one_by_one: bool,
        waits: bool,
        results: &mut Vec<Outcome>,
        memory: &mut Memory,
    ) -> Result<Vec<Remnant>, Error> {
        results.clear();
        let limit = self
            .datagram_limit()
            .await
            .map_err(|error| Error::of_netlink(Operation::Batch, error))?;
        let limit = if one_by_one { limit.one_by_one() } else { limit };
        let mut stopped = false;
        let mut remnants = Vec::new();
        while results.len() < requests.list.len() {
            let first = results.len();
            let rest = &requests.list[first..];
            if stopped || one_by_one && results.last().is_some_and(Result::is_err) {
                results.extend(rest.iter().map(|request| Err(not_attempted(request))));
                break;
            }
            let mut count = if self.guards { limit.guarded(rest) } else { limit.plain(rest) };
            if waits {
                count = until_deletion_of_the_new(&rest[..count]);
                let next = &rest[..count];
                if let Err(error) = self.note_remnants(next, first, &mut remnants).await {
                    let failed = || guard::guard_failed(next[0].operation, error);
                    results.push(Err(next[0].error().unwrap_or_else(failed)));
                    stopped = true;
                    continue;
                }
            }
            let range = first..first + count;
            let run = if self.guards {
                self.run_guarded(requests, range, results, memory).await
            } else {
                self.run_plain(requests, range, results, &mut memory.sent).await
            };
            match run {
                Ok(()) => self.explain_sessions_in_use(requests, first, results).await,
                Err(Broken::Unsent(source)) if first == 0 => {
                    return Err(Error::Io { operation: Operation::Batch, error: source });
                }
                Err(_) => stopped = true,
            }
        }
        Ok(remnants)
    }

    /// Finds out what the deletions among requests that come next will leave for a while.
    async fn note_remnants(
        &mut self,
        requests: &[BatchRequest],
        first: usize,
        remnants: &mut Vec<Remnant>,
    ) -> Result<(), Error> {
        if !requests.iter().any(|request| deletion(request).is_some()) {
            return Ok(());
        }
        let sessions = self.readable_sessions(None).await?;
        for (at, request) in (first..).zip(requests) {
            if let Some(deletion) = deletion(request) {
                self.add_remnants(deletion, at, &sessions, remnants)?;
            }
        }
        Ok(())
    }

    /// Waits until what deletions have left is gone.
    async fn wait_for_remnants(
        &mut self,
        requests: &Requests,
        mut remnants: Vec<Remnant>,
        wait: DeletionWait,
        results: &mut [Outcome],
    ) {
        for (request, result) in requests.list.iter().zip(results.iter_mut()) {
            if deletion(request).is_some() {
                let outcome = std::mem::replace(result, Ok(BatchOutcome::Done));
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
            let operation = requests.list[left.position].operation;
            results[left.position] = Err(left.still_there(operation, wait.limit()));
        }
    }

    /// Enlarges the receive buffer if it is too small for a full datagram's replies, and returns what
    /// both buffers can hold.
    async fn datagram_limit(&mut self) -> Result<DatagramLimit, netlink::Error> {
        self.netlink.settle().await?;
        let receive = self
            .netlink
            .socket
            .reserve_receive_buffer(RECEIVE_BUFFER)
            .map_err(netlink::Error::Send)?;
        let send = self.netlink.socket.send_buffer().map_err(netlink::Error::Send)?;
        Ok(DatagramLimit::new(send, receive))
    }

    /// Sends requests in one datagram as they are. Their outcomes are added to `results`.
    pub(super) async fn run_plain(
        &mut self,
        requests: &Requests,
        range: Range<usize>,
        results: &mut Vec<Outcome>,
        sent: &mut Vec<usize>,
    ) -> Result<(), Broken> {
        sent.clear();
        sent.extend(range.clone().filter(|&at| requests.list[at].is_sendable()));
        self.exchange_datagram(&mut Datagram::new(requests, range, results, sent)).await
    }

    /// Finds out, for the results from `first` on, what of a session is in use that the kernel
    /// rejected with `EEXIST`.
    async fn explain_sessions_in_use(
        &mut self,
        requests: &Requests,
        first: usize,
        results: &mut [Outcome],
    ) {
        for (request, result) in requests.list.iter().zip(results).skip(first) {
            let Effect::CreatesSession { ids, ifname, .. } = request.effect else { continue };
            if result.is_ok() {
                continue;
            }
            if let Err(error) = std::mem::replace(result, Ok(BatchOutcome::Done)) {
                *result = Err(self.explain_in_use(ids, ifname, error).await);
            }
        }
    }

    /// Sends a datagram and receives until the last request's outcome is known.
    pub(super) async fn exchange_datagram(
        &mut self,
        datagram: &mut Datagram<'_>,
    ) -> Result<(), Broken> {
        self.send_datagram(datagram).await?;
        // The family has another number than before: see Engine::outcome.
        if datagram.all_failed_with(libc::ENOENT) && self.renew_family().await.is_ok() {
            datagram.presume();
            self.send_datagram(datagram).await?;
        }
        Ok(())
    }

    async fn send_datagram(&mut self, datagram: &mut Datagram<'_>) -> Result<(), Broken> {
        if !self.fill_datagram(datagram) {
            return Ok(());
        }
        if let Err(source) = self.netlink.socket.send(self.netlink.exchange.outgoing()).await {
            let again = |operation| Error::Io { operation, error: duplicate(&source) };
            datagram.set_all_sent(again);
            return Err(Broken::Unsent(source));
        }
        self.netlink.exchange.sent();
        self.receive_outcomes(datagram).await
    }

    /// Puts a datagram's requests into the exchange. Returns whether there are any.
    fn fill_datagram(&mut self, datagram: &mut Datagram<'_>) -> bool {
        loop {
            self.netlink.exchange.start();
            let Some(&last) = datagram.sent.last() else { return false };
            let failed = datagram.sent.iter().enumerate().find_map(|(place, &at)| {
                let requests = datagram.requests;
                let pushed =
                    requests.push(at, &mut self.netlink.exchange, self.family.id, at == last);
                Some((place, at, pushed.err()?))
            });
            let Some((place, at, error)) = failed else { return true };
            let operation = datagram.requests.list[at].operation;
            datagram.outcomes[at] = Err(Error::Encode { operation, error });
            datagram.sent.remove(place);
        }
    }

    /// Receives the outcomes of what was sent. Once a reply is missing or cannot be read, there
    /// is nothing to wait for: all are queued before the send returns.
    async fn receive_outcomes(&mut self, datagram: &mut Datagram<'_>) -> Result<(), Broken> {
        let mut overrun = None;
        let mut certain = true;
        loop {
            let next = if certain { self.netlink.step().await } else { self.netlink.try_step() };
            match next {
                Ok(step) => {
                    if datagram.note(step, &self.netlink.exchange) && overrun.is_none() {
                        return Ok(());
                    }
                }
                Err(netlink::Error::Decode(source)) => {
                    certain = false;
                    datagram.unread = Some(source);
                }
                Err(failure) if failure.is_overrun() && overrun.is_none() => {
                    certain = false;
                    overrun = Some(libc::ENOBUFS);
                }
                Err(failure) if !certain && failure.is_would_block() => break,
                Err(failure) => {
                    datagram.give_up(&failure.into());
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
pub(super) enum Broken {
    /// A datagram could not be sent.
    Unsent(std::io::Error),
    /// The replies to a datagram could not be received.
    Unanswered,
}

/// The requests, from the first on, of which none deletes what another one may have created: what
/// it will leave could not be found out. Returns how many they are.
fn until_deletion_of_the_new(requests: &[BatchRequest]) -> usize {
    let creates = |request: &BatchRequest| {
        request.is_sendable()
            && matches!(request.effect, Effect::CreatesTunnel | Effect::CreatesSession { .. })
    };
    let Some(first) = requests.iter().position(creates) else { return requests.len() };
    let behind = requests[first..].iter().position(|request| deletion(request).is_some());
    behind.map_or(requests.len(), |behind| first + behind)
}

fn deletion(request: &BatchRequest) -> Option<Deletion> {
    Deletion::of(request.effect).filter(|_| request.is_sendable())
}

/// The outcome of a request that is not sent because of an earlier one.
fn not_attempted(request: &BatchRequest) -> Error {
    request.error().unwrap_or(Error::NotAttempted { operation: request.operation })
}
