//! Non-blocking mode and timeouts of tunnel sockets.

use std::os::fd::AsFd;
use std::time::Duration;

use super::TunnelSocket;
use super::error::{SocketError, SocketOperation};
use crate::error::ConfigError;
use crate::sys;

impl TunnelSocket {
    /// Makes [`recv`](Self::recv) and [`send_control`](Self::send_control) return `EAGAIN` instead
    /// of waiting. The setting applies to every file descriptor of the socket.
    ///
    /// ```no_run
    /// # use l2tp::TunnelSocket;
    /// # fn example(socket: &TunnelSocket) -> Result<(), Box<dyn std::error::Error>> {
    /// socket.set_nonblocking(true)?;
    /// match socket.recv(&mut [0; 2048]) {
    ///     Err(error) if error.is_would_block() => println!("no message has arrived"),
    ///     result => println!("{} bytes", result?.len),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// It does not fail for a valid socket.
    pub fn set_nonblocking(&self, nonblocking: bool) -> Result<(), SocketError> {
        sys::set_nonblocking(self.as_fd(), nonblocking)
            .map_err(SocketError::system(SocketOperation::SetOption(self.kind, "nonblocking")))
    }

    /// Sets how long [`recv`](Self::recv) waits (`SO_RCVTIMEO`); `None` removes the limit. When the
    /// timeout expires, the error is `EAGAIN` ([`is_would_block`](SocketError::is_would_block)).
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// # use l2tp::TunnelSocket;
    /// # fn example(socket: &TunnelSocket) -> Result<(), l2tp::socket::SocketError> {
    /// socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    /// match socket.recv(&mut [0; 2048]) {
    ///     Err(error) if error.is_would_block() => println!("no message within a second"),
    ///     result => println!("{} bytes", result?.len),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SocketError::Config`] for a timeout of zero.
    pub fn set_read_timeout(&self, timeout: Option<Duration>) -> Result<(), SocketError> {
        self.set_timeout("read_timeout", libc::SO_RCVTIMEO, timeout)
    }

    /// Sets how long [`send_control`](Self::send_control) waits (`SO_SNDTIMEO`); `None` removes the
    /// limit.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use l2tp::TunnelSocket;
    /// # fn example(socket: &TunnelSocket) -> Result<(), Box<dyn std::error::Error>> {
    /// socket.set_write_timeout(Some(Duration::from_secs(1)))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SocketError::Config`] for a timeout of zero.
    pub fn set_write_timeout(&self, timeout: Option<Duration>) -> Result<(), SocketError> {
        self.set_timeout("write_timeout", libc::SO_SNDTIMEO, timeout)
    }

    /// The timeout of [`recv`](Self::recv), in the kernel's resolution.
    ///
    /// ```no_run
    /// # use l2tp::TunnelSocket;
    /// # fn example(socket: &TunnelSocket) -> Result<(), Box<dyn std::error::Error>> {
    /// println!("recv waits at most {:?}", socket.read_timeout()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// It does not fail for a valid socket.
    pub fn read_timeout(&self) -> Result<Option<Duration>, SocketError> {
        self.timeout("read_timeout", libc::SO_RCVTIMEO)
    }

    /// The timeout of [`send_control`](Self::send_control), in the kernel's resolution.
    ///
    /// ```no_run
    /// # use l2tp::TunnelSocket;
    /// # fn example(socket: &TunnelSocket) -> Result<(), Box<dyn std::error::Error>> {
    /// println!("send_control waits at most {:?}", socket.write_timeout()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// It does not fail for a valid socket.
    pub fn write_timeout(&self) -> Result<Option<Duration>, SocketError> {
        self.timeout("write_timeout", libc::SO_SNDTIMEO)
    }

    fn set_timeout(
        &self,
        field: &'static str,
        name: i32,
        timeout: Option<Duration>,
    ) -> Result<(), SocketError> {
        let operation = SocketOperation::SetOption(self.kind, field);
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Err(SocketError::config(operation)(ConfigError::new(
                field,
                "0 s",
                "to the kernel zero means no timeout: use None for no timeout, or set_nonblocking for no waiting",
            )));
        }
        let value = timeval(timeout.unwrap_or_default());
        sys::set_option(self.as_fd(), libc::SOL_SOCKET, name, value)
            .map_err(SocketError::system(operation))
    }

    fn timeout(&self, field: &'static str, name: i32) -> Result<Option<Duration>, SocketError> {
        let value: libc::timeval = sys::option(self.as_fd(), libc::SOL_SOCKET, name)
            .map_err(SocketError::system(SocketOperation::GetOption(self.kind, field)))?;
        let seconds = Duration::from_secs(u64::try_from(value.tv_sec).unwrap_or_default());
        let rest = Duration::from_micros(u64::try_from(value.tv_usec).unwrap_or_default());
        Ok(Some(seconds + rest).filter(|timeout| !timeout.is_zero()))
    }
}

/// A duration as `timeval`: at least a microsecond unless it is zero, and limited to the largest
/// `time_t`. A `suseconds_t` of any width can hold a million.
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
