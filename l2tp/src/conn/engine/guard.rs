//! The operations on sessions, guarded against two defects of kernels 6.12 to 7.3.
//!
//! There, creating a session id a second time in one L2TPv3 tunnel over UDP *succeeds*; and a
//! question, change or deletion that names a tunnel without such a session is carried out on
//! *another* tunnel's session of the same id (`l2tp_session_get` of net/l2tp/l2tp_core.c looks at
//! the session's id first). A guard asks for the session before acting; the answer names its
//! tunnel, so for a question the answer itself is the guard and costs nothing.
//!
//! Between the guard and the act another program may act too: nothing but the kernel could
//! exclude that.

use super::{Engine, Transport, refused};
use crate::conn::command::{Command, CreateSession, DeleteSession, GetSession, ModifySession};
use crate::error::{Error, InUse, Operation};
use crate::netlink::exchange::Progress;
use crate::netlink::extack::KernelError;
use crate::{ProtocolVersion, SessionChange, SessionConfig, SessionInfo, SessionKey};

impl<S: Transport> Engine<S> {
    /// What the kernel says of a session.
    #[inline]
    pub(crate) async fn get_session(&mut self, key: SessionKey) -> Result<SessionInfo, Error> {
        let info: SessionInfo = self.question(&GetSession(key)).await?;
        if is_of(&info, key) { Ok(info) } else { Err(no_such(Operation::GetSession(key))) }
    }

    /// Creates a session, unless its tunnel has one of that id.
    #[inline]
    pub(crate) async fn create_session(&mut self, config: &SessionConfig) -> Result<(), Error> {
        let command = CreateSession::new(config)?;
        if self.guards && is_guarded(config) {
            match self.has_session(config.into()).await {
                Ok(false) => {}
                Ok(true) => return Err(duplicate(command.operation())),
                Err(failure) => return Err(guard_failed(command.operation(), failure)),
            }
        }
        match self.command(&command).await {
            Err(error) => Err(self.explain_in_use(config, error).await),
            done => done,
        }
    }

    /// The refusal of a session that the kernel says is in use, with what it is that is in use: the
    /// kernel does not tell the id from the interface name. Any other error stays as it is, and so
    /// does one that the answers do not explain.
    #[cold]
    pub(super) async fn explain_in_use(&mut self, config: &SessionConfig, error: Error) -> Error {
        let Error::Refused { operation, error: refusal } = error else { return error };
        if refusal.errno() != libc::EEXIST {
            return refused(operation, refusal);
        }
        // With a percent sign the kernel chooses a name that is free.
        let name = config.ifname.filter(|name| !name.as_bytes().contains(&b'%'));
        let Some(name) = name else {
            return Error::InUse { operation, error: refusal, what: InUse::SessionId };
        };
        let what = if matches!(self.socket.interface(name), Ok(Some(_))) {
            // The id may answer for a moment now, as from 6.12 on the kernel registers the session
            // first: that says nothing.
            InUse::InterfaceName(name)
        } else if matches!(self.has_session(config.into()).await, Ok(true)) {
            InUse::SessionId
        } else {
            return refused(operation, refusal);
        };
        Error::InUse { operation, error: refusal, what }
    }

    /// Whether there is such a session. That there is none is the rule, and costs no allocation.
    #[inline]
    async fn has_session(&mut self, key: SessionKey) -> Result<bool, Error> {
        let asked = GetSession(key);
        match self.outcome(&asked).await? {
            Progress::Reply(_) => {
                let info = self.decode(|| asked.operation())?;
                Ok(is_of(&info, key))
            }
            Progress::Failed(_, error) if error.errno() == libc::ENODEV => Ok(false),
            Progress::Failed(_, error) => Err(refused(asked.operation(), error)),
            _ => Err(Error::NoAnswer { operation: asked.operation() }),
        }
    }

    /// Deletes a session, if it is its tunnel's.
    #[inline]
    pub(crate) async fn delete_session(&mut self, key: SessionKey) -> Result<(), Error> {
        if self.guards {
            self.check_tunnel(key, Operation::DeleteSession(key)).await?;
        }
        self.command(&DeleteSession(key)).await
    }

    /// Changes a session, if it is its tunnel's.
    #[inline]
    pub(crate) async fn modify_session(
        &mut self,
        key: SessionKey,
        change: &SessionChange,
    ) -> Result<(), Error> {
        let command = ModifySession::new(key, change)?;
        if self.guards {
            self.check_tunnel(key, Operation::ModifySession(key)).await?;
        }
        self.command(&command).await
    }

    /// Refuses a session that the named tunnel does not have, and lets only an answer pass.
    async fn check_tunnel(&mut self, key: SessionKey, operation: Operation) -> Result<(), Error> {
        if matches!(key, SessionKey::Name(_)) {
            return Ok(());
        }
        match self.get_session(key).await {
            Ok(_) => Ok(()),
            Err(error) if is_absence(&error) => Err(no_such(operation)),
            Err(failure) => Err(guard_failed(operation, failure)),
        }
    }
}

/// Whether the kernel answered that there is no such session.
pub(super) fn is_absence(error: &Error) -> bool {
    matches!(error, Error::Refused { error, .. } if error.errno() == libc::ENODEV)
}

/// What becomes of an operation whose guard neither found its session nor that there is none. What
/// the kernel refuses the guard, it refuses the operation.
#[cold]
pub(super) fn guard_failed(operation: Operation, failure: Error) -> Error {
    match failure {
        Error::Refused { error, .. } => refused(operation, error),
        failure => Error::LookupFailed { operation, error: Box::new(failure) },
    }
}

/// Whether a kernel could wrongly create the session twice: those with the defect compare L2TPv2
/// ids together with their tunnel's.
pub(super) fn is_guarded(config: &SessionConfig) -> bool {
    config.version != ProtocolVersion::V2
}

/// Whether the session that answered is the one that was meant.
#[inline]
pub(super) fn is_of(info: &SessionInfo, key: SessionKey) -> bool {
    match key {
        SessionKey::Ids(tunnel, _) => info.tunnel_id == tunnel,
        SessionKey::Name(_) => true,
    }
}

/// The refusal that a kernel without the defect gives for a session that is not there.
#[cold]
pub(super) fn no_such(operation: Operation) -> Error {
    refused(operation, KernelError::from_errno(libc::ENODEV))
}

/// The refusal that a kernel without the defect gives for a session id in use.
#[cold]
pub(super) fn duplicate(operation: Operation) -> Error {
    let error = KernelError::from_errno(libc::EEXIST);
    Error::InUse { operation, error, what: InUse::SessionId }
}
