//! A follower without its sockets: events and replies go in, get requests and changes come out.

use std::time::{Duration, Instant};

use super::picture::{Picture, ids_of};
use super::schedule::{Query, Schedule, Task};
use super::{Change, SessionIds};
use crate::events::{Event, TunnelOrSession};
use crate::{SessionInfo, TunnelId, TunnelInfo};

/// How many get requests about unknown objects are kept at most. Up to Linux 7.2 the notifications
/// of other namespaces arrive too, in any number; beyond this limit everything is dumped instead.
/// The limit is low because a change in this namespace may have to wait for all of these requests.
const MAX_UNKNOWN: usize = 256;

/// The picture, the schedule, and the ids that the current dump has returned.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) picture: Picture,
    schedule: Schedule,
    dumped: Dumped,
}

/// The ids of the objects that a dump has returned. The memory is kept for the next dump.
#[derive(Debug, Default)]
struct Dumped {
    tunnels: Vec<TunnelId>,
    sessions: Vec<SessionIds>,
}

impl Dumped {
    /// Sorts the ids, so that they can be searched.
    fn sort(&mut self) {
        self.tunnels.sort_unstable();
        self.sessions.sort_unstable();
    }

    /// Removes the ids, and keeps memory for twice as many at most.
    fn clear(&mut self) {
        self.tunnels.shrink_to(2 * self.tunnels.len());
        self.sessions.shrink_to(2 * self.sessions.len());
        self.tunnels.clear();
        self.sessions.clear();
    }
}

impl Machine {
    pub(super) fn new(interval: Duration, now: Instant) -> Self {
        Self {
            picture: Picture::default(),
            schedule: Schedule::new(interval, now),
            dumped: Dumped::default(),
        }
    }

    pub(super) fn take_change(&mut self) -> Option<Change> {
        self.picture.take_change()
    }

    /// What to do next. It returns the same until a reply is taken, so an interrupted caller loses
    /// nothing.
    pub(super) fn next(&mut self, now: Instant) -> Task {
        self.schedule.next(now)
    }

    /// Schedules a get request about the object of an event. The event itself proves nothing: it
    /// may be of another namespace.
    pub(super) fn take_event(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Created(object, _) => {
                // If it replaces a known tunnel, the sessions of that tunnel were deleted without
                // a notification.
                if let TunnelOrSession::Tunnel(tunnel) = object {
                    for session in self.picture.sessions_of(tunnel.tunnel_id) {
                        self.schedule.add(Query::Session(ids_of(session)));
                    }
                }
                self.ask(query(object), now);
            }
            Event::Modified(object, _) => self.ask(query(object), now),
            Event::Deleted(object, _) => {
                // A get request because of its creation may be due, and it may still exist for some
                // time.
                let query = query(object);
                if self.is_known(query) || self.schedule.contains(query) {
                    self.picture.take_final_counters(object);
                    self.schedule.add_deleted(query, now);
                }
            }
            Event::Unknown { .. } | Event::Lost(_) => self.schedule.request_dump(now),
        }
    }

    /// Schedules a get request, and one about the session's tunnel if the tunnel is not known.
    fn ask(&mut self, query: Query, now: Instant) {
        if !self.is_known(query) && self.schedule.pending() >= MAX_UNKNOWN {
            self.schedule.request_dump(now);
            return;
        }
        if let Query::Session((tunnel, _)) = query {
            if self.picture.tunnel(tunnel).is_none() {
                self.schedule.add(Query::Tunnel(tunnel));
            }
        }
        self.schedule.add(query);
    }

    fn is_known(&self, query: Query) -> bool {
        match query {
            Query::Tunnel(id) => self.picture.tunnel(id).is_some(),
            Query::Session(ids) => self.picture.session(ids).is_some(),
        }
    }

    /// Takes the kernel's reply about a tunnel; `None` means that no tunnel has this id.
    pub(super) fn take_tunnel(&mut self, id: TunnelId, info: Option<TunnelInfo>, now: Instant) {
        if let Some(info) = info {
            self.schedule.found(Query::Tunnel(id), now);
            self.update_tunnel(info);
        } else {
            self.schedule.remove(Query::Tunnel(id));
            for session in self.picture.remove_tunnel(id) {
                self.schedule.remove(Query::Session(session));
            }
        }
    }

    /// Takes the kernel's reply about a session.
    pub(super) fn take_session(
        &mut self,
        ids: SessionIds,
        info: Option<SessionInfo>,
        now: Instant,
    ) {
        if let Some(info) = info {
            self.schedule.found(Query::Session(ids), now);
            // If its tunnel does not exist, which was requested before, it is being deleted.
            self.picture.update_session(info);
        } else {
            self.schedule.remove(Query::Session(ids));
            self.picture.remove_session(ids);
        }
    }

    /// Takes note that a get request failed. It is repeated after a pause.
    pub(super) fn fail_query(&mut self, query: Query, now: Instant) {
        self.schedule.failed(query, now);
    }

    /// Takes note that a dump begins.
    pub(super) fn begin_dump(&mut self) {
        self.schedule.begin_dump();
    }

    /// Takes a tunnel of the dump.
    pub(super) fn take_dumped_tunnel(&mut self, info: TunnelInfo) {
        self.dumped.tunnels.push(info.tunnel_id);
        self.update_tunnel(info);
    }

    /// Takes a session of the dump. Sessions are dumped after all tunnels.
    pub(super) fn take_dumped_session(&mut self, info: SessionInfo, now: Instant) {
        let ids = ids_of(&info);
        self.dumped.sessions.push(ids);
        if !self.picture.update_session(info) {
            // Its tunnel was created after the dump of the tunnels.
            self.ask(Query::Session(ids), now);
        }
    }

    /// Takes note that the dump is complete. An object that it lacks is requested before it is
    /// removed: before Linux 6.12 a dump skips rows while other objects are created or deleted.
    pub(super) fn end_dump(&mut self, now: Instant) {
        self.dumped.sort();
        let Dumped { tunnels, sessions } = &self.dumped;
        for tunnel in self.picture.tunnels() {
            if tunnels.binary_search(&tunnel.tunnel_id).is_err() {
                self.schedule.add(Query::Tunnel(tunnel.tunnel_id));
            }
        }
        for session in self.picture.sessions() {
            if sessions.binary_search(&ids_of(session)).is_err() {
                self.schedule.add(Query::Session(ids_of(session)));
            }
        }
        self.dumped.clear();
        self.schedule.end_dump(now);
    }

    /// Takes note that the dump failed. The objects that it returned are kept; the next dump, after
    /// a pause, returns the others.
    pub(super) fn fail_dump(&mut self, now: Instant) {
        self.dumped.clear();
        self.schedule.fail_dump(now);
    }

    fn update_tunnel(&mut self, info: TunnelInfo) {
        for session in self.picture.update_tunnel(info) {
            self.schedule.add(Query::Session(session));
        }
    }
}

fn query(object: &TunnelOrSession) -> Query {
    match object {
        TunnelOrSession::Tunnel(tunnel) => Query::Tunnel(tunnel.tunnel_id),
        TunnelOrSession::Session(session) => Query::Session(ids_of(session)),
    }
}

#[cfg(test)]
mod tests;
