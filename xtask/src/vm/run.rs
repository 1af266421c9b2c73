//! A run of a guest: waiting for its end, and the report of it.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::console::{Marked, Report, Reports};
use super::qemu::{Channel, Event};

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
    /// The kernel panicked, or met a fault, which it is configured to treat as a panic.
    Panicked,
    /// The machine ended before the command did.
    Died,
    /// The time was up before the command ended; `booted` is whether it had begun.
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
    /// The time from the start of the machine to the start of the command, if it came to that.
    pub(crate) boot: Option<Duration>,
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
    pub(super) boot: Option<Duration>,
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
            boot: None,
        }
    }

    /// Hands on the guest's output until its end; `ended` is whether the emulator has.
    pub(super) fn run(
        &mut self,
        events: &Receiver<Event>,
        mut ended: impl FnMut() -> io::Result<bool>,
        output: &mut impl FnMut(Stream, &[u8]),
    ) -> Result<End> {
        loop {
            if let Some(status) = self.finished() {
                return Ok(End::Exited(status));
            }
            let left = self.timeout.saturating_sub(self.begun.elapsed());
            if left.is_zero() {
                self.flush(output);
                return Ok(End::TimedOut { booted: self.boot.is_some() });
            }
            match events.recv_timeout(left.min(Duration::from_millis(500))) {
                Ok(Event::Bytes(channel, bytes)) => self.take(channel, &bytes, output),
                Ok(Event::Closed) => {}
                Err(RecvTimeoutError::Timeout) if !ended()? => {}
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
                            self.boot = Some(self.begun.elapsed());
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    const TOKEN: &str = "t0ken";

    /// How a run ends and what the command printed, when this comes out of the machine; an emulator
    /// that has ended holds no channel open.
    fn watch(emulator_ends: bool, events: &[(Channel, &str)]) -> (End, String) {
        let (sender, receiver) = channel();
        for (channel, text) in events {
            sender.send(Event::Bytes(*channel, text.as_bytes().to_vec())).unwrap();
        }
        let held: Option<Sender<Event>> = (!emulator_ends).then_some(sender);
        let mut watch = Watch::new(TOKEN, Instant::now(), Duration::from_millis(100));
        let mut printed = String::new();
        let end = watch.run(&receiver, || Ok(emulator_ends), &mut |_, bytes| {
            printed += &String::from_utf8_lossy(bytes);
        });
        drop(held);
        (end.unwrap(), printed)
    }

    const READY: (Channel, &str) = (Channel::Control, "ready t0ken\n");
    const SUCCESS: (Channel, &str) = (Channel::Control, "exit t0ken 0\n");
    const OUT: (Channel, &str) = (Channel::Stdout, "all is well\n");

    #[test]
    fn a_command_has_ended_when_all_its_output_is_there() {
        let marks = [(Channel::Stdout, TOKEN), (Channel::Stderr, TOKEN)];
        let events = [READY, OUT, SUCCESS, marks[0], marks[1]];
        assert_eq!(watch(false, &events), (End::Exited(0), "all is well\n".into()));
        let unfinished = [READY, OUT, SUCCESS, marks[0]];
        assert_eq!(watch(false, &unfinished).0, End::TimedOut { booted: true });
    }

    #[test]
    fn a_machine_that_ends_has_not_succeeded_whatever_it_printed() {
        let died = (End::Died, "all is well\n".to_owned());
        assert_eq!(watch(true, &[READY, OUT]), died);
        assert_eq!(watch(true, &[READY, OUT, SUCCESS]), died);
        assert_eq!(watch(true, &[READY, OUT, (Channel::Control, "exit other 0\n")]), died);
    }

    #[test]
    fn a_machine_that_hangs_is_ended() {
        assert_eq!(watch(false, &[]), (End::TimedOut { booted: false }, String::new()));
        let hung = watch(false, &[READY, (Channel::Stdout, "half a li")]);
        assert_eq!(hung, (End::TimedOut { booted: true }, "half a li".into()));
    }

    #[test]
    fn a_machine_that_failed_shows_its_last_lines() {
        let run = |end| Run {
            end,
            boot: None,
            total: Duration::from_secs(3),
            warnings: Vec::new(),
            console: vec!["Kernel panic - not syncing: sysrq".to_owned()],
            log: Some("/tmp/console.log".into()),
        };
        for end in [End::Panicked, End::Died, End::TimedOut { booted: true }] {
            let text = run(end).to_string();
            assert!(!run(end).success());
            assert!(text.contains("\n    Kernel panic - not syncing: sysrq\n"), "{text}");
            assert!(text.ends_with("/tmp/console.log"), "{text}");
        }
    }
}
