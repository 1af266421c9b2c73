//! Creation, deletion and closing all at once: whatever comes first, the kernel survives, nobody
//! hears of anything but "in use" and "not there", and in the end the ids are free.

use std::net::UdpSocket;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::ppp::{ControlSocket, SessionAddress, SessionSocket};
use l2tp::{
    Conn, EncapType, ErrorKind, IfName, ProtocolVersion, PseudowireType, SessionConfig, SessionId,
    TunnelConfig, TunnelId, TunnelSocket,
};

use crate::support::{Net, Racer, Variant, eventually, interface_gone, race, tests, unless};

tests![
    a_socket_is_closed_while_its_tunnel_is_deleted.flooding(THINGS) for Variant::ALL,
    a_tunnel_is_deleted_by_two.flooding(THINGS) for Variant::ALL,
    a_socket_is_wanted_by_two_tunnels.flooding(THINGS),
    a_name_is_wanted_by_two_sessions.flooding(THINGS),
    a_ppp_socket_is_closed_while_its_session_is_deleted.flooding(THINGS),
    ppp_sockets_make_tunnels_while_others_go.flooding(THINGS) for PPP,
];

/// Of what `connect` makes tunnels.
const PPP: [Variant; 2] = [Variant::V2_UDP4, Variant::V3_UDP6];
/// As many tunnels and sessions as a race makes on a fast machine.
const THINGS: u32 = 1000;
const IN_USE: ErrorKind = ErrorKind::Exists;
const NOT_THERE: ErrorKind = ErrorKind::NotFound;
/// Long enough for an emulated machine.
const LIMIT: Duration = Duration::from_secs(20);

/// A racer with a connection of its own.
fn racer<'a>(
    net: &Net,
    guards: bool,
    mut work: impl FnMut(&mut Conn) -> Result<()> + Send + 'a,
) -> Result<Racer<'a>> {
    let mut conn = net.conn()?;
    conn.set_guards(guards);
    Ok(Box::new(move || work(&mut conn)))
}

/// Session 10 of tunnel 1.
fn session(variant: Variant) -> SessionConfig {
    let pseudowire = match variant.version {
        ProtocolVersion::V2 => PseudowireType::Ppp,
        _ => PseudowireType::Eth,
    };
    SessionConfig::new(&variant.config(), pseudowire, 10, 20)
}

/// Waits until nothing is left, and makes sure that what was fought for can be had.
fn free_in_the_end(net: &Net, variant: Variant) -> Result<()> {
    let mut conn = net.conn()?;
    let deleted = |conn: &mut Conn| -> Result<()> {
        let ids = conn.tunnels()?.map(|row| Ok(row?.tunnel_id)).collect::<Result<Vec<_>>>()?;
        for id in &ids {
            unless(&[NOT_THERE], conn.delete_tunnel(*id))?;
        }
        ensure!(ids.is_empty() && conn.sessions()?.next().is_none(), "tunnels {ids:?}");
        Ok(())
    };
    eventually("all is gone", || deleted(&mut conn))?;
    let config = variant.config();
    conn.retry_while(IN_USE, LIMIT, |conn| {
        conn.create_static_tunnel(variant.local(), variant.peer(), &config)
    })?;
    conn.create_session(&session(variant))?;
    Ok(())
}

/// A socket for tunnel 1, when the one before has let go of its address.
fn socket(net: &Net, variant: Variant) -> Result<Option<TunnelSocket>> {
    let (local, peer) = (variant.local(), variant.peer());
    let socket = net.run(|| {
        Ok(if variant.is_udp() {
            TunnelSocket::udp(local, Some(peer))
        } else {
            TunnelSocket::ip(local.ip(), 1, Some((peer.ip(), TunnelId(2))))
        })
    })?;
    match socket {
        Err(error) if error.raw_os_error() == Some(libc::EADDRINUSE) => Ok(None),
        socket => Ok(Some(socket?)),
    }
}

fn a_socket_is_closed_while_its_tunnel_is_deleted(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let (tunnel, session) = (variant.config(), session(variant));
    race(vec![
        racer(&net, true, |conn| {
            let Some(socket) = socket(&net, variant)? else { return Ok(()) };
            unless(&[IN_USE], conn.create_managed_tunnel(&socket, &tunnel))?;
            unless(&[IN_USE, NOT_THERE], conn.create_session(&session))?;
            drop(socket);
            Ok(())
        })?,
        racer(&net, true, |conn| {
            unless(&[NOT_THERE], conn.delete_tunnel(TunnelId(1)))?;
            Ok(())
        })?,
        racer(&net, false, |conn| {
            unless(&[IN_USE, NOT_THERE], conn.create_session(&session))?;
            unless(&[NOT_THERE], conn.delete_session(&session))?;
            Ok(())
        })?,
    ])?;
    free_in_the_end(&net, variant)
}

