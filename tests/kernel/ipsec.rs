//! Tunnels under IPsec, in transport mode as RFC 3193 has it: what is encrypted, what is refused, and
//! what a session tells of it.

use std::fs;
use std::net::IpAddr;
use std::os::fd::AsRawFd;

use anyhow::{Context, Result, ensure};
use l2tp::host::mtu::{self, IpVersion};
use l2tp::{
    Conn, IfName, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig, TunnelId,
    TunnelSocket,
};

use crate::support::{Net, Variant, Wire, eventually, tests};

tests![
    frames_pass_encrypted for Variant::V3,
    tunnels_of_both_families_share_two_hosts,
    unencrypted_frames_are_rejected for Variant::V3,
    frames_without_keys_do_not_leave for Variant::V3,
    it_narrows_the_path for Variant::V3,
    a_policy_of_the_system_is_not_reported for Variant::ALL,
    a_policy_of_the_socket_is_reported for Variant::ALL,
];

/// The two ends of the cable of [`Net::pair`].
fn ends(variant: Variant) -> [IpAddr; 2] {
    [1, 2].map(|host: u8| {
        if variant.ipv6 {
            IpAddr::from([0xfd00, 0, 0, 0, 0, 0, 0, u16::from(host)])
        } else {
            IpAddr::from([10, 0, 0, host])
        }
    })
}

/// The index of the association from one host to the other.
const SPI: [&str; 2] = ["0x1001", "0x1002"];

/// The protocol of the tunnel's packets. The guests have no list of protocols' names.
fn protocol(variant: Variant) -> &'static str {
    if variant.is_udp() { "proto 17" } else { "proto 115" }
}

/// Runs `ip xfrm`. Of two that ask at once for its modules, or a cipher's, one may be told that they
/// are not there.
fn xfrm(net: &Net, arguments: &str) -> Result<()> {
    eventually("IPsec", || net.ip(&format!("xfrm {arguments}"))).map(drop)
}

/// Has a host (0 or 1) protect what it exchanges with the other in a protocol.
fn demand(net: &Net, variant: Variant, host: usize, protocol: &str) -> Result<()> {
    let [here, there] = [ends(variant)[host], ends(variant)[1 - host]];
    for (from, to, dir) in [(here, there, "out"), (there, here, "in")] {
        xfrm(
            net,
            &format!(
                "policy add src {from} dst {to} {protocol} dir {dir} tmpl proto esp mode transport"
            ),
        )?;
    }
    Ok(())
}

/// Gives a host the keys.
fn supply(net: &Net, variant: Variant) -> Result<()> {
    let [one, other] = ends(variant);
    let key = format!("0x{}", "0f".repeat(20));
    for (from, to, spi) in [(one, other, SPI[0]), (other, one, SPI[1])] {
        xfrm(
            net,
            &format!(
                "state add src {from} dst {to} proto esp spi {spi} mode transport \
                 aead rfc4106(gcm(aes)) {key} 128"
            ),
        )?;
    }
    Ok(())
}

/// How many packets a host has encrypted for, or decrypted from, the other.
fn protected(net: &Net, variant: Variant, from: usize) -> Result<u32> {
    let to = ends(variant)[1 - from];
    let spi = SPI[from];
    let text = net.ip(&format!("-s xfrm state get dst {to} proto esp spi {spi}"))?;
    let (_, current) = text.split_once("lifetime current:").context("no counters")?;
    let (_, count) = current.split_once("(bytes), ").context("no bytes")?;
    let (count, _) = count.split_once("(packets)").context("no packets")?;
    Ok(count.parse()?)
}

/// Waits until a host's IPsec has counted these refusals, and checks that it counted no others.
fn refuses(net: &Net, expected: &str) -> Result<()> {
    eventually("IPsec refuses", || {
        let text = net.run(|| Ok(fs::read_to_string("/proc/thread-self/net/xfrm_stat")?))?;
        let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        let refused: Vec<_> = lines.filter(|line| !line.ends_with(" 0")).collect();
        ensure!(refused == [expected], "{refused:?}, not {expected}");
        Ok(())
    })
}

