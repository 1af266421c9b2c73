//! How long calls on a tunnel socket wait.

use std::os::fd::AsFd;
use std::time::Duration;

use super::TunnelSocket;
use super::error::{SocketError, SocketStep};
use crate::error::ConfigError;
use crate::sys;

impl TunnelSocket {
    /// Makes [`recv`](Self::recv) and [`send_control`](Self::send_control) return `EAGAIN` instead
    /// of waiting. Every descriptor of the socket has this in common.
    ///
    /// # Errors
    ///
    /// None that a valid socket can give.
    pub fn set_nonblocking(&self, nonblocking: bool) -> Result<(), SocketError> {
        sys::set_nonblocking(self.as_fd(), nonblocking)
            .map_err(SocketError::system(SocketStep::Set(self.kind, "nonblocking")))
    }

    /// Limits the time for which [`recv`](Self::recv) waits, or lifts the limit
    /// (`SO_RCVTIMEO`). When it is over, the error [is](SocketError::is_would_block) `EAGAIN`.
    ///
    /// # Errors
    ///
    /// [`SocketError::Config`] for a time of zero.
    pub fn set_read_timeout(&self, timeout: Option<Duration>) -> Result<(), SocketError> {
        self.set_timeout("read_timeout", libc::SO_RCVTIMEO, timeout)
    }

    /// Limits the time for which [`send_control`](Self::send_control) waits, or lifts the limit
    /// (`SO_SNDTIMEO`).
    ///
    /// # Errors
    ///
    /// [`SocketError::Config`] for a time of zero.
    pub fn set_write_timeout(&self, timeout: Option<Duration>) -> Result<(), SocketError> {
        self.set_timeout("write_timeout", libc::SO_SNDTIMEO, timeout)
    }

    /// The limit of [`recv`](Self::recv), in the kernel's resolution.
    ///
    /// # Errors
    ///
    /// None that a valid socket can give.
    pub fn read_timeout(&self) -> Result<Option<Duration>, SocketError> {
        self.timeout("read_timeout", libc::SO_RCVTIMEO)
    }

    /// The limit of [`send_control`](Self::send_control), in the kernel's resolution.
    ///
    /// # Errors
    ///
    /// None that a valid socket can give.
    pub fn write_timeout(&self) -> Result<Option<Duration>, SocketError> {
        self.timeout("write_timeout", libc::SO_SNDTIMEO)
    }

    fn set_timeout(
        &self,
        field: &'static str,
        name: i32,
        timeout: Option<Duration>,
    ) -> Result<(), SocketError> {
        let step = SocketStep::Set(self.kind, field);
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Err(SocketError::config(step)(ConfigError::new(
                field,
                "0 s",
                "to the kernel zero is for ever: None says so, set_nonblocking waits not at all",
            )));
        }
        let value = timeval(timeout.unwrap_or_default());
        sys::set_option(self.as_fd(), libc::SOL_SOCKET, name, value)
            .map_err(SocketError::system(step))
    }

    fn timeout(&self, field: &'static str, name: i32) -> Result<Option<Duration>, SocketError> {
        let value: libc::timeval = sys::option(self.as_fd(), libc::SOL_SOCKET, name)
            .map_err(SocketError::system(SocketStep::Get(self.kind, field)))?;
        let seconds = Duration::from_secs(u64::try_from(value.tv_sec).unwrap_or_default());
        let rest = Duration::from_micros(u64::try_from(value.tv_usec).unwrap_or_default());
        Ok(Some(seconds + rest).filter(|timeout| !timeout.is_zero()))
    }
}

/// At least a microsecond unless it is zero, and no more seconds than the field holds. A
/// `suseconds_t` of any width holds a million.
#[allow(clippy::cast_lossless, clippy::cast_possible_wrap)]
fn timeval(time: Duration) -> libc::timeval {
    let micros = if time.as_secs() == 0 && time.subsec_nanos() > 0 {
        time.subsec_micros().max(1)
    } else {
        time.subsec_micros()
    };
    libc::timeval {
        tv_sec: time.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_usec: micros as libc::suseconds_t,
    }
}
