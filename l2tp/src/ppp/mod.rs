//! PPP in L2TP: the sockets, channels and units through which a PPP daemon meets a session.
//!
//! A session of [`PseudowireType::Ppp`](crate::PseudowireType::Ppp) carries PPP frames and has no
//! network interface of its own. What stands between it and an interface are objects of the
//! kernel's PPP driver, each a descriptor here:
//!
//! ```text
//!  session ── SessionSocket ──▶ channel 3 ── Channel ──▶ unit 0 ── Unit ──▶ interface ppp0
//!             AF_PPPOX,         made by the  /dev/ppp,             /dev/ppp
//!             PX_PROTO_OL2TP    socket       LCP frames            NCP frames
//! ```
//!
//! - A [`SessionSocket`] is connected to a session, which it attaches to or creates. It makes a
//!   *channel*, known by a [`ChannelIndex`].
//! - A [`Channel`] is a descriptor of `/dev/ppp` attached to one. The frames that negotiate the
//!   link (LCP and authentication) are read from and written to it.
//! - A [`Unit`] is a network interface `pppN`. The frames that negotiate network protocols (IPCP,
//!   IPV6CP) are read from and written to it; IP packets never leave the kernel.
//! - A [`Bridge`] ties two channels to each other instead: an access concentrator hands the frames
//!   of a [`PppoeSocket`] on to an L2TP session so, and a tunnel switch those of another session.
//! - A [`ControlSocket`] speaks for a tunnel: its counters, and those of its sessions.
//!
//! # A session under pppd
//!
//! pppd's plugin `pppol2tp.so` does all of this on a connected socket that it inherits
//! (`pppd plugin pppol2tp.so pppol2tp N` with the descriptor's number). The standard library gives
//! a program its standard input without a race, and pppd does not need one:
//!
//! ```no_run
//! use std::os::fd::OwnedFd;
//! use std::process::Command;
//!
//! use l2tp::ppp::SessionSocket;
//! use l2tp::{Conn, SessionId, TunnelId};
//!
//! let mut conn = Conn::open()?;
//! let socket = SessionSocket::attach(&mut conn, (TunnelId(1), SessionId(10)))?;
//! let pppd = Command::new("pppd")
//!     .args(["plugin", "pppol2tp.so", "pppol2tp", "0"])
//!     .args(["nodetach", "noauth", "192.0.2.1:192.0.2.2"])
//!     .stdin(OwnedFd::from(socket))
//!     .spawn()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The session is pppd's then: it is deleted when pppd ends.
//!
//! # What lives how long
//!
//! **Closing the last descriptor of a [`SessionSocket`] deletes the session**, whoever created it,
//! and no notification tells. Deleting the session or its tunnel leaves the socket open: from
//! Linux 6.12 on it then refuses (`ENOTCONN`, `EBADF`), and before it goes on as if nothing had
//! happened. A channel ends with its socket, a unit with its descriptor.
//!
//! # Namespaces and privileges
//!
//! Sockets, channels and units belong to the network namespace of the thread that makes them, and
//! channels are looked up there. To work in another one, do all of it in
//! [`Netns::run`](crate::Netns::run). Opening `/dev/ppp` needs `CAP_NET_ADMIN`.

mod address;
mod bridge;
mod channel;
mod control;
mod device;
mod error;
mod explain;
mod pppoe;
mod session;
mod socket;
mod statistics;
mod unit;

pub use address::{Address, AddressForm};
pub use bridge::Bridge;
pub use channel::{Channel, ChannelIndex};
pub use control::ControlSocket;
pub use error::{Error, Step};
pub use pppoe::{PppoeAddress, PppoeSocket};
pub use session::SessionSocket;
pub(crate) use session::options;
pub use socket::ChannelSocket;
pub use statistics::SocketStatistics;
pub use unit::{NetworkProtocol, Passing, Unit, UnitFlags, UnitIndex};
