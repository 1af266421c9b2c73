//! A live picture: what shows at once, what shows at the next listing, and in which order.

use std::net::UdpSocket;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use l2tp::events::{Change, TunnelOrSession};
use l2tp::{
    Conn, Follower, PseudowireType, SessionChange, SessionConfig, SessionId, TunnelConfig, TunnelId,
};
use socket2::SockRef;

use crate::support::{
    Busy, Net, create_tunnel, eventually, fresh_tunnel, run, session_of, tests, unload_family,
};

tests![
    it_begins_with_what_is_there,
    a_notified_change_is_returned_at_once,
    sessions_are_removed_before_their_tunnel,
    a_recreated_tunnel_is_another_tunnel,
    a_closed_socket_is_noticed_at_the_next_dump,
    a_socket_connected_later_is_noticed_at_the_next_dump,
    as_an_iterator_it_waits,
    what_is_created_and_deleted_at_once_does_not_stay,
    other_namespaces_show_nothing,
    a_flood_in_another_namespace_keeps_no_deadline_away.flooding(1_000),
    an_overrun_causes_a_dump.flooding(300),
    a_reload_of_the_module_is_survived.exclusive(),
];

/// Longer than anything takes in an emulated machine.
const SOON: Duration = Duration::from_secs(20);
/// Without listings, only what is told shows.
const NEVER: Duration = Duration::MAX;

fn follow(net: &Net, interval: Duration) -> Result<Follower> {
    net.run(|| Ok(Follower::open(interval)?))
}

/// A change in short: `+` added, `~` changed, `-` removed, of a tunnel or of a session.
fn short(change: &Change) -> (char, Option<SessionId>) {
    let sign = match change {
        Change::Added(_) => '+',
        Change::Changed { .. } => '~',
        Change::Removed(_) => '-',
    };
    (sign, change.object().session_id())
}

/// The next changes, which must all be about one tunnel: `(sign, 0 for the tunnel or session id)`.
/// Sessions that come together come in the order of a listing, which is the kernel's affair before
/// 6.12: what is expected of them is compared whatever their order.
fn ensure_next(
    follower: &mut Follower,
    tunnel: &TunnelConfig,
    expected: &[(char, u32)],
) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for group in expected.chunk_by(|one, next| one.0 == next.0 && (one.1 == 0) == (next.1 == 0)) {
        let mut found = Vec::new();
        for _ in group {
            let change = follower
                .next_within(SOON)?
                .with_context(|| format!("{group:?} did not show, but {found:?}"))?;
            let (sign, session) = short(&change);
            found.push((sign, session.map_or(0, u32::from)));
            ensure!(change.object().tunnel_id() == tunnel.tunnel_id, "{change}");
            changes.push(change);
        }
        found.sort_unstable();
        ensure!(found == group, "{found:?} instead of {group:?}");
    }
    Ok(changes)
}

/// A tunnel with the sessions 10 and 11.
fn with_sessions(conn: &mut Conn) -> Result<TunnelConfig> {
    let tunnel = fresh_tunnel();
    create_tunnel(conn, &tunnel)?;
    for id in [10, 11] {
        conn.create_session(&session_of(&tunnel, id))?;
    }
    Ok(tunnel)
}

fn ensure_quiet(follower: &mut Follower) -> Result<()> {
    let change = follower.next_within(Duration::from_secs(1))?;
    ensure!(change.is_none(), "{change:?}");
    Ok(())
}

fn it_begins_with_what_is_there() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = with_sessions(&mut conn)?;
    let mut follower = follow(&net, NEVER)?;
    ensure!(
        follower.picture().tunnel(tunnel.tunnel_id)
            == Some(&conn.get_tunnel_info(tunnel.tunnel_id)?)
    );
    ensure!(follower.picture().sessions_of(tunnel.tunnel_id).count() == 2);
    ensure!(follower.picture().session((tunnel.tunnel_id, SessionId(11))).is_some());
    ensure_next(&mut follower, &tunnel, &[('+', 0), ('+', 10), ('+', 11)])?;
    ensure_quiet(&mut follower)
}

fn a_notified_change_is_returned_at_once() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, mut follower) = (net.conn()?, follow(&net, NEVER)?);
    let tunnel = fresh_tunnel();
    let session = session_of(&tunnel, 10);
    create_tunnel(&mut conn, &tunnel)?;
    ensure_next(&mut follower, &tunnel, &[('+', 0)])?;
    conn.create_session(&session)?;
    ensure_next(&mut follower, &tunnel, &[('+', 10)])?;
    // Its command changes nothing.
    conn.modify_tunnel(tunnel.tunnel_id)?;
    conn.modify_session(&session, &SessionChange::new().lns_mode(true))?;
    let changes = ensure_next(&mut follower, &tunnel, &[('~', 10)])?;
    let [
        Change::Changed {
            before: TunnelOrSession::Session(before),
            after: TunnelOrSession::Session(after),
        },
    ] = changes[..]
    else {
        anyhow::bail!("{changes:?}");
    };
    ensure!(!before.lns_mode && after.lns_mode, "{changes:?}");
    ensure!(follower.picture().session((tunnel.tunnel_id, SessionId(10))) == Some(&after));
    conn.delete_session(&session)?;
    ensure_next(&mut follower, &tunnel, &[('-', 10)])?;
    conn.delete_tunnel(tunnel.tunnel_id)?;
    ensure_next(&mut follower, &tunnel, &[('-', 0)])?;
    ensure!(
        follower.picture().tunnels().count() == 0 && follower.picture().sessions().count() == 0
    );
    ensure_quiet(&mut follower)
}

