//! The socket of a session.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use super::address::SessionAddress;
use super::error::{At, PppError, PppOperation};
use super::socket::{ChannelSocket, connect, descriptor, number, sealed};
use super::statistics::{self, PppSocketStatistics};
use crate::error::ConfigError;
use crate::sys;
use crate::types::codec::millis;
use crate::{Conn, PseudowireType, SessionConfig, SessionKey};

/// The level of PPPoL2TP's options. It is only in the kernel's internal headers
/// (`include/linux/socket.h`).
const SOL_PPPOL2TP: libc::c_int = 273;

const RECV_SEQ: SocketOption = SocketOption::new("recv_seq", l2tp_sys::PPPOL2TP_SO_RECVSEQ);
const SEND_SEQ: SocketOption = SocketOption::new("send_seq", l2tp_sys::PPPOL2TP_SO_SENDSEQ);
const LNS_MODE: SocketOption = SocketOption::new("lns_mode", l2tp_sys::PPPOL2TP_SO_LNSMODE);
const REORDER_TIMEOUT: SocketOption =
    SocketOption::new("reorder_timeout", l2tp_sys::PPPOL2TP_SO_REORDERTO);

/// The numbers of the socket options that this library uses.
pub(crate) fn options() -> impl Iterator<Item = u32> {
    [RECV_SEQ, SEND_SEQ, LNS_MODE, REORDER_TIMEOUT]
        .into_iter()
        .filter_map(|option| option.number.try_into().ok())
}

/// A socket option; errors use its name.
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
/// **Closing its last file descriptor deletes the session**, without a notification, even if the session
/// was created over netlink.
///
/// The socket can exchange frames: until [`channel_index`](ChannelSocket::channel_index) is called,
/// [`Read`] returns the frames that the session receives; [`Write`] sends a frame at any time. A frame is
/// the protocol number in two bytes and the packet.
#[derive(Debug)]
pub struct SessionSocket {
    /// A `File`, for reading and writing.
    socket: File,
}

impl SessionSocket {
    /// Attaches to an existing session, in the network namespace of the calling thread, which must be the
    /// connection's.
    ///
    /// It first gets the session and the tunnel over netlink. A session that does not exist is therefore
    /// an error and is not created. Kernels from 6.12 on accept a wrong tunnel id for an L2TPv3 session;
    /// the get prevents attaching to another tunnel's session, which closing the socket would delete.
    ///
    /// # Errors
    ///
    /// [`PppError::Netlink`] if the session does not exist or the get fails;
    /// [`PppError::Config`] if it does not carry PPP; [`PppError::System`] as for
    /// [`connect`](Self::connect).
    pub fn attach(conn: &mut Conn, session: impl Into<SessionKey>) -> Result<Self, PppError> {
        let session = conn.get_session_info(session)?;
        let operation = PppOperation::ConnectSession(session.tunnel_id, session.session_id);
        if session.pseudowire != PseudowireType::Ppp {
            return Err(not_ppp(session.pseudowire)).at(operation);
        }
        let tunnel = conn.get_tunnel_info(session.tunnel_id)?;
        Self::open(&SessionAddress::of(&tunnel, &session), operation)
    }

    /// Creates a session over netlink and attaches to it, in the network namespace of the calling
    /// thread, which must be the connection's. Unlike [`connect`](Self::connect) it uses the whole
    /// configuration, including cookies and sequence numbers, and the kernel notifies listeners.
    ///
    /// # Errors
    ///
    /// [`PppError::Config`] if the configuration is not for PPP; [`PppError::Netlink`] as
    /// [`Conn::create_session`]; [`PppError::System`] as for [`connect`](Self::connect), after the
    /// session has been deleted again.
    pub fn create(conn: &mut Conn, config: &SessionConfig) -> Result<Self, PppError> {
        let operation = PppOperation::ConnectSession(config.tunnel_id, config.session_id);
        if !matches!(config.pseudowire, PseudowireType::Ppp | PseudowireType::PppAc) {
            return Err(not_ppp(config.pseudowire)).at(operation);
        }
        conn.create_session(config)?;
        Self::open(&config.into(), operation).inspect_err(|_| {
            // The first error is returned.
            let _ = conn.delete_session(config);
        })
    }

    /// Opens a socket in the network namespace of the calling thread and connects it. `connect(2)`
    /// attaches to the session if it exists and has no socket yet, and creates it otherwise. It needs no
    /// privilege, and the kernel sends no notification.
    ///
    /// If an L2TPv3 tunnel has no session with this id, kernels from 6.12 on attach to another tunnel's
    /// session with the id, if there is one; [`address`](Self::address) shows which. This cannot happen
    /// with [`attach`](Self::attach) and [`create`](Self::create).
    ///
    /// # Errors
    ///
    /// [`PppError::Config`] for ids that are 0 or do not fit. [`PppError::System`] with `ENOENT` (no
    /// such tunnel), `EEXIST` (the session has a socket), `EPROTOTYPE` (it does not carry PPP),
    /// `EPROTONOSUPPORT` or `EAFNOSUPPORT` (the kernel module l2tp_ppp or pppox is missing).
    pub fn connect(address: &SessionAddress) -> Result<Self, PppError> {
        let operation = PppOperation::ConnectSession(address.tunnel_id, address.session_id);
        for (field, id) in [
            ("tunnel_id", address.tunnel_id.0),
            ("session_id", address.session_id.0),
            ("peer_session_id", address.peer_session_id.0),
        ] {
            if id == 0 {
                let problem = "0 is reserved for the control channel: ids start at 1";
                return Err(ConfigError::new(field, id, problem)).at(operation);
            }
        }
        Self::open(address, operation)
    }

