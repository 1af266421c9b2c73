//! The socket of a session.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use super::address::Address;
use super::error::{At, Error, Step};
use super::socket::{ChannelSocket, connect, descriptor, number, sealed};
use super::statistics::{self, SocketStatistics};
use crate::error::ConfigError;
use crate::sys;
use crate::types::codec::millis;
use crate::{Conn, PseudowireType, SessionConfig, SessionKey};

/// The level of PPPoL2TP's options, which the kernel's headers for programs do not have
/// (`linux/socket.h` of the kernel proper).
const SOL_PPPOL2TP: libc::c_int = 273;

const RECV_SEQ: SocketOption = SocketOption::new("recv_seq", l2tp_sys::PPPOL2TP_SO_RECVSEQ);
const SEND_SEQ: SocketOption = SocketOption::new("send_seq", l2tp_sys::PPPOL2TP_SO_SENDSEQ);
const LNS_MODE: SocketOption = SocketOption::new("lns_mode", l2tp_sys::PPPOL2TP_SO_LNSMODE);
const REORDER_TIMEOUT: SocketOption =
    SocketOption::new("reorder_timeout", l2tp_sys::PPPOL2TP_SO_REORDERTO);

/// The numbers of the options that a session's socket has here.
pub(crate) fn options() -> impl Iterator<Item = u32> {
    [RECV_SEQ, SEND_SEQ, LNS_MODE, REORDER_TIMEOUT]
        .into_iter()
        .filter_map(|option| option.number.try_into().ok())
}

/// An option by the name that errors give it.
#[derive(Clone, Copy)]
struct SocketOption {
    name: &'static str,
    number: libc::c_int,
}

impl SocketOption {
    const fn new(name: &'static str, constant: u32) -> Self {
        Self { name, number: number(constant) }
    }
}

/// A PPPoL2TP socket that is connected to a session.
///
/// **Closing its last descriptor deletes the session**, without a notification, even one that was
/// created over netlink.
///
/// It is itself a way to exchange frames: until [`channel_index`](ChannelSocket::channel_index) is
/// asked, [`Read`] gives the frames that the session receives, and [`Write`] sends one at any
/// time. Frames are the protocol's number in two bytes and its packet.
#[derive(Debug)]
pub struct SessionSocket {
    /// A file, for what the standard library can do with one: reading and writing.
    socket: File,
}

impl SessionSocket {
    /// Attaches to a session that exists, in the network namespace of the calling thread, which
    /// must be the connection's.
    ///
    /// The kernel is asked about session and tunnel first. So a session that does not exist is an
    /// error and is not created; and kernels from 6.12 on, which let an L2TPv3 session be named by
    /// the wrong tunnel, do not attach to another tunnel's session, whose end the socket's closing
    /// would be.
    ///
    /// # Errors
    ///
    /// [`Error::Netlink`] when the session does not exist or cannot be asked about;
    /// [`Error::Config`] when it carries no PPP; [`Error::System`] as for
    /// [`connect`](Self::connect).
    pub fn attach(conn: &mut Conn, session: impl Into<SessionKey>) -> Result<Self, Error> {
        let session = conn.get_session_info(session)?;
        let step = Step::ConnectSession(session.tunnel_id, session.session_id);
        if session.pseudowire != PseudowireType::Ppp {
            return Err(not_ppp(session.pseudowire)).at(step);
        }
        let tunnel = conn.get_tunnel_info(session.tunnel_id)?;
        Self::open(&Address::of(&tunnel, &session), step)
    }

    /// Creates a session over netlink and attaches to it, in the network namespace of the calling
    /// thread, which must be the connection's. Unlike [`connect`](Self::connect) it takes the whole
    /// configuration, cookies and sequence numbers included, and listeners are notified.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when the configuration is not of PPP; [`Error::Netlink`] as
    /// [`Conn::create_session`]; [`Error::System`] as for [`connect`](Self::connect), after the
    /// session has been deleted again.
    pub fn create(conn: &mut Conn, config: &SessionConfig) -> Result<Self, Error> {
        let step = Step::ConnectSession(config.tunnel_id, config.session_id);
        if !matches!(config.pseudowire, PseudowireType::Ppp | PseudowireType::PppAc) {
            return Err(not_ppp(config.pseudowire)).at(step);
        }
        conn.create_session(config)?;
        Self::open(&config.into(), step).inspect_err(|_| {
            // The first error is the one to tell.
            let _ = conn.delete_session(config);
        })
    }

    /// What `connect(2)` does, in the network namespace of the calling thread: attaches to the
    /// session if it exists and has no socket yet, and creates it otherwise. Needs no privilege,
    /// and no notification tells of the session.
    ///
    /// In an L2TPv3 tunnel that has no session of this id, kernels from 6.12 on attach to another
    /// tunnel's session of the id, if there is one: [`address`](Self::address) tells. With
    /// [`attach`](Self::attach) and [`create`](Self::create) it cannot happen.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for ids that are 0 or have no room. [`Error::System`] with `ENOENT` (no
    /// such tunnel), `EEXIST` (the session has a socket), `EPROTOTYPE` (it carries no PPP),
    /// `EPROTONOSUPPORT` or `EAFNOSUPPORT` (the kernel module l2tp_ppp or pppox is missing).
    pub fn connect(address: &Address) -> Result<Self, Error> {
        let step = Step::ConnectSession(address.tunnel_id, address.session_id);
        for (field, id) in [
            ("tunnel_id", address.tunnel_id.0),
            ("session_id", address.session_id.0),
            ("peer_session_id", address.peer_session_id.0),
        ] {
            if id == 0 {
                let problem = "0 is reserved for the control channel: ids start at 1";
                return Err(ConfigError::new(field, id, problem)).at(step);
            }
        }
        Self::open(address, step)
    }

