//! Connecting a tunnel socket to a peer and disconnecting it.

use std::os::fd::AsFd;

use super::addr::TunnelAddr;
use super::error::{SocketError, SocketOperation};
use super::option::SocketOption;
use super::{TunnelSocket, options};
use crate::error::ConfigError;
use crate::sys;
use crate::tunnel::ends;

/// The known peer of an L2TP/IP socket. The kernel reports the peer of a UDP socket.
#[derive(Debug, Clone, Copy)]
pub(super) enum Peer {
    /// The socket has no peer.
    None,
    /// This value connected the socket.
    Connected(TunnelAddr),
    /// The socket was adopted, and may be connected.
    Unknown,
}

impl TunnelSocket {
    /// Connects the socket to a peer, also if it is already connected to another. Sessions and
    /// [`send_control`](Self::send_control) then send to this peer, and the kernel drops control messages
    /// from other senders.
    ///
    /// If the local address is the wildcard address, the kernel sets it to the source address of the
    /// route to the peer. The address stays the same when the socket is connected to another peer.
    ///
    /// ```no_run
    /// use std::net::SocketAddr;
    /// # use l2tp::TunnelSocket;
    /// let mut socket = TunnelSocket::udp("192.0.2.1:1701".parse()?, None)?;
    /// let peer: SocketAddr = "192.0.2.2:1701".parse()?;
    /// socket.connect(peer)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SocketError::Config`] for an address of another kind, an unspecified, multicast or broadcast
    /// address, port 0, or an IPv4-mapped address that the socket cannot reach; [`SocketError::System`] with `ENETUNREACH`, `EACCES` (an interface's
    /// broadcast address, a route that prohibits it), `EINVAL` (a link-local address without scope
    /// id); [`SocketError::InterfaceGone`]. After an error the socket keeps its previous peer.
    pub fn connect(&mut self, peer: impl Into<TunnelAddr>) -> Result<(), SocketError> {
        let peer = peer.into();
        check_port(&peer).map_err(SocketError::config(SocketOperation::Connect(peer)))?;
        self.connect_to(peer)
    }

    /// As [`connect`](Self::connect), but permits port 0, to which nothing can be sent.
    pub(super) fn connect_to(&mut self, peer: TunnelAddr) -> Result<(), SocketError> {
        let operation = SocketOperation::Connect(peer);
        self.check_form(&peer)
            .and_then(|()| ends::check_peer(peer.ip(), self.kind.encap()))
            .map_err(SocketError::config(operation))?;
        self.check_pair(&peer)?;
        sys::connect(self.as_fd(), &peer.to_sys()).map_err(self.system_error(operation))?;
        self.peer = Peer::Connected(peer);
        Ok(())
    }

    /// Disconnects the socket from its peer. The kernel drops the packets of sessions on it until it is
    /// connected again.
    ///
    /// An IPv6 socket still receives control messages from its former peer only, since the kernel does
    /// not clear `sk_v6_daddr`. To receive from all senders, open another socket.
    ///
    /// The kernel also clears the interface of the socket, and a port that it had chosen itself
    /// (`__udp_disconnect` of net/ipv4/udp.c); this method restores both. A UDP socket keeps the local
    /// address that it was opened with. **An L2TP/IP socket does not**: it is then bound to the wildcard
    /// address and its tunnel id, and gets an address from the route when it is connected again. To
    /// change the peer, [`connect`](Self::connect) the socket to the new peer without disconnecting it.
    ///
    /// ```no_run
    /// # use l2tp::TunnelSocket;
    /// # fn example(socket: &mut TunnelSocket) -> Result<(), Box<dyn std::error::Error>> {
    /// socket.disconnect()?;
    /// println!("still bound to {}", socket.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `EADDRINUSE` if another socket was bound to the port in the meantime;
    /// [`SocketError::InterfaceGone`], and the socket stays connected.
    pub fn disconnect(&mut self) -> Result<(), SocketError> {
        let kind = self.kind;
        let operation = SocketOperation::Disconnect(kind);
        let before = self.local_addr()?;
        // Without it the socket would use every interface.
        if let Some(index) = options::gone_interface(self.as_fd(), kind) {
            return Err(SocketError::InterfaceGone { operation, index, error: None });
        }
        let interface = SocketOption::INTERFACE_INDEX.get(self.as_fd(), kind)?;
        sys::disconnect(self.as_fd()).map_err(SocketError::system(operation))?;
        self.peer = Peer::None;
        SocketOption::INTERFACE_INDEX.set(
            self.as_fd(),
            kind,
            interface.filter(|&index| index != 0),
        )?;
        match (self.local_addr()?, before.port()) {
            (TunnelAddr::Udp(mut now), Some(port)) if now.port() != port => {
                now.set_port(port);
                sys::bind(self.as_fd(), &TunnelAddr::Udp(now).to_sys())
                    .map_err(SocketError::system(SocketOperation::Bind(now.into())))
            }
            _ => Ok(()),
        }
    }

