//! A batch on the async connection.

use std::net::SocketAddr;
use std::os::fd::AsFd;

use super::socket::AsyncSocket;
use crate::conn::engine::{BatchReport, Engine, Queue, batch_requests};
use crate::error::Error;
use crate::{SessionChange, SessionConfig, SessionKey, TunnelConfig, TunnelId, Wait};

/// Requests that are sent many at a time, as those of [`l2tp::Batch`](crate::Batch) are.
#[derive(Debug)]
pub struct Batch<'c> {
    engine: &'c mut Engine<AsyncSocket>,
    queue: Queue<'c>,
}

impl<'c> Batch<'c> {
    pub(super) fn new(engine: &'c mut Engine<AsyncSocket>) -> Self {
        let queue = engine.queue();
        Self { engine, queue }
    }

    /// Sends what was added, many requests at a time, and returns one result a request. The batch
    /// is then empty and can be used again.
    ///
    /// It is empty, too, when the future is dropped before its end: of the requests some number,
    /// from the first on, has then been carried out.
    ///
    /// # Errors
    ///
    /// When the socket fails before anything was sent. What requests meet is in the report, a
    /// socket that fails later included: [`Error::Io`] for what could not be sent,
    /// [`Error::AnswerLost`] for what may have been carried out, [`Error::NotAttempted`] for what
    /// comes behind.
    pub async fn run(&mut self) -> Result<BatchReport, Error> {
        self.engine.run_batch(&mut self.queue).await
    }
}

batch_requests!(Batch);
