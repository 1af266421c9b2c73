//! The MTU that a session leaves of its path's: what the library computes before anything exists,
//! beside what the kernel chose, and beside what really crosses in one piece.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result, ensure};
use l2tp::host::mtu::{self, IpVersion, Overhead};
use l2tp::{Cookie, IfName, L2SpecType, PseudowireType, SessionConfig, TunnelConfig, TunnelSocket};

use crate::ppp::{link, unit};
use crate::support::{Net, Variant, Wire, create_tunnel, fresh_tunnel, session_of, tests};

tests![
    it_is_the_kernels for Variant::V3,
    a_route_may_have_one_of_its_own for Variant::V3,
    it_is_computed_at_creation for Variant::V3,
    an_unknown_path_counts_as_1500 for Variant::V3,
    a_path_too_narrow_counts_as_1500,
    a_path_as_wide_as_any_is_used,
    the_largest_packet_is_not_fragmented for Variant::V3,
    the_largest_packet_over_ppp_is_not_fragmented,
    a_path_that_is_not_there_has_none,
];

fn ip_version(variant: Variant) -> IpVersion {
    if variant.ipv6 { IpVersion::V6 } else { IpVersion::V4 }
}

/// The two ends on the cable of [`Net::pair`].
fn ends(variant: Variant) -> Result<[SocketAddr; 2]> {
    let prefix = if variant.ipv6 { "fd00::" } else { "10.0.0." };
    let port = if variant.is_udp() { 1701 } else { 0 };
    let end = |host: u8| -> Result<SocketAddr> {
        Ok(SocketAddr::new(format!("{prefix}{host}").parse()?, port))
    };
    Ok([end(1)?, end(2)?])
}

/// A namespace with a tunnel of the variant along its cable, and the far end of that.
fn tunnel(variant: Variant) -> Result<(Net, Net)> {
    let pair = Net::pair()?;
    let [local, peer] = ends(variant)?;
    pair.0.conn()?.create_static_tunnel(local, peer, &variant.config())?;
    Ok(pair)
}

/// Sessions of every length of cookie, with and without the sublayer and sequence numbers. Their
/// interfaces are `eth10` and so on, from `first`.
fn sessions(tunnel: &TunnelConfig, first: u32) -> Result<Vec<SessionConfig>> {
    let cookies = [None, Some(Cookie::from([7; 4])), Some(Cookie::from([7; 8]))];
    let sublayers = [L2SpecType::None, L2SpecType::Default];
    // Sequence numbers cost nothing: the sublayer has their place, and without it none are sent.
    let formats = sublayers.map(|l2spec| [(l2spec, false), (l2spec, true)]).concat();
    let kinds =
        cookies.into_iter().flat_map(|cookie| formats.iter().map(move |&format| (cookie, format)));
    (first..)
        .zip(kinds)
        .map(|(id, (cookie, (l2spec, seq)))| {
            let mut session = SessionConfig::new(tunnel, PseudowireType::Eth, id, id)
                .l2spec(l2spec)
                .send_seq(seq)
                .recv_seq(seq)
                .ifname(IfName::new(&format!("eth{id}"))?);
            // That of packets received costs nothing of what is sent.
            session.local_cookie = cookie;
            session.peer_cookie = Some([7; 8].into());
            Ok(session)
        })
        .collect()
}

/// Creates the sessions and compares the kernel's choice for each with ours for a path.
fn compare(net: &Net, variant: Variant, path: Option<u32>, first: u32) -> Result<()> {
    let mut conn = net.conn()?;
    let sessions = sessions(&variant.config(), first)?;
    sessions.iter().try_for_each(|session| conn.create_session(session))?;
    let links = net.ip_json("link show")?;
    for session in sessions {
        let name = session.ifname.context("no name")?.to_string();
        let link = links.as_array().and_then(|all| all.iter().find(|it| it["ifname"] == *name));
        let kernels = link.and_then(|link| link["mtu"].as_u64()).context("no MTU")?;
        let kernels = u32::try_from(kernels)?;
        let overhead = Overhead::of(&variant.config(), &session, ip_version(variant));
        let ours = overhead.interface_mtu(path);
        ensure!(ours == kernels, "path {path:?}: {kernels}, not {ours}, behind {overhead}");
        if let Some(path) = path.filter(|path| *path >= overhead.total()) {
            ensure!(session.mtu(&variant.config(), ip_version(variant), path) == kernels);
        }
    }
    Ok(())
}

/// What the library says of the path.
fn path_mtu(net: &Net, variant: Variant) -> Result<u32> {
    let [local, peer] = ends(variant)?;
    net.run(|| Ok(mtu::of_path(Some(local.ip()), peer)?))
}

fn it_is_the_kernels(variant: Variant) -> Result<()> {
    let (net, _far) = tunnel(variant)?;
    for (number, path) in (1..).zip([1280, 1500, 9000]) {
        net.ip(&format!("link set veth0 mtu {path}"))?;
        ensure!(path_mtu(&net, variant)? == path);
        compare(&net, variant, Some(path), 100 * number)?;
    }
    Ok(())
}

fn a_route_may_have_one_of_its_own(variant: Variant) -> Result<()> {
    let (net, _far) = Net::pair()?;
    let [local, peer] = ends(variant)?;
    net.ip(&format!("route add {} dev veth0 mtu 1400", peer.ip()))?;
    net.conn()?.create_static_tunnel(local, peer, &variant.config())?;
    ensure!(path_mtu(&net, variant)? == 1400);
    compare(&net, variant, Some(1400), 100)
}