    /// The peer to which the socket is connected, if any.
    ///
    /// ```no_run
    /// # use l2tp::TunnelSocket;
    /// let socket = TunnelSocket::udp("192.0.2.1:1701".parse()?, Some("192.0.2.2:1701".parse()?))?;
    /// assert!(socket.peer_addr()?.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SocketError::PeerUnknown`] for an L2TP/IP socket that was adopted and has not been
    /// connected since.
    pub fn peer_addr(&self) -> Result<Option<TunnelAddr>, SocketError> {
        match self.peer {
            Peer::None if !self.kind.is_udp() => return Ok(None),
            Peer::Connected(peer) if !self.kind.is_udp() => return Ok(Some(peer)),
            _ => {}
        }
        let mut addr = self.kind.blank();
        match sys::peer_addr(self.as_fd(), &mut addr) {
            Ok(()) => Ok(Some(TunnelAddr::from_sys(&addr))),
            Err(error) if error.raw_os_error() != Some(libc::ENOTCONN) => {
                Err(SocketError::system(SocketOperation::PeerAddr(self.kind))(error))
            }
            Err(_) if self.kind.is_udp() => Ok(None),
            Err(_) => Err(SocketError::PeerUnknown { kind: self.kind }),
        }
    }

    /// The MTU of the path to the connected peer, as far as the kernel knows it.
    pub(crate) fn path_mtu(&self) -> Result<u32, SocketError> {
        let (level, name) = if self.kind.is_ipv6() {
            (libc::SOL_IPV6, libc::IPV6_MTU)
        } else {
            (libc::SOL_IP, libc::IP_MTU)
        };
        let mtu: libc::c_int = sys::option(self.as_fd(), level, name)
            .map_err(SocketError::system(SocketOperation::GetOption(self.kind, "path MTU")))?;
        Ok(u32::try_from(mtu).unwrap_or_default())
    }

    /// Rejects a peer that cannot be reached from the socket's local address.
    fn check_pair(&self, peer: &TunnelAddr) -> Result<(), SocketError> {
        let rejected = |error| SocketError::config(SocketOperation::Connect(*peer))(error);
        ends::check_pair(self.local_addr()?.ip(), peer.ip()).map_err(rejected)?;
        // The kernel also sets the option on a socket that is bound to an IPv6 address.
        let ipv6_only = || SocketOption::IPV6_ONLY.get(self.as_fd(), self.kind);
        if ends::is_mapped(peer.ip()) && ipv6_only()?.is_some_and(|on| on != 0) {
            return Err(rejected(ConfigError::new(
                "peer",
                peer,
                "the socket is ipv6_only: open one that is not, or an IPv4 socket",
            )));
        }
        Ok(())
    }

    /// Rejects the address of another kind of socket.
    pub(super) fn check_form(&self, peer: &TunnelAddr) -> Result<(), ConfigError> {
        if peer.kind() != self.kind {
            return Err(ConfigError::new(
                "peer",
                peer,
                if peer.kind().is_udp() == self.kind.is_udp() {
                    "the socket has the other IP version; an IPv6 UDP socket that is not ipv6_only can \
                     reach IPv4 as ::ffff:a.b.c.d"
                } else {
                    "the socket has the other encapsulation: UDP addresses have a port, L2TP/IP \
                     addresses a tunnel id"
                },
            ));
        }
        Ok(())
    }
}

pub(super) fn check_port(peer: &TunnelAddr) -> Result<(), ConfigError> {
    match peer.port() {
        Some(0) => {
            Err(ConfigError::new("peer", peer, "the peer needs a port: the L2TP port is 1701"))
        }
        _ => Ok(()),
    }
}
