//! A batch: requests that are kept, and sent many at a time.

use std::marker::PhantomData;
use std::ops::Range;
use std::os::fd::BorrowedFd;

use super::BatchOutcome;
use super::command::{ACK, Command, Effect, GET, VERSION};
use super::engine::{DeletionWait, Memory};
use crate::error::{ConfigError, Error, Operation};
use crate::netlink::attr::{AttrWriter, EncodeError, debug_counting_bytes};
use crate::netlink::exchange::Exchange;
use crate::netlink::message::Request;

/// Requests that are sent many at a time.
///
/// A batch is a value: it belongs to no connection, can be built anywhere and kept. A connection
/// sends it with [`Conn::run`](crate::Conn::run) or
/// [`tokio::Conn::run`](crate::tokio::Conn::run), as often as wanted; the requests stay in it until
/// [`clear`](Self::clear). Each request is checked when it is added. One that cannot work is not
/// sent, and its error stands in its place of the [report](crate::conn::BatchReport).
///
/// ```no_run
/// # use l2tp::{Batch, Conn, EncapType, ProtocolVersion, PseudowireType, SessionConfig};
/// # use l2tp::TunnelConfig;
/// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
/// let mut batch = Batch::new();
/// for id in 1..=1000 {
///     batch.create_session(&SessionConfig::new(&tunnel, PseudowireType::Ppp, id, id));
/// }
/// let mut conn = Conn::open()?;
/// let report = conn.run(&mut batch)?;
/// for (position, error) in report.errors() {
///     eprintln!("request {position}: {error}");
/// }
/// # Ok::<(), l2tp::Error>(())
/// ```
///
/// The batch keeps the memory of its requests and of their outcomes, so running it again allocates
/// nothing, apart from the text of errors and what
/// [`wait_for_deletions`](Self::wait_for_deletions) looks up.
///
/// # Sockets of managed tunnels
///
/// The lifetime is that of the sockets whose tunnels the batch creates: they must stay open as long
/// as it may be run. A batch of anything else is a `Batch<'static>`. The batch does not keep a
/// duplicate of the file descriptor, because a managed tunnel lives until the last file descriptor
/// of its socket is closed: a duplicate would keep the tunnel in existence after its owner closed
/// the socket.
#[derive(Default)]
pub struct Batch<'fd> {
    pub(super) requests: Requests,
    pub(super) stop_at_first_error: bool,
    /// How long to wait for what is deleted to be gone, if at all.
    pub(super) wait: Option<DeletionWait>,
    pub(super) results: Vec<Result<BatchOutcome, Error>>,
    pub(super) memory: Memory,
    sockets: PhantomData<BorrowedFd<'fd>>,
}

impl Batch<'_> {
    /// A batch without requests.
    ///
    /// ```
    /// # use l2tp::{Batch, TunnelId};
    /// let mut batch = Batch::new();
    /// batch.delete_tunnel(TunnelId(1)).delete_tunnel(TunnelId(2));
    /// assert_eq!(batch.len(), 2);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of requests.
    ///
    /// The next request to be added has this position in the report.
    ///
    /// ```
    /// # use l2tp::{Batch, TunnelId};
    /// let mut batch = Batch::new();
    /// batch.delete_tunnel(TunnelId(1));
    /// let position = batch.len();
    /// batch.get_tunnel_info(TunnelId(2));
    /// assert_eq!(position, 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.requests.list.len()
    }

    /// Whether the batch has no request.
    ///
    /// ```
    /// assert!(l2tp::Batch::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requests.list.is_empty()
    }

    /// Removes all requests and keeps the memory. What
    /// [`stop_at_first_error`](Self::stop_at_first_error) and
    /// [`wait_for_deletions`](Self::wait_for_deletions) have set stays.
    ///
    /// ```
    /// # use l2tp::{Batch, TunnelId};
    /// let mut batch = Batch::new();
    /// batch.delete_tunnel(TunnelId(1));
    /// batch.clear();
    /// assert!(batch.is_empty());
    /// ```
    pub fn clear(&mut self) -> &mut Self {
        self.requests.clear();
        self
    }

    /// Whether the first error stops the batch: each request after it fails with
    /// [`Error::NotAttempted`]. The kernel itself continues after an error, so each request is then
    /// sent on its own.
    ///
    /// ```
    /// # use l2tp::{Batch, TunnelId};
    /// let mut batch = Batch::new();
    /// batch.stop_at_first_error(true).delete_tunnel(TunnelId(1)).delete_tunnel(TunnelId(2));
    /// ```
    pub fn stop_at_first_error(&mut self, yes: bool) -> &mut Self {
        self.stop_at_first_error = yes;
        self
    }

    /// Makes a run return only when what it deletes is gone, interfaces included, as
    /// [`Conn::delete_tunnel_and_wait`](crate::Conn::delete_tunnel_and_wait) does. The limit is one
    /// for all, and begins when the last request has been carried out. A deletion of which
    /// something is left then fails with [`Error::StillExists`].
    ///
    /// Before the deletions of a datagram the kernel's sessions are dumped once.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use l2tp::conn::DeletionWait;
    /// # use l2tp::{Batch, TunnelId};
    /// let mut batch = Batch::new();
    /// batch.wait_for_deletions(DeletionWait::up_to(Duration::from_secs(10)).missing_ok(true));
    /// batch.delete_tunnel(TunnelId(1)).delete_tunnel(TunnelId(2));
    /// ```
    pub fn wait_for_deletions(&mut self, wait: impl Into<DeletionWait>) -> &mut Self {
        self.wait = Some(wait.into());
        self
    }

    /// Adds a command.
    #[inline]
    pub(super) fn add(&mut self, command: &impl Command) -> &mut Self {
        self.requests.add(command);
        self
    }
}

