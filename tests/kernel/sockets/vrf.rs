//! Tunnels in a VRF: what cannot be had there, what is said of it, and the way that works.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::host::diagnose::{Diagnose, Diagnosis, Finding};
use l2tp::host::mtu;
use l2tp::host::{AddressState, NotReady};
use l2tp::socket::{SocketKind, TunnelAddr};
use l2tp::{EncapType, ErrorKind, SocketOptions, TunnelSocket};

use super::support::{
    IP_KINDS, KINDS, Named, UDP_KINDS, addr, carry, message, ping, socket, tunnel,
};
use crate::support::{Expected, Net, ensure_fails, tests};

tests![
    static_tunnels_know_none for KINDS,
    a_managed_tunnel_works_there for KINDS,
    an_ip_socket_has_the_wildcard_address_only for IP_KINDS,
    is_waited_for for KINDS,
    is_diagnosed for KINDS,
    a_path_has_its_mtu for KINDS,
    the_runtime_waits_too for UDP_KINDS,
];

const VRF: &str = "red";
const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(30);

/// The hosts of [`Net::pair`], the first with its interface in a VRF.
fn pair() -> Result<(Net, Net)> {
    let (one, other) = Net::pair()?;
    one.add_link(&format!("{VRF} type vrf table 100"))?;
    one.ip_all(&[
        &format!("link set {VRF} up"),
        &format!("link set veth0 master {VRF}"),
        // Those of IPv6 do not survive the move.
        "addr replace fd00::1/64 dev veth0 nodad",
    ])?;
    Ok((one, other))
}

fn options() -> Result<SocketOptions> {
    Ok(SocketOptions::new().interface(VRF.parse()?))
}

/// The end that a socket can have in the VRF: over UDP its address, over IP the wildcard.
fn local(kind: SocketKind) -> Result<TunnelAddr> {
    let wildcard: IpAddr = if kind.is_ipv6() { "::" } else { "0.0.0.0" }.parse()?;
    Ok(match addr(kind, 1) {
        TunnelAddr::Ip { tunnel_id, .. } => (wildcard, tunnel_id).into(),
        udp @ TunnelAddr::Udp(_) => udp,
    })
}

fn is_over_ip(kind: SocketKind) -> bool {
    kind.encap() == EncapType::Ip
}

fn static_tunnels_know_none(kind: SocketKind) -> Result<()> {
    let (one, _other) = pair()?;
    let port = addr(kind, 1).port().unwrap_or(0);
    let at = |host| SocketAddr::new(super::support::host(kind, host), port);
    let mut conn = one.conn()?;
    ensure_fails(
        conn.create_static_tunnel(at(1), at(2), &tunnel(kind, 7, 8)),
        &Expected {
            errno: Some(libc::EADDRNOTAVAIL),
            kind: ErrorKind::Network,
            texts: &["(EADDRNOTAVAIL)", "belongs to a VRF, which static tunnels do not support"],
        },
    )?;
    let wildcard = SocketAddr::new(local(kind)?.ip(), port);
    let wildcard = if is_over_ip(kind) { wildcard } else { any(kind, port)? };
    ensure_fails(
        conn.create_static_tunnel(wildcard, at(2), &tunnel(kind, 7, 8)),
        &Expected {
            errno: Some(libc::ENETUNREACH),
            kind: ErrorKind::Network,
            texts: &["no route to the peer (ENETUNREACH)", "a VRF", "only a managed tunnel"],
        },
    )
}

fn any(kind: SocketKind, port: u16) -> Result<SocketAddr> {
    Ok(SocketAddr::new(if kind.is_ipv6() { "::" } else { "0.0.0.0" }.parse()?, port))
}

/// Frames and control messages go both ways.
fn a_managed_tunnel_works_there(kind: SocketKind) -> Result<()> {
    let (one, other) = pair()?;
    let here = super::support::socket_at(&one, local(kind)?, Some(addr(kind, 2)), &options()?)?;
    let there = socket(&other, kind, 2, Some(1))?;
    carry(&one, &here, 1, 2)?;
    carry(&other, &there, 2, 1)?;
    ping(&one)?;
    here.send_control(&message(2, 1, b"")?)?;
    there.send_control(&message(1, 1, b"")?)?;
    for socket in [&here, &there] {
        ensure!(socket.recv(&mut [0; 50])?.control.is_some());
    }
    Ok(())
}

fn an_ip_socket_has_the_wildcard_address_only(kind: SocketKind) -> Result<()> {
    let (one, _other) = pair()?;
    let opened = TunnelSocket::open_in(one.netns(), addr(kind, 1), None, &options()?);
    ensure_fails(
        opened.map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::EADDRNOTAVAIL),
            kind: ErrorKind::Network,
            texts: &["belongs to a VRF", "the wildcard address only"],
        },
    )
}

