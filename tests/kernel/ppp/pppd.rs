//! Real PPP: pppd at both ends of a session, until IPCP is up and pings pass.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail, ensure};
use l2tp::ppp::{Bridge, PppoeAddress, PppoeSocket, SessionSocket};
use l2tp::types::Statistics;
use l2tp::{
    EncapType, IfName, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig, TunnelSocket,
};

use super::bridge::mac;
use crate::support::{Net, eventually, run, tests};

tests![
    v2_over_ipv4,
    v2_over_ipv6_numbered,
    v2_managed,
    v3_over_ipv4_with_cookies,
    v3_over_ipv6,
    v3_over_ip,
    through_an_access_concentrator.since(5, 11, "older kernels cannot bridge PPP channels"),
];

/// A pppd that is running. Killed when dropped.
struct Pppd {
    child: Child,
    log: PathBuf,
}

impl Pppd {
    /// Starts a pppd in a namespace: `link` tells what it speaks over, `addresses` is
    /// `LOCAL:REMOTE`.
    fn start(net: &Net, stdin: Option<OwnedFd>, link: &[&str], addresses: &str) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let log = format!("/tmp/pppd-{}.log", COUNT.fetch_add(1, Ordering::Relaxed));
        let log = PathBuf::from(log);
        let mut command = Command::new("pppd");
        command
            .args(link)
            .args(["nodetach", "noauth", "noccp", "novj", "noipv6", "debug", "logfd", "1"])
            .arg(addresses)
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?);
        if let Some(stdin) = stdin {
            command.stdin(stdin);
        }
        let child = net.run(|| command.spawn().context("cannot run pppd"))?;
        Ok(Self { child, log })
    }

    /// On the socket of a session, which is pppd's from now on.
    fn on(net: &Net, socket: SessionSocket, addresses: &str) -> Result<Self> {
        let plugin = ["plugin", "pppol2tp.so", "pppol2tp", "0"];
        Self::start(net, Some(socket.into()), &plugin, addresses)
    }

    /// Waits until `ppp0` has its addresses.
    fn wait(&mut self, net: &Net) -> Result<()> {
        let up = eventually("IPCP comes up", || {
            let shown = net.ip("-o -4 addr show dev ppp0")?;
            ensure!(shown.contains(" peer "), "{shown:?}");
            Ok(())
        });
        up.with_context(|| fs::read_to_string(&self.log).unwrap_or_default())
    }

    /// Hangs up, and waits for the end.
    fn hang_up(mut self) -> Result<()> {
        run(Command::new("kill").arg(self.child.id().to_string()))?;
        eventually("pppd ends", || match self.child.try_wait()? {
            Some(_) => Ok(()),
            None => bail!("it runs on"),
        })
    }
}

impl Drop for Pppd {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a tunnel's socket comes about.
#[derive(Clone, Copy, PartialEq)]
enum Made {
    ByTheKernel,
    ByUs,
}

/// What a session is to be made of.
#[derive(Clone, Copy)]
struct Kind {
    version: ProtocolVersion,
    encap: EncapType,
    made: Made,
    /// What hosts' numbers are appended to, to make their addresses.
    network: &'static str,
    /// Sets the fields of a session of the first host with the second.
    adapt: fn(SessionConfig, u8, u8) -> SessionConfig,
}

impl Kind {
    /// A static tunnel over UDP and IPv4, and a session as it comes.
    fn new(version: ProtocolVersion) -> Self {
        let adapt = |session, _, _| session;
        Self { version, encap: EncapType::Udp, made: Made::ByTheKernel, network: "10.0.0.", adapt }
    }

