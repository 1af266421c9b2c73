//! What a deletion leaves for a while.
//!
//! The kernel acknowledges the deletion of a tunnel, and from 6.12 on that of a session, before it
//! has torn it down. Last of all goes a session's interface: until then its name is taken, though
//! the session no longer answers. Which interface that is must be found out before the deletion,
//! by the name that the session was created with; from then on it is known by its index, which no
//! renaming changes. An interface that was renamed or moved to another network namespace before
//! cannot be found so, and is not waited for.

use std::time::Duration;

use super::wait::Pauses;
use super::{Engine, Host};
use crate::conn::DeletionWait;
use crate::conn::command::{DeleteSession, DeleteTunnel, Effect, GetSession, GetTunnel};
use crate::error::{Error, ErrorKind, Operation};
use crate::{IfName, SessionId, SessionInfo, SessionKey, TunnelId};

/// A deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deletion {
    Tunnel(TunnelId),
    Session(SessionKey),
}

/// What one of a batch's requests, by its position, leaves for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Remnant {
    pub(super) position: usize,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tunnel(TunnelId),
    Session(TunnelId, SessionId),
    Interface { index: u32, name: IfName, session: (TunnelId, SessionId) },
}

impl Deletion {
    /// The deletion that a request is.
    pub(super) fn of(effect: Effect) -> Option<Self> {
        match effect {
            Effect::DeletesTunnel(id) => Some(Self::Tunnel(id)),
            Effect::DeletesSession(key) => Some(Self::Session(key)),
            _ => None,
        }
    }

    fn operation(self) -> Operation {
        match self {
            Self::Tunnel(id) => Operation::DeleteTunnel(id),
            Self::Session(key) => Operation::DeleteSession(key),
        }
    }

    /// Whether a session goes with it.
    fn takes(self, session: &SessionInfo) -> bool {
        match self {
            Self::Tunnel(id) | Self::Session(SessionKey::Ids(id, _)) if id != session.tunnel_id => {
                false
            }
            Self::Tunnel(_) => true,
            Self::Session(SessionKey::Ids(_, id)) => id == session.session_id,
            Self::Session(SessionKey::Name(name)) => session.ifname == Some(name),
        }
    }
}

impl Remnant {
    /// The error of a deletion whose remnant stayed.
    pub(super) fn still_there(self, operation: Operation, waited: Duration) -> Error {
        let interface = match self.kind {
            Kind::Interface { name, .. } => Some(name),
            _ => None,
        };
        Error::StillExists { operation, interface, waited }
    }
}

impl<S: Host> Engine<S> {
    /// Adds what a deletion, the request at `position`, will leave of itself and of those of
    /// `sessions` that go with it.
    pub(super) fn add_remnants(
        &self,
        deletion: Deletion,
        position: usize,
        sessions: &[SessionInfo],
        remnants: &mut Vec<Remnant>,
    ) -> Result<(), Error> {
        let mut add = |kind| remnants.push(Remnant { position, kind });
        if let Deletion::Tunnel(id) = deletion {
            add(Kind::Tunnel(id));
        }
        for info in sessions.iter().filter(|info| deletion.takes(info)) {
            let session = (info.tunnel_id, info.session_id);
            add(Kind::Session(session.0, session.1));
            let Some(name) = info.ifname else { continue };
            let operation = deletion.operation();
            let io = |error| Error::Io { operation, error };
            if let Some(index) = self.netlink.socket.interface(name).map_err(io)? {
                if self.netlink.socket.may_be_a_sessions(name) {
                    add(Kind::Interface { index, name, session });
                }
            }
        }
        Ok(())
    }

    /// The sessions of a tunnel, or all. One that cannot be read hides no other.
    pub(super) async fn readable_sessions(
        &mut self,
        only: Option<TunnelId>,
    ) -> Result<Vec<SessionInfo>, Error> {
        let mut listing = self.list::<SessionInfo>(only).await?;
        let mut rows = Vec::new();
        while let Some(row) = self.next_row(&mut listing).await {
            match row {
                Ok(row) => rows.push(row),
                Err(error) if error.kind() == ErrorKind::Protocol => {}
                Err(error) => return Err(error),
            }
        }
        Ok(rows)
    }