fn a_tunnel_is_deleted_by_two(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let deleter = |guards| {
        racer(&net, guards, |conn| {
            unless(&[NOT_THERE], conn.delete_tunnel(TunnelId(1)))?;
            Ok(())
        })
    };
    let mut port = variant.local();
    if variant.is_udp() {
        // The address of the tunnel before may still be taken.
        port.set_port(0);
    }
    race(vec![
        racer(&net, true, |conn| {
            unless(&[IN_USE], conn.create_static_tunnel(port, variant.peer(), &variant.config()))?;
            for id in 10..13 {
                let mut session = session(variant);
                session.session_id = id.into();
                unless(&[IN_USE, NOT_THERE], conn.create_session(&session))?;
            }
            Ok(())
        })?,
        deleter(true)?,
        deleter(false)?,
    ])?;
    free_in_the_end(&net, variant)
}

/// Each has it in turn. From 6.12 on it is free again when its tunnel is.
fn a_socket_is_wanted_by_two_tunnels() -> Result<()> {
    let net = Net::new()?;
    let taker = |id: u32, socket: UdpSocket| {
        let config = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, id, 100 + id);
        racer(&net, true, move |conn| {
            unless(&[IN_USE], conn.create_managed_tunnel(&socket, &config))?;
            unless(&[NOT_THERE], conn.delete_tunnel(TunnelId(id)))?;
            Ok(())
        })
    };
    let socket = net.run(|| Ok(UdpSocket::bind("127.0.0.1:5000")?))?;
    race(vec![taker(1, socket.try_clone()?)?, taker(2, socket.try_clone()?)?, taker(1, socket)?])?;
    free_in_the_end(&net, Variant::PLAIN)
}

fn a_name_is_wanted_by_two_sessions() -> Result<()> {
    let net = Net::new()?;
    let variant = Variant::PLAIN;
    net.conn()?.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    let name = IfName::new("wire0")?;
    let taker = |id: u32| {
        let mut session = session(variant).ifname(name);
        session.session_id = id.into();
        racer(&net, true, move |conn| {
            unless(&[IN_USE], conn.create_session(&session))?;
            unless(&[NOT_THERE], conn.delete_session(&session))?;
            Ok(())
        })
    };
    race(vec![
        taker(10)?,
        taker(11)?,
        racer(&net, true, |conn| {
            unless(&[NOT_THERE], conn.delete_session(name))?;
            Ok(())
        })?,
    ])?;
    interface_gone(&net, "wire0")?;
    free_in_the_end(&net, variant)
}

/// A PPPoL2TP socket, or nothing when the race explains it.
fn ppp<T>(socket: Result<T, l2tp::ppp::PppError>) -> Result<Option<T>> {
    match socket {
        Ok(socket) => Ok(Some(socket)),
        Err(error) if [IN_USE, NOT_THERE].contains(&error.kind()) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn a_ppp_socket_is_closed_while_its_session_is_deleted() -> Result<()> {
    let net = Net::new()?;
    let variant = Variant::V2_UDP4;
    let session = session(variant);
    let mut port = variant.local();
    port.set_port(0);
    race(vec![
        racer(&net, true, |conn| net.run(|| ppp(SessionSocket::create(conn, &session)).map(drop)))?,
        racer(&net, true, |conn| {
            unless(&[NOT_THERE], conn.delete_session(&session))?;
            Ok(())
        })?,
        racer(&net, true, |conn| {
            let config = variant.config();
            unless(&[IN_USE], conn.create_static_tunnel(port, variant.peer(), &config))?;
            unless(&[NOT_THERE], conn.delete_tunnel(TunnelId(1)))?;
            Ok(())
        })?,
    ])
    .context("sockets, sessions and tunnels")?;
    free_in_the_end(&net, variant)
}

/// Without netlink, by `connect` alone, until the UDP socket is closed or netlink deletes them.
fn ppp_sockets_make_tunnels_while_others_go(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let tunnel = variant.config();
    let address = SessionAddress {
        peer: variant.peer(),
        ..SessionAddress::from(&SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20))
    };
    let mut local = variant.local();
    local.set_port(0);
    let maker = || {
        racer(&net, true, |_| {
            net.run(|| {
                let udp = UdpSocket::bind(local)?;
                udp.connect(variant.peer())?;
                let control = ppp(ControlSocket::create_tunnel(&udp, &tunnel))?;
                let session = ppp(SessionSocket::connect(&address))?;
                drop(udp);
                drop((session, control));
                Ok(())
            })
        })
    };
    race(vec![
        maker()?,
        maker()?,
        racer(&net, true, |conn| {
            unless(&[NOT_THERE], conn.delete_session((TunnelId(1), SessionId(10))))?;
            unless(&[NOT_THERE], conn.delete_tunnel(TunnelId(1)))?;
            Ok(())
        })?,
    ])?;
    free_in_the_end(&net, variant)
}
