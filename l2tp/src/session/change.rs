//! Changes of a session.

use std::time::Duration;

use super::validate::check_timeout;
use crate::error::ConfigError;
use crate::netlink::attr::{FromAttrs, ToAttrs};
use crate::types::codec::Millis;

/// A change of a session. Fields that are `None` are not changed.
///
/// The kernel can change only these four.
///
/// ```
/// use std::time::Duration;
/// use l2tp::SessionChange;
///
/// let change = SessionChange::new().send_seq(true).reorder_timeout(Duration::ZERO);
/// assert_eq!(change.recv_seq, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ToAttrs, FromAttrs)]
pub struct SessionChange {
    /// Whether sent packets have sequence numbers.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SEND_SEQ, with = u8)]
    pub send_seq: Option<bool>,
    /// Whether received packets without a sequence number are dropped.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_SEQ, with = u8)]
    pub recv_seq: Option<bool>,
    /// Whether this end decides about the use of sequence numbers.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_LNS_MODE, with = u8)]
    pub lns_mode: Option<bool>,
    /// How long an early packet waits for earlier ones; zero disables reordering.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_TIMEOUT, with = Millis)]
    pub reorder_timeout: Option<Duration>,
}

impl SessionChange {
    /// A change without any field set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`send_seq`](Self#structfield.send_seq).
    #[must_use]
    pub fn send_seq(mut self, on: bool) -> Self {
        self.send_seq = Some(on);
        self
    }

    /// Sets [`recv_seq`](Self#structfield.recv_seq).
    #[must_use]
    pub fn recv_seq(mut self, on: bool) -> Self {
        self.recv_seq = Some(on);
        self
    }

    /// Sets [`lns_mode`](Self#structfield.lns_mode).
    #[must_use]
    pub fn lns_mode(mut self, on: bool) -> Self {
        self.lns_mode = Some(on);
        self
    }

    /// Sets [`reorder_timeout`](Self#structfield.reorder_timeout).
    #[must_use]
    pub fn reorder_timeout(mut self, timeout: Duration) -> Self {
        self.reorder_timeout = Some(timeout);
        self
    }

    /// Rejects a timeout that the kernel would truncate.
    ///
    /// # Errors
    ///
    /// For a timeout over 2^31-1 ms.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_timeout(self.reorder_timeout)
    }
}
