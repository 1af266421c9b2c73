//! The tunnels and sessions that are known, and what changed about them.
//!
//! This is bookkeeping only: replies of the kernel go in, and changes come out in the promised
//! order. A tunnel is added before its sessions and removed after them.

use std::collections::{BTreeMap, VecDeque};

use super::change::{Compare, Difference};
use super::{Change, SessionIds};
use crate::events::TunnelOrSession;
use crate::{SessionId, SessionInfo, TunnelId, TunnelInfo};

/// The tunnels and sessions that a [`Follower`](crate::Follower) knows.
///
/// The picture may be ahead of the changes that have been taken from the follower: it already
/// shows what those that have not been taken lead to. It sends nothing to the kernel. Counters are
/// as old as the kernel's last reply about their object.
///
/// A look-up by id costs a search in a sorted map, which grows with the logarithm of the number of
/// objects. The iterators allocate nothing; each step costs the same, and
/// [`sessions_of`](Self::sessions_of) visits only the sessions of its tunnel.
///
/// ```no_run
/// use std::time::Duration;
/// use l2tp::{Follower, SessionId, TunnelId};
///
/// let mut follower = Follower::open(Duration::from_secs(1))?;
/// follower.next_change()?;
/// let picture = follower.picture();
/// for tunnel in picture.tunnels() {
///     println!("{tunnel}");
///     for session in picture.sessions_of(tunnel.tunnel_id) {
///         println!("  {session}");
///     }
/// }
/// if let Some(session) = picture.session((TunnelId(1), SessionId(10))) {
///     println!("{}", session.statistics);
/// }
/// # Ok::<(), l2tp::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Picture {
    tunnels: BTreeMap<TunnelId, TunnelInfo>,
    sessions: BTreeMap<SessionIds, SessionInfo>,
    changes: VecDeque<Change>,
}

impl Picture {
    /// The tunnel with this id.
    #[must_use]
    pub fn tunnel(&self, id: TunnelId) -> Option<&TunnelInfo> {
        self.tunnels.get(&id)
    }

    /// The session with these ids.
    #[must_use]
    pub fn session(&self, ids: (TunnelId, SessionId)) -> Option<&SessionInfo> {
        self.sessions.get(&ids)
    }

    /// All tunnels, sorted by id.
    pub fn tunnels(&self) -> impl Iterator<Item = &TunnelInfo> {
        self.tunnels.values()
    }

    /// All sessions, sorted by tunnel and id.
    pub fn sessions(&self) -> impl Iterator<Item = &SessionInfo> {
        self.sessions.values()
    }

    /// The sessions of one tunnel, sorted by id. A tunnel that is not known has none.
    pub fn sessions_of(&self, tunnel: TunnelId) -> impl Iterator<Item = &SessionInfo> {
        let all = (tunnel, SessionId(0))..=(tunnel, SessionId(u32::MAX));
        self.sessions.range(all).map(|(_, session)| session)
    }

    /// The oldest change that has not been taken.
    pub(super) fn take_change(&mut self) -> Option<Change> {
        self.changes.pop_front()
    }

    /// Takes note of a tunnel. If it took the place of another of its id, that one's sessions are
    /// returned: there may be some of the same ids in it.
    pub(super) fn see_tunnel(&mut self, info: TunnelInfo) -> Vec<SessionIds> {
        let Some(known) = self.tunnels.get(&info.tunnel_id).copied() else {
            self.add_tunnel(info);
            return Vec::new();
        };
        match known.difference(&info) {
            Difference::Identity => {
                let replaced = self.lose_tunnel(info.tunnel_id);
                self.add_tunnel(info);
                return replaced;
            }
            Difference::Settings => self.changes.push_back(Change::Changed {
                before: TunnelOrSession::Tunnel(known),
                after: TunnelOrSession::Tunnel(info),
            }),
            Difference::None => {}
        }
        self.tunnels.insert(info.tunnel_id, info);
        Vec::new()
    }

    /// Takes note of a session, whose tunnel must be known; says whether it is.
    pub(super) fn see_session(&mut self, info: SessionInfo) -> bool {
        if !self.tunnels.contains_key(&info.tunnel_id) {
            return false;
        }
        let ids = (info.tunnel_id, info.session_id);
        let now = TunnelOrSession::Session(info);
        if let Some(known) = self.sessions.insert(ids, info) {
            let before = TunnelOrSession::Session(known);
            match known.difference(&info) {
                Difference::Identity => {
                    self.changes.extend([Change::Removed(before), Change::Added(now)]);
                }
                Difference::Settings => {
                    self.changes.push_back(Change::Changed { before, after: now });
                }
                Difference::None => {}
            }
        } else {
            self.changes.push_back(Change::Added(now));
        }
        true
    }

    /// Takes note that a tunnel is gone, and with it its sessions, which are returned.
    pub(super) fn lose_tunnel(&mut self, id: TunnelId) -> Vec<SessionIds> {
        let Some(tunnel) = self.tunnels.remove(&id) else { return Vec::new() };
        let lost: Vec<_> = self.sessions_of(id).map(ids_of).collect();
        for ids in &lost {
            self.lose_session(*ids);
        }
        self.changes.push_back(Change::Removed(TunnelOrSession::Tunnel(tunnel)));
        lost
    }

    /// Takes note that a session is gone.
    pub(super) fn lose_session(&mut self, ids: SessionIds) {
        if let Some(session) = self.sessions.remove(&ids) {
            self.changes.push_back(Change::Removed(TunnelOrSession::Session(session)));
        }
    }

    /// Takes final counters from the notification of a deletion, if they are of an object that is
    /// known: it may be that of another namespace.
    pub(super) fn take_final_counters(&mut self, object: &TunnelOrSession) {
        match object {
            TunnelOrSession::Tunnel(last) => {
                take_counters(self.tunnels.get_mut(&last.tunnel_id), last);
            }
            TunnelOrSession::Session(last) => {
                take_counters(self.sessions.get_mut(&ids_of(last)), last);
            }
        }
    }

    fn add_tunnel(&mut self, info: TunnelInfo) {
        self.tunnels.insert(info.tunnel_id, info);
        self.changes.push_back(Change::Added(TunnelOrSession::Tunnel(info)));
    }
}

pub(super) fn ids_of(session: &SessionInfo) -> SessionIds {
    (session.tunnel_id, session.session_id)
}

/// Nothing but the counters can differ in what is taken.
fn take_counters<T: Compare + Copy>(known: Option<&mut T>, last: &T) {
    if let Some(known) = known.filter(|known| known.difference(last) == Difference::None) {
        *known = *last;
    }
}
