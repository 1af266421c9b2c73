//! Deletions that wait: when the call returns the interfaces are gone, too, and their names free.

use std::os::fd::AsFd;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::conn::DeletionWait;
use l2tp::{
    Batch, Conn, Error, ErrorKind, IfName, PseudowireType, SessionConfig, TunnelConfig, TunnelId,
};

use crate::queries::create_tunnel;
use crate::support::{Flavour, Helper, Net, eventually, helper, interface_gone, run, tests};

tests![
    sessions_take_their_interfaces_along.flooding(SESSIONS),
    a_tunnel_takes_its_interfaces_along.flooding(SESSIONS),
    a_batch_takes_its_interfaces_along.flooding(SESSIONS),
    an_async_batch_takes_its_interfaces_along.flooding(SESSIONS) for Flavour::ALL,
    a_program_that_waited_leaves_none.flooding(SESSIONS),
    a_program_that_did_not_wait_leaves_some
        .flooding(SESSIONS)
        .since(6, 12, "older kernels delete sessions before they acknowledge"),
    without_the_wait_names_are_taken
        .since(6, 12, "older kernels delete sessions before they acknowledge"),
    an_interface_that_took_the_name_is_not_waited_for,
    a_wait_ends_at_its_deadline.since(6, 12, "older kernels delete sessions before they answer"),
];

/// Long enough for an emulated machine.
const LIMIT: Duration = Duration::from_mins(2);
/// Enough that the kernel is at it for a while.
const SESSIONS: u32 = 100;

pub(crate) const HELPERS: &[Helper] = &[
    ("delete_sessions_and_exit", || delete_and_exit(Way::Sessions)),
    ("delete_tunnel_and_exit", || delete_and_exit(Way::Tunnel)),
    ("delete_batch_and_exit", || delete_and_exit(Way::Batch { wait: true })),
    ("delete_and_exit_at_once", || delete_and_exit(Way::Batch { wait: false })),
];

struct World {
    net: Net,
    conn: Conn,
    tunnel: TunnelConfig,
}

fn world() -> Result<World> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = create_tunnel(&mut conn, 1)?;
    Ok(World { net, conn, tunnel })
}

/// Sessions of ids and interface names from 1 on.
fn sessions(tunnel: &TunnelConfig) -> Result<Vec<SessionConfig>> {
    let session = |id| {
        let name = IfName::new(&format!("wire{id}"))?;
        Ok(SessionConfig::new(tunnel, PseudowireType::Eth, id, id).ifname(name))
    };
    (1..=SESSIONS).map(session).collect()
}

/// Creates them all, which fails if a name is taken.
fn create(conn: &mut Conn, sessions: &[SessionConfig]) -> Result<()> {
    let mut batch = Batch::new();
    for session in sessions {
        batch.create_session(session);
    }
    let report = conn.run(&mut batch)?;
    let first = report.errors().next();
    ensure!(first.is_none(), "of {} a name was taken: {first:?}", sessions.len());
    Ok(())
}

impl World {
    fn sessions(&self) -> Result<Vec<SessionConfig>> {
        sessions(&self.tunnel)
    }

    fn create(&mut self, sessions: &[SessionConfig]) -> Result<()> {
        create(&mut self.conn, sessions)
    }

    fn interfaces(&self) -> Result<usize> {
        interfaces(&self.net)
    }

    fn none_left(&self) -> Result<()> {
        let left = self.interfaces()?;
        ensure!(left == 0, "{left} interfaces are left");
        Ok(())
    }
}

/// How many of the sessions' interfaces there are.
fn interfaces(net: &Net) -> Result<usize> {
    let devices = net.run(|| Ok(std::fs::read_to_string("/proc/thread-self/net/dev")?))?;
    Ok(devices.lines().filter(|line| line.trim_start().starts_with("wire")).count())
}

fn sessions_take_their_interfaces_along() -> Result<()> {
    let mut world = world()?;
    let sessions = world.sessions()?;
    for _ in 0..2 {
        world.create(&sessions)?;
        for (session, left) in sessions.iter().zip((0..sessions.len()).rev()) {
            world.conn.delete_session_and_wait(session, LIMIT)?;
            ensure!(world.interfaces()? == left);
        }
    }
    Ok(())
}

fn a_tunnel_takes_its_interfaces_along() -> Result<()> {
    let mut world = world()?;
    let sessions = world.sessions()?;
    for _ in 0..2 {
        world.create(&sessions)?;
        world.conn.delete_tunnel_and_wait(TunnelId(1), LIMIT)?;
        world.none_left()?;
        ensure!(world.conn.sessions()?.next().is_none());
        // Its port is free, as well.
        create_tunnel(&mut world.conn, 1)?;
    }
    Ok(())
}

fn a_batch_takes_its_interfaces_along() -> Result<()> {
    let mut world = world()?;
    let sessions = world.sessions()?;
    world.create(&sessions)?;
    let mut batch = Batch::new();
    batch.wait_for_deletions(DeletionWait::up_to(LIMIT).missing_ok(true));
    for session in &sessions {
        batch.delete_session(session);
    }
    batch.delete_tunnel(TunnelId(9));
    ensure!(world.conn.run(&mut batch)?.is_ok());
    world.none_left()?;
    world.create(&sessions)?;
    let mut batch = Batch::new();
    batch.wait_for_deletions(LIMIT).delete_tunnel(TunnelId(1));
    ensure!(world.conn.run(&mut batch)?.is_ok());
    world.none_left()
}

