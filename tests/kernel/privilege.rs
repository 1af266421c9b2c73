//! What needs `CAP_NET_ADMIN`: every operation, questions included. Opening a connection does not.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use l2tp::events::TunnelOrSession;
use l2tp::host::Links;
use l2tp::{
    Conn, Error, ErrorKind, Event, Events, Follower, PseudowireType, SessionChange, SessionConfig,
    SessionId, TunnelId, schema,
};

use crate::support::{Busy, Expected, Helper, Net, Variant, ensure_fails, run_unprivileged, tests};

tests![everything_but_opening_needs_it, listening_needs_none];

pub(crate) const HELPERS: &[Helper] =
    &[("try_everything", try_everything), ("listen", listen_without_privilege)];

fn everything_but_opening_needs_it() -> Result<()> {
    let net = Net::new()?;
    let variant = Variant::PLAIN;
    let mut conn = net.conn()?;
    // What it asks about exists: it is not for its absence that it is refused.
    conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    conn.create_session(&SessionConfig::new(&variant.config(), PseudowireType::Eth, 10, 20))?;
    run_unprivileged(&net, "try_everything")?;
    Ok(())
}

fn listening_needs_none() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, variant) = (net.conn()?, Variant::PLAIN);
    conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    let session = SessionConfig::new(&variant.config(), PseudowireType::Eth, 10, 20);
    // What is to be told, until it has been.
    let _busy = Busy::start(move || {
        let _ = conn.create_session(&session);
        std::thread::sleep(Duration::from_millis(20));
        let _ = conn.delete_session(&session);
    });
    run_unprivileged(&net, "listen")?;
    Ok(())
}

/// As `nobody`: events and interfaces.
fn listen_without_privilege() -> Result<()> {
    const SOON: Duration = Duration::from_secs(20);
    const HUGE: usize = 1 << 30;
    let (mut events, mut links) = (Events::open()?, Links::open()?);
    // Without the capability the system's limit holds, as it does for any other socket. It is not
    // read from /proc, where 5.10 has it in the first network namespace only.
    let other = std::net::UdpSocket::bind("127.0.0.1:0")?;
    socket2::SockRef::from(&other).set_recv_buffer_size(HUGE)?;
    let most = socket2::SockRef::from(&other).recv_buffer_size()?;
    let size = events.reserve(HUGE)?;
    ensure!(size == most && most < HUGE, "{size} of at most {most}");
    loop {
        match events.next_within(SOON)?.context("no event")? {
            Event::Created(TunnelOrSession::Session(info), _) if info.tunnel_id == TunnelId(1) => {
                break;
            }
            _ => {}
        }
    }
    let deadline = Instant::now() + SOON;
    while links.interfaces()?.count() < 2 {
        ensure!(Instant::now() < deadline, "no interface");
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn denied<T: Debug>(what: &str, outcome: Result<T, Error>) -> Result<()> {
    let remedy = "CAP_NET_ADMIN in the user namespace that owns the network namespace: run it as \
                  root, or grant it with `setcap cap_net_admin+ep PROGRAM`";
    let texts = [what, "permission denied (EPERM)", remedy];
    ensure_fails(
        outcome,
        &Expected { errno: Some(libc::EPERM), kind: ErrorKind::Permission, texts: &texts },
    )
    .context(what.to_owned())
}

/// As `nobody`.
fn try_everything() -> Result<()> {
    let variant = Variant::PLAIN;
    let mut conn = Conn::open().context("opening needs no privilege")?;
    conn.noop().context("nor does a sign of life")?;
    Events::open().context("nor listening to notifications")?;
    schema::differences().context("nor does the kernel's policy")?;
    let tunnels = conn.tunnels().and_then(Iterator::collect::<Result<Vec<_>, Error>>);
    denied("list tunnels", tunnels)?;
    let sessions = conn.sessions().and_then(Iterator::collect::<Result<Vec<_>, Error>>);
    denied("list sessions", sessions)?;
    denied("list tunnels", Follower::open(Duration::MAX))?;
    let config = variant.config();
    let created = conn.create_static_tunnel(variant.local(), variant.peer(), &config);
    denied("create static tunnel 1", created)?;
    let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
    denied("create managed tunnel 1", conn.create_managed_tunnel(&socket, &config))?;
    denied("get tunnel 1", conn.get_tunnel_info(TunnelId(1)))?;
    denied("delete tunnel 1", conn.delete_tunnel(TunnelId(1)))?;
    let session = SessionConfig::new(&config, PseudowireType::Eth, 11, 21);
    denied("create session 11 in tunnel 1", conn.create_session(&session))?;
    let existing = (TunnelId(1), SessionId(10));
    denied("get session 10 in tunnel 1", conn.get_session_info(existing))?;
    let change = SessionChange::new().send_seq(true);
    denied("modify session 10 in tunnel 1", conn.modify_session(existing, &change))?;
    denied("tunnel 1", conn.modify_tunnel(TunnelId(1)))?;
    denied("delete session 10 in tunnel 1", conn.delete_session(existing))
}