fn sessions_are_removed_before_their_tunnel() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, mut follower) = (net.conn()?, follow(&net, NEVER)?);
    let tunnel = with_sessions(&mut conn)?;
    ensure_next(&mut follower, &tunnel, &[('+', 0), ('+', 10), ('+', 11)])?;
    conn.delete_tunnel(tunnel.tunnel_id)?;
    ensure_next(&mut follower, &tunnel, &[('-', 10), ('-', 11), ('-', 0)])?;
    ensure_quiet(&mut follower)
}

fn a_recreated_tunnel_is_another_tunnel() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = with_sessions(&mut conn)?;
    let mut follower = follow(&net, NEVER)?;
    ensure_next(&mut follower, &tunnel, &[('+', 0), ('+', 10), ('+', 11)])?;
    conn.delete_tunnel_and_wait(tunnel.tunnel_id, SOON)?;
    let anew = TunnelConfig { peer_tunnel_id: TunnelId(7), ..tunnel };
    create_tunnel(&mut conn, &anew)?;
    conn.create_session(&session_of(&anew, 11))?;
    let expected = [('-', 10), ('-', 11), ('-', 0), ('+', 0), ('+', 11)];
    ensure_next(&mut follower, &tunnel, &expected)?;
    ensure_quiet(&mut follower)
}

/// A managed tunnel on an unconnected socket.
fn managed(net: &Net, conn: &mut Conn) -> Result<(TunnelConfig, UdpSocket)> {
    let tunnel = fresh_tunnel();
    let socket = net.run(|| Ok(UdpSocket::bind("127.0.0.1:0")?))?;
    conn.create_managed_tunnel(&socket, &tunnel)?;
    Ok((tunnel, socket))
}

fn a_closed_socket_is_noticed_at_the_next_dump() -> Result<()> {
    const INTERVAL: Duration = Duration::from_millis(500);
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let (tunnel, socket) = managed(&net, &mut conn)?;
    conn.create_session(&session_of(&tunnel, 10))?;
    let (mut patient, mut follower) = (follow(&net, NEVER)?, follow(&net, INTERVAL)?);
    for follower in [&mut patient, &mut follower] {
        ensure_next(follower, &tunnel, &[('+', 0), ('+', 10)])?;
    }
    drop(socket);
    ensure_next(&mut follower, &tunnel, &[('-', 10), ('-', 0)])?;
    ensure!(follower.timeout().is_some_and(|timeout| timeout <= INTERVAL));
    // Nothing told the one that never lists.
    ensure_quiet(&mut patient)?;
    ensure!(patient.picture().tunnel(tunnel.tunnel_id).is_some());
    Ok(())
}

fn a_socket_connected_later_is_noticed_at_the_next_dump() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let (tunnel, socket) = managed(&net, &mut conn)?;
    let mut follower = follow(&net, Duration::from_millis(200))?;
    ensure_next(&mut follower, &tunnel, &[('+', 0)])?;
    socket.connect("127.0.0.1:9")?;
    ensure_next(&mut follower, &tunnel, &[('~', 0)])?;
    let info = follower.picture().tunnel(tunnel.tunnel_id).context("gone")?;
    ensure!(info.peer() == Some("127.0.0.1:9".parse()?), "{info}");
    Ok(())
}

fn other_namespaces_show_nothing() -> Result<()> {
    let (here, there) = (Net::new()?, Net::new()?);
    let (mut near, mut far) = (here.conn()?, there.conn()?);
    let tunnel = fresh_tunnel();
    create_tunnel(&mut near, &tunnel)?;
    near.create_session(&session_of(&tunnel, 10))?;
    let mut follower = follow(&here, NEVER)?;
    ensure_next(&mut follower, &tunnel, &[('+', 0), ('+', 10)])?;
    // The same ids, and others.
    create_tunnel(&mut far, &tunnel)?;
    far.create_session(&session_of(&tunnel, 10))?;
    far.create_session(&session_of(&tunnel, 11))?;
    create_tunnel(&mut far, &fresh_tunnel())?;
    far.delete_session((tunnel.tunnel_id, SessionId(10)))?;
    far.delete_tunnel(tunnel.tunnel_id)?;
    ensure_quiet(&mut follower)?;
    ensure!(
        follower.picture().tunnels().count() == 1 && follower.picture().sessions().count() == 1
    );
    Ok(())
}

