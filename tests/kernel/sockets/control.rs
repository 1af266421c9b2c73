//! Control messages, beside a tunnel that carries packets and without one.

use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::socket::SocketKind;
use l2tp::{ErrorKind, SocketOptions, TunnelId, TunnelSocket};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::support::{
    IP_KINDS, KINDS, Named, UDP_KINDS, addr, addr_with_id, carry, host, message, ping, socket,
    socket_at, tunnel,
};
use crate::support::{Expected, Net, ensure_fails, tests};

tests![
    both_directions for KINDS,
    a_cut_message for KINDS,
    waiting for KINDS,
    without_a_peer for KINDS,
    the_kernel_writes_the_zero_session_id for IP_KINDS,
    the_id_decides_which_socket_receives_it for IP_KINDS,
    a_message_of_l2tpv2 for IP_KINDS,
    data_of_no_session for UDP_KINDS,
    a_port_without_a_socket_causes_an_error for UDP_KINDS,
];

/// While a session carries packets: a header alone and a message with a body there, another back.
fn both_directions(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let here = socket(&one, kind, 1, Some(2))?;
    let there = socket(&other, kind, 2, Some(1))?;
    let session = carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    let mut buf = [0; 2000];
    let port = addr(kind, 1).port().unwrap_or(0);
    for (ns, body) in [(1, &[][..]), (2, b"hello"), (3, &[7; 1000])] {
        let sent = message(2, ns, body)?;
        here.send_control(&sent)?;
        ping(&one)?;
        let received = there.recv(&mut buf)?;
        ensure!(buf[..received.len] == sent, "{:x?}", &buf[..received.len]);
        ensure!(received.full_len == sent.len(), "{received:?}");
        ensure!(received.from == SocketAddr::new(host(kind, 1), port), "{received:?}");
        let header = received.control.context("no header")?;
        ensure!((header.tunnel_id, header.ns) == (TunnelId(2), ns), "{header:?}");
    }
    let sent = message(1, 9, b"and back")?;
    there.send_control_to(&sent, addr(kind, 1))?;
    let received = here.recv(&mut buf)?;
    ensure!(buf[..received.len] == sent, "{:x?}", &buf[..received.len]);
    ensure!(received.from.ip() == host(kind, 2), "{received:?}");
    let statistics = one.conn()?.get_session_info(&session)?.statistics;
    ensure!(statistics.rx_errors == 0, "{statistics}");
    Ok(())
}

fn a_cut_message(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let here = socket(&one, kind, 1, Some(2))?;
    let there = socket(&other, kind, 2, Some(1))?;
    here.send_control(&message(2, 1, b"more than fits")?)?;
    here.send_control(&message(2, 2, b"")?)?;
    let mut buf = [0; 20];
    let received = there.recv(&mut buf)?;
    ensure!((received.len, received.full_len) == (20, 26), "{received:?}");
    ensure!(received.control.is_none(), "{received:?}");
    let received = there.recv(&mut buf)?;
    ensure!(received.control.is_some_and(|header| header.ns == 2), "{received:?}");
    Ok(())
}

fn waiting(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let socket = socket(&net, kind, 1, Some(2))?;
    let limit = Some(Duration::from_millis(200));
    socket.set_read_timeout(limit)?;
    socket.set_write_timeout(limit)?;
    ensure!(socket.read_timeout()? == limit, "{:?}", socket.read_timeout());
    ensure!(socket.write_timeout()? == limit, "{:?}", socket.write_timeout());
    let over = socket.recv(&mut [0; 20]).err().context("a message")?;
    ensure!(over.is_would_block(), "{over}");

    socket.set_read_timeout(None)?;
    ensure!(socket.read_timeout()?.is_none(), "{:?}", socket.read_timeout());
    socket.set_nonblocking(true)?;
    let none = socket.recv(&mut [0; 20]).err().context("a message")?;
    ensure!(none.is_would_block(), "{none}");
    ensure!(none.to_string().contains("no message (EAGAIN)"), "{none}");

    ensure_fails(
        socket.set_read_timeout(Some(Duration::ZERO)).map_err(l2tp::Error::from),
        &Expected::config(&["read_timeout", "no timeout"]),
    )
}

fn without_a_peer(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let mut socket = socket(&net, kind, 1, Some(2))?;
    socket.disconnect()?;
    ensure_fails(
        socket.send_control(&message(2, 1, b"")?).map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::EDESTADDRREQ),
            kind: ErrorKind::Other,
            texts: &["send control message", "no peer (EDESTADDRREQ)", "connect it first"],
        },
    )
}