fn ensure_in_vrf(state: &AddressState) -> Result<()> {
    ensure!(
        matches!(state, AddressState::InVrf { interface, vrf }
            if interface == "veth0" && vrf == VRF),
        "{state:?}"
    );
    Ok(())
}

fn is_waited_for(kind: SocketKind) -> Result<()> {
    let (one, _other) = pair()?;
    let peer = addr(kind, 2);
    let without = one.run(|| Ok(l2tp::host::wait_for_path(addr(kind, 1), peer, SHORT)))?;
    let error = without.err().context("it is there")?;
    let NotReady::Address { state, .. } = &error else { anyhow::bail!("{error}") };
    ensure_in_vrf(state)?;
    let text = error.to_string();
    ensure!(text.contains("is on veth0, which belongs to VRF red, after 200ms"), "{text}");
    ensure!(text.contains("option interface red"), "{text}");
    let error =
        one.run(|| Ok(l2tp::host::wait_for_route(peer, SHORT)))?.err().context("a route")?;
    ensure!(error.raw_os_error() == Some(libc::ENETUNREACH), "{error}");
    ensure!(error.to_string().contains("VRF"), "{error}");

    let (local, options) = (local(kind)?, options()?);
    one.run(|| {
        l2tp::host::wait_for_path_with(local, peer, &options, LONG)?;
        l2tp::host::wait_for_address_with(local, &options, LONG)?;
        Ok(l2tp::host::wait_for_route_with(peer, &options, LONG)?)
    })?;
    // What the options of an L2TP/IP socket do not help against.
    if is_over_ip(kind) {
        let with =
            one.run(|| Ok(l2tp::host::wait_for_address_with(addr(kind, 1), &options, SHORT)))?;
        let error = with.err().context("an L2TP/IP socket has an address in a VRF")?;
        ensure!(error.to_string().contains("over IP with the wildcard address"), "{error}");
    }
    let options = SocketOptions::new().interface("blue".parse()?);
    let error = one.run(|| Ok(l2tp::host::wait_for_path_with(local, peer, &options, SHORT)))?;
    let error = error.err().context("no interface of the name")?;
    ensure!(error.kind() == ErrorKind::TimedOut, "{error}");
    ensure!(error.to_string().contains("no interface blue after 200ms (ENODEV)"), "{error}");
    Ok(())
}

fn is_diagnosed(kind: SocketKind) -> Result<()> {
    let (one, _other) = pair()?;
    let tunnel = tunnel(kind, 7, 8);
    let port = addr(kind, 1).port().unwrap_or(0);
    let explicit = SocketAddr::new(addr(kind, 1).ip(), port);
    let asked = Diagnose::new().tunnel(&tunnel).netns(one.netns()).try_bind(true);
    let ensure_found = |diagnosis: &Diagnosis| {
        let [finding] = diagnosis.findings() else { anyhow::bail!("{diagnosis}") };
        let Finding::AddressUnusable { state, .. } = finding else { anyhow::bail!("{diagnosis}") };
        ensure!(finding.remedy().contains("option interface red"), "{diagnosis}");
        ensure_in_vrf(state)
    };
    ensure_found(&asked.local(explicit).run())?;
    let options = options()?;
    let asked = asked.options(&options);
    if is_over_ip(kind) {
        ensure_found(&asked.local(explicit).run())?;
        let diagnosis = asked.local(any(kind, 0)?).run();
        ensure!(diagnosis.findings().is_empty(), "{diagnosis}");
    } else {
        let diagnosis = asked.local(explicit).run();
        ensure!(diagnosis.findings().is_empty(), "{diagnosis}");
    }
    Ok(())
}

fn a_path_has_its_mtu(kind: SocketKind) -> Result<()> {
    let (one, _other) = pair()?;
    one.ip("link set veth0 mtu 1400")?;
    let peer = addr(kind, 2);
    let options = options()?;
    let path = one.run(|| Ok(mtu::of_path_with(None, peer, &options)?))?;
    ensure!(path == 1400, "{path}");
    let without = one.run(|| Ok(mtu::of_path_with(None, peer, &SocketOptions::new())))?;
    let errno = without.err().and_then(|error| error.raw_os_error());
    ensure!(errno == Some(libc::ENETUNREACH), "{errno:?}");
    Ok(())
}

fn the_runtime_waits_too(kind: SocketKind) -> Result<()> {
    let (one, _other) = pair()?;
    let (local, peer, options) = (local(kind)?, addr(kind, 2), options()?);
    one.run(|| {
        crate::support::Flavour::CurrentThread.run(async move {
            l2tp::tokio::wait_for_address_with(local, &options, LONG).await?;
            l2tp::tokio::wait_for_route_with(peer, &options, LONG).await?;
            l2tp::tokio::wait_for_path_with(local, peer, &options, LONG).await?;
            let none = l2tp::tokio::wait_for_path(local, peer, SHORT).await;
            ensure!(none.is_err(), "{none:?}");
            Ok(())
        })
    })
}
