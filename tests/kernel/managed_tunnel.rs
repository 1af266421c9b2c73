//! Tunnels on sockets of the program's own: each kind is read back whole, and each lives as long
//! as its socket.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::{
    Conn, EncapType, ErrorKind, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig,
    TunnelId, TunnelSocket,
};
use socket2::SockRef;

use crate::support::{
    Expected, Helper, Net, Running, Variant, ensure_fails, ensure_shown, interface_gone, tests,
    tunnel_gone,
};

tests![
    reads_back for Variant::ALL,
    an_unconnected_socket_has_no_peer_yet,
    ends_with_its_socket for Variant::ALL,
    ends_with_the_last_descriptor,
    ends_with_its_process,
    the_socket_outlives_the_tunnel,
    a_used_socket_carries_another_tunnel.since(6, 12, "older kernels keep the socket busy"),
    a_used_socket_stays_busy.before(6, 12, "newer kernels free it"),
];

pub(crate) const HELPERS: &[Helper] = &[("hold_a_tunnel", hold_a_tunnel)];

/// A socket of the variant's kind between its two ends.
fn socket(net: &Net, variant: Variant) -> Result<TunnelSocket> {
    let (local, peer) = (variant.local(), variant.peer());
    net.run(|| {
        Ok(if variant.is_udp() {
            TunnelSocket::udp(local, Some(peer))?
        } else {
            TunnelSocket::ip(local.ip(), 1, Some((peer.ip(), TunnelId(2))))?
        })
    })
}

/// A namespace with tunnel 1 on a socket.
fn managed(variant: Variant) -> Result<(Net, Conn, TunnelSocket)> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let socket = socket(&net, variant)?;
    conn.create_managed_tunnel(&socket, &variant.config())?;
    Ok((net, conn, socket))
}

fn reads_back(variant: Variant) -> Result<()> {
    let (net, mut conn, _socket) = managed(variant)?;
    let info = conn.get_tunnel_info(TunnelId(1))?;
    let mut expected = variant.info();
    // A program's socket has checksums unless it turns them off.
    expected.udp_csum = expected.udp_csum.map(|_| true);
    ensure!(info == expected, "{info:#?}");
    let mut shown = variant.iproute();
    if let Some(checksum) = shown.get_mut("checksum") {
        *checksum = true.into();
    }
    ensure_shown(&net.ip_json("l2tp show tunnel")?, &shown)
}

fn an_unconnected_socket_has_no_peer_yet() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let mut socket = net.run(|| Ok(TunnelSocket::udp("127.0.0.1:5000".parse()?, None)?))?;
    let config = Variant::PLAIN.config();
    conn.create_managed_tunnel(&socket, &config)?;
    let info = conn.get_tunnel_info(TunnelId(1))?;
    ensure!(info.peer() == Some("0.0.0.0:0".parse()?), "{info:#?}");
    socket.connect("127.0.0.1:5001".parse::<SocketAddr>()?)?;
    let info = conn.get_tunnel_info(TunnelId(1))?;
    ensure!(info.peer() == Some("127.0.0.1:5001".parse()?), "{info:#?}");
    Ok(())
}

fn ends_with_its_socket(variant: Variant) -> Result<()> {
    let (net, mut conn, socket) = managed(variant)?;
    if variant.version == ProtocolVersion::V3 {
        let session = SessionConfig::new(&variant.config(), PseudowireType::Eth, 10, 20);
        conn.create_session(&session)?;
        ensure!(net.has("l2tpeth0")?);
    }
    drop(socket);
    tunnel_gone(&mut conn, TunnelId(1))?;
    // So are its sessions, with their interfaces.
    interface_gone(&net, "l2tpeth0")
}

fn ends_with_the_last_descriptor() -> Result<()> {
    let (_net, mut conn, socket) = managed(Variant::PLAIN)?;
    let copy = socket.as_fd().try_clone_to_owned()?;
    drop(socket);
    // Time enough for the kernel to take it down, if it did.
    thread::sleep(Duration::from_millis(300));
    conn.get_tunnel_info(TunnelId(1))?;
    drop(copy);
    tunnel_gone(&mut conn, TunnelId(1))
}

/// Makes tunnel 1 in its own namespace and waits to be killed.
fn hold_a_tunnel() -> Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:5000")?;
    socket.connect("127.0.0.1:5001")?;
    Conn::open()?.create_managed_tunnel(&socket, &Variant::PLAIN.config())?;
    println!("ready");
    io::stdin().read_line(&mut String::new()).context("waiting")?;
    Ok(())
}

fn ends_with_its_process() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let holder = Running::start(&net, "hold_a_tunnel")?;
    let info = conn.get_tunnel_info(TunnelId(1))?;
    ensure!(info.local() == Some(Variant::PLAIN.local()), "{info:#?}");
    holder.kill()?;
    tunnel_gone(&mut conn, TunnelId(1))
}

fn the_socket_outlives_the_tunnel() -> Result<()> {
    let (net, mut conn, socket) = managed(Variant::PLAIN)?;
    conn.delete_tunnel(TunnelId(1))?;
    tunnel_gone(&mut conn, TunnelId(1))?;
    let peer = net.run(|| Ok(UdpSocket::bind("127.0.0.1:5001")?))?;
    peer.set_read_timeout(Some(Duration::from_secs(5)))?;
    let ours = SockRef::from(&socket);
    ours.send(b"still here")?;
    let mut buffer = [0; 16];
    let (len, from) = peer.recv_from(&mut buffer)?;
    ensure!(&buffer[..len] == b"still here" && from == Variant::PLAIN.local(), "{from}");
    Ok(())
}

/// Deletes tunnel 1 and makes tunnel 3 on its socket.
fn make_another(conn: &mut Conn, socket: &TunnelSocket) -> Result<Result<(), l2tp::Error>> {
    conn.delete_tunnel(TunnelId(1))?;
    tunnel_gone(conn, TunnelId(1))?;
    let config = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 3, 4);
    Ok(conn.create_managed_tunnel(socket, &config))
}

fn a_used_socket_carries_another_tunnel() -> Result<()> {
    let (_net, mut conn, socket) = managed(Variant::PLAIN)?;
    make_another(&mut conn, &socket)??;
    conn.get_tunnel_info(TunnelId(3))?;
    Ok(())
}

fn a_used_socket_stays_busy() -> Result<()> {
    let (_net, mut conn, socket) = managed(Variant::PLAIN)?;
    ensure_fails(
        make_another(&mut conn, &socket)?,
        &Expected {
            errno: Some(libc::EBUSY),
            kind: ErrorKind::Exists,
            texts: &["create managed tunnel 3", "(EBUSY)", "before 6.12"],
        },
    )
}
