//! A guest: one command, run as root on one kernel.
//!
//! ```ignore
//! let Availability::Ready(kernel) = Kernel::fetch(Suite::Trixie, &progress)? else { … };
//! let run = Guest::new(&kernel, "target/…/kernel-suite").arg("--nocapture").run(|stream, bytes| {
//!     …
//! })?;
//! match run.end { End::Exited(0) => …, _ => eprintln!("{run}") }
//! ```

use std::collections::hash_map::RandomState;
use std::ffi::{OsStr, OsString};
use std::fmt::{self, Write as _};
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufWriter, Write as _};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::console::{Log, Marked, Report, Reports};
use super::image::Image;
use super::kernel::{self, Kernel};
use super::qemu::{Accel, Channel, Event, Machine, Qemu};
use super::tools;

/// A command, and the machine it is to run on.
#[derive(Debug, Clone)]
pub(crate) struct Guest<'k> {
    kernel: &'k Kernel,
    command: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(String, OsString)>,
    files: Vec<(PathBuf, PathBuf)>,
    tools: Vec<OsString>,
    hidden: Vec<String>,
    timeout: Duration,
    accel: Accel,
    icount: bool,
}

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

impl<'k> Guest<'k> {
    /// A guest that runs `command`: a path of the host, or a name, which the guest's own programs
    /// are searched for before the host's `PATH`.
    pub(crate) fn new(kernel: &'k Kernel, command: impl Into<OsString>) -> Self {
        Self {
            kernel,
            command: command.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            files: Vec::new(),
            tools: Vec::new(),
            hidden: Vec::new(),
            timeout: Duration::from_mins(10),
            accel: Accel::default(),
            icount: false,
        }
    }