impl std::fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch")
            .field("requests", &self.requests)
            .field("stop_at_first_error", &self.stop_at_first_error)
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}

/// Requests in order, checked and encoded.
#[derive(Default)]
pub(super) struct Requests {
    pub(super) list: Vec<BatchRequest>,
    attributes: Vec<u8>,
}

debug_counting_bytes!(Requests as "Requests" { list } bytes { attributes });

/// A request of a batch.
#[derive(Debug)]
pub(super) struct BatchRequest {
    pub(super) operation: Operation,
    pub(super) effect: Effect,
    command: u8,
    flags: u16,
    /// Where its attributes are, or why it cannot be sent.
    attributes: Result<Range<usize>, Unsendable>,
}

/// Why a request cannot be sent.
#[derive(Debug)]
enum Unsendable {
    Config(ConfigError),
    Encode(EncodeError),
}

impl Unsendable {
    #[cold]
    fn error(&self, operation: Operation) -> Error {
        match self {
            Self::Config(error) => Error::Config { operation, error: error.clone() },
            Self::Encode(error) => Error::Encode { operation, error: error.clone() },
        }
    }
}

impl Requests {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.attributes.clear();
    }

    /// Adds a command.
    #[inline]
    pub(super) fn add<C: Command>(&mut self, command: &C) {
        let start = self.attributes.len();
        let attributes = match command.check() {
            Err(error) => Err(Unsendable::Config(error)),
            Ok(()) => match command.fill(&mut AttrWriter::new(&mut self.attributes)) {
                Ok(()) => Ok(start..self.attributes.len()),
                Err(error) => {
                    self.attributes.truncate(start);
                    Err(Unsendable::Encode(error))
                }
            },
        };
        self.list.push(BatchRequest {
            operation: command.operation(),
            effect: command.effect(),
            command: C::NUMBER,
            flags: C::FLAGS,
            attributes,
        });
    }

    /// Adds a request to the datagram, with the acknowledgement that only the last one of a
    /// datagram needs: no reply to a command means that it was carried out.
    pub(super) fn push(
        &self,
        at: usize,
        exchange: &mut Exchange,
        family: u16,
        acknowledged: bool,
    ) -> Result<(), EncodeError> {
        let request = &self.list[at];
        let flags = if acknowledged { request.flags } else { request.flags & !ACK };
        let header = Request { family, command: request.command, version: VERSION, flags };
        let encoded = match &request.attributes {
            Ok(range) => self.attributes.get(range.clone()).unwrap_or_default(),
            Err(_) => &[],
        };
        exchange.push(&header, |out| {
            out.put_encoded(encoded);
            Ok(())
        })
    }
}

impl BatchRequest {
    /// Whether it has a reply of its own.
    pub(super) fn is_get(&self) -> bool {
        self.flags == GET
    }

    /// Whether it can be sent.
    pub(super) fn is_sendable(&self) -> bool {
        self.attributes.is_ok()
    }

    /// Why it cannot be sent.
    #[inline]
    pub(super) fn error(&self) -> Option<Error> {
        self.attributes.as_ref().err().map(|why| why.error(self.operation))
    }
}
