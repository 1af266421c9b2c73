//! The operations on sessions, guarded against two defects of kernels 6.12 to 7.3.
//!
//! There, creating a session id a second time in one L2TPv3 tunnel over UDP *succeeds*; and a
//! get request, change or deletion that names a tunnel without such a session is carried out on
//! *another* tunnel's session of the same id (`l2tp_session_get` of net/l2tp/l2tp_core.c looks at
//! the session's id first). A guard asks for the session before acting; the reply names its
//! tunnel, so for a get request the reply itself is the guard and costs nothing.
//!
//! Between the guard and the act another program may act too: nothing but the kernel could
//! exclude that.

use super::{Engine, Host, refused};
use crate::conn::command::{Command, Effect, Get, GetSession};
use crate::error::{Error, Operation, SessionConflict};
use crate::netlink::exchange::Progress;
use crate::netlink::extack::KernelError;
use crate::{IfName, ProtocolVersion, SessionId, SessionKey, TunnelId};

impl<S: Host> Engine<S> {
    /// Runs a command that is acknowledged, after its check and its guard.
    #[inline]
    pub(crate) async fn run(&mut self, command: &impl Command) -> Result<(), Error> {
        if let Err(error) = command.check() {
            return Err(Error::Config { operation: command.operation(), error });
        }
        if self.guards {
            if let Some(guard) = Guard::of(command.effect()) {
                let exists = self.has_session(guard.session()).await;
                guard.verdict(exists, command.operation())?;
            }
        }
        match (self.command(command).await, command.effect()) {
            (Err(error), Effect::CreatesSession { ids, ifname, .. }) => {
                Err(self.explain_in_use(ids, ifname, error).await)
            }
            (outcome, _) => outcome,
        }
    }

    /// The refusal of a session that the kernel says is in use, with what it is that is in use: the
    /// kernel does not tell the id from the interface name. Any other error stays as it is, and so
    /// does one that the replies do not explain.
    #[cold]
    pub(super) async fn explain_in_use(
        &mut self,
        ids: (TunnelId, SessionId),
        ifname: Option<IfName>,
        error: Error,
    ) -> Error {
        let Error::Rejected { operation, error: refusal } = error else { return error };
        if refusal.errno() != libc::EEXIST {
            return refused(operation, refusal);
        }
        // With a percent sign the kernel chooses a name that is free.
        let name = ifname.filter(|name| !name.as_bytes().contains(&b'%'));
        let Some(name) = name else {
            return Error::SessionConflict {
                operation,
                error: refusal,
                what: SessionConflict::SessionId,
            };
        };
        let what = if matches!(self.netlink.socket.interface(name), Ok(Some(_))) {
            // The id may answer for a moment now, as from 6.12 on the kernel registers the session
            // first: that says nothing.
            SessionConflict::InterfaceName(name)
        } else if matches!(self.has_session(ids).await, Ok(true)) {
            SessionConflict::SessionId
        } else {
            return refused(operation, refusal);
        };
        Error::SessionConflict { operation, error: refusal, what }
    }

    /// Whether there is such a session. That there is none is the rule, and costs no allocation.
    #[inline]
    async fn has_session(
        &mut self,
        (tunnel, session): (TunnelId, SessionId),
    ) -> Result<bool, Error> {
        let get = GetSession(SessionKey::Ids(tunnel, session));
        match self.outcome(&get).await? {
            Progress::Reply(_) => {
                let info = self.decode(|| get.operation())?;
                Ok(get.is_about(&info))
            }
            Progress::Failed(_, error) if error.errno() == libc::ENODEV => Ok(false),
            Progress::Failed(_, error) => Err(refused(get.operation(), error)),
            _ => Err(Error::NoReply { operation: get.operation() }),
        }
    }
}

/// What must be true of a session before a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// The session does not exist yet.
    Absent(TunnelId, SessionId),
    /// The session exists in its tunnel.
    Present(TunnelId, SessionId),
}

impl Guard {
    /// The guard of a request. A kernel with the defects compares the ids of L2TPv2 sessions
    /// together with their tunnel's, so it does not create those twice.
    #[inline]
    pub(super) fn of(effect: Effect) -> Option<Self> {
        match effect {
            Effect::CreatesSession { version: ProtocolVersion::V2, .. } => None,
            Effect::CreatesSession { ids: (tunnel, session), .. } => {
                Some(Self::Absent(tunnel, session))
            }
            Effect::DeletesSession(SessionKey::Ids(tunnel, session))
            | Effect::ModifiesSession(SessionKey::Ids(tunnel, session)) => {
                Some(Self::Present(tunnel, session))
            }
            _ => None,
        }
    }

    /// The session that the guard is about.
    pub(super) fn session(self) -> (TunnelId, SessionId) {
        let (Self::Absent(tunnel, session) | Self::Present(tunnel, session)) = self;
        (tunnel, session)
    }

    /// Lets a request pass, or fails as a kernel without the defects does. If it is not known
    /// whether the session exists, the request does not pass.
    #[inline]
    pub(super) fn verdict(
        self,
        exists: Result<bool, Error>,
        operation: Operation,
    ) -> Result<(), Error> {
        match (self, exists) {
            (Self::Absent(..), Ok(false)) | (Self::Present(..), Ok(true)) => Ok(()),
            (Self::Absent(..), Ok(true)) => Err(duplicate(operation)),
            (Self::Present(..), Ok(false)) => Err(no_such(operation)),
            (_, Err(failure)) => Err(guard_failed(operation, failure)),
        }
    }
}

/// Whether the kernel answered that there is no such session.
pub(super) fn is_absence(error: &Error) -> bool {
    matches!(error, Error::Rejected { error, .. } if error.errno() == libc::ENODEV)
}

/// What becomes of an operation whose guard neither found its session nor that there is none. What
/// the kernel refuses the guard, it refuses the operation.
#[cold]
pub(super) fn guard_failed(operation: Operation, failure: Error) -> Error {
    match failure {
        Error::Rejected { error, .. } => refused(operation, error),
        failure => Error::LookupFailed { operation, error: Box::new(failure) },
    }
}

/// The refusal that a kernel without the defect gives for a session that is not there.
#[cold]
pub(super) fn no_such(operation: Operation) -> Error {
    refused(operation, KernelError::from_errno(libc::ENODEV))
}

/// The refusal that a kernel without the defect gives for a session id in use.
#[cold]
fn duplicate(operation: Operation) -> Error {
    let error = KernelError::from_errno(libc::EEXIST);
    Error::SessionConflict { operation, error, what: SessionConflict::SessionId }
}
