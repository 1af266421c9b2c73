//! What a batch is to do, and what the kernel answers to each request.

use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

use crate::conn::command::{
    ACK, Command, CreateManagedTunnel, CreateSession, CreateStaticTunnel, DeleteSession,
    DeleteTunnel, GetSession, GetTunnel, ModifySession,
};
use crate::conn::engine::guard;
use crate::conn::engine::remnants::Deletion;
use crate::error::{Error, Operation};
use crate::netlink::attr::FromAttrs;
use crate::netlink::exchange::Exchange;
use crate::netlink::message::Message;
use crate::{
    SessionChange, SessionConfig, SessionId, SessionInfo, SessionKey, TunnelConfig, TunnelId,
    TunnelInfo, Wait,
};

/// What became of a request of a batch that succeeded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// It was carried out.
    #[default]
    Done,
    /// What the kernel says of a tunnel.
    Tunnel(Box<TunnelInfo>),
    /// What the kernel says of a session.
    Session(Box<SessionInfo>),
}

/// A request that waits for its turn.
#[derive(Debug, Clone, Copy)]
pub(in crate::conn::engine) enum Queued<'a> {
    CreateStaticTunnel(CreateStaticTunnel),
    CreateManagedTunnel(CreateManagedTunnel<'a>),
    DeleteTunnel(DeleteTunnel),
    GetTunnel(GetTunnel),
    CreateSession(CreateSession),
    DeleteSession(DeleteSession),
    GetSession(GetSession),
    ModifySession(ModifySession),
}

/// What a guard must know before a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guarded {
    /// That the session is not there yet.
    Absent(TunnelId, SessionId),
    /// That the session is its tunnel's.
    Present(TunnelId, SessionId),
}

impl Guarded {
    /// The session in question.
    pub(super) fn key(self) -> (TunnelId, SessionId) {
        let (Self::Absent(tunnel, session) | Self::Present(tunnel, session)) = self;
        (tunnel, session)
    }
}

/// Calls a method of the command inside.
macro_rules! command {
    ($queued:expr, $command:ident => $call:expr) => {
        match $queued {
            Queued::CreateStaticTunnel($command) => $call,
            Queued::CreateManagedTunnel($command) => $call,
            Queued::DeleteTunnel($command) => $call,
            Queued::GetTunnel($command) => $call,
            Queued::CreateSession($command) => $call,
            Queued::DeleteSession($command) => $call,
            Queued::GetSession($command) => $call,
            Queued::ModifySession($command) => $call,
        }
    };
}

impl Queued<'_> {
    /// What an error says was attempted.
    pub(super) fn operation(&self) -> Operation {
        command!(self, command => command.operation())
    }

    /// Whether it is answered by a message of its own.
    pub(super) fn is_question(&self) -> bool {
        matches!(self, Self::GetTunnel(_) | Self::GetSession(_))
    }

    /// Adds it to the datagram; a command is acknowledged only if asked.
    pub(in crate::conn::engine) fn push(
        &self,
        exchange: &mut Exchange,
        family: u16,
        acknowledged: bool,
    ) -> Result<(), Error> {
        let flags = if acknowledged && !self.is_question() { ACK } else { 0 };
        command!(self, command => command.push_with(exchange, family, flags))
    }

    /// What it deletes.
    pub(super) fn deletion(&self) -> Option<Deletion> {
        match self {
            Self::DeleteTunnel(DeleteTunnel(id)) => Some(Deletion::Tunnel(*id)),
            Self::DeleteSession(DeleteSession(key)) => Some(Deletion::Session(*key)),
            _ => None,
        }
    }

    /// Whether it creates something.
    pub(super) fn is_creation(&self) -> bool {
        matches!(
            self,
            Self::CreateStaticTunnel(_) | Self::CreateManagedTunnel(_) | Self::CreateSession(_)
        )
    }

    /// What the guards want to know of it.
    pub(super) fn guarded(&self) -> Option<Guarded> {
        match self {
            Self::CreateSession(CreateSession(config)) if guard::is_guarded(config) => {
                Some(Guarded::Absent(config.tunnel_id, config.session_id))
            }
            Self::DeleteSession(DeleteSession(SessionKey::Ids(tunnel, session)))
            | Self::ModifySession(ModifySession {
                key: SessionKey::Ids(tunnel, session), ..
            }) => Some(Guarded::Present(*tunnel, *session)),
            _ => None,
        }
    }

    /// The kernel's answer to a question.
    pub(super) fn answer(&self, message: &Message<'_>) -> Result<Answer, Error> {
        let malformed = |error| Error::Decode { operation: self.operation(), error };
        let attrs = message.attrs().map_err(malformed)?;
        match self {
            Self::GetTunnel(_) => {
                let info = TunnelInfo::from_attrs(attrs).map_err(malformed)?;
                Ok(Answer::Tunnel(Box::new(info)))
            }
            Self::GetSession(GetSession(key)) => {
                let info = SessionInfo::from_attrs(attrs).map_err(malformed)?;
                if !guard::is_of(&info, *key) {
                    return Err(guard::no_such(self.operation()));
                }
                Ok(Answer::Session(Box::new(info)))
            }
            _ => Err(Error::NoAnswer { operation: self.operation() }),
        }
    }
}

