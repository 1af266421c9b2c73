//! What ICMP says about a tunnel's packets, and who hears of it: the program that owns the socket,
//! the counters, or nobody.

use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::socket::SocketError;
use l2tp::types::Statistics;
use l2tp::{Conn, PseudowireType, SessionConfig, TunnelId, TunnelSocket};
use socket2::SockRef;

use crate::support::{Kernel, Net, Variant, eventually, outlet, tests};

tests![
    a_port_unreachable_error_is_not_counted for Variant::V3,
    the_socket_gets_an_icmp_error for UDP,
    the_version_makes_no_difference for V2,
    a_rejection_is_reported_once for UDP,
    the_error_queue_has_the_rejected_message for UDP,
    frames_pass_once_the_peer_listens for UDP,
    no_socket_gets_an_icmp_error_over_ip for IP,
];

/// Kinds of which a port can refuse.
const UDP: [Variant; 2] = [Variant::V3_UDP4, Variant::V3_UDP6];
/// The same with L2TPv2.
const V2: [Variant; 2] = [Variant::V2_UDP4, Variant::V2_UDP6];
/// Kinds that have no port.
const IP: [Variant; 2] = [Variant::V3_IP4, Variant::V3_IP6];

/// Linux 6.1 takes a tunnel's socket for one that ICMP is not about.
fn hears() -> bool {
    !Kernel::at_least(6, 1) || Kernel::at_least(6, 12)
}

/// For what is not expected to come: long enough for the loopback interface.
const MOMENT: Duration = Duration::from_millis(100);
/// For what is: longer than it takes in an emulated machine.
const SOON_MS: i32 = 20_000;

/// Waits until the peer's host has refused what `send` sends, and until the socket has heard of it
/// where it does.
fn refused(
    net: &Net,
    socket: &TunnelSocket,
    heard: bool,
    send: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let count =
        || anyhow::Ok(net.counter("IcmpInDestUnreachs")? + net.counter("Icmp6InDestUnreachs")?);
    let before = count()?;
    send()?;
    eventually("the host refuses", || {
        ensure!(count()? > before);
        Ok(())
    })?;
    if heard {
        let mut wanted = [libc::pollfd { fd: socket.as_raw_fd(), events: 0, revents: 0 }];
        ensure!(uapi::poll(&mut wanted, SOON_MS)? == 1, "the socket does not hear of it");
    } else {
        thread::sleep(MOMENT);
    }
    Ok(())
}

/// The socket's pending error, which is then none any more.
fn pending(socket: &TunnelSocket) -> Result<Option<i32>> {
    Ok(SockRef::from(socket).take_error()?.and_then(|error| error.raw_os_error()))
}

/// A control message (HELLO) for the tunnel 2, up to the attributes.
const CONTROL: &[u8] = &[0xc8, 3, 0, 12, 0, 0, 0, 2, 0, 0, 0, 0];

/// Tunnel 1 to a peer that is not there.
struct Lonely {
    net: Net,
    conn: Conn,
    tunnel: TunnelSocket,
    session: SessionConfig,
    frames: UdpSocket,
}

impl Lonely {
    fn new(variant: Variant) -> Result<Self> {
        let net = Net::new()?;
        let mut conn = net.conn()?;
        let (local, peer) = (variant.local(), variant.peer());
        let tunnel = net.run(|| {
            Ok(if variant.is_udp() {
                TunnelSocket::udp(local, Some(peer))?
            } else {
                TunnelSocket::ip(local.ip(), 1, Some((peer.ip(), TunnelId(2))))?
            })
        })?;
        tunnel.set_nonblocking(true)?;
        conn.create_managed_tunnel(&tunnel, &variant.config())?;
        let session = SessionConfig::new(&variant.config(), PseudowireType::Eth, 10, 20);
        conn.create_session(&session)?;
        let frames = outlet(&net, "l2tpeth0")?;
        Ok(Self { net, conn, tunnel, session, frames })
    }

    fn frame(&self) -> Result<()> {
        self.frames.send(b"frame")?;
        Ok(())
    }

    /// Sends a frame that is refused.
    fn rejected_frame(&self) -> Result<()> {
        refused(&self.net, &self.tunnel, hears(), || self.frame())
    }

