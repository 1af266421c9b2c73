//! The peer of a tunnel socket: connected, changed, taken away.

use std::os::fd::AsFd;

use super::addr::TunnelAddr;
use super::error::{SocketError, SocketStep};
use super::knob::Knob;
use super::{TunnelSocket, options};
use crate::error::ConfigError;
use crate::sys;
use crate::tunnel::ends;

/// What is known here of the peer of an L2TP/IP socket; the kernel is asked for that of UDP.
#[derive(Debug, Clone, Copy)]
pub(super) enum Peer {
    /// There is none.
    None,
    /// Connected here.
    Connected(TunnelAddr),
    /// The socket was made and perhaps connected by somebody else.
    Unknown,
}

impl TunnelSocket {
    /// Connects the socket, or connects it to another peer: sessions and
    /// [`send_control`](Self::send_control) send there, control messages of others are dropped.
    ///
    /// A wildcard local address becomes the one that the route to the peer has, and stays it when
    /// the socket is connected to another peer.
    ///
    /// # Errors
    ///
    /// [`SocketError::Config`] for an address of another kind, one that is not another host's
    /// (unspecified, multicast, broadcast), a port of 0, or an IPv4-mapped address where the
    /// socket cannot reach it; [`SocketError::System`] with `ENETUNREACH`, `EACCES` (an interface's
    /// broadcast address, a route that prohibits it), `EINVAL` (a link-local address without scope
    /// id); [`SocketError::InterfaceGone`]. The socket then keeps the peer that it had.
    pub fn connect(&mut self, peer: impl Into<TunnelAddr>) -> Result<(), SocketError> {
        let peer = peer.into();
        check_port(&peer).map_err(SocketError::config(SocketStep::Connect(peer)))?;
        self.connect_to(peer)
    }

    /// As [`connect`](Self::connect), also to the port 0, to which nothing can be sent.
    pub(super) fn connect_to(&mut self, peer: TunnelAddr) -> Result<(), SocketError> {
        let step = SocketStep::Connect(peer);
        self.check_form(&peer)
            .and_then(|()| ends::check_peer(peer.ip(), self.kind.encap()))
            .map_err(SocketError::config(step))?;
        self.check_pair(&peer)?;
        sys::connect(self.as_fd(), &peer.to_sys()).map_err(self.failed(step))?;
        self.peer = Peer::Connected(peer);
        Ok(())
    }

    /// Takes the peer away. What the sessions of a tunnel on it send is dropped until it is
    /// connected again.
    ///
    /// A socket of IPv6 nevertheless hears control messages of its former peer alone: the kernel does
    /// not forget `sk_v6_daddr`. To hear everybody open another socket.
    ///
    /// The kernel also forgets the interface that it was bound to, and a port that nobody chose
    /// (`__udp_disconnect` of net/ipv4/udp.c); both are restored here. The local address is kept
    /// if it was given when the socket was opened, but **not of an L2TP/IP socket**: that one is
    /// then bound to the wildcard address and its tunnel id, and gets an address from the route
    /// when it is connected again. To change the peer, [`connect`](Self::connect) it to the next
    /// without disconnecting it.
    ///
    /// # Errors
    ///
    /// `EADDRINUSE` if another socket took the port meanwhile; [`SocketError::InterfaceGone`], and
    /// the peer is kept.
    pub fn disconnect(&mut self) -> Result<(), SocketError> {
        let kind = self.kind;
        let step = SocketStep::Disconnect(kind);
        let before = self.local_addr()?;
        // Without it the socket would use every interface.
        if let Some(index) = options::gone_interface(self.as_fd(), kind) {
            return Err(SocketError::InterfaceGone { step, index, error: None });
        }
        let interface = Knob::INTERFACE_INDEX.get(self.as_fd(), kind)?;
        sys::disconnect(self.as_fd()).map_err(SocketError::system(step))?;
        self.peer = Peer::None;
        Knob::INTERFACE_INDEX.set(self.as_fd(), kind, interface.filter(|&index| index != 0))?;
        match (self.local_addr()?, before.port()) {
            (TunnelAddr::Udp(mut now), Some(port)) if now.port() != port => {
                now.set_port(port);
                sys::bind(self.as_fd(), &TunnelAddr::Udp(now).to_sys())
                    .map_err(SocketError::system(SocketStep::Bind(now.into())))
            }
            _ => Ok(()),
        }
    }

    /// The peer to which the socket is connected, if it is.
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
            Ok(()) => Ok(Some(TunnelAddr::of_sys(&addr))),
            Err(error) if error.raw_os_error() != Some(libc::ENOTCONN) => {
                Err(SocketError::system(SocketStep::PeerAddr(self.kind))(error))
            }
            Err(_) if self.kind.is_udp() => Ok(None),
            Err(_) => Err(SocketError::PeerUnknown { kind: self.kind }),
        }
    }

    /// What the kernel knows of the MTU of the path to the peer to which it is connected.
    pub(crate) fn path_mtu(&self) -> Result<u32, SocketError> {
        let (level, name) = if self.kind.is_ipv6() {
            (libc::SOL_IPV6, libc::IPV6_MTU)
        } else {
            (libc::SOL_IP, libc::IP_MTU)
        };
        let mtu: libc::c_int = sys::option(self.as_fd(), level, name)
            .map_err(SocketError::system(SocketStep::Get(self.kind, "path MTU")))?;
        Ok(u32::try_from(mtu).unwrap_or_default())
    }

    /// Refuses a peer that cannot be reached from the socket's own address.
    fn check_pair(&self, peer: &TunnelAddr) -> Result<(), SocketError> {
        let refused = |error| SocketError::config(SocketStep::Connect(*peer))(error);
        ends::check_pair(self.local_addr()?.ip(), peer.ip()).map_err(refused)?;
        // The kernel sets it, too, on a socket that is bound to an address of IPv6.
        let ipv6_only = || Knob::IPV6_ONLY.get(self.as_fd(), self.kind);
        if ends::is_mapped(peer.ip()) && ipv6_only()?.is_some_and(|on| on != 0) {
            return Err(refused(ConfigError::new(
                "peer",
                peer,
                "the socket is ipv6_only: open one that is not, or one of IPv4",
            )));
        }
        Ok(())
    }

    /// Refuses the address of another kind of socket.
    pub(super) fn check_form(&self, peer: &TunnelAddr) -> Result<(), ConfigError> {
        if peer.kind() != self.kind {
            return Err(ConfigError::new(
                "peer",
                peer,
                if peer.kind().is_udp() == self.kind.is_udp() {
                    "the socket is of the other version of IP; a UDP socket of IPv6 that is not \
                     ipv6_only reaches IPv4 by ::ffff:a.b.c.d"
                } else {
                    "the socket is of the other encapsulation: UDP addresses have a port, L2TP/IP \
                     addresses a tunnel id"
                },
            ));
        }
        Ok(())
    }
}

pub(super) fn check_port(peer: &TunnelAddr) -> Result<(), ConfigError> {
    match peer.port() {
        Some(0) => Err(ConfigError::new("peer", peer, "the peer needs a port: 1701 is L2TP's")),
        _ => Ok(()),
    }
}
