//! A run of a guest: waiting for its end, and what is told of it afterwards.

use std::fmt;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::console::{Marked, Report, Reports};
use super::qemu::{Channel, Event, Qemu};

/// A stream of the command's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a run ended. Only the first is the command's own doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The command ended with this status, 128 + n for signal n.
    Exited(u8),
    /// The kernel panicked, or met a fault, which it is told to take for a panic.
    Panicked,
    /// The machine ended before the command did.
    Died,
    /// The time was up before the command ended; `booted` tells whether it had begun.
    TimedOut {
        /// The command had begun.
        booted: bool,
    },
}

/// A finished run.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// How it ended.
    pub(crate) end: End,
    /// The time from the start of the machine to the start of the command.
    pub(crate) boot: Duration,
    /// The time from the start of the machine to its end.
    pub(crate) total: Duration,
    /// What the kernel complained of by itself: the headlines of its warnings and faults.
    pub(crate) warnings: Vec<String>,
    /// The last lines of the kernel's console, and what the emulator has to say, if anything.
    pub(crate) console: Vec<String>,
    /// The whole console, kept when the machine failed.
    pub(crate) log: Option<PathBuf>,
}

impl Run {
    /// Whether the command ran to its end and succeeded.
    pub(crate) fn success(&self) -> bool {
        self.end == End::Exited(0)
    }
}

impl fmt::Display for Run {
    /// One line for a command that ended; for a machine that failed, its console too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.end {
            End::Exited(0) => write!(f, "the command succeeded")?,
            End::Exited(status) => write!(f, "the command failed with status {status}")?,
            End::Panicked => write!(f, "the guest's kernel panicked")?,
            End::Died => write!(f, "the guest ended before its command did")?,
            End::TimedOut { booted: true } => {
                write!(f, "the command had not ended after {:.0?}", self.total)?;
            }
            End::TimedOut { booted: false } => {
                write!(f, "the guest had not booted after {:.0?}", self.total)?;
            }
        }
        for warning in &self.warnings {
            write!(f, "; the kernel says: {warning}")?;
        }
        let Some(log) = &self.log else { return Ok(()) };
        write!(f, "; its console ended with:")?;
        for line in &self.console {
            write!(f, "\n    {line}")?;
        }
        write!(f, "\nThe whole console is in {}", log.display())
    }
}

/// Waits for the end of a run.
#[derive(Debug)]
pub(super) struct Watch {
    stdout: Marked,
    stderr: Marked,
    reports: Reports,
    status: Option<u8>,
    begun: Instant,
    timeout: Duration,
    booted: bool,
    pub(super) boot: Duration,
}

impl Watch {
    /// A watch that begins now and lasts at most `timeout`.
    pub(super) fn new(token: &str, begun: Instant, timeout: Duration) -> Self {
        Self {
            stdout: Marked::new(token),
            stderr: Marked::new(token),
            reports: Reports::new(token),
            status: None,
            begun,
            timeout,
            booted: false,
            boot: Duration::ZERO,
        }
    }

    /// Hands on the guest's output until its end.
    pub(super) fn run(
        &mut self,
        events: &Receiver<Event>,
        qemu: &mut Qemu,
        output: &mut impl FnMut(Stream, &[u8]),
    ) -> Result<End> {
        loop {
            if let Some(status) = self.finished() {
                return Ok(End::Exited(status));
            }
            let left = self.timeout.saturating_sub(self.begun.elapsed());
            if left.is_zero() {
                self.flush(output);
                return Ok(End::TimedOut { booted: self.booted });
            }
            match events.recv_timeout(left.min(Duration::from_millis(500))) {
                Ok(Event::Bytes(channel, bytes)) => self.take(channel, &bytes, output),
                Ok(Event::Closed) => {}
                Err(RecvTimeoutError::Timeout) if !qemu.ended()? => {}
                // Every channel is closed, and all that they carried has been read.
                Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => {
                    self.flush(output);
                    return Ok(End::Died);
                }
            }
        }
    }

    fn take(&mut self, channel: Channel, bytes: &[u8], output: &mut impl FnMut(Stream, &[u8])) {
        let (stream, marked) = match channel {
            Channel::Stdout => (Stream::Stdout, &mut self.stdout),
            Channel::Stderr => (Stream::Stderr, &mut self.stderr),
            Channel::Control => {
                for report in self.reports.push(bytes) {
                    match report {
                        Report::Ready => {
                            self.booted = true;
                            self.boot = self.begun.elapsed();
                        }
                        Report::Exit(status) => self.status = Some(status),
                    }
                }
                return;
            }
        };
        let passed = marked.push(bytes);
        if !passed.is_empty() {
            output(stream, &passed);
        }
    }

    /// The command's status, once all of its output has arrived.
    fn finished(&self) -> Option<u8> {
        self.status.filter(|_| self.stdout.ended() && self.stderr.ended())
    }

    fn flush(&mut self, output: &mut impl FnMut(Stream, &[u8])) {
        for (stream, marked) in
            [(Stream::Stdout, &mut self.stdout), (Stream::Stderr, &mut self.stderr)]
        {
            let rest = marked.rest();
            if !rest.is_empty() {
                output(stream, &rest);
            }
        }
    }
}
