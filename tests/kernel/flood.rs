//! Packets that keep coming, or leaving, while their session, tunnel or socket goes away: the
//! kernel survives, and what is made next carries packets again.

use std::io::Read;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::ppp::SessionSocket;
use l2tp::socket::SocketError;
use l2tp::{Conn, SessionId, TunnelId, TunnelSocket};

use crate::support::{
    Busy, Net, Peer, Variant, Wire, eventually, interface_gone, session_gone, tests,
};

tests![
    a_socket_is_closed_under_packets.flooding(THINGS) for Variant::UDP,
    a_session_is_deleted_under_packets.flooding(THINGS) for Variant::UDP,
    a_tunnel_is_deleted_under_packets.flooding(THINGS) for Variant::UDP,
    a_ppp_socket_is_closed_under_packets.flooding(THINGS),
    a_receiver_goes_while_frames_come.flooding(THINGS) for Variant::V3,
    a_sender_goes_while_frames_leave.flooding(THINGS) for Variant::V3,
];

/// Nothing but packets is made in numbers; a flood of them leaves no time for other tests.
const THINGS: u32 = 500;
/// How often something goes away in a test.
const ROUNDS: u32 = 5;
/// Session 10 of tunnel 1.
const KEY: (TunnelId, SessionId) = (TunnelId(1), SessionId(10));

/// Time for the flood to run into what is going away, and into nothing.
fn linger() {
    thread::sleep(Duration::from_millis(50));
}

fn received(conn: &mut Conn) -> Result<()> {
    let counted = conn.get_session_info(KEY)?.statistics;
    ensure!(counted.rx_packets > 0, "{counted:#?}");
    Ok(())
}

/// Again and again: a tunnel with a session, packets that arrive, and an `end` to something.
fn under_packets(
    variant: Variant,
    mut end: impl FnMut(&Net, &mut Conn, TunnelSocket) -> Result<()>,
) -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    for round in 0..ROUNDS {
        let peer = eventually("the addresses and the id are free", || {
            Peer::new(&net, &mut conn, variant, 1)
        })?;
        let _flood = peer.flood(10)?;
        conn.create_session(&peer.session(10))?;
        eventually("packets arrive", || received(&mut conn))
            .with_context(|| format!("round {round}"))?;
        end(&net, &mut conn, peer.tunnel)?;
        linger();
    }
    Ok(())
}

fn a_socket_is_closed_under_packets(variant: Variant) -> Result<()> {
    under_packets(variant, |_, _, socket| {
        drop(socket);
        Ok(())
    })
}

fn a_session_is_deleted_under_packets(variant: Variant) -> Result<()> {
    under_packets(variant, |_, conn, _socket| {
        conn.delete_session(KEY)?;
        linger();
        Ok(())
    })
}

/// The packets are left to the socket then, which is full of them soon, and was empty before.
fn a_tunnel_is_deleted_under_packets(variant: Variant) -> Result<()> {
    under_packets(variant, |_, conn, socket| {
        // What came before there was a session.
        socket.set_nonblocking(true)?;
        while socket.recv(&mut [0; 100]).is_ok() {}
        linger();
        let early = socket.recv(&mut [0; 100]);
        ensure!(early.as_ref().is_err_and(SocketError::is_would_block), "{early:?}");
        socket.set_nonblocking(false)?;
        conn.delete_tunnel(TunnelId(1))?;
        eventually("the packets are left to the program", || {
            socket.set_read_timeout(Some(Duration::from_millis(100)))?;
            Ok(socket.recv(&mut [0; 100])?)
        })?;
        Ok(())
    })
}

/// Frames are read from it until it is closed; its session goes with it.
fn a_ppp_socket_is_closed_under_packets() -> Result<()> {
    under_packets(Variant::V2_UDP4, |net, conn, _tunnel| {
        let socket = net.run(|| Ok(SessionSocket::attach(conn, KEY)?))?;
        for _ in 0..10 {
            ensure!((&socket).read(&mut [0; 100])? > 0);
        }
        drop(socket);
        session_gone(conn, KEY)
    })
}

/// Host 1 sends to host 2 without pause.
fn busy_wire(variant: Variant) -> Result<(Wire, Busy)> {
    let wire = Wire::new(variant)?;
    let frames = wire.one.frames()?;
    let busy = Busy::start(move || {
        // Without its interface there is no route.
        let _ = frames.send(&[0; 500]);
    });
    eventually("frames arrive", || {
        let counted = wire.other.statistics()?;
        ensure!(counted.rx_packets > 0, "{counted:#?}");
        Ok(())
    })?;
    Ok((wire, busy))
}

/// First the session, then the tunnel; the sender does not notice.
fn a_receiver_goes_while_frames_come(variant: Variant) -> Result<()> {
    let (wire, _busy) = busy_wire(variant)?;
    let (mut conn, end) = (wire.other.net.conn()?, &wire.other);
    conn.delete_session(&end.session)?;
    linger();
    conn.delete_tunnel(end.tunnel.tunnel_id)?;
    linger();
    let before = wire.one.statistics()?;
    eventually("frames leave", || {
        let after = wire.one.statistics()?;
        ensure!(after.tx_packets > before.tx_packets && after.tx_errors == 0, "{after:#?}");
        Ok(())
    })
}

fn a_sender_goes_while_frames_leave(variant: Variant) -> Result<()> {
    for whole in [false, true] {
        let (wire, _busy) = busy_wire(variant)?;
        let (mut conn, end) = (wire.one.net.conn()?, &wire.one);
        if whole {
            conn.delete_tunnel(end.tunnel.tunnel_id)?;
        } else {
            conn.delete_session(&end.session)?;
        }
        interface_gone(&end.net, "l2tp0")?;
        // A few may be under way.
        eventually("no frame arrives any more", || {
            let before = wire.other.statistics()?;
            linger();
            ensure!(wire.other.statistics()? == before, "frames still arrive");
            Ok(())
        })?;
    }
    Ok(())
}
