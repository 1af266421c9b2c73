//! Packets that the kernel throws away, and the counter in which each shows.

use std::io::Read;
use std::net::UdpSocket;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use l2tp::{Conn, PseudowireType, SessionConfig, SessionId, Statistics, TunnelId, TunnelSocket};
use socket2::SockRef;

use crate::support::{Net, Variant, Wire, eventually, tests};

tests![
    a_wrong_cookie for Variant::V3,
    a_missing_cookie,
    a_missing_sequence_number for Variant::V3,
    a_packet_cut_short_is_invalid,
    a_strange_header_is_invalid.before(6, 12, "newer kernels look for the session first"),
    a_strange_header_is_not_counted.since(6, 12, "older kernels look at the header first"),
    a_packet_for_no_session_is_left_to_the_program,
    an_early_packet_waits_for_the_one_before,
    an_early_packet_does_not_wait_for_ever,
    an_unconnected_socket_sends_nothing,
];

/// Pings into the void; host 2 must drop all, and count them in the counter.
fn all_dropped(wire: &Wire, counter: fn(&Statistics) -> u64) -> Result<()> {
    ensure!(wire.ping(3).is_err(), "the echoes came back");
    let (sent, got) = (wire.one.statistics()?, wire.other.statistics()?);
    ensure!(sent.tx_packets == 3, "{sent:#?}");
    ensure!(counter(&got) == 3 && got.rx_packets == 0, "{got:#?}");
    ensure!(got.rx_errors == 3, "every dropped packet is an error, too: {got:#?}");
    Ok(())
}

fn a_wrong_cookie(variant: Variant) -> Result<()> {
    let wire = Wire::with(variant, |host, _, session| {
        *session = session.local_cookie([host; 8]).peer_cookie([9; 8]);
    })?;
    all_dropped(&wire, |counted| counted.rx_cookie_discards)
}

fn a_missing_cookie() -> Result<()> {
    let wire = Wire::with(Variant::PLAIN, |host, _, session| {
        if host == 2 {
            *session = session.peer_cookie([9; 4]);
        }
    })?;
    all_dropped(&wire, |counted| counted.rx_cookie_discards)
}

fn a_missing_sequence_number(variant: Variant) -> Result<()> {
    let wire = Wire::with(variant, |host, _, session| session.recv_seq = host == 2)?;
    all_dropped(&wire, |counted| counted.rx_seq_discards)
}

/// A tunnel on the loopback interface, and a socket in the place of its peer.
struct Forger {
    net: Net,
    conn: Conn,
    peer: UdpSocket,
    tunnel: TunnelSocket,
}

impl Forger {
    /// With one session: 10, that expects no cookie.
    fn new(adapt: fn(SessionConfig) -> SessionConfig) -> Result<Self> {
        let net = Net::new()?;
        let variant = Variant::PLAIN;
        let (tunnel, peer) = net.run(|| {
            let tunnel = TunnelSocket::udp(variant.local(), Some(variant.peer()))?;
            let peer = UdpSocket::bind(variant.peer())?;
            peer.connect(variant.local())?;
            Ok((tunnel, peer))
        })?;
        let mut conn = net.conn()?;
        conn.create_managed_tunnel(&tunnel, &variant.config())?;
        let session = SessionConfig::new(&variant.config(), PseudowireType::Eth, 10, 20);
        conn.create_session(&adapt(session))?;
        net.ip("link set l2tpeth0 up")?;
        Ok(Self { net, conn, peer, tunnel })
    }

    /// Sends a frame for a session as the peer would, numbered if there is a number.
    fn send(&self, session: u32, number: Option<u32>) -> Result<()> {
        let mut packet = vec![0, 3, 0, 0];
        packet.extend(session.to_be_bytes());
        packet.extend(number.map_or(0, |number| 0x4000_0000 | number).to_be_bytes());
        packet.extend([0xff; 6]);
        packet.extend([2, 0, 0, 0, 0, 9]);
        packet.extend([0x88, 0xb5]);
        packet.extend([0; 46]);
        self.peer.send(&packet)?;
        Ok(())
    }

    fn session(&mut self) -> Result<Statistics> {
        Ok(self.conn.get_session_info((TunnelId(1), SessionId(10)))?.statistics)
    }

    fn tunnel(&mut self) -> Result<Statistics> {
        Ok(self.conn.get_tunnel_info(TunnelId(1))?.statistics)
    }

