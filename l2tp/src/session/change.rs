//! What can be changed of a session.

use std::time::Duration;

use super::validate::check_timeout;
use crate::error::ConfigError;
use crate::netlink::attr::{FromAttrs, ToAttrs};
use crate::types::codec::Millis;

/// A change to a session: what is not set stays as it is.
///
/// These four are all that the kernel lets be changed.
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
    /// Whether packets sent are numbered.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SEND_SEQ, with = u8)]
    pub send_seq: Option<bool>,
    /// Whether packets received without a number are dropped.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_SEQ, with = u8)]
    pub recv_seq: Option<bool>,
    /// Whether this end decides about sequence numbers.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_LNS_MODE, with = u8)]
    pub lns_mode: Option<bool>,
    /// How long an early packet waits; zero turns reordering off.
    #[nlattr(id = l2tp_sys::L2TP_ATTR_RECV_TIMEOUT, with = Millis)]
    pub reorder_timeout: Option<Duration>,
}

impl SessionChange {
    /// A change of nothing yet.
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

    /// Refuses a timeout that the kernel would cut.
    ///
    /// # Errors
    ///
    /// A timeout over 2^31-1 ms.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_timeout(self.reorder_timeout)
    }
}