    /// Sends a control message that is refused.
    fn rejected_control(&self) -> Result<()> {
        refused(&self.net, &self.tunnel, hears(), || {
            Ok(self.tunnel.send_control(CONTROL).map(drop)?)
        })
    }

    fn pending(&self) -> Result<Option<i32>> {
        pending(&self.tunnel)
    }

    fn counted(&mut self) -> Result<Statistics> {
        Ok(self.conn.get_session_info(&self.session)?.statistics)
    }
}

fn errno<T>(outcome: Result<T, SocketError>) -> Option<i32> {
    outcome.err().and_then(|error| error.raw_os_error())
}

fn a_port_unreachable_error_is_not_counted(variant: Variant) -> Result<()> {
    let mut lonely = Lonely::new(variant)?;
    for _ in 0..3 {
        if variant.is_udp() {
            lonely.rejected_frame()?;
        } else {
            lonely.frame()?;
        }
    }
    let counted = lonely.counted()?;
    let mut sent = Statistics::default();
    sent.tx_packets = 3;
    sent.tx_bytes = counted.tx_bytes;
    sent.rx_invalid = Some(0);
    ensure!(counted == sent, "{counted:#?}");
    ensure!(lonely.conn.get_tunnel_info(TunnelId(1))?.statistics == sent);
    Ok(())
}

fn the_socket_gets_an_icmp_error(variant: Variant) -> Result<()> {
    let lonely = Lonely::new(variant)?;
    lonely.rejected_frame()?;
    let expected = hears().then_some(libc::ECONNREFUSED);
    ensure!(lonely.pending()? == expected);
    // Of that of a control message, likewise.
    lonely.rejected_control()?;
    ensure!(lonely.pending()? == expected);
    Ok(())
}

/// With L2TPv2 there is no interface that sends; its control messages do.
fn the_version_makes_no_difference(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let socket = net.run(|| Ok(TunnelSocket::udp(variant.local(), Some(variant.peer()))?))?;
    let hello = [0xc8, 2, 0, 12, 0, 2, 0, 0, 0, 0, 0, 0];
    let told = |heard| {
        refused(&net, &socket, heard, || Ok(socket.send_control(&hello).map(drop)?))?;
        pending(&socket)
    };
    ensure!(told(true)? == Some(libc::ECONNREFUSED), "a socket without tunnel");
    net.conn()?.create_managed_tunnel(&socket, &variant.config())?;
    ensure!(told(hears())? == hears().then_some(libc::ECONNREFUSED), "a tunnel's socket");
    Ok(())
}

/// The control message that hears of it is not sent; the frames are, all of them.
fn a_rejection_is_reported_once(variant: Variant) -> Result<()> {
    let mut lonely = Lonely::new(variant)?;
    let expected = hears().then_some(libc::ECONNREFUSED);
    let datagrams = if variant.ipv6 { "Udp6OutDatagrams" } else { "UdpOutDatagrams" };
    lonely.rejected_frame()?;
    let before = lonely.net.counter(datagrams)?;
    ensure!(errno(lonely.tunnel.send_control(CONTROL)) == expected);
    let sent = lonely.net.counter(datagrams)? - before;
    ensure!(sent == u64::from(!hears()), "{sent} datagrams were sent");
    thread::sleep(MOMENT);
    let _ = lonely.pending()?;
    lonely.rejected_frame()?;
    let received = lonely.tunnel.recv(&mut [0; 100]);
    ensure!(errno(received) == Some(expected.unwrap_or(libc::EAGAIN)));
    let received = lonely.tunnel.recv(&mut [0; 100]);
    ensure!(errno(received) == Some(libc::EAGAIN));
    lonely.rejected_frame()?;
    lonely.rejected_frame()?;
    let counted = lonely.counted()?;
    ensure!(counted.tx_packets == 4 && counted.tx_errors == 0, "{counted:#?}");
    Ok(())
}

/// What `recv` with `MSG_ERRQUEUE` has of a refusal: the packet, and the errno, origin, type and code
/// of `struct sock_extended_err`.
type Refusal = (Vec<u8>, i32, [u8; 3]);