    fn open(address: &Address, step: Step) -> Result<Self, Error> {
        let name = address.to_name(None).at(step)?;
        let socket = connect(l2tp_sys::PX_PROTO_OL2TP, &name, Step::OpenSocket, step)?;
        Ok(Self { socket: socket.into() })
    }

    /// The session, as the kernel names it.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` when the session is gone.
    pub fn address(&self) -> Result<Address, Error> {
        let name = sys::ppp::name(self.as_fd()).at(Step::Address)?;
        Address::from_name(&name).ok_or_else(|| {
            let problem = "the kernel gave an address of a form that this library does not know";
            Error::config(Step::Address, ConfigError::new("length", name.as_bytes().len(), problem))
        })
    }

    /// The session's counters, of which netlink tells the same and more.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` when the session is gone.
    pub fn statistics(&self) -> Result<SocketStatistics, Error> {
        statistics::ask(self, 0, Step::Statistics)
    }

    /// Whether packets received without a sequence number are dropped.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` when the session is gone.
    pub fn recv_seq(&self) -> Result<bool, Error> {
        self.option(RECV_SEQ).map(|value| value != 0)
    }

    /// Sets whether packets received without a sequence number are dropped.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` when the session is gone.
    pub fn set_recv_seq(&self, on: bool) -> Result<(), Error> {
        self.set_option(RECV_SEQ, on.into())
    }

    /// Whether packets sent are numbered.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` when the session is gone.
    pub fn send_seq(&self) -> Result<bool, Error> {
        self.option(SEND_SEQ).map(|value| value != 0)
    }

    /// Sets whether packets sent are numbered.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` when the session is gone.
    pub fn set_send_seq(&self, on: bool) -> Result<(), Error> {
        self.set_option(SEND_SEQ, on.into())
    }

    /// Whether this end decides about sequence numbers.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` when the session is gone.
    pub fn lns_mode(&self) -> Result<bool, Error> {
        self.option(LNS_MODE).map(|value| value != 0)
    }

    /// Sets whether this end decides about sequence numbers.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` when the session is gone.
    pub fn set_lns_mode(&self, on: bool) -> Result<(), Error> {
        self.set_option(LNS_MODE, on.into())
    }

    /// How long a packet that arrived too early waits for those before it.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` when the session is gone.
    pub fn reorder_timeout(&self) -> Result<Duration, Error> {
        self.option(REORDER_TIMEOUT).map(|ms| Duration::from_millis(ms.unsigned_abs().into()))
    }

    /// Sets how long a packet that arrived too early waits for those before it. The kernel rounds
    /// up to its tick; zero switches reordering off.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for more than 2^31-1 ms; `ENOTCONN` and `EBADF` when the session is gone.
    pub fn set_reorder_timeout(&self, timeout: Duration) -> Result<(), Error> {
        match i32::try_from(millis(timeout)) {
            Ok(ms) => self.set_option(REORDER_TIMEOUT, ms),
            Err(_) => Err(ConfigError::new(
                REORDER_TIMEOUT.name,
                format_args!("{timeout:?}"),
                "the kernel takes at most 2^31-1 ms, some 24 days",
            ))
            .at(Step::SetOption(REORDER_TIMEOUT.name)),
        }
    }

    fn option(&self, option: SocketOption) -> Result<i32, Error> {
        sys::option(self.as_fd(), SOL_PPPOL2TP, option.number).at(Step::Option(option.name))
    }

    fn set_option(&self, option: SocketOption, value: i32) -> Result<(), Error> {
        sys::set_option(self.as_fd(), SOL_PPPOL2TP, option.number, value)
            .at(Step::SetOption(option.name))
    }

    /// Makes reads return `WouldBlock` instead of waiting.
    ///
    /// # Errors
    ///
    /// None that the kernel documents.
    pub fn set_nonblocking(&self, on: bool) -> io::Result<()> {
        sys::set_nonblocking(self.as_fd(), on)
    }
}

fn not_ppp(pseudowire: PseudowireType) -> ConfigError {
    ConfigError::new("pseudowire", pseudowire, "only a PPP session takes a PPPoL2TP socket")
}

impl sealed::Sealed for SessionSocket {}
impl ChannelSocket for SessionSocket {}
descriptor!(SessionSocket);

impl Read for &SessionSocket {
    /// Reads a frame; a longer one than there is room for is cut.
    fn read(&mut self, frame: &mut [u8]) -> io::Result<usize> {
        (&self.socket).read(frame)
    }
}

impl Write for &SessionSocket {
    /// Sends a frame.
    fn write(&mut self, frame: &[u8]) -> io::Result<usize> {
        (&self.socket).write(frame)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
