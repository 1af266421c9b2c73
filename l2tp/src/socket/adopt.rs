//! Adopting a socket that was opened elsewhere: by a parent process, systemd, another library.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

use super::error::{DescriptorFault, SocketError};
use super::kind::SocketKind;
use super::{Peer, TunnelSocket};
use crate::Netns;
use crate::sys;

impl TunnelSocket {
    /// Adopts a socket of the calling thread's network namespace.
    ///
    /// Its family, type, protocol and namespace (`SO_DOMAIN`, `SO_TYPE`, `SO_PROTOCOL`, `SIOCGSKNS`)
    /// must be what `l2tp_validate_socket` of net/l2tp/l2tp_core.c requires. The socket may be bound,
    /// connected, or already carry a tunnel. [`local_addr`](Self::local_addr) returns the tunnel id that
    /// an L2TP/IP socket is bound to; [`check_tunnel`](Self::check_tunnel) compares it with a tunnel's.
    ///
    /// ```no_run
    /// use std::net::UdpSocket;
    /// use l2tp::TunnelSocket;
    ///
    /// let opened_elsewhere = UdpSocket::bind("192.0.2.1:1701")?;
    /// let socket = TunnelSocket::from_fd(opened_elsewhere.into())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SocketError::UnsuitableDescriptor`], which returns the descriptor, since closing a tunnel's
    /// socket would delete the tunnel. Reading the namespace needs `CAP_NET_ADMIN` (`EPERM`).
    pub fn from_fd(descriptor: OwnedFd) -> Result<Self, SocketError> {
        Self::adopt(descriptor, Netns::current)
    }

    /// Adopts a socket of another network namespace. The calling thread stays in its own.
    ///
    /// ```no_run
    /// # use std::os::fd::OwnedFd;
    /// # use l2tp::Netns;
    /// # use l2tp::TunnelSocket;
    /// # fn example(descriptor: OwnedFd) -> Result<(), Box<dyn std::error::Error>> {
    /// let socket = TunnelSocket::from_fd_in(descriptor, &Netns::named("blue")?)?;
    /// println!("bound to {}", socket.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_fd`](Self::from_fd).
    pub fn from_fd_in(descriptor: OwnedFd, netns: &Netns) -> Result<Self, SocketError> {
        Self::adopt(descriptor, || Ok(netns))
    }

    fn adopt<N: AsFd>(
        descriptor: OwnedFd,
        netns: impl FnOnce() -> io::Result<N>,
    ) -> Result<Self, SocketError> {
        let examined = examine(descriptor.as_fd())
            .and_then(|kind| check_netns(descriptor.as_fd(), netns).map(|()| kind));
        match examined {
            Ok(kind) => Ok(Self { fd: descriptor, kind, peer: Peer::Unknown }),
            Err(fault) => Err(SocketError::UnsuitableDescriptor { descriptor, fault }),
        }
    }
}

impl TryFrom<OwnedFd> for TunnelSocket {
    type Error = SocketError;

    /// As [`TunnelSocket::from_fd`].
    fn try_from(descriptor: OwnedFd) -> Result<Self, SocketError> {
        Self::from_fd(descriptor)
    }
}

/// The kind of a socket, if it can carry a tunnel.
fn examine(fd: BorrowedFd<'_>) -> Result<SocketKind, DescriptorFault> {
    let read = |what, name| match sys::option::<i32>(fd, libc::SOL_SOCKET, name) {
        Err(error) if error.raw_os_error() == Some(libc::ENOTSOCK) => {
            Err(DescriptorFault::NotSocket)
        }
        result => result.map_err(|error| DescriptorFault::Unreadable { what, error }),
    };
    let domain = read("its family (SO_DOMAIN)", libc::SO_DOMAIN)?;
    let kind = read("its type (SO_TYPE)", libc::SO_TYPE)?;
    let protocol = read("its protocol (SO_PROTOCOL)", libc::SO_PROTOCOL)?;
    if ![libc::AF_INET, libc::AF_INET6].contains(&domain) {
        return Err(DescriptorFault::Family(domain));
    }
    if kind != libc::SOCK_DGRAM {
        return Err(DescriptorFault::Type(kind));
    }
    SocketKind::of(domain, protocol).ok_or(DescriptorFault::Protocol(protocol))
}

/// Checks that the socket belongs to the namespace.
fn check_netns<N: AsFd>(
    fd: BorrowedFd<'_>,
    netns: impl FnOnce() -> io::Result<N>,
) -> Result<(), DescriptorFault> {
    let unreadable = |what| move |error| DescriptorFault::Unreadable { what, error };
    let own = sys::netns_of(fd).map_err(unreadable("its network namespace (SIOCGSKNS)"))?;
    let wanted = netns().map_err(unreadable("the thread's network namespace"))?;
    let identity = |fd: BorrowedFd<'_>| {
        let metadata = File::from(fd.try_clone_to_owned()?).metadata()?;
        Ok((metadata.dev(), metadata.ino()))
    };
    let same = identity(own.as_fd())
        .and_then(|own| identity(wanted.as_fd()).map(|wanted| own == wanted))
        .map_err(unreadable("the identity of its network namespace"))?;
    if same { Ok(()) } else { Err(DescriptorFault::OtherNetns) }
}
