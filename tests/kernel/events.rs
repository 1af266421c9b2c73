//! Notifications: what the kernel tells, whom, and when it is silent.

use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use l2tp::events::{EventLoss, TunnelOrSession};
use l2tp::ppp::{SessionAddress, SessionSocket};
use l2tp::{
    Conn, Event, Events, IfName, PseudowireType, SessionChange, SessionConfig, SessionInfo,
    TunnelConfig, TunnelId, TunnelInfo,
};
use socket2::SockRef;

use crate::support::{
    Net, Raw, create_tunnel, fresh_tunnel, put, run, session_gone, session_of, tests, tunnel_gone,
    unload_family,
};

tests![
    each_command_causes_a_notification,
    a_deletion_event_has_the_final_counters,
    the_requester_is_recognised,
    sessions_are_deleted_with_their_tunnel_without_notifications,
    a_closed_socket_causes_no_notification,
    a_ppp_socket_causes_no_notification,
    a_listener_waits_no_longer_than_its_limit,
    a_slow_listener_learns_what_it_missed.flooding(1_000),
    a_buffer_that_was_reserved_holds_more.flooding(4_000),
    a_loss_goes_on_after_its_report.flooding(200),
    a_reload_of_the_module_is_followed.exclusive(),
    a_reload_hidden_by_an_overrun_is_followed.flooding(200),
    every_namespace_gets_the_notification.before(
        7,
        3,
        "newer kernels tell the tunnel's own namespace"
    ),
    only_its_own_namespace_gets_the_notification.since(7, 3, "older kernels tell every namespace"),
];

/// Longer than any event takes in an emulated machine.
const SOON: Duration = Duration::from_secs(20);

fn listen(net: &Net) -> Result<Events> {
    net.run(|| Ok(Events::open()?))
}

/// The next event about a tunnel or its sessions.
fn next_about(events: &mut Events, tunnel: &TunnelConfig) -> Result<Event> {
    loop {
        let event = events.next_within(SOON)?.context("the kernel is silent")?;
        ensure!(!matches!(event, Event::Lost(_)), "the listener was too slow: {event:?}");
        if event.object().is_some_and(|object| object.tunnel_id() == tunnel.tunnel_id) {
            return Ok(event);
        }
    }
}

fn tunnel_of(event: &Event) -> Result<TunnelInfo> {
    match event.object() {
        Some(TunnelOrSession::Tunnel(info)) => Ok(*info),
        _ => bail!("not about a tunnel: {event:?}"),
    }
}

fn session_in(event: &Event) -> Result<SessionInfo> {
    match event.object() {
        Some(TunnelOrSession::Session(info)) => Ok(*info),
        _ => bail!("not about a session: {event:?}"),
    }
}

fn each_command_causes_a_notification() -> Result<()> {
    let net = Net::new()?;
    let (mut events, mut conn) = (listen(&net)?, net.conn()?);
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    let created = next_about(&mut events, &tunnel)?;
    ensure!(matches!(created, Event::Created(..)), "{created:?}");
    let info = conn.get_tunnel_info(tunnel.tunnel_id)?;
    ensure!(tunnel_of(&created)? == info, "the kernel answers {info:?}");

    conn.modify_tunnel(tunnel.tunnel_id)?;
    let modified = next_about(&mut events, &tunnel)?;
    ensure!(matches!(modified, Event::Modified(TunnelOrSession::Tunnel(_), _)), "{modified:?}");

    let session = session_of(&tunnel, 10).local_cookie([1; 8]).ifname(IfName::new("told0")?);
    conn.create_session(&session)?;
    let created = next_about(&mut events, &tunnel)?;
    ensure!(matches!(created, Event::Created(..)), "{created:?}");
    let info = conn.get_session_info(&session)?;
    ensure!(session_in(&created)? == info, "{created:?}, the kernel answers {info:?}");

    conn.modify_session(&session, &SessionChange::new().send_seq(true))?;
    let modified = next_about(&mut events, &tunnel)?;
    ensure!(matches!(modified, Event::Modified(..)), "{modified:?}");
    ensure!(session_in(&modified)?.send_seq, "{modified:?}");

    conn.delete_session(&session)?;
    let deleted = next_about(&mut events, &tunnel)?;
    ensure!(matches!(deleted, Event::Deleted(TunnelOrSession::Session(_), _)), "{deleted:?}");

    conn.delete_tunnel(tunnel.tunnel_id)?;
    let deleted = next_about(&mut events, &tunnel)?;
    ensure!(matches!(deleted, Event::Deleted(TunnelOrSession::Tunnel(_), _)), "{deleted:?}");
    Ok(())
}

