//! PPP sessions: the sockets, channels and units by which a PPP daemon uses a session.
//!
//! A session of [`PseudowireType::Ppp`](crate::PseudowireType::Ppp) carries PPP frames and has no
//! network interface of its own. Objects of the kernel's PPP driver connect it to an interface; each is
//! a file descriptor:
//!
//! ```text
//!  session ── SessionSocket ──▶ channel 3 ── Channel ──▶ unit 0 ── Unit ──▶ interface ppp0
//!             AF_PPPOX,         created by   /dev/ppp,             /dev/ppp
//!             PX_PROTO_OL2TP    the socket   LCP frames            NCP frames
//! ```
//!
//! - A [`SessionSocket`] is connected to a session, which it attaches to or creates. It creates a
//!   *channel* with a [`ChannelIndex`].
//! - A [`Channel`] is a file descriptor of `/dev/ppp` that is attached to a channel. The program reads
//!   and writes the frames of link negotiation (LCP and authentication).
//! - A [`Unit`] is a network interface `pppN`. The program reads and writes the frames of network
//!   protocol negotiation (IPCP, IPV6CP); IP packets stay in the kernel.
//! - A [`Bridge`] connects two channels to each other instead. An access concentrator bridges a
//!   [`PppoeSocket`] to an L2TP session, a tunnel switch bridges two sessions.
//! - A [`ControlSocket`] is connected to a tunnel and reports the counters of the tunnel and its
//!   sessions.
//!
//! # A session under pppd
//!
//! pppd's plugin `pppol2tp.so` does all of this on a connected socket that it inherits
//! (`pppd plugin pppol2tp.so pppol2tp N`, where N is the number of the file descriptor). The standard
//! library can pass a socket as standard input without a race, and pppd does not use its own:
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
//! The session then belongs to pppd and is deleted when pppd ends.
//!
//! # Lifetimes
//!
//! **Closing the last descriptor of a [`SessionSocket`] deletes the session**, whoever created it,
//! without a notification. Deleting the session or its tunnel leaves the socket open: from Linux 6.12
//! on, operations on it then fail (`ENOTCONN`, `EBADF`); before 6.12 they go on as before. A channel
//! exists as long as its socket, a unit as long as its file descriptor.
//!
//! # Namespaces and privileges
//!
//! Sockets, channels and units belong to the network namespace of the thread that creates them, and
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

pub use address::{SessionAddress, SessionAddressForm};
pub use bridge::Bridge;
pub use channel::{Channel, ChannelIndex};
pub use control::ControlSocket;
pub use error::{PppError, PppOperation};
pub use pppoe::{PppoeAddress, PppoeSocket};
pub use session::SessionSocket;
pub(crate) use session::options;
pub use socket::ChannelSocket;
pub use statistics::PppSocketStatistics;
pub use unit::{NetworkProtocol, PacketMode, Unit, UnitFlags, UnitIndex};