fn an_async_batch_takes_its_interfaces_along(flavour: Flavour) -> Result<()> {
    let mut world = world()?;
    let sessions = world.sessions()?;
    world.create(&sessions)?;
    let file = world.net.netns().as_fd().try_clone_to_owned()?;
    let deleted = sessions.clone();
    flavour.run(async move {
        let netns = l2tp::Netns::from(file);
        let mut conn = l2tp::tokio::Conn::open_in(&netns).await?;
        let mut batch = Batch::new();
        batch.wait_for_deletions(LIMIT);
        for session in &deleted[1..] {
            batch.delete_session(session);
        }
        ensure!(conn.run(&mut batch).await?.is_ok());
        conn.delete_session_and_wait(&deleted[0], LIMIT).await?;
        Ok(())
    })?;
    world.none_left()?;
    world.create(&sessions)
}

/// How a program deletes what it has created.
#[derive(Clone, Copy)]
enum Way {
    Sessions,
    Tunnel,
    Batch { wait: bool },
}

/// In a process of its own.
fn delete_and_exit(way: Way) -> Result<()> {
    let mut conn = Conn::open()?;
    let sessions = sessions(&create_tunnel(&mut conn, 1)?)?;
    create(&mut conn, &sessions)?;
    match way {
        Way::Sessions => {
            for session in &sessions {
                conn.delete_session_and_wait(session, LIMIT)?;
            }
        }
        Way::Tunnel => conn.delete_tunnel_and_wait(TunnelId(1), LIMIT)?,
        Way::Batch { wait } => {
            let mut batch = Batch::new();
            if wait {
                batch.wait_for_deletions(LIMIT);
            }
            batch.delete_tunnel(TunnelId(1));
            ensure!(conn.run(&mut batch)?.is_ok());
        }
    }
    Ok(())
}

/// The namespace is the caller's: its end would take the interfaces down.
fn left_by(name: &str) -> Result<usize> {
    let net = Net::new()?;
    net.run(|| run(&mut helper(name)?))?;
    interfaces(&net)
}

fn a_program_that_waited_leaves_none() -> Result<()> {
    for name in ["delete_sessions_and_exit", "delete_tunnel_and_exit", "delete_batch_and_exit"] {
        let left = left_by(name)?;
        ensure!(left == 0, "{name}: {left} interfaces are left");
    }
    Ok(())
}

fn a_program_that_did_not_wait_leaves_some() -> Result<()> {
    let left = left_by("delete_and_exit_at_once")?;
    ensure!(left > 0, "all were gone at once");
    Ok(())
}

/// What the wait is for. The error says which of both is in use.
fn without_the_wait_names_are_taken() -> Result<()> {
    let mut world = world()?;
    let sessions = world.sessions()?;
    world.create(&sessions)?;
    let mut batch = Batch::new();
    for session in &sessions {
        batch.delete_session(session);
    }
    ensure!(world.conn.run(&mut batch)?.is_ok());
    let error = world.create(&sessions).err().context("all names were free")?;
    let text = error.to_string();
    ensure!(text.contains("is in use (EEXIST)"), "{text}");
    ensure!(text.contains("until the kernel has released them"), "{text}");
    Ok(())
}

/// The interface was renamed, and another one has the name that its session was created with.
fn an_interface_that_took_the_name_is_not_waited_for() -> Result<()> {
    let mut world = world()?;
    let sessions = world.sessions()?;
    world.create(&sessions[..1])?;
    world.net.ip("link set wire1 name renamed")?;
    let mut other = sessions[1];
    other.ifname = sessions[0].ifname;
    world.conn.create_session(&other)?;
    world.conn.delete_session_and_wait(&sessions[0], LIMIT)?;
    ensure!(world.net.has("wire1")?);
    interface_gone(&world.net, "renamed")?;
    world.conn.delete_session_and_wait(&other, LIMIT)?;
    for kind in ["dummy", "bridge", "veth"] {
        world.create(&sessions[..1])?;
        world.net.ip("link set wire1 name renamed")?;
        world.net.add_link(&format!("wire1 type {kind}"))?;
        world.conn.delete_session_and_wait(&sessions[0], LIMIT)?;
        world.net.ip("link del wire1")?;
        interface_gone(&world.net, "renamed")?;
    }
    Ok(())
}

fn a_wait_ends_at_its_deadline() -> Result<()> {
    let mut world = world()?;
    let sessions = world.sessions()?;
    world.create(&sessions)?;
    let outcome = world.conn.delete_tunnel_and_wait(TunnelId(1), Duration::ZERO);
    let error = outcome.err().context("all was gone at once")?;
    ensure!(error.kind() == ErrorKind::TimedOut, "{error}");
    ensure!(matches!(error, Error::StillExists { .. }), "{error}");
    eventually("all is gone", || world.none_left())
}