fn a_deletion_event_has_the_final_counters() -> Result<()> {
    let net = Net::new()?;
    let (mut events, mut conn) = (listen(&net)?, net.conn()?);
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    let session = session_of(&tunnel, 10).ifname(IfName::new("counted0")?);
    conn.create_session(&session)?;
    // Nobody answers: what is sent are requests for the neighbour's address.
    net.ip("addr add 192.0.2.1/24 dev counted0")?;
    net.ip("link set counted0 up")?;
    let _unanswered = net.program("ping", &["-c", "1", "-W", "1", "192.0.2.2"]);
    net.ip("link set counted0 down")?;
    let last = conn.get_session_info(&session)?;
    ensure!(last.statistics.tx_packets > 0, "nothing was sent: {last}");
    conn.delete_session(&session)?;
    loop {
        let event = next_about(&mut events, &tunnel)?;
        if matches!(event, Event::Deleted(..)) {
            ensure!(session_in(&event)? == last, "{event:?}, before it {last:?}");
            return Ok(());
        }
    }
}

fn the_requester_is_recognised() -> Result<()> {
    let net = Net::new()?;
    let (mut events, mut one, mut other) = (listen(&net)?, net.conn()?, net.conn()?);
    ensure!(one.port()? != other.port()? && one.port()? != 0, "{one:?} {other:?}");
    let tunnel = fresh_tunnel();
    create_tunnel(&mut one, &tunnel)?;
    other.modify_tunnel(tunnel.tunnel_id)?;
    other.modify_tunnel(tunnel.tunnel_id)?;
    let mut sequence = Vec::new();
    for port in [one.port()?, other.port()?, other.port()?] {
        let event = next_about(&mut events, &tunnel)?;
        let by = event.requester().context("nobody's request")?;
        ensure!(by.port == port, "{event:?}, expected port {port}");
        sequence.push(by.seq);
    }
    ensure!(sequence[1] != sequence[2], "{sequence:?}");
    // And the number is the request's.
    let mut raw = Raw::open(&net)?;
    raw.command(l2tp_sys::L2TP_CMD_TUNNEL_MODIFY, |out| {
        put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &tunnel.tunnel_id.0.to_ne_bytes())
    })??;
    let event = next_about(&mut events, &tunnel)?;
    let by = event.requester().context("nobody's request")?;
    ensure!(by.seq == raw.sequence()? && by.seq != 0, "{by:?}");
    Ok(())
}

/// Whether the events up to a mark, which is made here, are silent about a tunnel's end.
fn ensure_silent(events: &mut Events, conn: &mut Conn, about: TunnelId) -> Result<()> {
    let mark = fresh_tunnel();
    create_tunnel(conn, &mark)?;
    loop {
        let event = events.next_within(SOON)?.context("not even the mark was told")?;
        let Some(object) = event.object() else { bail!("{event:?}") };
        if object.tunnel_id() == mark.tunnel_id {
            return Ok(());
        }
        ensure!(object.tunnel_id() != about, "{event:?}");
    }
}

fn sessions_are_deleted_with_their_tunnel_without_notifications() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    conn.create_session(&session_of(&tunnel, 10))?;
    let mut events = listen(&net)?;
    conn.delete_tunnel_and_wait(tunnel.tunnel_id, SOON)?;
    let event = next_about(&mut events, &tunnel)?;
    ensure!(matches!(event, Event::Deleted(TunnelOrSession::Tunnel(_), _)), "{event:?}");
    ensure_silent(&mut events, &mut conn, tunnel.tunnel_id)
}

fn a_closed_socket_causes_no_notification() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = fresh_tunnel();
    let socket = net.run(|| Ok(UdpSocket::bind("127.0.0.1:0")?))?;
    conn.create_managed_tunnel(&socket, &tunnel)?;
    conn.create_session(&session_of(&tunnel, 10))?;
    let mut events = listen(&net)?;
    drop(socket);
    tunnel_gone(&mut conn, tunnel.tunnel_id)?;
    ensure_silent(&mut events, &mut conn, tunnel.tunnel_id)
}

