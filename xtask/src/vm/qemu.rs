//! The emulator: its command line, its process and the guest's channels.
//!
//! The kernel's console is a serial port that goes to a file; the command's output and init's
//! reports travel on virtio ports of their own, each a socket on the host, so that neither mixes
//! with the other or with the kernel's messages, and every byte arrives as it was written.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

/// What executes the guest's instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Accel {
    /// Translation, the processors taking turns on one thread of the host; works everywhere
    #[default]
    Tcg,
    /// Translation, a thread of the host for each processor: for measuring only. While the kernel
    /// patches its own code, which it does whenever a tunnel's socket comes or goes, another
    /// processor may run into the breakpoint that it has just taken away, and dies of it
    TcgThreads,
    /// The processor's own virtualization, where the machine has it and it works
    Kvm,
}

/// The channels from the guest, in the order of the emulator's arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Stdout,
    Stderr,
    Control,
}

impl Channel {
    const ALL: [Self; 3] = [Self::Stdout, Self::Stderr, Self::Control];

    /// The name by which the guest finds the port.
    const fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Control => "control",
        }
    }
}

/// Something that came out of the guest.
#[derive(Debug)]
pub(super) enum Event {
    Bytes(Channel, Vec<u8>),
    /// The emulator has closed the channel: it has ended, or is about to.
    Closed,
}

/// The machine to be.
#[derive(Debug)]
pub(super) struct Machine<'a> {
    pub(super) kernel: &'a Path,
    pub(super) initramfs: &'a Path,
    pub(super) console: &'a Path,
    pub(super) parameters: &'a [String],
    pub(super) accel: Accel,
    pub(super) icount: bool,
    pub(super) cpus: u8,
    pub(super) memory: u32,
}

/// A machine under way. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Qemu {
    child: Child,
    complaints: PathBuf,
}

impl Machine<'_> {
    /// Starts the machine; sockets and the emulator's complaints go to `folder`.
    pub(super) fn start(&self, folder: &Path, events: &Sender<Event>) -> Result<Qemu> {
        let listeners = Channel::ALL
            .map(|channel| UnixListener::bind(folder.join(channel.name())).map(|l| (channel, l)));
        let complaints = folder.join("qemu.log");
        // The emulator dies with its parent, even with one that is killed.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "qemu-system-x86_64"])
            .args(self.arguments(folder))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&complaints)?)
            .spawn()
            .context("cannot run setpriv (Debian package util-linux)")?;
        let mut qemu = Qemu { child, complaints };
        for listener in listeners {
            let (channel, listener) = listener.context("cannot listen for the guest")?;
            let socket = qemu.accept(&listener).with_context(|| {
                format!("qemu-system-x86_64 does not start: {}", qemu.complaints().trim())
            })?;
            forward(channel, socket, events.clone());
        }
        Ok(qemu)
    }

    fn arguments(&self, folder: &Path) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        let mut add = |list: &[&str]| arguments.extend(list.iter().map(OsString::from));
        add(&["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-net", "none"]);
        let memory = self.memory.to_string();
        add(&["-cpu", "max", "-m", &memory]);
        // Counting instructions needs one processor on one thread.
        if self.icount {
            add(&["-accel", "tcg,thread=single", "-smp", "1", "-icount", "shift=0,sleep=off"]);
        } else {
            let accel = match self.accel {
                Accel::Tcg => "tcg,thread=single",
                Accel::TcgThreads => "tcg,thread=multi",
                Accel::Kvm => "kvm",
            };
            add(&["-accel", accel, "-smp", &self.cpus.to_string()]);
        }
        let line = self
            .parameters
            .iter()
            .fold(COMMAND_LINE.to_owned(), |line, parameter| line + " " + parameter);
        add(&["-append", &line, "-serial", "chardev:console", "-device", "virtio-serial"]);
        for channel in Channel::ALL.map(Channel::name) {
            add(&["-device", &format!("virtserialport,chardev={channel},name={channel}")]);
        }
        let mut add = |option: &str, prefix: &str, path: &Path| {
            let mut value = OsString::from(prefix);
            value.push(path);
            arguments.extend([OsString::from(option), value]);
        };
        add("-kernel", "", self.kernel);
        add("-initrd", "", self.initramfs);
        add("-chardev", "file,id=console,path=", self.console);
        for channel in Channel::ALL.map(Channel::name) {
            add("-chardev", &format!("socket,id={channel},path="), &folder.join(channel));
        }
        arguments
    }
}

/// Says little, panics on every fault, and reboots at once when it panics, which with
/// `-no-reboot` ends the emulator. Mitigations and self-tests of ciphers cost emulated instructions
/// and are not what is tested here.
const COMMAND_LINE: &str = "console=ttyS0 quiet loglevel=5 panic=-1 oops=panic mitigations=off \
                            nokaslr no_timer_check cryptomgr.notests random.trust_cpu=on rdinit=/init";

impl Qemu {
    /// Whether the emulator has ended by itself.
    pub(super) fn ended(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// What the emulator itself has to say.
    pub(super) fn complaints(&self) -> String {
        fs::read_to_string(&self.complaints).unwrap_or_default()
    }

    fn accept(&mut self, listener: &UnixListener) -> Result<UnixStream> {
        listener.set_nonblocking(true)?;
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            match listener.accept() {
                Ok((socket, _)) => {
                    socket.set_nonblocking(false)?;
                    return Ok(socket);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status}");
            }
            if Instant::now() > deadline {
                bail!("it did not connect within 30 s");
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a channel to its end on a thread of its own.
fn forward(channel: Channel, mut socket: UnixStream, events: Sender<Event>) {
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let event = match socket.read(&mut buffer) {
                Ok(0) | Err(_) => Event::Closed,
                Ok(n) => Event::Bytes(channel, buffer[..n].to_vec()),
            };
            let last = matches!(event, Event::Closed);
            if events.send(event).is_err() || last {
                return;
            }
        }
    });
}
