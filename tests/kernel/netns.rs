//! Opening in another network namespace, however that is told, while the caller's thread stays where
//! it is.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use l2tp::events::TunnelOrSession;
use l2tp::host::Links;
use l2tp::{Conn, Events, Follower, Netns, SocketOptions, TunnelSocket};

use crate::support::{Net, eventually, fresh_tunnel, run, session_of, tests};

tests![
    everything_opens_there for Told::ALL,
    a_panic_goes_on_in_the_caller,
    invalid_namespaces_are_rejected,
];

/// How a namespace is told.
#[derive(Debug, Clone, Copy)]
enum Told {
    Name,
    Path,
    Pid,
    Descriptor,
}

impl Told {
    const ALL: [Self; 4] = [Self::Name, Self::Path, Self::Pid, Self::Descriptor];

    fn name(self) -> &'static str {
        match self {
            Self::Name => "by_name",
            Self::Path => "by_path",
            Self::Pid => "by_pid",
            Self::Descriptor => "by_descriptor",
        }
    }

    fn tell(self, net: &Net) -> Result<Netns> {
        Ok(match self {
            Self::Name => {
                let name = "told";
                run(Command::new("ip").args(["netns", "attach", name, &Sleeper::new(net)?.pid()]))?;
                let netns = Netns::named(name);
                run(Command::new("ip").args(["netns", "del", name]))?;
                netns?
            }
            Self::Path => Netns::from_path(net.path())?,
            Self::Pid => Netns::of_pid(Sleeper::new(net)?.0.id())?,
            Self::Descriptor => {
                let file: OwnedFd = net.netns().as_fd().try_clone_to_owned()?;
                Netns::from(file)
            }
        })
    }
}

/// A process in a namespace, for as long as it is needed.
struct Sleeper(Child);

impl Sleeper {
    fn new(net: &Net) -> Result<Self> {
        net.run(|| Ok(Self(Command::new("sleep").arg("600").spawn()?)))
    }

    fn pid(&self) -> String {
        self.0.id().to_string()
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Which namespace the calling thread is in.
fn here() -> io::Result<PathBuf> {
    fs::read_link("/proc/thread-self/ns/net")
}

fn everything_opens_there(told: Told) -> Result<()> {
    let net = Net::new()?;
    net.ip("addr add 192.0.2.7/32 dev lo")?;
    let before = here()?;
    let netns = told.tell(&net)?;
    let mut conn = Conn::open_in(&netns)?;
    let mut events = Events::open_in(&netns)?;
    let mut links = Links::open_in(&netns)?;
    let mut follower = Follower::open_in(&netns, Duration::from_hours(1))?;
    // No other namespace has the address, and a socket of another one carries no tunnel.
    let local: SocketAddr = "192.0.2.7:1701".parse()?;
    let socket = TunnelSocket::open_in(&netns, local, None, &SocketOptions::new())?;
    let tunnel = fresh_tunnel();
    conn.create_managed_tunnel(&socket, &tunnel)?;
    let interface = links.create_session(&mut conn, &session_of(&tunnel, 10))?;
    net.ip(&format!("link show {}", interface.name))?;
    eventually("the listener hears", || {
        let event = events.next_within(Duration::from_secs(1))?.context("no event")?;
        let about = event.object().map(TunnelOrSession::tunnel_id);
        ensure!(about == Some(tunnel.tunnel_id), "{event:?}");
        Ok(())
    })?;
    eventually("the follower sees", || {
        follower.next_within(Duration::from_secs(1))?;
        follower.picture().tunnel(tunnel.tunnel_id).map(drop).context("no tunnel")
    })?;
    ensure!(here()? == before, "the thread has moved");
    Ok(())
}

fn a_panic_goes_on_in_the_caller() -> Result<()> {
    let (net, before) = (Net::new()?, here()?);
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        // Without the words that a panic writes.
        net.netns().run(|| panic::resume_unwind(Box::new("on purpose")))
    }));
    let texts = outcome.map(drop).map_err(|panic| panic.downcast_ref() == Some(&"on purpose"));
    ensure!(texts == Err(true), "the panic did not go on in the caller");
    ensure!(here()? == before, "the thread has moved");
    Ok(())
}

/// Checks that a namespace is refused, at once or when it is entered.
fn ensure_rejected(netns: io::Result<Netns>, kind: ErrorKind, texts: &str) -> Result<()> {
    let Err(error) = netns.and_then(|netns| netns.run(|| ())) else { bail!("expected {texts:?}") };
    ensure!(error.kind() == kind && error.to_string().contains(texts), "{error}");
    Ok(())
}

fn invalid_namespaces_are_rejected() -> Result<()> {
    ensure_rejected(Netns::named("nowhere"), ErrorKind::NotFound, "/run/netns/nowhere")?;
    ensure_rejected(Netns::named("../nowhere"), ErrorKind::InvalidInput, "\"../nowhere\"")?;
    ensure_rejected(Netns::of_pid(u32::MAX), ErrorKind::NotFound, "/proc/4294967295/ns/net")?;
    ensure_rejected(
        Netns::from_path("/proc/version"),
        ErrorKind::InvalidInput,
        "Invalid argument",
    )?;
    // A namespace of another kind.
    let other = OwnedFd::from(File::open("/proc/self/ns/uts")?);
    ensure_rejected(Ok(other.try_clone()?.into()), ErrorKind::InvalidInput, "Invalid argument")?;
    let other = Netns::from(other);
    let texts = "the network namespace cannot be entered: it is not a network namespace (EINVAL): \
                pass /proc/PID/ns/net or a file under /run/netns";
    for error in [
        Conn::open_in(&other).map(drop),
        Events::open_in(&other).map(drop),
        Links::open_in(&other).map(drop),
        Follower::open_in(&other, Duration::MAX).map(drop),
    ]
    .map(Result::err)
    {
        let error = error.context("a namespace of another kind was entered")?;
        ensure!(error.to_string().ends_with(texts), "{error}");
        ensure!(error.raw_os_error() == Some(libc::EINVAL), "{error:?}");
    }
    Ok(())
}
