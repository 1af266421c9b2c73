//! Options as the packets have them: for each kind of socket and of peer, of control messages and
//! of a session's packets.

use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::socket::{PmtuDiscovery, SocketKind, TunnelAddr};
use l2tp::{EncapType, ErrorKind, SocketOptions};
use socket2::{Domain, Protocol, Socket, Type};

use super::support::{addr, carry, message, ping, ping_fails, socket, socket_at};
use crate::support::{Expected, Net, ensure_fails, tests};

tests![
    has_what_was_asked_for for PATHS,
    never_forbids_fragments_of_frames for PATHS,
    a_mark_chooses_the_route for PATHS,
];

/// A kind of socket and the peers that it sends to.
#[derive(Clone, Copy)]
struct Path {
    name: &'static str,
    kind: SocketKind,
    /// Whether the peer's address is IPv4-mapped.
    mapped: bool,
}

const PATHS: [Path; 5] = [
    Path { name: "udp4", kind: SocketKind::Udp4, mapped: false },
    Path { name: "udp6", kind: SocketKind::Udp6, mapped: false },
    Path { name: "mapped", kind: SocketKind::Udp6, mapped: true },
    Path { name: "ip4", kind: SocketKind::Ip4, mapped: false },
    Path { name: "ip6", kind: SocketKind::Ip6, mapped: false },
];

impl Path {
    fn name(self) -> &'static str {
        self.name
    }

    fn is_udp(self) -> bool {
        self.kind.encap() == EncapType::Udp
    }

    /// Whether its packets are of IPv4.
    fn is_ipv4(self) -> bool {
        self.mapped || !self.kind.is_ipv6()
    }

    /// The near end's own address and its peer's, of these hosts of [`Net::pair`].
    fn ends(self, here: u8, there: u8) -> (TunnelAddr, TunnelAddr) {
        if !self.mapped {
            return (addr(self.kind, here), addr(self.kind, there));
        }
        let peer = Ipv4Addr::new(10, 0, 0, there).to_ipv6_mapped();
        (
            (SocketAddr::from((Ipv6Addr::UNSPECIFIED, 1701))).into(),
            SocketAddr::from((peer, 1701)).into(),
        )
    }

    /// The kind of the far end's socket.
    fn far(self) -> SocketKind {
        if self.mapped { SocketKind::Udp4 } else { self.kind }
    }
}

/// What the headers of a packet hold.
#[derive(Debug, PartialEq, Eq)]
struct Headers {
    class: u8,
    hops: u8,
    /// "Don't fragment", which IPv4 alone has.
    df: Option<bool>,
    /// Whether there is a checksum, which UDP alone has.
    checksum: Option<bool>,
}

/// Everything that arrives at a host's interface, from the IP header on.
struct Tap(Socket);

impl Tap {
    fn new(net: &Net) -> Result<Self> {
        const EVERYTHING: u16 = 0x0003;
        let protocol = Protocol::from(i32::from(EVERYTHING.to_be()));
        let socket = net.run(|| Ok(Socket::new(Domain::PACKET, Type::DGRAM, Some(protocol))?))?;
        socket.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(Self(socket))
    }

    /// The next packet of the tunnel that is sent by host 1: a control message or a session's.
    fn next(&mut self, path: Path, control: bool) -> Result<Headers> {
        let mut buf = [0; 4096];
        loop {
            let len = self.0.read(&mut buf).context("no packet came")?;
            let wanted = |(from_1, headers, is_control): &(bool, Headers, bool)| {
                let of_udp = headers.checksum.is_some();
                *from_1 && *is_control == control && of_udp == path.is_udp()
            };
            if let Some((_, headers, _)) = parse(&buf[..len]).filter(wanted) {
                return Ok(headers);
            }
        }
    }
}

/// Whether host 1 sent it, its headers, and whether it is a control message; if it is a tunnel's.
fn parse(packet: &[u8]) -> Option<(bool, Headers, bool)> {
    let l2tp = u8::try_from(l2tp_sys::IPPROTO_L2TP).ok()?;
    let (protocol, from_1, class, hops, df, payload) = match packet.first()? >> 4 {
        4 => {
            let header = packet.first_chunk::<20>()?;
            let df = header[6] & 0x40 != 0;
            (header[9], header[15] == 1, header[1], header[8], Some(df), packet.get(20..)?)
        }
        6 => {
            let header = packet.first_chunk::<40>()?;
            let class = (header[0] << 4) | (header[1] >> 4);
            (header[6], header[23] == 1, class, header[7], None, packet.get(40..)?)
        }
        _ => return None,
    };
    if protocol == l2tp {
        let control = payload.first_chunk::<4>()? == &[0; 4];
        return Some((from_1, Headers { class, hops, df, checksum: None }, control));
    }
    let udp = payload.first_chunk::<9>()?;
    let to_tunnel = protocol == 17 && u16::from_be_bytes([udp[2], udp[3]]) == 1701;
    let checksum = Some(udp[6..8] != [0; 2]);
    to_tunnel.then_some((from_1, Headers { class, hops, df, checksum }, udp[8] & 0x80 != 0))
}

