//! Faults of a configuration that no counter tells of: both ends count packets as if all were well.

use std::io::ErrorKind::WouldBlock;
use std::net::UdpSocket;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use l2tp::{L2SpecType, SessionConfig, SessionId, TunnelId};

use crate::support::{Forger, Variant, Wire, eventually, tests};

tests![
    a_sublayer_at_one_end_only for SOME,
    an_unexpected_cookie for SOME,
    a_cookie_twice_as_long_as_expected for SOME,
    an_interface_that_is_down,
    a_route_to_the_peer_through_its_session for UDP_AND_IP,
];

/// A kind of each encapsulation and of each family.
const SOME: [Variant; 2] = [Variant::V3_UDP4, Variant::V3_IP6];

/// Over IPv4, where a neighbour is easily named.
const UDP_AND_IP: [Variant; 2] = [Variant::V3_UDP4, Variant::V3_IP4];

/// For what is not expected to come: long enough for a cable between two namespaces.
const MOMENT: Duration = Duration::from_millis(100);

/// Sends a datagram each way. Both ends must count a packet received and no error, and neither
/// datagram may arrive.
fn counted_but_lost(
    adapt: impl Fn(u8, SessionConfig) -> SessionConfig,
) -> impl FnOnce(Variant) -> Result<()> {
    move |variant| {
        let wire = Wire::with(variant, |host, _, session| *session = adapt(host, *session))?;
        let ends = [&wire.one, &wire.other];
        let receivers = [1, 2].map(|host| {
            ends[host - 1].net.run(|| {
                let socket = UdpSocket::bind(format!("192.0.2.{host}:9"))?;
                socket.set_nonblocking(true)?;
                Ok(socket)
            })
        });
        for end in ends {
            end.frames()?.send(b"frame")?;
        }
        for end in ends {
            eventually("both ends count it", || {
                let counted = end.statistics()?;
                ensure!((counted.tx_packets, counted.rx_packets) == (1, 1), "{counted:#?}");
                Ok(())
            })?;
        }
        thread::sleep(MOMENT);
        for (end, receiver) in ends.into_iter().zip(receivers) {
            let received = receiver?.recv(&mut [0; 100]);
            ensure!(received.as_ref().is_err_and(|e| e.kind() == WouldBlock), "{received:?}");
            let counted = end.statistics()?;
            let discarded =
                counted.rx_errors + counted.rx_cookie_discards + counted.rx_seq_discards;
            ensure!(discarded == 0 && counted.tx_errors == 0, "{counted:#?}");
        }
        Ok(())
    }
}

fn a_sublayer_at_one_end_only(variant: Variant) -> Result<()> {
    counted_but_lost(
        |host, session| {
            if host == 2 { session.l2spec(L2SpecType::None) } else { session }
        },
    )(variant)
}

fn an_unexpected_cookie(variant: Variant) -> Result<()> {
    counted_but_lost(|_, session| session.local_cookie([7; 4]))(variant)
}

/// Its first half is what is expected.
fn a_cookie_twice_as_long_as_expected(variant: Variant) -> Result<()> {
    counted_but_lost(|_, session| session.local_cookie([7; 8]).peer_cookie([7; 4]))(variant)
}

/// A new one is: what comes for it counts as received, and the interface drops it.
fn an_interface_that_is_down() -> Result<()> {
    let mut forger = Forger::new(Variant::PLAIN, |session| session)?;
    forger.net.ip("link set l2tpeth0 down")?;
    let key = (TunnelId(1), SessionId(10));
    let before = forger.conn.get_session_info(key)?.statistics.rx_packets;
    forger.peer.send(10, None)?;
    eventually("the session counts it", || {
        let counted = forger.conn.get_session_info(key)?.statistics;
        ensure!((counted.rx_packets, counted.rx_errors) == (before + 1, 0), "{counted:#?}");
        Ok(())
    })?;
    let link = forger.net.ip_json("-s link show l2tpeth0")?;
    let received = &link[0]["stats64"]["rx"];
    ensure!(received["packets"] == 0, "{received}");
    ensure!(received["dropped"] == 1 && received["errors"] == 1, "{received}");
    Ok(())
}

/// Each packet is wrapped again and again, until the kernel stops it: the session counts it as sent
/// every time, and nothing leaves the host.
fn a_route_to_the_peer_through_its_session(variant: Variant) -> Result<()> {
    let wire = Wire::new(variant)?;
    wire.ping(1)?;
    let before = [wire.one.statistics()?, wire.other.statistics()?];
    wire.one.net.ip_all(&[
        "neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev l2tp0 nud permanent",
        "route add 10.0.0.2/32 dev l2tp0",
    ])?;
    wire.one.frames()?.send(b"frame")?;
    eventually("the session counts it more than once", || {
        let counted = wire.one.statistics()?;
        ensure!(counted.tx_packets > before[0].tx_packets + 1, "{counted:#?}");
        Ok(())
    })?;
    thread::sleep(MOMENT);
    ensure!(wire.other.statistics()? == before[1], "it has arrived");
    // The link is as it was: without the route the next one passes.
    wire.one.net.ip("route del 10.0.0.2/32 dev l2tp0")?;
    wire.ping(1)
}
