//! Waiting for an address or a route: it ends when the kernel accepts it, and otherwise says what is
//! missing.

use std::fs;
use std::net::{IpAddr, SocketAddr, SocketAddrV6, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use l2tp::host::{AddressState, NotReady};
use l2tp::socket::TunnelAddr;
use l2tp::{ErrorKind, TunnelId};

use crate::support::{Expected, Flavour, Net, Variant, eventually, tests};

tests![
    an_address_is_waited_for for Variant::V3,
    a_route_is_waited_for for Variant::V3,
    a_missing_address_is_reported,
    an_address_on_a_down_interface_is_reported,
    a_tentative_address_is_waited_for,
    a_duplicate_address_is_reported,
    a_link_local_address_needs_its_link,
    a_missing_route_is_reported,
    a_route_that_forbids_is_reported_at_once,
    a_path_is_all_that_a_tunnel_needs for Variant::V3,
    the_kernel_may_accept_any_address,
    the_runtime_waits for Flavour::ALL,
];

/// Long enough for an emulated machine.
const LONG: Duration = Duration::from_secs(30);
/// When what is waited for comes.
const LATER: Duration = Duration::from_millis(300);

/// The outcome of a wait in the namespace.
fn wait(
    net: &Net,
    work: impl FnOnce() -> Result<(), NotReady> + Send,
) -> Result<Result<(), NotReady>> {
    Ok(net.netns().run(work)?)
}

/// Waits in the namespace while a command is given there a little later.
fn wait_for(
    net: &Net,
    command: &str,
    work: impl FnOnce() -> Result<(), NotReady> + Send,
) -> Result<()> {
    thread::scope(|scope| {
        let start = Instant::now();
        let later = scope.spawn(|| {
            thread::sleep(LATER);
            net.ip(command)
        });
        wait(net, work)??;
        ensure!(start.elapsed() >= LATER, "it did not wait");
        later.join().map_err(|_| anyhow::anyhow!("{command:?} panicked"))??;
        Ok(())
    })
}

/// Where an end of a tunnel of the variant is.
fn end(variant: Variant, ip: IpAddr) -> TunnelAddr {
    if variant.is_udp() { SocketAddr::new(ip, 1701).into() } else { (ip, TunnelId(1)).into() }
}

/// A host on the cable of [`Net::pair`].
fn near(variant: Variant, host: u8) -> Result<IpAddr> {
    let prefix = if variant.ipv6 { "fd00::" } else { "10.0.0." };
    Ok(format!("{prefix}{host}").parse()?)
}

/// One elsewhere.
fn far(variant: Variant) -> Result<IpAddr> {
    Ok(if variant.ipv6 { "2001:db8::1" } else { "198.51.100.1" }.parse()?)
}

/// What it failed with, which was no surprise before its time.
fn failed(net: &Net, work: impl FnOnce() -> Result<(), NotReady> + Send) -> Result<NotReady> {
    wait(net, work)?.err().context("it is there")
}

fn ensure_error(error: &NotReady, kind: ErrorKind, errno: i32, parts: &[&str]) -> Result<()> {
    Expected { errno: Some(errno), kind, texts: parts }.check(error)
}

fn an_address_is_waited_for(variant: Variant) -> Result<()> {
    let (net, _far) = Net::pair()?;
    let ip = near(variant, 5)?;
    wait_for(&net, &format!("addr add {ip}/32 dev veth0 nodad"), || {
        l2tp::host::wait_for_address(end(variant, ip), LONG)
    })
}

fn a_route_is_waited_for(variant: Variant) -> Result<()> {
    let (net, _far) = Net::pair()?;
    let (peer, gateway) = (far(variant)?, near(variant, 2)?);
    wait_for(&net, &format!("route add {peer} via {gateway}"), || {
        l2tp::host::wait_for_route(end(variant, peer), LONG)
    })
}

fn a_missing_address_is_reported() -> Result<()> {
    let (net, _far) = Net::pair()?;
    let local: SocketAddr = "10.0.0.5:1701".parse()?;
    let (start, limit) = (Instant::now(), Duration::from_millis(200));
    let error = failed(&net, || l2tp::host::wait_for_address(local, limit))?;
    ensure!(start.elapsed() >= limit);
    let texts = ["address 10.0.0.5 is not on any interface of this network namespace after 200ms"];
    ensure_error(&error, ErrorKind::TimedOut, libc::EADDRNOTAVAIL, &texts)
}

/// That of IPv4 is accepted all the same: it is the route that is missing.
fn an_address_on_a_down_interface_is_reported() -> Result<()> {
    let (net, _far) = Net::pair()?;
    let peer: SocketAddr = "10.0.0.2:0".parse()?;
    let (v4, v6): (SocketAddr, SocketAddr) = ("10.0.0.1:0".parse()?, "[fd00::1]:0".parse()?);
    net.ip("link set veth0 down")?;
    wait(&net, || l2tp::host::wait_for_address(v4, Duration::ZERO))??;
    let error = failed(&net, || l2tp::host::wait_for_path(v4, peer, LATER))?;
    let texts = ["no route to 10.0.0.2 from 10.0.0.1", "interface to the peer is up"];
    ensure_error(&error, ErrorKind::TimedOut, libc::ENETUNREACH, &texts)?;
    // Of IPv6 one that goes down loses its addresses, and one that has never been up has them not
    // yet.
    let error = failed(&net, || l2tp::host::wait_for_address(v6, LATER))?;
    ensure_error(&error, ErrorKind::TimedOut, libc::EADDRNOTAVAIL, &["fd00::1 is not on any"])?;
    net.ip("addr add fd00::1/64 dev veth0")?;
    let error = failed(&net, || l2tp::host::wait_for_address(v6, LATER))?;
    let texts = ["fd00::1 is on veth0, which is down", "`ip link set veth0 up`"];
    ensure_error(&error, ErrorKind::TimedOut, libc::EADDRNOTAVAIL, &texts)?;
    wait_for(&net, "link set veth0 up", || l2tp::host::wait_for_address(v6, LONG))
}

fn a_tentative_address_is_waited_for() -> Result<()> {
    let (net, _far) = Net::pair()?;
    // Ample time to meet it: three probes, a second apart.
    net.run(|| Ok(fs::write("/proc/sys/net/ipv6/conf/veth0/dad_transmits", "3")?))?;
    let local: SocketAddr = "[fd00::5]:1701".parse()?;
    net.ip("addr add fd00::5/64 dev veth0")?;
    let start = Instant::now();
    let error = failed(&net, || l2tp::host::wait_for_address(local, Duration::ZERO))?;
    let texts = ["address fd00::5 is on veth0 but still tentative after 0ns", "`nodad`"];
    ensure_error(&error, ErrorKind::TimedOut, libc::EADDRNOTAVAIL, &texts)?;
    wait(&net, || l2tp::host::wait_for_address(local, LONG))??;
    ensure!(start.elapsed() > Duration::from_secs(1), "it was not tentative for long");
    let shown = net.ip("-6 addr show dev veth0")?;
    let line = shown.lines().find(|line| line.contains("fd00::5")).context("no address")?;
    ensure!(!line.contains("tentative"), "{line}");
    net.run(|| Ok(UdpSocket::bind(local).map(drop)?))
}

fn a_duplicate_address_is_reported() -> Result<()> {
    let (_far, net) = Net::pair()?;
    let local: SocketAddr = "[fd00::1]:1701".parse()?;
    net.ip("addr add fd00::1/64 dev veth0")?;
    eventually("the duplicate is found", || {
        let error = failed(&net, || l2tp::host::wait_for_address(local, LATER))?;
        ensure!(
            matches!(&error, NotReady::Address { state: AddressState::Duplicate { interface }, .. }
                if interface == "veth0"),
            "{error}"
        );
        let texts = ["another host on the link has it", "duplicate address detection failed"];
        ensure_error(&error, ErrorKind::TimedOut, libc::EADDRNOTAVAIL, &texts)
    })
}

fn a_link_local_address_needs_its_link() -> Result<()> {
    let (net, _far) = Net::pair()?;
    net.ip("addr add fe80::5/64 dev veth0 nodad")?;
    let links = net.ip_json("link show veth0")?;
    let index = u32::try_from(links[0]["ifindex"].as_u64().context("no index")?)?;
    let at = |scope| SocketAddr::V6(SocketAddrV6::new("fe80::5".parse().unwrap(), 0, 0, scope));
    wait(&net, || l2tp::host::wait_for_address(at(index), Duration::ZERO))??;
    let bound = net.run(|| Ok(UdpSocket::bind(at(0)).map_err(|error| error.raw_os_error())))?;
    ensure!(bound.as_ref().is_err_and(|errno| *errno == Some(libc::EINVAL)), "{bound:?}");
    let error = failed(&net, || l2tp::host::wait_for_address(at(0), LONG))?;
    ensure!(error.kind() == ErrorKind::Config && error.to_string().contains("scope id"), "{error}");
    // An interface that is not there may come.
    let error = failed(&net, || l2tp::host::wait_for_address(at(index + 100), LATER))?;
    let texts = ["fe80::5 is on veth0 but was not accepted", "the scope id"];
    ensure_error(&error, ErrorKind::TimedOut, libc::ENODEV, &texts)
}

fn a_missing_route_is_reported() -> Result<()> {
    let (net, _far) = Net::pair()?;
    for peer in ["198.51.100.1:1701", "[2001:db8::1]:1701"] {
        let peer: SocketAddr = peer.parse()?;
        let error = failed(&net, || l2tp::host::wait_for_route(peer, LATER))?;
        let texts = [&*format!("no route to {} after 300ms", peer.ip()), "`ip route get"];
        ensure_error(&error, ErrorKind::TimedOut, libc::ENETUNREACH, &texts)?;
    }
    net.ip("route add unreachable 198.51.100.0/24")?;
    let peer: SocketAddr = "198.51.100.1:0".parse()?;
    let error = failed(&net, || l2tp::host::wait_for_route(peer, LATER))?;
    ensure_error(&error, ErrorKind::TimedOut, libc::EHOSTUNREACH, &["no route to 198.51.100.1"])
}

fn a_route_that_forbids_is_reported_at_once() -> Result<()> {
    let (net, _far) = Net::pair()?;
    net.ip("route add prohibit 198.51.100.0/24")?;
    net.ip("route add blackhole 203.0.113.0/24")?;
    let start = Instant::now();
    for (peer, kind, errno, texts) in [
        ("198.51.100.1:0", ErrorKind::Network, libc::EACCES, "a route or rule prohibits it"),
        ("203.0.113.1:0", ErrorKind::Other, libc::EINVAL, "a route drops packets to it"),
    ] {
        let peer: SocketAddr = peer.parse()?;
        let error = failed(&net, || l2tp::host::wait_for_route(peer, LONG))?;
        ensure_error(&error, kind, errno, &[&format!("address {}: ", peer.ip()), texts])?;
    }
    ensure!(start.elapsed() < LONG);
    Ok(())
}

/// First the address is missing, then the route; then a tunnel can be made.
fn a_path_is_all_that_a_tunnel_needs(variant: Variant) -> Result<()> {
    let (net, _far) = Net::pair()?;
    let port = if variant.is_udp() { 1701 } else { 0 };
    let (local, peer) =
        (SocketAddr::new(near(variant, 5)?, port), SocketAddr::new(far(variant)?, port));
    let attempt = || failed(&net, || l2tp::host::wait_for_path(local, peer, LATER));
    let error = attempt()?;
    ensure!(
        matches!(&error, NotReady::Address { address, .. } if *address == local.ip()),
        "{error}"
    );
    let mut conn = net.conn()?;
    ensure!(conn.create_static_tunnel(local, peer, &variant.config()).is_err());
    // Tentative at first, where it is of IPv6.
    net.ip(&format!("addr add {}/{} dev veth0", local.ip(), if variant.ipv6 { 64 } else { 24 }))?;
    wait(&net, || l2tp::host::wait_for_address(local, LONG))??;
    let error = attempt()?;
    let texts = format!("no route to {} from {}", peer.ip(), local.ip());
    ensure_error(&error, ErrorKind::TimedOut, libc::ENETUNREACH, &[&texts])?;
    ensure!(conn.create_static_tunnel(local, peer, &variant.config()).is_err());
    let gateway = near(variant, 2)?;
    wait_for(&net, &format!("route add {} via {gateway}", peer.ip()), || {
        l2tp::host::wait_for_path(local, peer, LONG)
    })?;
    conn.create_static_tunnel(local, peer, &variant.config())?;
    Ok(())
}

fn the_kernel_may_accept_any_address() -> Result<()> {
    let net = Net::new()?;
    for (family, local) in [("ipv4", "192.0.2.9:0"), ("ipv6", "[2001:db8::9]:0")] {
        let local: SocketAddr = local.parse()?;
        ensure!(wait(&net, || l2tp::host::wait_for_address(local, Duration::ZERO))?.is_err());
        net.run(|| Ok(fs::write(format!("/proc/sys/net/{family}/ip_nonlocal_bind"), "1")?))?;
        wait(&net, || l2tp::host::wait_for_address(local, Duration::ZERO))??;
    }
    Ok(())
}

/// Other tasks go on meanwhile, and a wait can be dropped.
fn the_runtime_waits(flavour: Flavour) -> Result<()> {
    let (net, _far) = Net::pair()?;
    let local: SocketAddr = "10.0.0.5:1701".parse()?;
    let peer: SocketAddr = "198.51.100.1:1701".parse()?;
    let (net, network) = (&net, net.netns());
    network.run(|| {
        thread::scope(|scope| {
            flavour.run(async move {
                let limit = Duration::from_millis(20);
                let error = l2tp::tokio::wait_for_address(local, limit).await.err();
                ensure!(error.is_some_and(|error| error.kind() == ErrorKind::TimedOut));
                let dropped = l2tp::tokio::wait_for_path(local, peer, LONG);
                ensure!(tokio::time::timeout(limit, dropped).await.is_err());
                Ok(())
            })?;
            let start = Instant::now();
            let later = scope.spawn(|| {
                thread::sleep(LATER);
                net.ip("addr add 10.0.0.5/24 dev veth0")?;
                net.ip("route add 198.51.100.1 via 10.0.0.2")
            });
            flavour.run(async move {
                let (address, route, path) = tokio::join!(
                    l2tp::tokio::wait_for_address(local, LONG),
                    l2tp::tokio::wait_for_route(peer, LONG),
                    l2tp::tokio::wait_for_path(local, peer, LONG),
                );
                address?;
                route?;
                path?;
                ensure!(start.elapsed() >= LATER / 2, "it did not wait");
                Ok(())
            })?;
            later.join().map_err(|_| anyhow::anyhow!("the command panicked"))??;
            Ok(())
        })
    })?
}