/// It creates a session and deletes it again, without netlink.
fn a_ppp_socket_causes_no_notification() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    let session = SessionConfig { pseudowire: PseudowireType::Ppp, ..session_of(&tunnel, 10) };
    let mut events = listen(&net)?;
    let socket = net.run(|| Ok(SessionSocket::connect(&SessionAddress::from(&session))?))?;
    conn.get_session_info(&session)?;
    drop(socket);
    session_gone(&mut conn, &session)?;
    ensure_silent(&mut events, &mut conn, tunnel.tunnel_id)
}

fn a_listener_waits_no_longer_than_its_limit() -> Result<()> {
    let net = Net::new()?;
    let (mut events, mut conn) = (listen(&net)?, net.conn()?);
    let tunnel = fresh_tunnel();
    let about = |event: Option<Event>| {
        event.is_some_and(|event| event.object().is_some_and(|o| o.tunnel_id() == tunnel.tunnel_id))
    };
    while let Some(event) = events.next_within(Duration::from_millis(50))? {
        ensure!(!about(Some(event)));
    }
    create_tunnel(&mut conn, &tunnel)?;
    // The kernel has told before it acknowledges: there is nothing to wait for.
    loop {
        let event = events.try_next()?;
        ensure!(event.is_some(), "told after the acknowledgement");
        if about(event) {
            return Ok(());
        }
    }
}

fn a_slow_listener_learns_what_it_missed() -> Result<()> {
    const MANY: u32 = 2000;
    let net = Net::new()?;
    let (mut events, mut conn) = (listen(&net)?, net.conn()?);
    SockRef::from(&events).set_recv_buffer_size(16 * 1024)?;
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    for id in 1..=MANY / 2 {
        let session = session_of(&tunnel, id);
        conn.create_session(&SessionConfig { pseudowire: PseudowireType::Ppp, ..session })?;
        conn.delete_session(&session)?;
    }
    let (mut told, mut missed) = (0, 0);
    while let Some(event) = events.try_next()? {
        match event {
            Event::Lost(EventLoss::Overrun) => missed += 1,
            _ => told += 1,
        }
    }
    ensure!(missed >= 1, "{told} of {MANY} events fitted into the buffer");
    ensure!(told < MANY, "{told} events, {missed} times missed");
    // The stream goes on.
    conn.modify_tunnel(tunnel.tunnel_id)?;
    loop {
        let event = next_about(&mut events, &tunnel)?;
        if matches!(event, Event::Modified(TunnelOrSession::Tunnel(_), _)) {
            return Ok(());
        }
    }
}

/// More events than the buffer of a listener takes at first.
const FLOOD: usize = 4000;

/// How many events about a tunnel a listener receives that reads them afterwards, and whether it
/// missed some.
fn held(reserve: usize) -> Result<(usize, bool)> {
    let net = Net::new()?;
    let (mut events, mut conn) = (listen(&net)?, net.conn()?);
    let size = events.reserve(reserve)?;
    ensure!(size >= reserve && size == SockRef::from(&events).recv_buffer_size()?, "{size}");
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    for _ in 1..FLOOD {
        conn.modify_tunnel(tunnel.tunnel_id)?;
    }
    let (mut told, mut missed) = (0, false);
    while let Some(event) = events.try_next()? {
        missed |= matches!(event, Event::Lost(_));
        told += usize::from(event.object().is_some_and(|it| it.tunnel_id() == tunnel.tunnel_id));
    }
    Ok((told, missed))
}

/// Beyond `net.core.rmem_max`, for a process with `CAP_NET_ADMIN`.
fn a_buffer_that_was_reserved_holds_more() -> Result<()> {
    let (few, missed) = held(0)?;
    ensure!(few < FLOOD && missed, "{few} events");
    let most = std::fs::read_to_string("/proc/sys/net/core/rmem_max")?.trim().parse::<usize>()?;
    let all = held(most.max(8 * 1024 * 1024) * 2)?;
    ensure!(all == (FLOOD, false), "{all:?}");
    Ok(())
}