    /// Waits until all are gone, at most for `limit`. What is left then stays in `remnants`, and
    /// in front of it what has not been looked at for an error.
    pub(super) async fn outlive(
        &mut self,
        remnants: &mut Vec<Remnant>,
        limit: Duration,
    ) -> Result<(), Error> {
        // In the order in which the kernel takes them down.
        remnants.reverse();
        let mut pauses = Pauses::within(limit);
        while let Some(&last) = remnants.last() {
            if !self.is_left(last).await? {
                remnants.pop();
            } else if let Some(pause) = pauses.next() {
                self.netlink.socket.pause(pause).await;
            } else {
                break;
            }
        }
        let mut at = 0;
        while at + 1 < remnants.len() {
            if self.is_left(remnants[at]).await? {
                at += 1;
            } else {
                remnants.remove(at);
            }
        }
        Ok(())
    }

    async fn is_left(&mut self, remnant: Remnant) -> Result<bool, Error> {
        match remnant.kind {
            Kind::Tunnel(id) => is_there(self.get(&GetTunnel(id)).await),
            Kind::Session(tunnel, session) => {
                is_there(self.get(&GetSession(SessionKey::Ids(tunnel, session))).await)
            }
            Kind::Interface { index, name, session } => {
                let operation = Operation::GetSession(SessionKey::Ids(session.0, session.1));
                let io = |error| Error::Io { operation, error };
                if !self.netlink.socket.has_interface(index).map_err(io)? {
                    return Ok(false);
                }
                // Sessions whose interfaces were renamed may share their first name. If another
                // one has it, the interface is that one's.
                match self.get(&GetSession(SessionKey::Name(name))).await {
                    Ok(info) => Ok((info.tunnel_id, info.session_id) == session),
                    Err(error) if error.is_not_found() => Ok(true),
                    Err(error) => Err(error),
                }
            }
        }
    }
}

impl<S: Host> Engine<S> {
    /// Deletes a tunnel and waits until it, its sessions and their interfaces are gone.
    pub(crate) async fn delete_tunnel_and_wait(
        &mut self,
        id: TunnelId,
        wait: DeletionWait,
    ) -> Result<(), Error> {
        let deletion = Deletion::Tunnel(id);
        let sessions = self.readable_sessions(Some(id)).await;
        let sessions = sessions.map_err(|error| before(deletion, error))?;
        let mut remnants = Vec::new();
        self.add_remnants(deletion, 0, &sessions, &mut remnants)?;
        wait.forgive(self.command(&DeleteTunnel(id)).await)?;
        self.wait_for(deletion, remnants, wait).await
    }

    /// Deletes a session and waits until it and its interface are gone.
    pub(crate) async fn delete_session_and_wait(
        &mut self,
        key: SessionKey,
        wait: DeletionWait,
    ) -> Result<(), Error> {
        let deletion = Deletion::Session(key);
        let info = match self.get(&GetSession(key)).await {
            Ok(info) => info,
            Err(error) => return wait.forgive(Err(before(deletion, error))),
        };
        let mut remnants = Vec::new();
        self.add_remnants(deletion, 0, &[info], &mut remnants)?;
        wait.forgive(self.command(&DeleteSession(key)).await)?;
        self.wait_for(deletion, remnants, wait).await
    }

    async fn wait_for(
        &mut self,
        deletion: Deletion,
        mut remnants: Vec<Remnant>,
        wait: DeletionWait,
    ) -> Result<(), Error> {
        self.outlive(&mut remnants, wait.limit()).await?;
        match remnants.last() {
            None => Ok(()),
            Some(last) => Err(last.still_there(deletion.operation(), wait.limit())),
        }
    }
}

/// What becomes of a deletion before which something had to be looked up.
fn before(deletion: Deletion, failure: Error) -> Error {
    super::guard::guard_failed(deletion.operation(), failure)
}

/// Whether a get request was answered, or the object is gone.
fn is_there<T>(answer: Result<T, Error>) -> Result<bool, Error> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}