/// The policies come after the tunnel, and go before it.
fn frames_pass_encrypted(variant: Variant) -> Result<()> {
    let wire = Wire::new(variant)?;
    wire.ping(1)?;
    for (host, end) in [&wire.one, &wire.other].into_iter().enumerate() {
        supply(&end.net, variant)?;
        demand(&end.net, variant, host, protocol(variant))?;
    }
    wire.ping(3)?;
    for end in [&wire.one, &wire.other] {
        for from in [0, 1] {
            let count = protected(&end.net, variant, from)?;
            ensure!(count == 3, "{count} packets of host {from}");
        }
        let info = end.net.conn()?.get_session_info(&end.session)?;
        ensure!(info.statistics.tx_packets == 4 && info.statistics.rx_packets == 4, "{info:#?}");
        end.net.ip("xfrm policy flush")?;
    }
    wire.ping(1)?;
    ensure!(protected(&wire.one.net, variant, 0)? == 3);
    Ok(())
}

/// Two L2TP/IP tunnels, under policies that name the hosts and no protocol. The session of the
/// second has the interface `l2tp6`.
fn tunnels_of_both_families_share_two_hosts() -> Result<()> {
    const BOTH: [Variant; 2] = [Variant::V3_IP4, Variant::V3_IP6];
    let wire = Wire::new(BOTH[0])?;
    let [one, other] = ends(BOTH[1]);
    for (net, host, peer, from, to) in
        [(&wire.one.net, 1, 2, one, other), (&wire.other.net, 2, 1, other, one)]
    {
        let tunnel = TunnelConfig::new(BOTH[1].version, BOTH[1].encap, 60 + host, 60 + peer);
        let session = SessionConfig::new(&tunnel, PseudowireType::Eth, 600 + host, 600 + peer);
        let mut conn = net.conn()?;
        conn.create_static_tunnel((from, 0).into(), (to, 0).into(), &tunnel)?;
        conn.create_session(&session.ifname(IfName::new("l2tp6")?))?;
        net.ip(&format!("addr add 198.51.100.{host}/24 dev l2tp6"))?;
        net.ip("link set l2tp6 up")?;
    }
    for (host, net) in [&wire.one.net, &wire.other.net].into_iter().enumerate() {
        for variant in BOTH {
            supply(net, variant)?;
            demand(net, variant, host, "")?;
        }
    }
    for (variant, peer) in BOTH.into_iter().zip(["192.0.2.2", "198.51.100.2"]) {
        wire.one.net.program("ping", &["-c", "3", "-i", "0.2", "-W", "5", peer])?;
        for from in [0, 1] {
            let count = protected(&wire.other.net, variant, from)?;
            ensure!(count >= 3, "{}: {count} packets of host {from}", variant.name());
        }
    }
    Ok(())
}

/// Sends three frames.
fn send(wire: &Wire) -> Result<()> {
    let frames = wire.one.frames()?;
    (0..3).try_for_each(|_| frames.send(b"frame").map(drop))?;
    Ok(())
}

/// No counter of the tunnel's tells of them.
fn unencrypted_frames_are_rejected(variant: Variant) -> Result<()> {
    let wire = Wire::new(variant)?;
    wire.ping(1)?;
    supply(&wire.other.net, variant)?;
    demand(&wire.other.net, variant, 1, protocol(variant))?;
    let before = wire.other.statistics()?;
    send(&wire)?;
    refuses(&wire.other.net, "XfrmInTmplMismatch 3")?;
    ensure!(wire.other.statistics()? == before);
    supply(&wire.one.net, variant)?;
    demand(&wire.one.net, variant, 0, protocol(variant))?;
    wire.ping(1)
}

/// Nor of these: they count as sent.
fn frames_without_keys_do_not_leave(variant: Variant) -> Result<()> {
    let wire = Wire::new(variant)?;
    wire.ping(1)?;
    demand(&wire.one.net, variant, 0, protocol(variant))?;
    let received = wire.other.statistics()?;
    send(&wire)?;
    refuses(&wire.one.net, "XfrmOutNoStates 3")?;
    ensure!(wire.other.statistics()? == received);
    let sent = wire.one.statistics()?;
    ensure!(sent.tx_packets == 4 && sent.tx_errors == 0, "{sent:#?}");
    supply(&wire.one.net, variant)?;
    send(&wire)?;
    eventually("the frames leave", || {
        ensure!(protected(&wire.one.net, variant, 0)? == 3);
        Ok(())
    })
}