/// The packets of protocol 115 that arrive: with their IPv4 header, without their IPv6 header.
fn wire(net: &Net, kind: SocketKind) -> Result<Socket> {
    let domain = if kind.is_ipv6() { Domain::IPV6 } else { Domain::IPV4 };
    let l2tp = Protocol::from(i32::try_from(l2tp_sys::IPPROTO_L2TP)?);
    let socket = net.run(|| Ok(Socket::new(domain, Type::RAW, Some(l2tp))?))?;
    socket.set_read_timeout(Some(Duration::from_secs(20)))?;
    Ok(socket)
}

/// On the wire four zeros precede the message (RFC 3931, 4.1.1.2). A program that writes them
/// itself would send eight, and what the peer hears is no message.
fn the_kernel_writes_the_zero_session_id(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let here = socket(&one, kind, 1, Some(2))?;
    let mut wire = wire(&other, kind)?;
    let sent = message(2, 1, b"body")?;
    here.send_control(&sent)?;
    let mut buf = [0; 200];
    let len = wire.read(&mut buf)?;
    let packet = if kind.is_ipv6() { &buf[..len] } else { &buf[20..len] };
    ensure!(packet == [&[0; 4], &sent[..]].concat(), "{packet:x?}");

    let doubled = [&[0; 4], &sent[..]].concat();
    ensure_fails(
        here.send_control(&doubled).map_err(l2tp::Error::from),
        &Expected::config(&[
            "the kernel adds the session id of zero",
            "begin the message with the flags",
        ]),
    )?;
    SockRef::from(&here).send(&doubled)?;
    let len = wire.read(&mut buf)?;
    let packet = if kind.is_ipv6() { &buf[..len] } else { &buf[20..len] };
    ensure!(packet == [&[0; 8], &sent[..]].concat(), "{packet:x?}");
    Ok(())
}

/// Messages go to the socket bound to the id in their header, whatever its tunnel; those that open
/// a control connection to the socket bound to 0.
fn the_id_decides_which_socket_receives_it(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let here = socket(&one, kind, 1, Some(2))?;
    let there = socket(&other, kind, 2, Some(1))?;
    let listener = socket_at(&other, addr_with_id(kind, 2, 0), None, &SocketOptions::new())?;
    other.conn()?.create_managed_tunnel(&there, &tunnel(kind, 2, 1))?;
    for id in [7, 0, 2] {
        here.send_control(&message(id, 1, b"")?)?;
    }
    let heard = |socket: &TunnelSocket| -> Result<_> {
        Ok(socket.recv(&mut [0; 50])?.control.context("no header")?.tunnel_id)
    };
    ensure!(heard(&there)? == TunnelId(2));
    ensure!(heard(&listener)? == TunnelId(0));
    for socket in [&there, &listener] {
        socket.set_nonblocking(true)?;
        let more = socket.recv(&mut [0; 50]);
        ensure!(more.as_ref().is_err_and(l2tp::socket::SocketError::is_would_block), "{more:?}");
    }
    Ok(())
}

fn a_message_of_l2tpv2(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let socket = socket(&net, kind, 1, Some(2))?;
    let mut v2 = message(2, 1, b"")?;
    v2[1] = 2;
    ensure_fails(
        socket.send_control(&v2).map_err(l2tp::Error::from),
        &Expected::config(&["L2TPv2 runs over UDP only"]),
    )
}

/// Over UDP the kernel hands over a data packet that no session claims.
fn data_of_no_session(kind: SocketKind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let here = socket(&one, kind, 1, Some(2))?;
    let there = socket(&other, kind, 2, Some(1))?;
    carry(&other, &there, 2, 1)?;
    // Version 3, reserved, session 99, and a body.
    let data = [0, 3, 0, 0, 0, 0, 0, 99, 1, 2, 3, 4, 5, 6, 7, 8];
    SockRef::from(&here).send(&data)?;
    let mut buf = [0; 100];
    let received = there.recv(&mut buf)?;
    ensure!(buf[..received.len] == data, "{:x?}", &buf[..received.len]);
    ensure!(received.control.is_none(), "{received:?}");
    Ok(())
}

/// The ICMP answer to one message is the error of the next call.
fn a_port_without_a_socket_causes_an_error(kind: SocketKind) -> Result<()> {
    let (one, _other) = Net::pair()?;
    let socket = socket(&one, kind, 1, Some(2))?;
    socket.send_control(&message(2, 1, b"")?)?;
    ensure_fails(
        socket.recv(&mut [0; 100]).map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::ECONNREFUSED),
            kind: ErrorKind::Other,
            texts: &[
                "receive",
                "not listening on that port, or a firewall rejects the packets (ECONNREFUSED)",
                "start the peer",
            ],
        },
    )
}
