//! A guest: one command, run as root on one kernel.
//!
//! ```text
//! let Availability::Ready(kernel) = Kernel::fetch(Suite::Trixie, &progress)? else { … };
//! let run = Guest::new(&kernel, "target/…/kernel-suite").arg("--nocapture").run(|stream, bytes| {
//!     …
//! })?;
//! match run.end { End::Exited(0) => …, _ => eprintln!("{run}") }
//! ```

use std::collections::hash_map::RandomState;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufWriter, Write as _};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::console::{Lines, Log};
use super::image::Image;
use super::kernel::Kernel;
use super::progress::Progress;
use super::qemu::{Accel, Machine};
use super::run::{End, Run, Stream, Watch};
use super::{shell, tools};
use crate::scratch::{self, Scratch};

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
    parameters: Vec<String>,
    timeout: Duration,
    accel: Accel,
    icount: bool,
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
            parameters: Vec::new(),
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

    /// Adds a parameter to the kernel's command line.
    pub(crate) fn parameter(mut self, parameter: impl Into<String>) -> Self {
        self.parameters.push(parameter.into());
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
        let work = Scratch::new()?;
        let token = token();
        // Without a name, so that nothing of its size is left behind when this process is killed.
        let mut initramfs = tempfile::tempfile().context("cannot make a temporary file")?;
        self.write_initramfs(&token, &mut initramfs)?;
        let fd = initramfs.as_raw_fd();
        let initramfs_path = PathBuf::from(format!("/proc/{}/fd/{fd}", std::process::id()));
        let console = work.path().join("console.log");
        let machine = Machine {
            kernel: &self.kernel.vmlinux(),
            initramfs: &initramfs_path,
            console: &console,
            parameters: &self.parameters,
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
        let end = watch.run(&events, || qemu.ended(), &mut output)?;
        let complaints = qemu.complaints();
        drop(qemu);
        let mut log = Log::read(&console);
        log.tail.extend(complaints.lines().map(str::to_owned));
        let end = if end == End::Died && log.panicked { End::Panicked } else { end };
        let kept =
            if matches!(end, End::Exited(_)) { None } else { Some(keep(&console, self.kernel)?) };
        Ok(Run {
            end,
            boot: watch.boot,
            total: begun.elapsed(),
            warnings: log.warnings,
            console: log.tail,
            log: kept,
        })
    }

    /// Runs the command and hands its output on line by line, without the line ends. Bytes that are
    /// not UTF-8 are replaced.
    pub(crate) fn lines(self, mut output: impl FnMut(Stream, &str)) -> Result<Run> {
        let mut lines = [Stream::Stdout, Stream::Stderr].map(|stream| (stream, Lines::default()));
        let run = self.run(|from, bytes| {
            for (stream, lines) in lines.iter_mut().filter(|(stream, _)| *stream == from) {
                lines.push(bytes, |line| output(*stream, line));
            }
        })?;
        for (stream, lines) in lines {
            lines.finish(|line| output(stream, line));
        }
        Ok(run)
    }

    /// Runs the command in sight: a stage while the machine boots, then the command's output on
    /// this process's own streams.
    pub(crate) fn show(self, progress: &Progress) -> Result<Run> {
        let mut stage = Some(progress.stage(format!("{}: booting", self.kernel)));
        self.run(|stream, bytes| {
            stage = None;
            progress.suspend(|| pass_on(stream, bytes));
        })
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
        image.bytes("/vm/settings", shell::settings(token, &self.hidden)?, 0o600);
        let command = shell::command(&self.environment, &program, &self.arguments)?;
        image.bytes("/vm/command", command, 0o755);
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
}

fn find(name: &OsStr) -> Result<PathBuf> {
    tools::find(name).with_context(|| {
        format!("{} is neither in the guest nor on this machine", name.to_string_lossy())
    })
}

/// Writes the command's output on. A reader that has gone away is no reason to stop the command.
fn pass_on(stream: Stream, bytes: &[u8]) {
    let _ = match stream {
        Stream::Stdout => {
            let mut out = io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        }
        Stream::Stderr => io::stderr().lock().write_all(bytes),
    };
}

/// Keeps a failed guest's console among the system's temporary files.
fn keep(console: &Path, kernel: &Kernel) -> Result<PathBuf> {
    let (mut file, path) = scratch::keep(kernel.suite().name(), ".log")?;
    let copied = File::open(console).and_then(|mut console| io::copy(&mut console, &mut file));
    copied.with_context(|| format!("cannot keep the guest's console in {}", path.display()))?;
    Ok(path)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ() {
        assert_ne!(token(), token());
        assert_eq!(token().len(), "l2tp-vm-".len() + 32);
    }
}