/// Two hosts on a cable, and a tunnel socket from the one to the other. The tunnel of the socket has
/// a session, whose interface is `l2tp0` if it has one.
struct Managed {
    net: Net,
    _far: Net,
    conn: Conn,
    socket: TunnelSocket,
    session: SessionConfig,
}

impl Managed {
    /// After `prepare` had the first host.
    fn new(variant: Variant, prepare: impl Fn(&Net) -> Result<()>) -> Result<Self> {
        let (net, far) = Net::pair()?;
        prepare(&net)?;
        let [local, peer] = ends(variant);
        let socket = net.run(|| {
            Ok(if variant.is_udp() {
                TunnelSocket::udp((local, 1701).into(), Some((peer, 1701).into()))?
            } else {
                TunnelSocket::ip(local, 1, Some((peer, TunnelId(2))))?
            })
        })?;
        let mut conn = net.conn()?;
        conn.create_managed_tunnel(&socket, &variant.config())?;
        let session = match variant.version {
            ProtocolVersion::V2 => {
                SessionConfig::new(&variant.config(), PseudowireType::Ppp, 10, 20)
            }
            _ => SessionConfig::new(&variant.config(), PseudowireType::Eth, 10, 20)
                .ifname(IfName::new("l2tp0")?),
        };
        conn.create_session(&session)?;
        Ok(Self { net, _far: far, conn, socket, session })
    }

    fn using_ipsec(&mut self) -> Result<bool> {
        Ok(self.conn.get_session_info(&self.session)?.using_ipsec)
    }
}

/// Both for the kernel, which computes the interface's MTU, and for us.
fn it_narrows_the_path(variant: Variant) -> Result<()> {
    let managed = Managed::new(variant, |net| {
        supply(net, variant)?;
        // Of whatever protocol, as the path is asked for with a datagram of UDP.
        demand(net, variant, 0, "")
    })?;
    let [local, peer] = ends(variant);
    let path = managed.net.run(|| Ok(mtu::of_path(Some(local), (peer, 1701).into())?))?;
    ensure!((1420..1500).contains(&path), "{path}");
    let version = if variant.ipv6 { IpVersion::V6 } else { IpVersion::V4 };
    let ours = managed.session.mtu(&variant.config(), version, path);
    let kernels = managed.net.ip_json("link show l2tp0")?[0]["mtu"].as_u64();
    ensure!(kernels == Some(ours.into()), "{kernels:?}, not {ours}, of {path}");
    Ok(())
}

/// `struct xfrm_userpolicy_info` of `linux/xfrm.h`: what a socket sends is not protected, whatever
/// the system demands.
fn exemption(variant: Variant) -> [u8; 168] {
    let family: u8 = if variant.ipv6 { 10 } else { 2 };
    let mut policy = [0; 168];
    // The family in the selector, a native u16.
    policy[40..42].copy_from_slice(&u16::from(family).to_ne_bytes());
    // The direction is XFRM_POLICY_OUT; the action is XFRM_POLICY_ALLOW, 0.
    policy[160] = 1;
    policy
}

fn a_policy_of_the_system_is_not_reported(variant: Variant) -> Result<()> {
    let mut managed = Managed::new(variant, |net| demand(net, variant, 0, protocol(variant)))?;
    ensure!(!managed.using_ipsec()?);
    Ok(())
}

/// Even one that does without IPsec.
fn a_policy_of_the_socket_is_reported(variant: Variant) -> Result<()> {
    let mut managed = Managed::new(variant, |_| Ok(()))?;
    ensure!(!managed.using_ipsec()?);
    let (level, name) = if variant.ipv6 {
        (libc::IPPROTO_IPV6, libc::IPV6_XFRM_POLICY)
    } else {
        (libc::IPPROTO_IP, libc::IP_XFRM_POLICY)
    };
    uapi::setsockopt(managed.socket.as_raw_fd(), level, name, &exemption(variant))?;
    ensure!(managed.using_ipsec()?);
    Ok(())
}