    /// Adds an argument of the command.
    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments of the command.
    pub(crate) fn args<A: Into<OsString>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable of the command's environment.
    pub(crate) fn env(mut self, name: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Copies a file or folder of the host to a path of the guest.
    pub(crate) fn file(mut self, host: impl Into<PathBuf>, guest: impl Into<PathBuf>) -> Self {
        self.files.push((host.into(), guest.into()));
        self
    }

    /// Takes one more program of the host, with its libraries, to `/usr/bin`.
    pub(crate) fn tool(mut self, name: impl Into<OsString>) -> Self {
        self.tools.push(name.into());
        self
    }

    /// Leaves out the modules of this name, in which `*` stands for any text.
    pub(crate) fn hide(mut self, module: impl Into<String>) -> Self {
        self.hidden.push(module.into());
        self
    }

    /// Ends the machine after this time, boot included. The default is ten minutes.
    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Chooses what executes the guest.
    pub(crate) fn accel(mut self, accel: Accel) -> Self {
        self.accel = accel;
        self
    }

    /// Makes the guest's clock count its instructions, one nanosecond each, on one processor: for
    /// measurements that repeat.
    pub(crate) fn icount(mut self, icount: bool) -> Self {
        self.icount = icount;
        self
    }

    /// Boots the machine and runs the command; `output` gets its output as it comes.
    ///
    /// # Errors
    /// When the machine cannot be made or started. Whatever happens in it is part of the [`Run`].
    pub(crate) fn run(self, mut output: impl FnMut(Stream, &[u8])) -> Result<Run> {
        let work = tempfile::Builder::new().prefix("l2tp-vm-").tempdir()?;
        let token = token();
        // Without a name, so that nothing of its size is left behind when this process is killed.
        let mut initramfs = tempfile::tempfile()?;
        self.write_initramfs(&token, &mut initramfs)?;
        let fd = initramfs.as_raw_fd();
        let initramfs_path = PathBuf::from(format!("/proc/{}/fd/{fd}", std::process::id()));
        let console = work.path().join("console.log");
        let machine = Machine {
            kernel: &self.kernel.vmlinux(),
            initramfs: &initramfs_path,
            console: &console,
            accel: self.accel,
            icount: self.icount,
            cpus: 2,
            memory: 1024,
        };
        let (sender, events) = mpsc::channel();
        let begun = Instant::now();
        let mut qemu = machine.start(work.path(), &sender)?;
        drop(sender);
        let mut watch = Watch::new(&token, begun, self.timeout);
        let end = watch.run(&events, &mut qemu, &mut output)?;
        let complaints = qemu.complaints();
        drop(qemu);
        let mut log = Log::read(&console);
        log.tail.extend(complaints.lines().map(str::to_owned));
        let end = if end == End::Died && log.panicked { End::Panicked } else { end };
        let kept = if matches!(end, End::Exited(_)) { None } else { Some(self.keep(&console)?) };
        Ok(Run {
            end,
            boot: watch.boot,
            total: begun.elapsed(),
            warnings: log.warnings,
            console: log.tail,
            log: kept,
        })
    }

    /// Runs the command and collects its standard output; standard error goes to `errors`.
    pub(crate) fn output(self, mut errors: impl FnMut(&[u8])) -> Result<(Run, Vec<u8>)> {
        let mut collected = Vec::new();
        let run = self.run(|stream, bytes| match stream {
            Stream::Stdout => collected.extend_from_slice(bytes),
            Stream::Stderr => errors(bytes),
        })?;
        Ok((run, collected))
    }

    fn write_initramfs(&self, token: &str, file: &mut File) -> Result<()> {
        let mut image = Image::default();
        tools::system(&mut image)?;
        for name in &self.tools {
            let program = find(name)?;
            let file = program.file_name().unwrap_or(name);
            tools::add(&mut image, &Path::new("/usr/bin").join(file), &program)?;
        }
        for (host, guest) in &self.files {
            image.tree(guest, host)?;
        }
        let program = self.program(&mut image)?;
        image.bytes("/init", include_str!("init.sh"), 0o755);
        image.bytes("/vm/settings", self.settings(token), 0o600);
        image.bytes("/vm/command", self.script(&program)?, 0o755);
        let mut out = BufWriter::new(file);
        io::copy(&mut File::open(self.kernel.modules())?, &mut out)?;
        image.write(&mut out)?;
        Ok(out.flush()?)
    }

    /// Where the command is in the guest; it is brought there if need be.
    fn program(&self, image: &mut Image) -> Result<OsString> {
        let named = Path::new(&self.command);
        let inside = if named.components().count() > 1 {
            named.is_absolute() && image.contains(named)
        } else {
            ["/bin", "/sbin"].iter().any(|folder| image.contains(Path::new(folder).join(named)))
        };
        if inside {
            return Ok(self.command.clone());
        }
        let program = find(&self.command)?;
        let name = program.file_name().unwrap_or(&self.command);
        let guest = Path::new("/vm/bin").join(name);
        tools::add(image, &guest, &program)?;
        Ok(guest.into_os_string())
    }

    fn settings(&self, token: &str) -> Vec<u8> {
        let hidden = OsString::from(self.hidden.join(" "));
        let mut text = format!("token={token}\nhidden=").into_bytes();
        text.extend(quoted(&hidden));
        text.push(b'\n');
        text
    }

    fn script(&self, program: &OsStr) -> Result<Vec<u8>> {
        let mut text = b"#!/bin/sh\n".to_vec();
        for (name, value) in &self.environment {
            ensure!(is_variable(name), "{name:?} cannot be the name of an environment variable");
            text.extend(format!("export {name}=").into_bytes());
            text.extend(quoted(value));
            text.push(b'\n');
        }
        text.extend(b"exec ");
        text.extend(quoted(program));
        for argument in &self.arguments {
            text.push(b' ');
            text.extend(quoted(argument));
        }
        text.push(b'\n');
        Ok(text)
    }

    /// Keeps a failed guest's console where the next failure of the same suite replaces it.
    fn keep(&self, console: &Path) -> Result<PathBuf> {
        let folder = kernel::cache()?.join("logs");
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{}-{}.log", self.kernel.suite(), std::process::id()));
        fs::copy(console, &path).context("cannot keep the guest's console")?;
        Ok(path)
    }
}

/// Waits for the end of a run.
struct Watch {
    stdout: Marked,
    stderr: Marked,
    reports: Reports,
    status: Option<u8>,
    begun: Instant,
    timeout: Duration,
    booted: bool,
    boot: Duration,
}

impl Watch {
    fn new(token: &str, begun: Instant, timeout: Duration) -> Self {
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

    fn run(
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

fn find(name: &OsStr) -> Result<PathBuf> {
    tools::find(name).with_context(|| {
        format!("{} is neither in the guest nor on this machine", name.to_string_lossy())
    })
}

/// 128 random bits: the standard library seeds its hash keys from the system's random source.
fn token() -> String {
    let mut token = String::from("l2tp-vm-");
    for _ in 0..2 {
        // Writing to a string cannot fail.
        let _ = write!(token, "{:016x}", RandomState::new().build_hasher().finish());
    }
    token
}

fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A word that the shell reads as these very bytes.
fn quoted(word: &OsStr) -> Vec<u8> {
    let mut text = vec![b'\''];
    for byte in word.as_bytes() {
        match byte {
            b'\'' => text.extend(b"'\\''"),
            byte => text.push(*byte),
        }
    }
    text.push(b'\'');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_reads_quoted_words_as_they_were() {
        for word in ["", "plain", "two words", "it's", "$HOME `x` \\ \"", "-n", "a\nb"] {
            let mut script = b"printf %s ".to_vec();
            script.extend(quoted(OsStr::new(word)));
            let out = std::process::Command::new("sh")
                .arg("-c")
                .arg(OsStr::from_bytes(&script))
                .output()
                .unwrap();
            assert_eq!(out.stdout, word.as_bytes(), "{word:?}");
        }
    }

    #[test]
    fn variables_have_the_names_a_shell_can_export() {
        assert!(is_variable("RUST_LOG") && is_variable("_x1"));
        assert!(
            !is_variable("") && !is_variable("1x") && !is_variable("a-b") && !is_variable("a;b")
        );
    }

    #[test]
    fn tokens_differ() {
        assert_ne!(token(), token());
        assert_eq!(token().len(), "l2tp-vm-".len() + 32);
    }
}