impl Lonely {
    /// Has the socket keep refusals in its error queue.
    fn keep_icmp_errors(&self, variant: Variant) -> Result<()> {
        let (level, name) = if variant.ipv6 {
            (libc::IPPROTO_IPV6, libc::IPV6_RECVERR)
        } else {
            (libc::IPPROTO_IP, libc::IP_RECVERR)
        };
        Ok(uapi::setsockopt(self.tunnel.as_raw_fd(), level, name, &1_i32)?)
    }

    /// The oldest in the error queue.
    fn refusal(&self) -> Result<Option<Refusal>> {
        let (mut packet, mut control) = ([0_u8; 500], [0_u8; 200]);
        let mut message = uapi::MsghdrMut {
            iov: &mut [&mut packet[..]][..],
            control: Some(&mut control[..]),
            name: uapi::sockaddr_none_mut(),
            flags: 0,
        };
        let fd = self.tunnel.as_raw_fd();
        match uapi::recvmsg(fd, &mut message, libc::MSG_ERRQUEUE) {
            Err(error) if error.0 == libc::EAGAIN => Ok(None),
            Err(error) => Err(error.into()),
            Ok((parts, _, control)) => {
                let packet = parts.iter().flatten().copied().collect();
                // The error follows a header of 16 bytes.
                let errno = i32::from_ne_bytes(control[16..20].try_into()?);
                Ok(Some((packet, errno, control[20..23].try_into()?)))
            }
        }
    }
}

/// Of frames as of control messages.
fn the_error_queue_has_the_rejected_message(variant: Variant) -> Result<()> {
    let lonely = Lonely::new(variant)?;
    lonely.keep_icmp_errors(variant)?;
    lonely.rejected_control()?;
    let control = lonely.refusal()?;
    let _ = lonely.pending()?;
    lonely.rejected_frame()?;
    let frame = lonely.refusal()?;
    if !hears() {
        ensure!(control.is_none() && frame.is_none(), "{control:?}, {frame:?}");
        return Ok(());
    }
    // SO_EE_ORIGIN_ICMP6 or _ICMP, and "port unreachable".
    let port_unreachable = if variant.ipv6 { [3, 1, 4] } else { [2, 3, 3] };
    for (refusal, begins) in [(control, CONTROL), (frame, &[0, 3, 0, 0, 0, 0, 0, 20])] {
        let (packet, errno, icmp) = refusal.context("nothing in the queue")?;
        ensure!(packet.starts_with(begins), "{packet:x?}");
        ensure!(errno == libc::ECONNREFUSED && icmp == port_unreachable, "{errno} {icmp:?}");
    }
    ensure!(lonely.refusal()?.is_none());
    Ok(())
}

/// With the error still pending.
fn frames_pass_once_the_peer_listens(variant: Variant) -> Result<()> {
    let lonely = Lonely::new(variant)?;
    lonely.rejected_frame()?;
    let peer = lonely.net.run(|| Ok(UdpSocket::bind(variant.peer())?))?;
    peer.set_read_timeout(Some(Duration::from_secs(5)))?;
    lonely.frame()?;
    let mut packet = [0; 200];
    let (length, from) = peer.recv_from(&mut packet)?;
    ensure!(from == variant.local() && packet[4..8] == [0, 0, 0, 20], "{:x?}", &packet[..length]);
    Ok(())
}

/// The host refuses nothing, though it knows no such tunnel.
fn no_socket_gets_an_icmp_error_over_ip(variant: Variant) -> Result<()> {
    let lonely = Lonely::new(variant)?;
    let [delivered, refused] = if variant.ipv6 {
        ["Ip6InDelivers", "Icmp6OutDestUnreachs"]
    } else {
        ["IpInDelivers", "IcmpOutDestUnreachs"]
    };
    let before = [lonely.net.counter(delivered)?, lonely.net.counter(refused)?];
    lonely.frame()?;
    eventually("the packet arrives", || {
        ensure!(lonely.net.counter(delivered)? > before[0]);
        Ok(())
    })?;
    thread::sleep(MOMENT);
    ensure!(lonely.net.counter(refused)? == before[1], "{refused}");
    ensure!(lonely.pending()?.is_none());
    ensure!(errno(lonely.tunnel.send_control(CONTROL)).is_none());
    thread::sleep(MOMENT);
    ensure!(lonely.pending()?.is_none());
    Ok(())
}
