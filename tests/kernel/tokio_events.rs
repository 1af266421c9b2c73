//! The async listener and follower: they wait in the runtime's reactor, and a wait that is dropped
//! loses nothing.

use std::thread;
use std::time::Duration;

use ::tokio::{select, time};
use anyhow::{Context, Result, ensure};
use l2tp::events::{Change, EventLoss, TunnelOrSession};
use l2tp::host::Links;
use l2tp::tokio::{Conn, Events, Follower};
use l2tp::{Event, IfName, PseudowireType, SessionConfig, TunnelConfig};
use socket2::SockRef;

use crate::support::{Flavour, Net, create_tunnel, fresh_tunnel, session_of, tests};

tests![
    an_event_is_waited_for_on for Flavour::ALL,
    a_limit_passes_on for Flavour::ALL,
    dropped_waits_lose_no_event_on for Flavour::ALL,
    an_overrun_is_reported_on.flooding(500) for Flavour::ALL,
    a_follower_shows_changes_on for Flavour::ALL,
    dropped_waits_lose_no_change_on for Flavour::ALL,
    the_interface_of_a_session_is_returned_on for Flavour::ALL,
];

/// Longer than any event takes in an emulated machine.
const SOON: Duration = Duration::from_secs(20);

/// The next event about a tunnel or its sessions.
async fn next_about(events: &mut Events, tunnel: &TunnelConfig) -> Result<Event> {
    loop {
        let event = events.next_within(SOON).await?.context("the kernel is silent")?;
        if event.object().is_some_and(|object| object.tunnel_id() == tunnel.tunnel_id) {
            return Ok(event);
        }
    }
}

fn ppp(tunnel: &TunnelConfig, id: u32) -> SessionConfig {
    SessionConfig::new(tunnel, PseudowireType::Ppp, id, id)
}

/// Creates a tunnel, and its sessions from another thread, some milliseconds apart.
fn create_slowly(net: &Net, tunnel: TunnelConfig, sessions: u32) -> Result<()> {
    let mut conn = net.conn()?;
    create_tunnel(&mut conn, &tunnel)?;
    thread::spawn(move || {
        for id in 1..=sessions {
            thread::sleep(Duration::from_millis(2));
            conn.create_session(&ppp(&tunnel, id)).expect("a session");
        }
    });
    Ok(())
}

fn an_event_is_waited_for_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let net = Net::new()?;
        let mut events = Events::open_in(net.netns()).await?;
        let tunnel = fresh_tunnel();
        let mut conn = Conn::open_in(net.netns()).await?;
        conn.create_static_tunnel("127.0.0.1:0".parse()?, "127.0.0.1:9".parse()?, &tunnel).await?;
        let created = next_about(&mut events, &tunnel).await?;
        let Event::Created(TunnelOrSession::Tunnel(info), by) = created else {
            anyhow::bail!("{created:?}");
        };
        ensure!(info == conn.get_tunnel_info(tunnel.tunnel_id).await?, "{info:?}");
        ensure!(by.port == conn.port()?, "{by:?}");
        // Nothing is there yet: the task that waits makes room for the one that acts.
        let act = ::tokio::spawn(async move {
            time::sleep(Duration::from_millis(50)).await;
            conn.delete_tunnel(tunnel.tunnel_id).await
        });
        let deleted = next_about(&mut events, &tunnel).await?;
        ensure!(matches!(deleted, Event::Deleted(TunnelOrSession::Tunnel(_), _)), "{deleted:?}");
        act.await??;
        Ok(())
    })
}

fn a_limit_passes_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let net = Net::new()?;
        let mut follower = Follower::open_in(net.netns(), Duration::MAX).await?;
        let start = time::Instant::now();
        ensure!(follower.next_within(Duration::from_millis(100)).await?.is_none());
        ensure!(start.elapsed() >= Duration::from_millis(100), "{:?}", start.elapsed());
        ensure!(follower.try_next().await?.is_none());
        Ok(())
    })
}

fn dropped_waits_lose_no_event_on(flavour: Flavour) -> Result<()> {
    const SESSIONS: u32 = 100;
    flavour.run(async {
        let net = Net::new()?;
        let mut events = Events::open_in(net.netns()).await?;
        let tunnel = fresh_tunnel();
        create_slowly(&net, tunnel, SESSIONS)?;
        let (mut created, mut dropped, mut deleted) = (Vec::new(), 0, false);
        loop {
            if !deleted && created.len() == SESSIONS as usize && dropped > 0 {
                net.conn()?.delete_tunnel(tunnel.tunnel_id)?;
                deleted = true;
            }
            let event = select! {
                event = events.next_event() => event?,
                () = time::sleep(Duration::from_millis(1)) => {
                    dropped += 1;
                    ensure!(dropped < 20_000, "only {created:?} were told");
                    continue;
                }
            };
            ensure!(!matches!(event, Event::Lost(_)), "{event:?}");
            match event.object() {
                Some(object) if object.tunnel_id() != tunnel.tunnel_id => {}
                Some(TunnelOrSession::Session(session)) => created.push(session.session_id.0),
                _ if matches!(event, Event::Deleted(..)) => break,
                _ => {}
            }
        }
        ensure!(deleted && created.iter().copied().eq(1..=SESSIONS), "{created:?}");
        Ok(())
    })
}

