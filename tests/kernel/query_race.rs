//! Questions and listings while tunnels and sessions come and go: each answer is about something
//! that was there, and whole.

use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use l2tp::{
    Conn, Cookie, EncapType, Error, ErrorKind, ProtocolVersion, PseudowireType, SessionConfig,
    SessionId, SessionInfo, TunnelConfig, TunnelId, TunnelInfo, TunnelSocket,
};

use crate::support::{Kernel, Net, Racer, race, tests, unless};

tests![
    dumps_contain_the_objects_that_existed.flooding(THINGS) for MADE,
    replies_are_about_the_requested_object.flooding(THINGS) for MADE,
    snapshots_are_complete_or_fail.flooding(THINGS) for MADE,
];

/// As many tunnels and sessions as a race makes on a fast machine.
const THINGS: u32 = 1000;

/// How the tunnels that come and go are made.
#[derive(Debug, Clone, Copy)]
enum Made {
    /// By the kernel, and deleted.
    Static,
    /// On a socket that is closed.
    Managed,
}

const MADE: [Made; 2] = [Made::Static, Made::Managed];

impl Made {
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// The tunnel that stays; those with smaller ids come and go.
const STAYS: u16 = 20;
/// The sessions of each tunnel.
const SESSIONS: u32 = 3;

fn tunnel(id: u16) -> TunnelConfig {
    TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, u32::from(id), 100 + u32::from(id))
}

/// A session whose every field its ids tell.
fn session(tunnel: &TunnelConfig, number: u32) -> SessionConfig {
    let id = tunnel.tunnel_id.0 * 10 + number;
    SessionConfig::new(tunnel, PseudowireType::Ppp, id, id + 1000)
        .local_cookie(Cookie::from(id.to_be_bytes()))
        .send_seq(id.is_multiple_of(2))
        .reorder_timeout(Duration::from_secs(id.into()))
}

/// That a row says of a tunnel what it was made with, even when its socket has been closed.
fn ensure_plausible_tunnel(row: &TunnelInfo) -> Result<()> {
    let id = u16::try_from(row.tunnel_id.0)?;
    ensure!(id <= STAYS && row.peer_tunnel_id == tunnel(id).peer_tunnel_id, "{row:#?}");
    ensure!(row.version == ProtocolVersion::V3 && row.encap == EncapType::Udp, "{row:#?}");
    ensure!(row.udp_sport == Some(5000 + id) && row.udp_dport == Some(6000 + id), "{row:#?}");
    Ok(())
}

fn ensure_plausible_session(row: &SessionInfo) -> Result<()> {
    let id = u16::try_from(row.tunnel_id.0)?;
    ensure!(id <= STAYS && row.session_id.0 / 10 == row.tunnel_id.0, "{row:#?}");
    let made = session(&tunnel(id), row.session_id.0 % 10);
    ensure!(row.peer_tunnel_id == made.peer_tunnel_id, "{row:#?}");
    ensure!(row.peer_session_id == made.peer_session_id, "{row:#?}");
    ensure!(row.pseudowire == made.pseudowire && row.send_seq == made.send_seq, "{row:#?}");
    ensure!(row.local_cookie == made.local_cookie && row.peer_cookie.is_none(), "{row:#?}");
    ensure!(Some(row.reorder_timeout) == made.reorder_timeout, "{row:#?}");
    Ok(())
}

fn create_sessions(conn: &mut Conn, tunnel: &TunnelConfig) -> Result<()> {
    let gone = [ErrorKind::NotFound, ErrorKind::Exists];
    for number in 0..SESSIONS {
        unless(&gone, conn.create_session(&session(tunnel, number)))?;
    }
    Ok(())
}

fn loopback(port: u16) -> std::net::SocketAddr {
    ([127, 0, 0, 1], port).into()
}

fn create_static(conn: &mut Conn, id: u16) -> Result<(), Error> {
    conn.create_static_tunnel(loopback(5000 + id), loopback(6000 + id), &tunnel(id))
}

/// Makes a tunnel with sessions, takes it down, and is on to the next.
fn coming_and_going<'a>(net: &'a Net, made: Made, turn: &'a AtomicU16) -> Result<Racer<'a>> {
    let mut conn = net.conn()?;
    Ok(Box::new(move || {
        let id = turn.fetch_add(1, Ordering::Relaxed) % (STAYS - 1) + 1;
        match made {
            Made::Static => {
                if unless(&[ErrorKind::Exists], create_static(&mut conn, id))?.is_none() {
                    return Ok(());
                }
                create_sessions(&mut conn, &tunnel(id))?;
                unless(&[ErrorKind::NotFound], conn.delete_tunnel(TunnelId(id.into())))?;
            }
            Made::Managed => {
                let (local, peer) = (loopback(5000 + id), loopback(6000 + id));
                let socket = match net.netns().run(|| TunnelSocket::udp(local, Some(peer)))? {
                    // The one before has not let go of the address.
                    Err(error) if error.raw_os_error() == Some(libc::EADDRINUSE) => return Ok(()),
                    socket => socket?,
                };
                let created = conn.create_managed_tunnel(&socket, &tunnel(id));
                unless(&[ErrorKind::Exists], created)?;
                create_sessions(&mut conn, &tunnel(id))?;
            }
        }
        Ok(())
    }))
}