fn as_an_iterator_it_waits() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, follower) = (net.conn()?, follow(&net, NEVER)?);
    let tunnel = fresh_tunnel();
    let (seen, is_seen) = mpsc::channel();
    let act = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        create_tunnel(&mut conn, &tunnel)?;
        is_seen.recv_timeout(SOON)?;
        thread::sleep(Duration::from_millis(50));
        conn.delete_tunnel(tunnel.tunnel_id)?;
        anyhow::Ok(())
    });
    let mut changes = follower.filter(|change| {
        change.as_ref().is_ok_and(|change| change.object().tunnel_id() == tunnel.tunnel_id)
    });
    let first = changes.next().context("it has ended")??;
    ensure!(short(&first) == ('+', None), "{first}");
    seen.send(())?;
    let second = changes.next().context("it has ended")??;
    ensure!(short(&second) == ('-', None), "{second}");
    act.join().expect("no panic")
}

/// Before anything is asked; while it is torn down it still answers.
fn what_is_created_and_deleted_at_once_does_not_stay() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, mut follower) = (net.conn()?, follow(&net, NEVER)?);
    for _ in 0..20 {
        let tunnel = fresh_tunnel();
        create_tunnel(&mut conn, &tunnel)?;
        conn.delete_tunnel(tunnel.tunnel_id)?;
    }
    eventually("nothing is left", || {
        while follower.next_within(Duration::from_millis(100))?.is_some() {}
        ensure!(
            follower.picture().tunnels().count() == 0,
            "{} tunnels",
            follower.picture().tunnels().count()
        );
        Ok(())
    })
}

/// Up to 7.2 its events come here, too, ever of other sessions.
fn a_flood_in_another_namespace_keeps_no_deadline_away() -> Result<()> {
    let (here, there) = (Net::new()?, Net::new()?);
    let (mut conn, mut far) = (here.conn()?, there.conn()?);
    let (near, busy) = (fresh_tunnel(), fresh_tunnel());
    create_tunnel(&mut conn, &near)?;
    create_tunnel(&mut far, &busy)?;
    let mut follower = follow(&here, NEVER)?;
    ensure_next(&mut follower, &near, &[('+', 0)])?;
    far.set_guards(false);
    let mut id = 0;
    let _flood = Busy::start(move || {
        id += 1;
        let session = SessionConfig { pseudowire: PseudowireType::Ppp, ..session_of(&busy, id) };
        let _ = far.create_session(&session);
        let _ = far.delete_session(&session);
    });
    for round in 1..=20 {
        let start = Instant::now();
        ensure!(follower.try_next()?.is_none() && start.elapsed() < SOON, "{:?}", start.elapsed());
        let limit = Duration::from_millis(20);
        ensure!(follower.next_within(limit)?.is_none() && start.elapsed() >= limit);
        ensure!(start.elapsed() < SOON, "round {round}: {:?}", start.elapsed());
    }
    // What happens here shows all the same.
    conn.create_session(&session_of(&near, 10))?;
    ensure_next(&mut follower, &near, &[('+', 10)])?;
    conn.delete_session(&session_of(&near, 10))?;
    ensure_next(&mut follower, &near, &[('-', 10)])?;
    ensure!(
        follower.picture().tunnels().count() == 1 && follower.picture().sessions().count() == 0
    );
    Ok(())
}

fn an_overrun_causes_a_dump() -> Result<()> {
    const MANY: u32 = 300;
    let net = Net::new()?;
    let (mut conn, mut follower) = (net.conn()?, follow(&net, NEVER)?);
    SockRef::from(&follower).set_recv_buffer_size(16 * 1024)?;
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    for id in 1..=MANY {
        let pseudowire = PseudowireType::Ppp;
        conn.create_session(&SessionConfig { pseudowire, ..session_of(&tunnel, id) })?;
    }
    let expected: Vec<_> = [('+', 0)].into_iter().chain((1..=MANY).map(|id| ('+', id))).collect();
    let mut found = Vec::new();
    while found.len() < expected.len() {
        let change = follower.next_within(SOON)?.context("some did not show")?;
        let (sign, session) = short(&change);
        found.push((sign, session.map_or(0, u32::from)));
    }
    ensure!(found[0] == ('+', 0), "{:?}", found[0]);
    found.sort_unstable();
    ensure!(found == expected, "some showed twice");
    conn.delete_tunnel(tunnel.tunnel_id)?;
    for _ in 0..=MANY {
        let change = follower.next_within(SOON)?.context("some did not go")?;
        ensure!(matches!(change, Change::Removed(_)), "{change}");
    }
    ensure!(
        follower.picture().tunnels().count() == 0 && follower.picture().sessions().count() == 0
    );
    ensure_quiet(&mut follower)
}

fn a_reload_of_the_module_is_survived() -> Result<()> {
    let net = Net::new()?;
    let mut follower = follow(&net, NEVER)?;
    unload_family()?;
    run(Command::new("modprobe").arg("l2tp_netlink"))?;
    let (mut conn, tunnel) = (net.conn()?, fresh_tunnel());
    create_tunnel(&mut conn, &tunnel)?;
    ensure_next(&mut follower, &tunnel, &[('+', 0)])?;
    conn.create_session(&session_of(&tunnel, 10))?;
    ensure_next(&mut follower, &tunnel, &[('+', 10)])?;
    Ok(())
}