fn it_is_computed_at_creation(variant: Variant) -> Result<()> {
    let (net, _far) = tunnel(variant)?;
    let tunnel = variant.config();
    let session =
        SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20).ifname(IfName::new("early")?);
    net.conn()?.create_session(&session)?;
    let before = net.mtu("early")?;
    net.ip("link set veth0 mtu 1300")?;
    ensure!(net.mtu("early")? == before);
    ensure!(before == session.mtu(&tunnel, ip_version(variant), 1500));
    Ok(())
}

/// A socket that is not connected has no route.
fn an_unknown_path_counts_as_1500(variant: Variant) -> Result<()> {
    let (net, _far) = Net::pair()?;
    net.ip("link set veth0 mtu 1400")?;
    let local = ends(variant)?[0];
    let config = variant.config();
    let socket = net.run(|| {
        Ok(if variant.is_udp() {
            TunnelSocket::udp(local, None)?
        } else {
            TunnelSocket::ip(local.ip(), config.tunnel_id, None)?
        })
    })?;
    net.conn()?.create_managed_tunnel(&socket, &config)?;
    compare(&net, variant, None, 100)
}

/// No interface with IPv6 has so small an MTU, and none with IPv4 but by a route.
fn a_path_too_narrow_counts_as_1500() -> Result<()> {
    let variant = Variant::PLAIN;
    let (net, _far) = Net::pair()?;
    let [local, peer] = ends(variant)?;
    net.ip(&format!("route add {} dev veth0 mtu 54", peer.ip()))?;
    net.conn()?.create_static_tunnel(local, peer, &variant.config())?;
    ensure!(path_mtu(&net, variant)? == 54);
    // The smallest headers leave four bytes, some nothing, others exceed it.
    compare(&net, variant, Some(54), 100)
}

fn a_path_as_wide_as_any_is_used() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    let session = session_of(&tunnel, 1).ifname(IfName::new("wide")?);
    conn.create_session(&session)?;
    let path = net.run(|| Ok(mtu::of_path(None, "127.0.0.1:9".parse()?)?))?;
    ensure!(path == 65535, "{path}");
    ensure!(net.mtu("wide")? == session.mtu(&tunnel, IpVersion::V4, path));
    Ok(())
}

/// Sends the largest packet that an interface takes, over it to host 2, and tells whether that went
/// in fragments.
fn is_fragmented(net: &Net, name: &str, mtu: u32) -> Result<bool> {
    net.ip(&format!("link set {name} mtu {mtu}"))?;
    let before = net.fragments()?;
    // Behind the headers of IP and ICMP.
    let size = (mtu - 28).to_string();
    net.program("ping", &["-c", "1", "-W", "5", "-s", &size, "192.0.2.2"])?;
    Ok(net.fragments()? > before)
}

fn the_largest_packet_is_not_fragmented(variant: Variant) -> Result<()> {
    let wire = Wire::with(variant, |_, _, session| {
        *session = session.local_cookie([7; 8]).peer_cookie([7; 8]).send_seq(true);
    })?;
    let largest = wire.one.session.mtu(&wire.one.tunnel, ip_version(variant), 1500);
    ensure!(wire.one.net.mtu("l2tp0")? == largest);
    wire.other.net.ip("link set l2tp0 mtu 1500")?;
    ensure!(!is_fragmented(&wire.one.net, "l2tp0", largest)?, "{largest}");
    ensure!(is_fragmented(&wire.one.net, "l2tp0", largest + 1)?, "{}", largest + 1);
    Ok(())
}

/// Over L2TPv2, without sequence numbers and with.
fn the_largest_packet_over_ppp_is_not_fragmented() -> Result<()> {
    let (one, other) = Net::pair()?;
    let ends = link((&one, &other), 1)?;
    let mut units = Vec::new();
    for (net, (_, socket), local, peer) in [(&one, &ends[0], 1, 2), (&other, &ends[1], 2, 1)] {
        units.push(unit(net, socket, local, peer)?);
    }
    let (session, socket) = &ends[0];
    let tunnel = fresh_tunnel();
    let tunnel = TunnelConfig { version: session.version, ..tunnel };
    // An LNS does not follow its peer, which sends none.
    socket.set_lns_mode(true)?;
    for (send_seq, expected) in [(false, 1462), (true, 1458)] {
        socket.set_send_seq(send_seq)?;
        let largest = session.send_seq(send_seq).mtu(&tunnel, IpVersion::V4, 1500);
        ensure!(largest == expected, "{largest}");
        ensure!(!is_fragmented(&one, "ppp0", largest)?, "{largest}, {send_seq}");
        ensure!(is_fragmented(&one, "ppp0", largest + 1)?, "{}, {send_seq}", largest + 1);
    }
    Ok(())
}

fn a_path_that_is_not_there_has_none() -> Result<()> {
    let net = Net::new()?;
    let ask = |local: Option<IpAddr>, peer: SocketAddr| net.run(|| Ok(mtu::of_path(local, peer)));
    for peer in ["192.0.2.9:0", "[2001:db8::9]:0"] {
        let error = ask(None, peer.parse()?)?.err().context("there is a path")?;
        ensure!(error.raw_os_error() == Some(libc::ENETUNREACH), "{error}");
    }
    let error = ask(Some("192.0.2.1".parse()?), "127.0.0.1:0".parse()?)?.err().context("bound")?;
    ensure!(error.raw_os_error() == Some(libc::EADDRNOTAVAIL), "{error}");
    Ok(())
}