/// Lets two threads make and unmake tunnels while two ask, with connections of their own; each
/// time they tell how many of what comes and goes they have met.
fn race_with(made: Made, ask: impl Fn(&mut Conn) -> Result<usize> + Send + Copy) -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    create_static(&mut conn, STAYS)?;
    create_sessions(&mut conn, &tunnel(STAYS))?;
    let (turn, met) = (AtomicU16::new(0), &AtomicUsize::new(0));
    let asking = || -> Result<Racer<'_>> {
        let mut conn = net.conn()?;
        Ok(Box::new(move || {
            met.fetch_add(ask(&mut conn)?, Ordering::Relaxed);
            Ok(())
        }))
    };
    race(vec![
        coming_and_going(&net, made, &turn)?,
        coming_and_going(&net, made, &turn)?,
        asking()?,
        asking()?,
    ])?;
    ensure!(met.load(Ordering::Relaxed) > 0, "nothing came and went");
    // And the connections are none the worse.
    let info = conn.get_tunnel_info(TunnelId(STAYS.into()))?;
    ensure_plausible_tunnel(&info)
}

/// From 6.12 on listings go by id: each once, in order, and what stays is never left out. Older
/// ones go by position.
fn ensure_sorted<T: Ord + Copy + std::fmt::Debug>(ids: &[T], stays: T) -> Result<()> {
    if Kernel::at_least(6, 12) {
        ensure!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
        ensure!(ids.contains(&stays), "{ids:?}");
    }
    Ok(())
}

fn dumps_contain_the_objects_that_existed(made: Made) -> Result<()> {
    race_with(made, |conn| {
        let mut ids = Vec::new();
        for row in conn.tunnels()? {
            let row = row?;
            ensure_plausible_tunnel(&row)?;
            ids.push(row.tunnel_id);
        }
        ensure_sorted(&ids, TunnelId(STAYS.into()))?;
        let mut stayed = 0;
        for row in conn.sessions()? {
            let row = row?;
            ensure_plausible_session(&row)?;
            stayed += u32::from(row.tunnel_id == TunnelId(STAYS.into()));
        }
        ensure!(stayed == SESSIONS || !Kernel::at_least(6, 12), "{stayed} sessions stayed");
        Ok(ids.len().saturating_sub(1))
    })
}

fn replies_are_about_the_requested_object(made: Made) -> Result<()> {
    race_with(made, |conn| {
        let mut met = 0;
        for id in 1..=STAYS {
            let tunnel = tunnel(id);
            let gone = [ErrorKind::NotFound];
            if let Some(info) = unless(&gone, conn.get_tunnel_info(tunnel.tunnel_id))? {
                ensure!(info.tunnel_id == tunnel.tunnel_id, "{info:#?}");
                ensure_plausible_tunnel(&info)?;
            }
            let session = session(&tunnel, 0);
            match unless(&gone, conn.get_session_info(&session))? {
                Some(info) => {
                    ensure!(info.session_id == session.session_id, "{info:#?}");
                    ensure_plausible_session(&info)?;
                    met += usize::from(id != STAYS);
                }
                None => ensure!(id != STAYS, "what stays was not found"),
            }
        }
        Ok(met)
    })
}

fn snapshots_are_complete_or_fail(made: Made) -> Result<()> {
    race_with(made, |conn| {
        let unsettled = [ErrorKind::TimedOut];
        let mut met = 0;
        if let Some(rows) = unless(&unsettled, conn.tunnels_snapshot())? {
            rows.iter().try_for_each(ensure_plausible_tunnel)?;
            let ids: Vec<_> = rows.iter().map(|row| row.tunnel_id).collect();
            ensure_sorted(&ids, TunnelId(STAYS.into()))?;
            met = ids.len().saturating_sub(1);
        }
        if let Some(rows) = unless(&unsettled, conn.sessions_snapshot())? {
            rows.iter().try_for_each(ensure_plausible_session)?;
            let mut ids: Vec<(TunnelId, SessionId)> =
                rows.iter().map(|row| (row.tunnel_id, row.session_id)).collect();
            ids.sort_unstable();
            let listed = ids.len();
            ids.dedup();
            ensure!(ids.len() == listed, "a session is listed twice: {rows:#?}");
        }
        Ok(met)
    })
}