    fn open(address: &SessionAddress, operation: PppOperation) -> Result<Self, PppError> {
        let name = address.to_name(None).at(operation)?;
        let socket = connect(l2tp_sys::PX_PROTO_OL2TP, &name, PppOperation::OpenSocket, operation)?;
        Ok(Self { socket: socket.into() })
    }

    /// The address of the session, as the kernel reports it.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` if the session is gone.
    pub fn address(&self) -> Result<SessionAddress, PppError> {
        let name = sys::ppp::name(self.as_fd()).at(PppOperation::Address)?;
        SessionAddress::from_name(&name).ok_or_else(|| {
            let problem = "the kernel returned an address of an unknown form";
            PppError::config(
                PppOperation::Address,
                ConfigError::new("length", name.as_bytes().len(), problem),
            )
        })
    }

    /// The session's counters. Netlink reports the same counters and more.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` if the session is gone.
    pub fn statistics(&self) -> Result<PppSocketStatistics, PppError> {
        statistics::get(self, 0, PppOperation::Statistics)
    }

    /// Whether packets received without a sequence number are dropped.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` if the session is gone.
    pub fn recv_seq(&self) -> Result<bool, PppError> {
        self.option(RECV_SEQ).map(|value| value != 0)
    }

    /// Sets whether packets received without a sequence number are dropped.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` if the session is gone.
    pub fn set_recv_seq(&self, on: bool) -> Result<(), PppError> {
        self.set_option(RECV_SEQ, on.into())
    }

    /// Whether sent packets have sequence numbers.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` if the session is gone.
    pub fn send_seq(&self) -> Result<bool, PppError> {
        self.option(SEND_SEQ).map(|value| value != 0)
    }

    /// Sets whether sent packets have sequence numbers.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` if the session is gone.
    pub fn set_send_seq(&self, on: bool) -> Result<(), PppError> {
        self.set_option(SEND_SEQ, on.into())
    }

    /// Whether this end decides about the use of sequence numbers.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` if the session is gone.
    pub fn lns_mode(&self) -> Result<bool, PppError> {
        self.option(LNS_MODE).map(|value| value != 0)
    }

    /// Sets whether this end decides about the use of sequence numbers.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` if the session is gone.
    pub fn set_lns_mode(&self, on: bool) -> Result<(), PppError> {
        self.set_option(LNS_MODE, on.into())
    }

    /// How long an early packet waits for earlier ones.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` and `EBADF` if the session is gone.
    pub fn reorder_timeout(&self) -> Result<Duration, PppError> {
        self.option(REORDER_TIMEOUT).map(|ms| Duration::from_millis(ms.unsigned_abs().into()))
    }

    /// Sets how long an early packet waits for earlier ones. The kernel rounds up to its tick; zero disables
    /// reordering.
    ///
    /// # Errors
    ///
    /// [`PppError::Config`] for more than 2^31-1 ms; `ENOTCONN` and `EBADF` if the session is gone.
    pub fn set_reorder_timeout(&self, timeout: Duration) -> Result<(), PppError> {
        match i32::try_from(millis(timeout)) {
            Ok(ms) => self.set_option(REORDER_TIMEOUT, ms),
            Err(_) => Err(ConfigError::new(
                REORDER_TIMEOUT.name,
                format_args!("{timeout:?}"),
                "the kernel accepts at most 2^31-1 ms, about 24 days",
            ))
            .at(PppOperation::SetOption(REORDER_TIMEOUT.name)),
        }
    }

    fn option(&self, option: SocketOption) -> Result<i32, PppError> {
        sys::option(self.as_fd(), SOL_PPPOL2TP, option.number).at(PppOperation::Option(option.name))
    }

    fn set_option(&self, option: SocketOption, value: i32) -> Result<(), PppError> {
        sys::set_option(self.as_fd(), SOL_PPPOL2TP, option.number, value)
            .at(PppOperation::SetOption(option.name))
    }

    /// Makes reads return `WouldBlock` instead of waiting.
    ///
    /// # Errors
    ///
    /// The kernel documents none.
    pub fn set_nonblocking(&self, on: bool) -> io::Result<()> {
        sys::set_nonblocking(self.as_fd(), on)
    }
}

fn not_ppp(pseudowire: PseudowireType) -> ConfigError {
    ConfigError::new("pseudowire", pseudowire, "only a PPP session can have a PPPoL2TP socket")
}

impl sealed::Sealed for SessionSocket {}
impl ChannelSocket for SessionSocket {}
descriptor!(SessionSocket);

impl Read for &SessionSocket {
    /// Reads a frame; a frame longer than the buffer is truncated.
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
