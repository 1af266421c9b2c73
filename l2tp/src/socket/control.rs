//! Control messages, read from and written to a tunnel's socket.
//!
//! The kernel carries the data of sessions and leaves the control connection to the program: what
//! it does not recognise as a session's packet it queues on the tunnel's socket.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::os::fd::AsFd;

use super::TunnelSocket;
use super::addr::TunnelAddr;
use super::error::{SocketError, SocketStep};
use super::header::ControlHeader;
use super::kind::SocketKind;
use super::peer::check_port;
use crate::error::ConfigError;
use crate::sys;
use crate::tunnel::ends;

/// What [`TunnelSocket::recv`] found at the beginning of its buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// The bytes of the buffer that the message fills.
    pub len: usize,
    /// The message's length, more than `len` if the buffer could not hold it; the rest is lost.
    pub full_len: usize,
    /// Who sent it. The port of L2TP/IP is 0; the sender's tunnel id is in no header.
    pub from: SocketAddr,
    /// The header, if it is a whole control message. Over UDP the kernel also hands over data
    /// packets that no session claims, and whatever else was sent to the port.
    pub control: Option<ControlHeader>,
}

impl TunnelSocket {
    /// Sends a control message to the connected peer.
    ///
    /// `message` begins with the header's flags and version, over UDP (RFC 2661, section 3.1; RFC
    /// 3931, section 4.1.2.2) and over IP: there the message is preceded by a session id of zero
    /// (RFC 3931, section 4.1.1.2), which **the kernel writes itself** (`l2tp_ip_sendmsg` of
    /// net/l2tp/l2tp_ip.c, `l2tp_ip6_push_pending_frames` of l2tp_ip6.c).
    ///
    /// # Errors
    ///
    /// [`SocketError::Config`] for what is no control message, a message that brings its own zero
    /// session id, or L2TPv2 over IP; [`SocketError::System`] with `EDESTADDRREQ` (not connected),
    /// `ECONNREFUSED` (the answer to an earlier one), `EMSGSIZE`, `EHOSTUNREACH`, `EAGAIN`;
    /// [`SocketError::InterfaceGone`].
    pub fn send_control(&self, message: &[u8]) -> Result<(), SocketError> {
        self.send(message, None)
    }

    /// Sends a control message to an address, whether the socket is connected or not.
    ///
    /// The address's tunnel id plays no role: the message's header says for which it is.
    ///
    /// # Errors
    ///
    /// As [`send_control`](Self::send_control).
    pub fn send_control_to(
        &self,
        message: &[u8],
        to: impl Into<TunnelAddr>,
    ) -> Result<(), SocketError> {
        self.send(message, Some(to.into()))
    }

    fn send(&self, message: &[u8], to: Option<TunnelAddr>) -> Result<(), SocketError> {
        let step = SocketStep::Send(self.kind, to);
        check(self.kind, message)
            .and_then(|()| to.map_or(Ok(()), |to| self.check_destination(&to)))
            .map_err(SocketError::config(step))?;
        // A datagram is sent whole or not at all.
        sys::send(self.fd.as_fd(), message, to.map(TunnelAddr::to_sys).as_ref())
            .map(drop)
            .map_err(self.failed(step))
    }

    fn check_destination(&self, to: &TunnelAddr) -> Result<(), ConfigError> {
        self.check_form(to)?;
        check_port(to)?;
        ends::check_destination(to.ip(), self.kind.encap())
    }

    /// Receives one message, waiting for it unless the socket is non-blocking.
    ///
    /// The message begins with the header's flags and version, over UDP and over IP: the zero
    /// session id that precedes it on the wire is taken off by the kernel. To an L2TP/IP socket
    /// the kernel gives control messages alone, those whose header names the tunnel id to which
    /// it is bound (`l2tp_ip_recv` of net/l2tp/l2tp_ip.c); to a UDP socket everything that is not
    /// the data of a session.
    ///
    /// # Errors
    ///
    /// [`SocketError::System`] with `EAGAIN` (see
    /// [`is_would_block`](SocketError::is_would_block)), or `ECONNREFUSED` when the peer's host
    /// said that nobody listens there.
    pub fn recv(&self, buf: &mut [u8]) -> Result<Received, SocketError> {
        let mut from = self.kind.blank_sender();
        let full_len = sys::recv(self.fd.as_fd(), buf, &mut from)
            .map_err(self.failed(SocketStep::Receive(self.kind)))?;
        let len = full_len.min(buf.len());
        let control = if len == full_len { ControlHeader::parse(&buf[..len]).ok() } else { None };
        Ok(Received { len, full_len, from: sender(TunnelAddr::of_sys(&from)), control })
    }
}

/// A sender's address without a tunnel id.
fn sender(addr: TunnelAddr) -> SocketAddr {
    match addr {
        TunnelAddr::Udp(addr) => addr,
        TunnelAddr::Ip { addr: IpAddr::V6(addr), scope_id, .. } => {
            SocketAddrV6::new(addr, 0, 0, scope_id).into()
        }
        TunnelAddr::Ip { addr, .. } => SocketAddr::new(addr, 0),
    }
}

/// Refuses what a peer's kernel would drop or misread.
fn check(kind: SocketKind, message: &[u8]) -> Result<(), ConfigError> {
    if !kind.is_udp() && message.starts_with(&[0; 4]) {
        return Err(ConfigError::new(
            "message",
            "00000000…",
            "the kernel writes the session id of zero that precedes it: begin with the flags",
        ));
    }
    let header = ControlHeader::parse(message)?;
    if !kind.is_udp() && header.version != crate::ProtocolVersion::V3 {
        return Err(ConfigError::new(
            "message",
            header.version,
            "L2TPv2 runs over UDP only: IP carries L2TPv3",
        ));
    }
    Ok(())
}
