//! Sending and receiving control messages on a tunnel's socket.
//!
//! The kernel handles the data packets of sessions; the program runs the control connection. The kernel
//! queues packets that it does not recognise as a session's data on the tunnel's socket.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::os::fd::AsFd;

use super::TunnelSocket;
use super::addr::TunnelAddr;
use super::error::{SocketError, SocketOperation};
use super::header::ControlHeader;
use super::kind::SocketKind;
use super::peer::check_port;
use crate::error::ConfigError;
use crate::sys;
use crate::tunnel::ends;

/// A message that [`TunnelSocket::recv`] received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedMessage {
    /// The number of bytes in the buffer.
    pub len: usize,
    /// The length of the whole message. It exceeds `len` if the buffer was too short; the rest is
    /// discarded.
    pub full_len: usize,
    /// The sender's address. For L2TP/IP the port is 0; no header has the sender's tunnel id.
    pub from: SocketAddr,
    /// The header, if this is a complete control message. A UDP socket also receives data packets that
    /// belong to no session, and anything else that was sent to the port.
    pub control: Option<ControlHeader>,
}

impl TunnelSocket {
    /// Sends a control message to the connected peer.
    ///
    /// `message` begins with the header's flags and version, over UDP (RFC 2661, section 3.1; RFC
    /// 3931, section 4.1.2.2) and over IP. On the wire, L2TP/IP has a session id of zero before the
    /// message (RFC 3931, section 4.1.1.2), which **the kernel adds** (`l2tp_ip_sendmsg` of
    /// net/l2tp/l2tp_ip.c, `l2tp_ip6_push_pending_frames` of l2tp_ip6.c).
    ///
    /// ```no_run
    /// # use l2tp::socket::ControlHeader;
    /// # use l2tp::{ProtocolVersion, SessionId, TunnelId, TunnelSocket};
    /// # fn example(socket: &TunnelSocket) -> Result<(), l2tp::socket::SocketError> {
    /// // A zero-length body message, which acknowledges the peer's messages.
    /// let header = ControlHeader {
    ///     version: ProtocolVersion::V3,
    ///     length: 12,
    ///     tunnel_id: TunnelId(2),
    ///     session_id: SessionId(0),
    ///     ns: 1,
    ///     nr: 2,
    /// };
    /// socket.send_control(&header.to_bytes())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SocketError::Config`] if `message` is not a control message, begins with a zero session id, or
    /// is L2TPv2 over IP; [`SocketError::System`] with `EDESTADDRREQ` (not connected),
    /// `ECONNREFUSED` (an ICMP error for an earlier message), `EMSGSIZE`, `EHOSTUNREACH`, `EAGAIN`;
    /// [`SocketError::InterfaceGone`].
    pub fn send_control(&self, message: &[u8]) -> Result<(), SocketError> {
        self.send(message, None)
    }

    /// Sends a control message to an address. The socket may be connected or not.
    ///
    /// The address's tunnel id is ignored; the message's header has the receiver's tunnel id.
    ///
    /// ```no_run
    /// use std::net::SocketAddr;
    /// # use l2tp::TunnelSocket;
    /// # fn example(socket: &TunnelSocket, message: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let peer: SocketAddr = "192.0.2.2:1701".parse()?;
    /// socket.send_control_to(message, peer)?;
    /// # Ok(())
    /// # }
    /// ```
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
        let operation = SocketOperation::Send(self.kind, to);
        check(self.kind, message)
            .and_then(|()| to.map_or(Ok(()), |to| self.check_destination(&to)))
            .map_err(SocketError::config(operation))?;
        // The kernel sends a datagram completely or not at all.
        sys::send(self.fd.as_fd(), message, to.map(TunnelAddr::to_sys).as_ref())
            .map(drop)
            .map_err(self.system_error(operation))
    }

    fn check_destination(&self, to: &TunnelAddr) -> Result<(), ConfigError> {
        self.check_form(to)?;
        check_port(to)?;
        ends::check_destination(to.ip(), self.kind.encap())
    }

    /// Receives one message. Waits for it unless the socket is non-blocking.
    ///
    /// The message begins with the header's flags and version, over UDP and over IP; the kernel removes
    /// the zero session id that precedes it on the wire of L2TP/IP. An L2TP/IP socket receives only the
    /// control messages with the tunnel id to which it is bound (`l2tp_ip_recv` of
    /// net/l2tp/l2tp_ip.c). A UDP socket receives everything that is not the data of a session.
    ///
    /// ```no_run
    /// # use l2tp::TunnelSocket;
    /// # fn example(socket: &TunnelSocket) -> Result<(), l2tp::socket::SocketError> {
    /// let mut buf = [0; 2048];
    /// let message = socket.recv(&mut buf)?;
    /// if let Some(header) = message.control {
    ///     println!("control message {} from {}", header.ns, message.from);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SocketError::System`] with `EAGAIN` (see
    /// [`is_would_block`](SocketError::is_would_block)), or `ECONNREFUSED` if an earlier message was
    /// answered with ICMP port unreachable.
    pub fn recv(&self, buf: &mut [u8]) -> Result<ReceivedMessage, SocketError> {
        let mut from = self.kind.blank_sender();
        let full_len = sys::recv(self.fd.as_fd(), buf, &mut from)
            .map_err(self.system_error(SocketOperation::Receive(self.kind)))?;
        let len = full_len.min(buf.len());
        let control = if len == full_len { ControlHeader::parse(&buf[..len]).ok() } else { None };
        Ok(ReceivedMessage { len, full_len, from: sender(TunnelAddr::from_sys(&from)), control })
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

/// Rejects messages that the peer's kernel would drop or misinterpret.
fn check(kind: SocketKind, message: &[u8]) -> Result<(), ConfigError> {
    if !kind.is_udp() && message.starts_with(&[0; 4]) {
        return Err(ConfigError::new(
            "message",
            "00000000…",
            "the kernel adds the session id of zero: begin the message with the flags",
        ));
    }
    let header = ControlHeader::parse(message)?;
    if !kind.is_udp() && header.version != crate::ProtocolVersion::V3 {
        return Err(ConfigError::new(
            "message",
            header.version,
            "L2TPv2 runs over UDP only; L2TP/IP needs L2TPv3",
        ));
    }
    Ok(())
}
