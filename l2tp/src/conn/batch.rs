//! A batch on the blocking connection.

use std::net::SocketAddr;
use std::os::fd::AsFd;

use crate::conn::engine::{BatchReport, Engine, Queue, batch_requests, ready};
use crate::error::Error;
use crate::netlink::socket::Socket;
use crate::{SessionChange, SessionConfig, SessionKey, TunnelConfig, TunnelId, Wait};

/// Requests that are sent many at a time.
///
/// ```no_run
/// # use l2tp::{Conn, EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};
/// # let mut conn = Conn::open()?;
/// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
/// let mut batch = conn.batch();
/// for id in 1..=1000 {
///     batch.create_session(&SessionConfig::new(&tunnel, PseudowireType::Ppp, id, id));
/// }
/// for (position, error) in batch.run()?.errors() {
///     eprintln!("request {position}: {error}");
/// }
/// # Ok::<(), l2tp::Error>(())
/// ```
#[derive(Debug)]
pub struct Batch<'c> {
    engine: &'c mut Engine<Socket>,
    queue: Queue<'c>,
}

impl<'c> Batch<'c> {
    pub(super) fn new(engine: &'c mut Engine<Socket>) -> Self {
        let queue = engine.queue();
        Self { engine, queue }
    }

    /// Sends what was added, many requests at a time, and returns one result a request. The batch
    /// is then empty and can be used again.
    ///
    /// # Errors
    ///
    /// When the socket fails before anything was sent. What requests meet is in the report, a
    /// socket that fails later included: [`Error::Io`] for what could not be sent,
    /// [`Error::AnswerLost`] for what may have been carried out, [`Error::NotAttempted`] for what
    /// comes behind.
    pub fn run(&mut self) -> Result<BatchReport, Error> {
        ready(self.engine.run_batch(&mut self.queue))
    }
}

batch_requests!(Batch);
