//! What became of a batch.

use super::batch::BatchRequest;
use crate::error::{Error, Operation};
use crate::{SessionInfo, TunnelInfo};

/// What a request of a batch has led to, if it succeeded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchOutcome {
    /// The command was carried out.
    #[default]
    Done,
    /// The kernel's reply about a tunnel.
    Tunnel(TunnelInfo),
    /// The kernel's reply about a session.
    Session(SessionInfo),
}

/// What became of each request of a [`Batch`](crate::Batch).
///
/// ```no_run
/// # use l2tp::conn::BatchOutcome;
/// # use l2tp::{Batch, Conn, SessionId, TunnelId};
/// let mut batch = Batch::new();
/// batch.get_tunnel_info(TunnelId(1)).delete_session((TunnelId(1), SessionId(10)));
/// let report = Conn::open()?.run(&mut batch)?;
/// match &report.results()[0] {
///     Ok(BatchOutcome::Tunnel(info)) => println!("{info}"),
///     Ok(other) => println!("{other:?}"),
///     Err(error) => eprintln!("{error}"),
/// }
/// # Ok::<(), l2tp::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "requests may have failed"]
pub struct BatchReport<'b> {
    requests: &'b [BatchRequest],
    results: &'b mut Vec<Result<BatchOutcome, Error>>,
}

impl<'b> BatchReport<'b> {
    pub(super) fn new(
        requests: &'b [BatchRequest],
        results: &'b mut Vec<Result<BatchOutcome, Error>>,
    ) -> Self {
        Self { requests, results }
    }

    /// One result for each request, in the order in which the requests were added.
    ///
    /// ```no_run
    /// # let (mut conn, mut batch) = (l2tp::Conn::open()?, l2tp::Batch::new());
    /// let report = conn.run(&mut batch)?;
    /// let carried_out = report.results().iter().filter(|result| result.is_ok()).count();
    /// println!("{carried_out} of {}", report.results().len());
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    pub fn results(&self) -> &[Result<BatchOutcome, Error>] {
        self.results
    }

    /// What each request attempted, with its result.
    ///
    /// ```no_run
    /// # let (mut conn, mut batch) = (l2tp::Conn::open()?, l2tp::Batch::new());
    /// for (operation, result) in conn.run(&mut batch)?.by_request() {
    ///     println!("{operation}: {}", if result.is_ok() { "done" } else { "failed" });
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    #[must_use]
    pub fn by_request(
        &self,
    ) -> impl ExactSizeIterator<Item = (Operation, &Result<BatchOutcome, Error>)> {
        self.requests.iter().map(|request| request.operation).zip(self.results.iter())
    }

    /// The requests that failed: their positions and errors.
    ///
    /// ```no_run
    /// # let (mut conn, mut batch) = (l2tp::Conn::open()?, l2tp::Batch::new());
    /// for (position, error) in conn.run(&mut batch)?.errors() {
    ///     eprintln!("request {position}: {error}");
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    pub fn errors(&self) -> impl Iterator<Item = (usize, &Error)> {
        let numbered = self.results.iter().enumerate();
        numbered.filter_map(|(position, result)| Some((position, result.as_ref().err()?)))
    }

    /// Whether every request succeeded.
    ///
    /// ```no_run
    /// # let (mut conn, mut batch) = (l2tp::Conn::open()?, l2tp::Batch::new());
    /// if conn.run(&mut batch)?.is_ok() {
    ///     println!("all done");
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.results.iter().all(Result::is_ok)
    }

    /// The results by value, in the order of [`results`](Self::results).
    ///
    /// ```no_run
    /// # let (mut conn, mut batch) = (l2tp::Conn::open()?, l2tp::Batch::new());
    /// let results: Vec<_> = conn.run(&mut batch)?.into_results().collect();
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    #[must_use = "requests may have failed"]
    pub fn into_results(self) -> impl ExactSizeIterator<Item = Result<BatchOutcome, Error>> + 'b {
        self.results.drain(..)
    }

    /// The error of the first request that failed, if any did.
    ///
    /// ```no_run
    /// # let (mut conn, mut batch) = (l2tp::Conn::open()?, l2tp::Batch::new());
    /// conn.run(&mut batch)?.into_result()?;
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// That of the first request that failed.
    pub fn into_result(self) -> Result<(), Error> {
        match self.results.iter().position(Result::is_err) {
            Some(first) => self.results.swap_remove(first).map(drop),
            None => Ok(()),
        }
    }
}
