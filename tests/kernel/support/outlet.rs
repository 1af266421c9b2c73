//! Sending through a session's interface.

use std::fs;
use std::net::UdpSocket;

use anyhow::Result;

use super::Net;

/// Gives a session's interface the address `192.0.2.1`. What is written to the socket leaves
/// through it, a frame a datagram, and nothing else does.
pub(crate) fn outlet(net: &Net, interface: &str) -> Result<UdpSocket> {
    net.run(|| Ok(fs::write(format!("/proc/sys/net/ipv6/conf/{interface}/disable_ipv6"), "1")?))?;
    net.ip_all(&[
        &format!("link set {interface} up"),
        &format!("addr add 192.0.2.1/24 dev {interface}"),
        &format!("neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev {interface} nud permanent"),
    ])?;
    net.run(|| {
        let socket = UdpSocket::bind("192.0.2.1:0")?;
        socket.connect("192.0.2.2:9")?;
        Ok(socket)
    })
}
