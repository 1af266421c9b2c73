//! Addresses, ports and tunnel ids that cannot be used.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::process::{self, Command};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::host::AddressState;
use l2tp::host::diagnose::{Diagnose, Finding, PortOwner};
use l2tp::{TunnelId, TunnelSocket};

use super::found;
use crate::support::{Net, Variant, eventually, run, tests};

tests![
    the_owner_of_a_port_is_found,
    the_tunnel_that_has_an_id_is_found for Variant::V3,
    an_absent_address_is_found,
    an_address_that_a_route_makes_local_can_be_used for Variant::ALL,
    an_ip_socket_without_a_tunnel_is_found_by_binding_one for BY_IP,
];

const BY_IP: [Variant; 2] = [Variant::V3_IP4, Variant::V3_IP6];

/// The name of this process.
pub(super) fn process_name() -> Result<String> {
    Ok(fs::read_to_string("/proc/self/comm")?.trim_end().to_owned())
}

/// Ensures that a tunnel from `local` gives no finding.
fn ensure_free(net: &Net, local: SocketAddr) -> Result<()> {
    let [] = found(&Diagnose::new().local(local).netns(net.netns()).run())?;
    Ok(())
}

/// Ensures that the port of `local` is in use as expected. More processes may have the socket open:
/// processes that other tests start inherit it until they execute their program.
fn ensure_in_use(
    net: &Net,
    local: SocketAddr,
    expected: SocketAddr,
    expected_owners: &[&PortOwner],
    expected_certain: bool,
) -> Result<()> {
    let [finding] = found(&Diagnose::new().local(local).netns(net.netns()).run())?;
    let Finding::PortInUse { bound, owners, certain, .. } = &finding else {
        anyhow::bail!("{finding}");
    };
    ensure!(*bound == expected && *certain == expected_certain, "{finding}");
    ensure!(expected_owners.iter().all(|owner| owners.contains(owner)), "{finding}");
    Ok(())
}

fn the_owner_of_a_port_is_found() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let this = PortOwner::Process { pid: process::id(), name: process_name()? };
    for variant in [Variant::V3_UDP4, Variant::V3_UDP6] {
        let (local, config) = (variant.local(), variant.config());
        ensure_free(&net, local)?;
        // A static tunnel's socket is open in no process.
        conn.create_static_tunnel(local, variant.peer(), &config)?;
        let tunnel = PortOwner::Tunnel(config.tunnel_id);
        ensure_in_use(&net, local, local, &[&tunnel], true)?;
        conn.delete_tunnel_and_wait(config.tunnel_id, Duration::from_secs(10))?;
        // A managed tunnel's socket has both owners.
        let socket = net.run(|| Ok(TunnelSocket::udp(local, None)?))?;
        conn.create_managed_tunnel(&socket, &config)?;
        ensure_in_use(&net, local, local, &[&tunnel, &this], true)?;
        drop(socket);
        eventually("the port is free", || ensure_free(&net, local))?;
    }
    // A socket without a tunnel, bound to all addresses of both families.
    let socket = net.run(|| Ok(UdpSocket::bind("[::]:5000")?))?;
    let any = socket.local_addr()?;
    for (variant, certain) in [(Variant::V3_UDP4, false), (Variant::V3_UDP6, true)] {
        ensure_in_use(&net, variant.local(), any, &[&this], certain)?;
        let rejected =
            conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config());
        let errno = rejected.err().and_then(|error| error.raw_os_error());
        ensure!(errno == Some(libc::EADDRINUSE), "the kernel disagrees: {errno:?}");
    }
    ensure_free(&net, "127.0.0.1:5001".parse()?)
}