/// The most requests whose memory is kept for the next batch.
const KEPT: usize = 4096;

/// The memory of a queue that was emptied.
#[derive(Debug, Default)]
pub(crate) struct Spare(Vec<Result<Queued<'static>, Error>>);

impl Spare {
    /// The memory of these requests, unless it is a lot.
    pub(super) fn of(requests: Vec<Result<Queued<'_>, Error>>) -> Self {
        if requests.capacity() > KEPT {
            return Self::default();
        }
        // What is collected from a vector is collected into its memory where elements are alike.
        Self(requests.into_iter().map_while(|_| None).collect())
    }
}

/// The requests of a batch in order; what failed its check stands in its place as an error.
#[derive(Debug)]
pub(crate) struct Queue<'a> {
    pub(in crate::conn::engine) requests: Vec<Result<Queued<'a>, Error>>,
    pub(super) stop_at_first_error: bool,
    /// How long to wait for what is deleted to be gone, if at all.
    pub(super) wait: Option<Wait>,
}

impl<'a> Queue<'a> {
    /// An empty queue in the memory of another.
    pub(crate) fn within(Spare(requests): Spare) -> Self {
        Self { requests, stop_at_first_error: false, wait: None }
    }

    pub(crate) fn len(&self) -> usize {
        self.requests.len()
    }

    pub(crate) fn stop_at_first_error(&mut self, yes: bool) {
        self.stop_at_first_error = yes;
    }

    pub(crate) fn wait_for_deletions(&mut self, wait: Wait) {
        self.wait = Some(wait);
    }

    pub(crate) fn create_static_tunnel(
        &mut self,
        local: SocketAddr,
        peer: SocketAddr,
        config: &TunnelConfig,
    ) {
        let command = CreateStaticTunnel::new(local, peer, config);
        self.requests.push(command.map(Queued::CreateStaticTunnel));
    }

    pub(crate) fn create_managed_tunnel(&mut self, socket: BorrowedFd<'a>, config: &TunnelConfig) {
        let command = CreateManagedTunnel::new(socket, config);
        self.requests.push(command.map(Queued::CreateManagedTunnel));
    }

    pub(crate) fn delete_tunnel(&mut self, tunnel: TunnelId) {
        self.requests.push(Ok(Queued::DeleteTunnel(DeleteTunnel(tunnel))));
    }

    pub(crate) fn get_tunnel(&mut self, tunnel: TunnelId) {
        self.requests.push(Ok(Queued::GetTunnel(GetTunnel(tunnel))));
    }

    pub(crate) fn create_session(&mut self, config: &SessionConfig) {
        self.requests.push(match CreateSession::check(config) {
            Ok(()) => Ok(Queued::CreateSession(CreateSession(*config))),
            Err(error) => Err(error),
        });
    }

    pub(crate) fn delete_session(&mut self, key: SessionKey) {
        self.requests.push(Ok(Queued::DeleteSession(DeleteSession(key))));
    }

    pub(crate) fn get_session(&mut self, key: SessionKey) {
        self.requests.push(Ok(Queued::GetSession(GetSession(key))));
    }

    pub(crate) fn modify_session(&mut self, key: SessionKey, change: &SessionChange) {
        self.requests.push(ModifySession::new(key, change).map(Queued::ModifySession));
    }
}
