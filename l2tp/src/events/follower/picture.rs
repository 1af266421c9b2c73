//! The known tunnels and sessions, and their changes.
//!
//! A picture takes infos from the kernel's replies and returns changes in the documented order: a
//! tunnel is added before its sessions and removed after them.

use std::collections::{BTreeMap, VecDeque};

use super::change::{Compare, Difference};
use super::{Change, SessionIds};
use crate::events::TunnelOrSession;
use crate::{SessionId, SessionInfo, TunnelId, TunnelInfo};

/// The tunnels and sessions that a [`Follower`](crate::Follower) knows.
///
/// The picture already includes the changes that the follower has not returned yet. It sends
/// nothing to the kernel. Counters are as old as the kernel's last reply about their object.
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
    ///
    /// ```no_run
    /// # use l2tp::{Follower, SessionId, TunnelId};
    /// # let follower = Follower::open(std::time::Duration::from_secs(1))?;
    /// if let Some(tunnel) = follower.picture().tunnel(TunnelId(1)) {
    ///     println!("{}", tunnel.peer_tunnel_id);
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    #[must_use]
    pub fn tunnel(&self, id: TunnelId) -> Option<&TunnelInfo> {
        self.tunnels.get(&id)
    }

    /// The session with these ids.
    ///
    /// ```no_run
    /// # use l2tp::{Follower, SessionId, TunnelId};
    /// # let follower = Follower::open(std::time::Duration::from_secs(1))?;
    /// let session = follower.picture().session((TunnelId(1), SessionId(10)));
    /// println!("{}", if session.is_some() { "up" } else { "down" });
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    #[must_use]
    pub fn session(&self, ids: (TunnelId, SessionId)) -> Option<&SessionInfo> {
        self.sessions.get(&ids)
    }

    /// All tunnels, sorted by id.
    ///
    /// ```no_run
    /// # use l2tp::{Follower, SessionId, TunnelId};
    /// # let follower = Follower::open(std::time::Duration::from_secs(1))?;
    /// println!("{} tunnels", follower.picture().tunnels().count());
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    pub fn tunnels(&self) -> impl Iterator<Item = &TunnelInfo> {
        self.tunnels.values()
    }

    /// All sessions, sorted by tunnel id and session id.
    ///
    /// ```no_run
    /// # use l2tp::{Follower, SessionId, TunnelId};
    /// # let follower = Follower::open(std::time::Duration::from_secs(1))?;
    /// let bytes: u64 = follower.picture().sessions().map(|s| s.statistics.rx_bytes).sum();
    /// println!("{bytes} bytes received");
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    pub fn sessions(&self) -> impl Iterator<Item = &SessionInfo> {
        self.sessions.values()
    }

    /// The sessions of one tunnel, sorted by id. A tunnel that is not known has none.
    ///
    /// ```no_run
    /// # use l2tp::{Follower, SessionId, TunnelId};
    /// # let follower = Follower::open(std::time::Duration::from_secs(1))?;
    /// for session in follower.picture().sessions_of(TunnelId(1)) {
    ///     println!("{session}");
    /// }
    /// # Ok::<(), l2tp::Error>(())
    /// ```
    pub fn sessions_of(&self, tunnel: TunnelId) -> impl Iterator<Item = &SessionInfo> {
        let all = (tunnel, SessionId(0))..=(tunnel, SessionId(u32::MAX));
        self.sessions.range(all).map(|(_, session)| session)
    }

    /// The oldest change that has not been taken.
    pub(super) fn take_change(&mut self) -> Option<Change> {
        self.changes.pop_front()
    }

    /// Adds or updates a tunnel. If it replaces another tunnel with the same id, the sessions of
    /// that tunnel are removed and returned: the new tunnel may have sessions with the same ids.
    pub(super) fn update_tunnel(&mut self, info: TunnelInfo) -> Vec<SessionIds> {
        let Some(known) = self.tunnels.get(&info.tunnel_id).copied() else {
            self.add_tunnel(info);
            return Vec::new();
        };
        match known.difference(&info) {
            Difference::Identity => {
                let replaced = self.remove_tunnel(info.tunnel_id);
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

    /// Adds or updates a session. Returns false, and does nothing, if its tunnel is not known.
    pub(super) fn update_session(&mut self, info: SessionInfo) -> bool {
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

    /// Removes a tunnel and its sessions, and returns the sessions.
    pub(super) fn remove_tunnel(&mut self, id: TunnelId) -> Vec<SessionIds> {
        let Some(tunnel) = self.tunnels.remove(&id) else { return Vec::new() };
        let removed: Vec<_> = self.sessions_of(id).map(ids_of).collect();
        for ids in &removed {
            self.remove_session(*ids);
        }
        self.changes.push_back(Change::Removed(TunnelOrSession::Tunnel(tunnel)));
        removed
    }

    /// Removes a session.
    pub(super) fn remove_session(&mut self, ids: SessionIds) {
        if let Some(session) = self.sessions.remove(&ids) {
            self.changes.push_back(Change::Removed(TunnelOrSession::Session(session)));
        }
    }

    /// Takes the final counters from the notification of a deletion, if it matches a known object:
    /// it may be of another namespace.
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

/// Replaces the info if nothing but the counters differs.
fn take_counters<T: Compare + Copy>(known: Option<&mut T>, last: &T) {
    if let Some(known) = known.filter(|known| known.difference(last) == Difference::None) {
        *known = *last;
    }
}