    fn at(&self, host: u8) -> Result<SocketAddr> {
        let port = if self.encap == EncapType::Udp { 1701 } else { 0 };
        Ok(SocketAddr::new(format!("{}{host}", self.network).parse()?, port))
    }
}

/// One end of a session.
struct End {
    session: SessionConfig,
    socket: SessionSocket,
    /// A managed tunnel lives as long as it.
    tunnel: Option<TunnelSocket>,
}

impl End {
    /// The end at host `here`, whose number is the tunnel's id and a tenth of the session's.
    fn new(net: &Net, here: u8, there: u8, kind: &Kind) -> Result<Self> {
        let mut conn = net.conn()?;
        let (id, peer) = (u32::from(here), u32::from(there));
        let config = TunnelConfig::new(kind.version, kind.encap, id, peer);
        let (local, remote) = (kind.at(here)?, kind.at(there)?);
        let tunnel = match kind.made {
            Made::ByTheKernel => {
                conn.create_static_tunnel(local, remote, &config)?;
                None
            }
            Made::ByUs => {
                let socket = net.run(|| Ok(TunnelSocket::udp(local, Some(remote))?))?;
                conn.create_managed_tunnel(&socket, &config)?;
                Some(socket)
            }
        };
        let session = SessionConfig::new(&config, PseudowireType::Ppp, 10 * id, 10 * peer);
        let session = (kind.adapt)(session, here, there);
        let socket = net.run(|| Ok(SessionSocket::create(&mut conn, &session)?))?;
        Ok(Self { session, socket, tunnel })
    }
}

fn statistics(net: &Net, session: &SessionConfig) -> Result<Statistics> {
    Ok(net.conn()?.get_session_info(session)?.statistics)
}

/// Two pppds until pings pass; then both ends have counted the same, and hanging up ends both
/// sessions.
fn dial(kind: &Kind) -> Result<()> {
    let (one, other) = Net::pair()?;
    let End { session: here, socket: first, tunnel: _near } = End::new(&one, 1, 2, kind)?;
    let End { session: there, socket: second, tunnel: _far } = End::new(&other, 2, 1, kind)?;
    let mut first = Pppd::on(&one, first, "192.0.2.1:192.0.2.2")?;
    let mut second = Pppd::on(&other, second, "192.0.2.2:192.0.2.1")?;
    first.wait(&one)?;
    second.wait(&other)?;
    one.program("ping", &["-c", "5", "-i", "0.2", "-W", "5", "192.0.2.2"])?;
    let (sent, received) = eventually("all that was sent is received", || {
        let (sent, received) = (statistics(&one, &here)?, statistics(&other, &there)?);
        ensure!(sent.tx_packets == received.rx_packets, "{sent} / {received}");
        ensure!(received.tx_packets == sent.rx_packets, "{sent} / {received}");
        Ok((sent, received))
    })?;
    // Five echoes, LCP and IPCP.
    ensure!(sent.tx_packets >= 9 && received.tx_packets >= 9, "{sent} / {received}");
    for counted in [sent, received] {
        ensure!(
            counted.tx_errors + counted.rx_errors + counted.rx_cookie_discards == 0,
            "{counted}"
        );
        ensure!(counted.rx_seq_discards + counted.rx_oos_packets == 0, "{counted}");
    }
    first.hang_up()?;
    drop(second);
    for (net, session) in [(&one, here), (&other, there)] {
        eventually("the session goes with its pppd", || {
            let asked = net.conn()?.get_session_info(&session);
            ensure!(asked.is_err_and(|error| error.is_not_found()));
            Ok(())
        })?;
    }
    Ok(())
}

fn v2_over_ipv4() -> Result<()> {
    dial(&Kind::new(ProtocolVersion::V2))
}

fn v2_over_ipv6_numbered() -> Result<()> {
    let adapt =
        |session: SessionConfig, here, _| session.send_seq(true).recv_seq(true).lns_mode(here == 1);
    dial(&Kind { network: "fd00::", adapt, ..Kind::new(ProtocolVersion::V2) })
}

fn v2_managed() -> Result<()> {
    dial(&Kind { made: Made::ByUs, ..Kind::new(ProtocolVersion::V2) })
}

fn v3_over_ipv4_with_cookies() -> Result<()> {
    let adapt = |session: SessionConfig, here, there| {
        session.local_cookie([here; 8]).peer_cookie([there; 8])
    };
    dial(&Kind { adapt, ..Kind::new(ProtocolVersion::V3) })
}

fn v3_over_ipv6() -> Result<()> {
    dial(&Kind { network: "fd00::", ..Kind::new(ProtocolVersion::V3) })
}

fn v3_over_ip() -> Result<()> {
    dial(&Kind { encap: EncapType::Ip, ..Kind::new(ProtocolVersion::V3) })
}

/// The subscriber's pppd speaks PPPoE; the concentrator hands its frames to L2TP, at whose other
/// end, on the concentrator's own loopback interface, is the network server's pppd.
fn through_an_access_concentrator() -> Result<()> {
    let (subscriber, concentrator) = Net::pair()?;
    let mut conn = concentrator.conn()?;
    let mut ends = Vec::new();
    for (id, peer) in [(1, 2), (2, 1)] {
        let tunnel = TunnelConfig::new(ProtocolVersion::V2, EncapType::Udp, id, peer);
        let at = |id| SocketAddr::from(([127, 0, 0, 1], 1700 + id));
        conn.create_static_tunnel(at(u16::try_from(id)?), at(u16::try_from(peer)?), &tunnel)?;
        let session = SessionConfig::new(&tunnel, PseudowireType::PppAc, 10 * id, 10 * peer);
        let socket = concentrator.run(|| Ok(SessionSocket::create(&mut conn, &session)?))?;
        ends.push((session, socket));
    }
    let [(session, access), (_, server)] = ends.try_into().ok().context("two ends")?;
    let (remote, device) = (mac(&subscriber)?, IfName::new("veth0")?);
    let _bridge = concentrator.run(|| {
        let pppoe = PppoeSocket::connect(&PppoeAddress { session_id: 7, remote, device })?;
        Ok((Bridge::new(&pppoe, &access)?, pppoe))
    })?;
    let mut server = Pppd::on(&concentrator, server, "192.0.2.2:192.0.2.1")?;
    let octets = mac(&concentrator)?.map(|octet| format!("{octet:02x}"));
    let existing = format!("7:{}", octets.join(":"));
    let plugin = ["plugin", "rp-pppoe.so", "rp_pppoe_sess", &existing, "veth0"];
    let mut client = Pppd::start(&subscriber, None, &plugin, "192.0.2.1:192.0.2.2")?;
    client.wait(&subscriber)?;
    server.wait(&concentrator)?;
    subscriber.program("ping", &["-c", "5", "-i", "0.2", "-W", "5", "192.0.2.2"])?;
    let counted = statistics(&concentrator, &session)?;
    ensure!(counted.tx_packets >= 9 && counted.rx_packets >= 9, "{counted}");
    Ok(())
}
