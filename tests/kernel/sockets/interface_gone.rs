//! Sockets bound to an interface that was unplugged, and plugged in again.

use anyhow::{Result, ensure};
use l2tp::socket::{SocketError, SocketKind, TunnelAddr};
use l2tp::{Error, ErrorKind, SocketOptions, TunnelSocket};

use super::support::{KINDS, Named, message, socket_at};
use crate::support::{Net, tests};

tests![
    is_reported_by_every_call for KINDS,
    of_the_same_name_is_another for KINDS,
    is_gone_when_moved_away for KINDS,
    can_be_left for KINDS,
];

/// An interface that can be taken away without its namespace.
fn plug_in(net: &Net, kind: SocketKind) -> Result<()> {
    net.add_link("stick0 type dummy")?;
    let address = if kind.is_ipv6() { "fd08::1/64 nodad" } else { "10.8.0.1/24" };
    net.ip_all(&[&format!("addr add {address} dev stick0"), "link set stick0 up"]).map(drop)
}

fn end(kind: SocketKind, host: u8) -> Result<TunnelAddr> {
    let ip: std::net::IpAddr =
        format!("{}{host}", if kind.is_ipv6() { "fd08::" } else { "10.8.0." }).parse()?;
    Ok(match super::support::addr(kind, host) {
        TunnelAddr::Udp(_) => std::net::SocketAddr::new(ip, 1701).into(),
        TunnelAddr::Ip { tunnel_id, .. } => (ip, tunnel_id).into(),
    })
}

fn bound(net: &Net, kind: SocketKind) -> Result<TunnelSocket> {
    let options = SocketOptions::new().interface("stick0".parse()?);
    socket_at(net, end(kind, 1)?, Some(end(kind, 2)?), &options)
}

/// Checks that a call failed, for the interface's end and for nothing else.
fn gone<T: std::fmt::Debug>(what: &str, outcome: Result<T, SocketError>) -> Result<()> {
    let error = match outcome {
        Err(error @ SocketError::InterfaceGone { .. }) => Error::from(error),
        other => anyhow::bail!("{what}: {other:?}"),
    };
    let text = error.to_string();
    ensure!(error.kind() == ErrorKind::Network && !error.is_not_found(), "{what}: {text}");
    ensure!(text.contains("bound to interface ") && text.contains(", which is gone"), "{text}");
    ensure!(text.contains("set the option interface again"), "{text}");
    Ok(())
}

fn gone_for_all(socket: &mut TunnelSocket) -> Result<()> {
    let (kind, hello) = (socket.kind(), message(2, 1, b"")?);
    gone("options", socket.options())?;
    gone("send", socket.send_control(&hello))?;
    gone("send to", socket.send_control_to(&hello, end(kind, 2)?))?;
    gone("connect", socket.connect(end(kind, 3)?))?;
    gone("disconnect", socket.disconnect())?;
    ensure!(socket.peer_addr()? == Some(end(kind, 2)?), "{:?}", socket.peer_addr());
    Ok(())
}

fn is_reported_by_every_call(kind: SocketKind) -> Result<()> {
    let net = Net::new()?;
    plug_in(&net, kind)?;
    let mut socket = bound(&net, kind)?;
    socket.send_control(&message(2, 1, b"")?)?;
    net.ip("link delete stick0")?;
    gone_for_all(&mut socket)
}

/// Setting the option again binds the socket to the new one.
fn of_the_same_name_is_another(kind: SocketKind) -> Result<()> {
    let net = Net::new()?;
    plug_in(&net, kind)?;
    let mut socket = bound(&net, kind)?;
    net.ip("link delete stick0")?;
    plug_in(&net, kind)?;
    gone_for_all(&mut socket)?;
    let options = SocketOptions::new().interface("stick0".parse()?);
    socket.set_options(&options)?;
    ensure!(socket.options()?.interface == options.interface, "{:?}", socket.options());
    socket.send_control(&message(2, 1, b"")?)?;
    socket.connect(end(kind, 3)?)?;
    Ok(())
}

fn is_gone_when_moved_away(kind: SocketKind) -> Result<()> {
    let (net, other) = (Net::new()?, Net::new()?);
    plug_in(&net, kind)?;
    let mut socket = bound(&net, kind)?;
    net.ip(&format!("link set stick0 netns {}", other.path()))?;
    gone_for_all(&mut socket)
}

fn can_be_left(kind: SocketKind) -> Result<()> {
    let net = Net::new()?;
    plug_in(&net, kind)?;
    let socket = bound(&net, kind)?;
    net.ip("link delete stick0")?;
    plug_in(&net, kind)?;
    socket.unbind_interface()?;
    ensure!(socket.options()?.interface.is_none(), "{:?}", socket.options());
    socket.send_control(&message(2, 1, b"")?)?;
    Ok(())
}