/// The checksum switched on or off, where there is one.
fn checksum(path: Path, options: SocketOptions, on: bool) -> SocketOptions {
    match path.kind {
        SocketKind::Udp4 => options.udp_csum(on),
        SocketKind::Udp6 => options.udp_zero_csum6_tx(!on),
        _ => options,
    }
}

fn has_what_was_asked_for(path: Path) -> Result<()> {
    let (one, other) = Net::pair()?;
    let (local, peer) = path.ends(1, 2);
    let here = socket_at(&one, local, Some(peer), &SocketOptions::new())?;
    let there = socket(&other, path.far(), 2, Some(1))?;
    if path.far() == SocketKind::Udp6 {
        there.set_options(&SocketOptions::new().udp_zero_csum6_rx(true))?;
    }
    carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    ping(&one)?;
    for (class, hops, df, sum) in [(0xb8, 33, true, false), (0x28, 200, false, true)] {
        let discovery = if df { PmtuDiscovery::Do } else { PmtuDiscovery::Dont };
        let options =
            SocketOptions::new().traffic_class(class).hop_limit(hops).pmtu_discovery(discovery);
        let options = checksum(path, options, sum);
        here.set_options(&options)?;
        let expected = |df: bool| Headers {
            class,
            hops,
            df: path.is_ipv4().then_some(df),
            checksum: path.is_udp().then_some(sum),
        };
        let mut tap = Tap::new(&other)?;
        here.send_control(&message(2, 1, b"")?)?;
        let control = tap.next(path, true)?;
        ensure!(control == expected(df), "{control:?}, expected {:?}", expected(df));
        ping(&one)?;
        // Those of sessions may always be fragmented.
        let data = tap.next(path, false)?;
        ensure!(data == expected(false), "{data:?}, expected {:?}", expected(false));
    }
    Ok(())
}

/// A control message that exceeds the path is refused, a session's packet goes in fragments.
fn never_forbids_fragments_of_frames(path: Path) -> Result<()> {
    let (one, other) = Net::pair()?;
    let (local, peer) = path.ends(1, 2);
    let options = SocketOptions::new().pmtu_discovery(PmtuDiscovery::Do);
    let here = socket_at(&one, local, Some(peer), &options)?;
    let there = socket(&other, path.far(), 2, Some(1))?;
    carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    one.ip("link set l2tp0 mtu 2000")?;
    other.ip("link set l2tp0 mtu 2000")?;
    one.program("ping", &["-c", "1", "-W", "20", "-s", "1900", "192.0.2.2"])?;
    let large = message(2, 1, &[0; 1900])?;
    ensure_fails(
        here.send_control(&large).map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::EMSGSIZE),
            kind: ErrorKind::Other,
            texts: &["the message is too long (EMSGSIZE)", "pmtu_discovery forbids fragmentation"],
        },
    )?;
    here.set_options(&SocketOptions::new().pmtu_discovery(PmtuDiscovery::Dont))?;
    here.send_control(&large)?;
    Ok(())
}

/// There is a route for packets of the mark only: control messages and frames have it.
fn a_mark_chooses_the_route(path: Path) -> Result<()> {
    let (one, other) = Net::pair()?;
    let (family, far, gateway) =
        if path.is_ipv4() { ("-4", "10.9.0.2", "10.0.0.2") } else { ("-6", "fd09::2", "fd00::2") };
    one.ip(&format!("{family} rule add fwmark 7 table 77"))?;
    one.ip(&format!("{family} route add {far} via {gateway} table 77"))?;
    other.ip(&format!("addr add {far} dev lo{}", if path.is_ipv4() { "" } else { " nodad" }))?;
    let (local, peer) = path.ends(1, 2);
    let at = |at: TunnelAddr, mapped: bool| -> Result<TunnelAddr> {
        let ip: IpAddr = far.parse()?;
        let ip = match ip {
            IpAddr::V4(v4) if mapped => v4.to_ipv6_mapped().into(),
            ip => ip,
        };
        Ok(match at.tunnel_id() {
            Some(id) => (ip, id).into(),
            None => SocketAddr::new(ip, 1701).into(),
        })
    };
    let peer = at(peer, path.mapped)?;
    let none = SocketOptions::new();
    ensure_fails(
        l2tp::TunnelSocket::open_in(one.netns(), local, Some(peer), &none)
            .map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::ENETUNREACH),
            kind: ErrorKind::Network,
            texts: &["no route to the peer (ENETUNREACH)", "mark"],
        },
    )?;
    let here = socket_at(&one, local, Some(peer), &none.mark(7))?;
    let there =
        socket_at(&other, at(addr(path.far(), 2), false)?, Some(addr(path.far(), 1)), &none)?;
    carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    ping(&one)?;
    here.send_control(&message(2, 1, b"")?)?;
    ensure!(there.recv(&mut [0; 50])?.control.is_some());
    here.set_options(&none.mark(8))?;
    ping_fails(&one)
}