fn an_overrun_is_reported_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let net = Net::new()?;
        let mut events = Events::open_in(net.netns()).await?;
        SockRef::from(&events).set_recv_buffer_size(16 * 1024)?;
        let tunnel = fresh_tunnel();
        create_tunnel(&mut net.conn()?, &tunnel)?;
        let mut conn = Conn::open_in(net.netns()).await?;
        for _ in 0..500 {
            conn.modify_tunnel(tunnel.tunnel_id).await?;
        }
        loop {
            let event = events.next_within(SOON).await?.context("nothing was missed")?;
            if event == Event::Lost(EventLoss::Overrun) {
                break;
            }
        }
        // The stream goes on.
        while events.try_next()?.is_some() {}
        conn.delete_tunnel(tunnel.tunnel_id).await?;
        let deleted = next_about(&mut events, &tunnel).await?;
        ensure!(matches!(deleted, Event::Deleted(..)), "{deleted:?}");
        Ok(())
    })
}

fn a_follower_shows_changes_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let net = Net::new()?;
        let tunnel = fresh_tunnel();
        create_tunnel(&mut net.conn()?, &tunnel)?;
        let mut follower = Follower::open_in(net.netns(), Duration::MAX).await?;
        let change = follower.next_within(SOON).await?.context("nothing was there")?;
        ensure!(matches!(change, Change::Added(TunnelOrSession::Tunnel(_))), "{change:?}");
        let mut conn = Conn::open_in(net.netns()).await?;
        let act = ::tokio::spawn(async move {
            time::sleep(Duration::from_millis(50)).await;
            conn.create_session(&ppp(&tunnel, 10)).await?;
            Ok::<_, l2tp::Error>(conn)
        });
        let change = follower.next_change().await?;
        ensure!(matches!(change, Change::Added(TunnelOrSession::Session(_))), "{change:?}");
        ensure!(follower.picture().sessions_of(tunnel.tunnel_id).count() == 1);
        act.await??.delete_tunnel(tunnel.tunnel_id).await?;
        let change = follower.next_change().await?;
        ensure!(matches!(change, Change::Removed(TunnelOrSession::Session(_))), "{change:?}");
        let change = follower.next_change().await?;
        ensure!(matches!(change, Change::Removed(TunnelOrSession::Tunnel(_))), "{change:?}");
        ensure!(follower.picture().tunnels().count() == 0);
        Ok(())
    })
}

fn dropped_waits_lose_no_change_on(flavour: Flavour) -> Result<()> {
    const SESSIONS: u32 = 60;
    flavour.run(async {
        let net = Net::new()?;
        // It lists every millisecond, so that a listing, too, is dropped half way.
        let mut follower = Follower::open_in(net.netns(), Duration::from_millis(1)).await?;
        let tunnel = fresh_tunnel();
        create_slowly(&net, tunnel, SESSIONS)?;
        let (mut added, mut removed, mut dropped, mut deleted) = (0, 0, 0, false);
        loop {
            // Not before all have been returned: the follower does not see a session that comes and
            // goes between two requests.
            if !deleted && added == SESSIONS && dropped > 0 {
                net.conn()?.delete_tunnel(tunnel.tunnel_id)?;
                deleted = true;
            }
            let change = select! {
                change = follower.next_change() => change?,
                () = time::sleep(Duration::from_millis(1)) => {
                    dropped += 1;
                    ensure!(dropped < 20_000, "{added} added, {removed} removed");
                    continue;
                }
            };
            match change {
                Change::Added(TunnelOrSession::Session(_)) => added += 1,
                Change::Removed(TunnelOrSession::Session(_)) => removed += 1,
                Change::Removed(TunnelOrSession::Tunnel(_)) => break,
                _ => {}
            }
        }
        ensure!((added, removed) == (SESSIONS, SESSIONS), "{added} added, {removed} removed");
        ensure!(follower.picture().sessions().next().is_none());
        Ok(())
    })
}

fn the_interface_of_a_session_is_returned_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let net = Net::new()?;
        let mut conn = Conn::open_in(net.netns()).await?;
        let mut links = Links::open_in(net.netns())?;
        let tunnel = fresh_tunnel();
        create_tunnel(&mut net.conn()?, &tunnel)?;
        let session = session_of(&tunnel, 10).ifname(IfName::new("async0")?);
        let interface = conn.create_session_with_interface(&mut links, &session).await?;
        let shown = net.ip_json("link show async0")?;
        ensure!(shown[0]["ifindex"] == interface.index, "{interface}: {shown}");
        Ok(())
    })
}
