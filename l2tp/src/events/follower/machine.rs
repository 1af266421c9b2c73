//! A follower without its sockets: events and replies go in, get requests and changes come out.

use std::time::{Duration, Instant};

use super::agenda::{Agenda, Question, Task};
use super::picture::{Picture, ids_of};
use super::{Change, SessionIds};
use crate::events::{Event, TunnelOrSession};
use crate::{SessionInfo, TunnelId, TunnelInfo};

/// At most so many get requests are kept about objects that are not known. Up to Linux 7.2 the
/// notifications of other namespaces arrive too, in any number; beyond this everything is listed
/// instead. What happens in this namespace has to wait for that many requests at most, so there are
/// few.
const STRANGERS: usize = 256;

/// The picture, the agenda, and a dump under way.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) picture: Picture,
    agenda: Agenda,
    listed: Listed,
}

/// What a dump has shown. The memory is kept for the next one.
#[derive(Debug, Default)]
struct Listed {
    tunnels: Vec<TunnelId>,
    sessions: Vec<SessionIds>,
}

impl Listed {
    /// Prepares for being searched.
    fn sort(&mut self) {
        self.tunnels.sort_unstable();
        self.sessions.sort_unstable();
    }

    /// Forgets all, and keeps no more memory than as much again would need.
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
            agenda: Agenda::new(interval, now),
            listed: Listed::default(),
        }
    }

    pub(super) fn take_change(&mut self) -> Option<Change> {
        self.picture.take_change()
    }

    /// What to do next. Asked again without a reply in between, it says the same: a caller that
    /// was interrupted loses nothing.
    pub(super) fn next(&mut self, now: Instant) -> Task {
        self.agenda.next(now)
    }

    /// An event: no more than a hint, as it may be about another namespace.
    pub(super) fn hint(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Created(object, _) => {
                // If it replaces a tunnel that is known, that one's sessions went silently.
                if let TunnelOrSession::Tunnel(tunnel) = object {
                    for session in self.picture.sessions_of(tunnel.tunnel_id) {
                        self.agenda.ask(Question::Session(ids_of(session)));
                    }
                }
                self.ask(question(object), now);
            }
            Event::Modified(object, _) => self.ask(question(object), now),
            Event::Deleted(object, _) => {
                // Its creation may be what is about to be asked, and it may answer for a while yet.
                let question = question(object);
                if self.is_known(question) || self.agenda.is_asked(question) {
                    self.picture.take_final_counters(object);
                    self.agenda.doom(question, now);
                }
            }
            Event::Unknown { .. } | Event::Lost(_) => self.agenda.scan(now),
        }
    }

    /// A get request, with the one about its tunnel if that is not known yet.
    fn ask(&mut self, question: Question, now: Instant) {
        if !self.is_known(question) && self.agenda.pending() >= STRANGERS {
            self.agenda.scan(now);
            return;
        }
        if let Question::Session((tunnel, _)) = question {
            if self.picture.tunnel(tunnel).is_none() {
                self.agenda.ask(Question::Tunnel(tunnel));
            }
        }
        self.agenda.ask(question);
    }

    fn is_known(&self, question: Question) -> bool {
        match question {
            Question::Tunnel(id) => self.picture.tunnel(id).is_some(),
            Question::Session(ids) => self.picture.session(ids).is_some(),
        }
    }

    /// The kernel's answer about a tunnel; `None` if there is none of that id.
    pub(super) fn answer_tunnel(&mut self, id: TunnelId, info: Option<TunnelInfo>, now: Instant) {
        if let Some(info) = info {
            self.agenda.found(Question::Tunnel(id), now);
            self.see_tunnel(info);
        } else {
            self.agenda.settled(Question::Tunnel(id));
            for session in self.picture.lose_tunnel(id) {
                self.agenda.settled(Question::Session(session));
            }
        }
    }

    /// The kernel's answer about a session.
    pub(super) fn answer_session(
        &mut self,
        ids: SessionIds,
        info: Option<SessionInfo>,
        now: Instant,
    ) {
        if let Some(info) = info {
            self.agenda.found(Question::Session(ids), now);
            // Without its tunnel, which was asked about before, it is about to go.
            self.picture.see_session(info);
        } else {
            self.agenda.settled(Question::Session(ids));
            self.picture.lose_session(ids);
        }
    }

    /// The kernel did not answer: it is asked again after a pause.
    pub(super) fn unanswered(&mut self, question: Question, now: Instant) {
        self.agenda.failed(question, now);
    }

    /// A dump begins.
    pub(super) fn begin_listing(&mut self) {
        self.agenda.scanning();
    }

    /// A tunnel was listed.
    pub(super) fn list_tunnel(&mut self, info: TunnelInfo) {
        self.listed.tunnels.push(info.tunnel_id);
        self.see_tunnel(info);
    }

    /// A session was listed, after all tunnels.
    pub(super) fn list_session(&mut self, info: SessionInfo, now: Instant) {
        let ids = ids_of(&info);
        self.listed.sessions.push(ids);
        if !self.picture.see_session(info) {
            // Its tunnel was created since tunnels were listed.
            self.ask(Question::Session(ids), now);
        }
    }

    /// The dump is complete. What it does not show is asked about before it is believed gone:
    /// before Linux 6.12 dumps skip rows when others create and delete.
    pub(super) fn end_listing(&mut self, now: Instant) {
        self.listed.sort();
        let Listed { tunnels, sessions } = &self.listed;
        for tunnel in self.picture.tunnels() {
            if tunnels.binary_search(&tunnel.tunnel_id).is_err() {
                self.agenda.ask(Question::Tunnel(tunnel.tunnel_id));
            }
        }
        for session in self.picture.sessions() {
            if sessions.binary_search(&ids_of(session)).is_err() {
                self.agenda.ask(Question::Session(ids_of(session)));
            }
        }
        self.listed.clear();
        self.agenda.scanned(now);
    }

    /// The dump failed: what it has shown stands, what it has not shown is left for the next,
    /// which comes after a pause.
    pub(super) fn abandon_listing(&mut self, now: Instant) {
        self.listed.clear();
        self.agenda.scan_failed(now);
    }

    fn see_tunnel(&mut self, info: TunnelInfo) {
        for session in self.picture.see_tunnel(info) {
            self.agenda.ask(Question::Session(session));
        }
    }
}

fn question(object: &TunnelOrSession) -> Question {
    match object {
        TunnelOrSession::Tunnel(tunnel) => Question::Tunnel(tunnel.tunnel_id),
        TunnelOrSession::Session(session) => Question::Session(ids_of(session)),
    }
}

#[cfg(test)]
mod tests;