    /// The length of a packet that the kernel left to the program.
    fn passed_on(&self) -> Result<usize> {
        let mut socket = &*SockRef::from(&self.tunnel);
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        Ok(socket.read(&mut [0; 2048])?)
    }
}

/// The header names the session, whose cookie and sublayer are then missing.
fn a_packet_cut_short_is_invalid() -> Result<()> {
    let mut forger = Forger::new(|session| session.peer_cookie([1; 8]))?;
    let mut packet = [0; 16];
    packet[..8].copy_from_slice(&[0, 3, 0, 0, 0, 0, 0, 10]);
    forger.peer.send(&packet)?;
    ensure!(forger.passed_on()? == packet.len());
    let counted = forger.tunnel()?;
    ensure!(counted.rx_invalid == Some(1) && counted.rx_packets == 0, "{counted:#?}");
    Ok(())
}

/// Whether the kernel counts a packet whose header is none of the tunnel's; it passes it on.
fn counts_as_invalid(packet: &[u8]) -> Result<bool> {
    let mut forger = Forger::new(|session| session)?;
    forger.peer.send(packet)?;
    ensure!(forger.passed_on()? == packet.len());
    match forger.tunnel()?.rx_invalid {
        Some(count @ (0 | 1)) => Ok(count == 1),
        other => bail!("{other:?}"),
    }
}

const TOO_SHORT: &[u8] = &[0, 3, 0];
const OF_VERSION_2: &[u8] = &[0, 2, 0, 1, 0, 10, 0, 0, 0, 0, 0, 0];

fn a_strange_header_is_invalid() -> Result<()> {
    ensure!(counts_as_invalid(TOO_SHORT)? && counts_as_invalid(OF_VERSION_2)?);
    Ok(())
}

fn a_strange_header_is_not_counted() -> Result<()> {
    ensure!(!counts_as_invalid(TOO_SHORT)? && !counts_as_invalid(OF_VERSION_2)?);
    Ok(())
}

fn a_packet_for_no_session_is_left_to_the_program() -> Result<()> {
    let mut forger = Forger::new(|session| session)?;
    forger.send(99, None)?;
    ensure!(forger.passed_on()? == 72);
    let counted = forger.tunnel()?;
    ensure!(counted.rx_invalid == Some(0) && counted.rx_packets == 0, "{counted:#?}");
    Ok(())
}

/// Packets 0, 2, 1: with a timeout they are put in order.
fn an_early_packet_waits_for_the_one_before() -> Result<()> {
    let mut forger =
        Forger::new(|session| session.reorder_timeout(Duration::from_secs(50)).recv_seq(true))?;
    for number in [0, 2] {
        forger.send(10, Some(number))?;
    }
    eventually("packet 0 is delivered", || {
        ensure!(forger.session()?.rx_packets == 1);
        Ok(())
    })?;
    forger.send(10, Some(1))?;
    eventually("all are delivered", || {
        let counted = forger.session()?;
        ensure!(counted.rx_packets == 3 && counted.rx_seq_discards == 0, "{counted:#?}");
        ensure!(counted.rx_oos_packets == 1, "{counted:#?}");
        Ok(())
    })
}

/// When the time is up it is delivered without the missing one.
fn an_early_packet_does_not_wait_for_ever() -> Result<()> {
    let mut forger =
        Forger::new(|session| session.reorder_timeout(Duration::from_millis(50)).recv_seq(true))?;
    for number in [0, 2] {
        forger.send(10, Some(number))?;
    }
    thread::sleep(Duration::from_millis(200));
    forger.send(10, Some(3))?;
    eventually("the late ones are given up", || {
        let counted = forger.session()?;
        ensure!(counted.rx_seq_discards + counted.rx_packets == 3, "{counted:#?}");
        ensure!(counted.rx_seq_discards >= 1, "{counted:#?}");
        Ok(())
    })
}

fn an_unconnected_socket_sends_nothing() -> Result<()> {
    let mut forger = Forger::new(|session| session)?;
    forger.tunnel.disconnect()?;
    let before = forger.session()?;
    forger.net.ip("addr add 192.0.2.1/24 dev l2tpeth0")?;
    let _ = forger.net.program("ping", &["-c", "1", "-W", "1", "192.0.2.2"]);
    let after = forger.session()?;
    ensure!(after.tx_errors > before.tx_errors, "{before:#?} {after:#?}");
    ensure!(after.tx_packets == before.tx_packets, "{before:#?} {after:#?}");
    Ok(())
}