fn a_reload_of_the_module_is_followed() -> Result<()> {
    let net = Net::new()?;
    let (mut events, mut conn) = (listen(&net)?, net.conn()?);
    unload_family()?;
    run(Command::new("modprobe").arg("l2tp_netlink"))?;
    loop {
        let event = events.next_within(SOON)?.context("the reload went unseen")?;
        if event == Event::Lost(EventLoss::Reload) {
            break;
        }
    }
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    let event = next_about(&mut events, &tunnel)?;
    ensure!(matches!(event, Event::Created(TunnelOrSession::Tunnel(_), _)), "{event:?}");
    Ok(())
}

/// A listener whose receive buffer is full, and not read yet.
fn overrun(net: &Net, conn: &mut Conn, tunnel: &TunnelConfig) -> Result<Events> {
    let events = listen(net)?;
    SockRef::from(&events).set_recv_buffer_size(16 * 1024)?;
    for _ in 0..200 {
        conn.modify_tunnel(tunnel.tunnel_id)?;
    }
    Ok(events)
}

/// The kernel reports an overrun before what is queued, and until all of that has been read it
/// drops what happens, without a further report: it is the listener that tells when that is over.
fn a_loss_goes_on_after_its_report() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    let mut events = overrun(&net, &mut conn, &tunnel)?;
    ensure!(events.try_next()? == Some(Event::Lost(EventLoss::Overrun)));
    // The buffer can take another as soon as one has been read.
    ensure!(matches!(events.try_next()?, Some(Event::Modified(..))));
    let unseen = fresh_tunnel();
    create_tunnel(&mut conn, &unseen)?;
    let mut last = None;
    while let Some(event) = events.try_next()? {
        let about = event.object().map(TunnelOrSession::tunnel_id);
        ensure!(about != Some(unseen.tunnel_id), "it was queued: {event:?}");
        last = Some(event);
    }
    ensure!(last == Some(Event::Lost(EventLoss::Overrun)), "{last:?} is the last");
    // And then nothing is lost any more.
    conn.delete_tunnel(unseen.tunnel_id)?;
    let event = next_about(&mut events, &unseen)?;
    ensure!(matches!(event, Event::Deleted(..)), "{event:?}");
    Ok(())
}

fn a_reload_hidden_by_an_overrun_is_followed() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    let mut events = overrun(&net, &mut conn, &tunnel)?;
    conn.delete_tunnel_and_wait(tunnel.tunnel_id, SOON)?;
    unload_family()?;
    run(Command::new("modprobe").arg("l2tp_netlink"))?;
    let mut missed = Vec::new();
    while let Some(event) = events.try_next()? {
        if let Event::Lost(why) = event {
            missed.push(why);
        }
    }
    ensure!(missed == [EventLoss::Overrun, EventLoss::Reload], "{missed:?}");
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    let event = next_about(&mut events, &tunnel)?;
    ensure!(matches!(event, Event::Created(TunnelOrSession::Tunnel(_), _)), "{event:?}");
    Ok(())
}

/// The events of one namespace while a tunnel is created in another and then one in its own.
fn notified_elsewhere() -> Result<(Event, TunnelConfig, TunnelConfig)> {
    let (here, there) = (Net::new()?, Net::new()?);
    let mut events = listen(&here)?;
    let (far, near) = (fresh_tunnel(), fresh_tunnel());
    create_tunnel(&mut there.conn()?, &far)?;
    create_tunnel(&mut here.conn()?, &near)?;
    loop {
        let event = events.next_within(SOON)?.context("the kernel is silent")?;
        let id = event.object().map(TunnelOrSession::tunnel_id);
        if id == Some(far.tunnel_id) || id == Some(near.tunnel_id) {
            return Ok((event, far, near));
        }
    }
}

fn every_namespace_gets_the_notification() -> Result<()> {
    let (first, far, _) = notified_elsewhere()?;
    ensure!(tunnel_of(&first)?.tunnel_id == far.tunnel_id);
    Ok(())
}

fn only_its_own_namespace_gets_the_notification() -> Result<()> {
    let (first, _, near) = notified_elsewhere()?;
    ensure!(tunnel_of(&first)?.tunnel_id == near.tunnel_id);
    Ok(())
}