fn the_tunnel_that_has_an_id_is_found(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let config = variant.config();
    net.conn()?.create_static_tunnel(variant.local(), variant.peer(), &config)?;
    let [finding] = found(&Diagnose::new().tunnel(&config).netns(net.netns()).run())?;
    let (local, peer) = (Some(variant.local()), Some(variant.peer()));
    ensure!(
        finding == (Finding::TunnelIdInUse { tunnel_id: config.tunnel_id, local, peer }),
        "{finding}"
    );
    // Its command shows the tunnel.
    let shown =
        net.run(|| run(Command::new("sh").args(["-c", &finding.command().context("a command")?])))?;
    ensure!(shown.contains("Tunnel 1,"), "{shown}");
    let mut other = config;
    other.tunnel_id = TunnelId(3);
    let [] = found(&Diagnose::new().tunnel(&other).netns(net.netns()).run())?;
    Ok(())
}

fn an_ip_socket_without_a_tunnel_is_found_by_binding_one(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let (local, config) = (variant.local(), variant.config());
    let socket = net.run(|| Ok(TunnelSocket::ip(local.ip(), config.tunnel_id, None)?))?;
    let request = Diagnose::new().tunnel(&config).local(local).netns(net.netns());
    // The kernel does not list the socket.
    let [] = found(&request.run())?;
    let request = request.try_bind(true);
    let [finding] = found(&request.run())?;
    ensure!(
        matches!(&finding, Finding::BindFailed { local: at, errno: Some(libc::EADDRINUSE), error }
            if *at == (local.ip(), config.tunnel_id).into() && error.contains("tunnel 1")),
        "{finding}"
    );
    let rejected = net.conn()?.create_static_tunnel(local, variant.peer(), &config);
    let errno = rejected.err().and_then(|error| error.raw_os_error());
    ensure!(errno == Some(libc::EADDRINUSE), "the kernel disagrees: {errno:?}");
    drop(socket);
    let [] = found(&request.run())?;
    // The trial bind has no lasting effect.
    net.conn()?.create_static_tunnel(local, variant.peer(), &config)?;
    let [finding] = found(&request.run())?;
    ensure!(matches!(finding, Finding::TunnelIdInUse { .. }), "{finding}");
    Ok(())
}

/// Only over IPv4: over IPv6 the kernel requires that an interface has the address.
fn an_address_that_a_route_makes_local_can_be_used(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let (local, peer) = match variant.local() {
        SocketAddr::V4(v4) => {
            net.ip("route add local 192.0.2.0/24 dev lo")?;
            (SocketAddr::new([192, 0, 2, 7].into(), v4.port()), "192.0.2.8".parse()?)
        }
        SocketAddr::V6(v6) => {
            net.ip("route add local 2001:db8::/64 dev lo")?;
            (SocketAddr::new("2001:db8::7".parse()?, v6.port()), "2001:db8::8".parse()?)
        }
    };
    let config = variant.config();
    let diagnosis = Diagnose::new().tunnel(&config).local(local).netns(net.netns()).run();
    let peer = SocketAddr::new(peer, variant.peer().port());
    let created = net.conn()?.create_static_tunnel(local, peer, &config);
    if local.is_ipv4() {
        let [] = found(&diagnosis)?;
        created?;
    } else {
        let [finding] = found(&diagnosis)?;
        ensure!(matches!(finding, Finding::AddressUnusable { .. }), "{finding}");
        let errno = created.err().and_then(|error| error.raw_os_error());
        ensure!(errno == Some(libc::EADDRNOTAVAIL), "the kernel disagrees: {errno:?}");
    }
    Ok(())
}

fn an_absent_address_is_found() -> Result<()> {
    let net = Net::new()?;
    let local: SocketAddr = "192.0.2.1:5000".parse()?;
    let diagnosis = Diagnose::new().local(local).netns(net.netns()).run();
    let [finding] = found(&diagnosis)?;
    let (address, state) = (local.ip(), AddressState::Absent);
    ensure!(finding == (Finding::AddressUnusable { address, state }), "{diagnosis}");
    net.ip("addr add 192.0.2.1/24 dev lo")?;
    let [] = found(&Diagnose::new().local(local).netns(net.netns()).run())?;
    Ok(())
}
