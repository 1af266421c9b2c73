//! A datagram of a batch whose requests have guards: their sessions are looked up before, in one
//! datagram of get requests.

use std::ops::Range;

use super::datagram::Datagram;
use super::extent::{Admission, Footprint};
use super::run::Broken;
use super::{Memory, Outcome};
use crate::SessionKey;
use crate::conn::batch::Requests;
use crate::conn::command::GetSession;
use crate::conn::engine::guard::{self, Guard};
use crate::conn::engine::{Engine, Host};
use crate::error::Error;

/// The look-ups before a datagram, and their replies.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    footprint: Footprint,
    /// The requests that have guards, by their position.
    guards: Vec<(usize, Guard)>,
    gets: Requests,
    replies: Vec<Outcome>,
    sent: Vec<usize>,
}

impl Lookups {
    fn clear(&mut self) {
        self.footprint.clear();
        self.guards.clear();
        self.gets.clear();
        self.replies.clear();
    }
}

impl<S: Host> Engine<S> {
    /// Sends those of `range` that may share a datagram and whose guards let them pass. The
    /// outcomes of as many as that are, from the first on, are added to `results`.
    pub(super) async fn run_guarded(
        &mut self,
        requests: &Requests,
        range: Range<usize>,
        results: &mut Vec<Outcome>,
        memory: &mut Memory,
    ) -> Result<(), Broken> {
        let Memory { sent, lookups } = memory;
        sent.clear();
        lookups.clear();
        let mut end = range.end;
        for at in range.clone() {
            let request = &requests.list[at];
            if !request.is_sendable() {
                continue;
            }
            match lookups.footprint.admit(request) {
                Admission::Free => sent.push(at),
                Admission::Guarded(guard) => lookups.guards.push((at, guard)),
                Admission::Later => {
                    end = at;
                    break;
                }
            }
        }
        let mut datagram = Datagram::new(requests, range.start..end, results, sent);
        let looked_up = self.look_up_sessions(lookups, &mut datagram).await;
        if let Err(broken) = looked_up {
            datagram.set_all_sent(|operation| Error::NotAttempted { operation });
            return Err(broken);
        }
        datagram.sent.sort_unstable();
        self.exchange_datagram(&mut datagram).await
    }

    /// Looks the sessions of guarded requests up. Those that may be sent are added to the datagram;
    /// the others get the outcome that a kernel without the defects gives, or the reason for which
    /// it is not known.
    async fn look_up_sessions(
        &mut self,
        lookups: &mut Lookups,
        datagram: &mut Datagram<'_>,
    ) -> Result<(), Broken> {
        let Lookups { guards, gets, replies, sent, .. } = lookups;
        for (_, guard) in &*guards {
            let (tunnel, session) = guard.session();
            gets.add(&GetSession(SessionKey::Ids(tunnel, session)));
        }
        let all = 0..gets.list.len();
        let looked_up = self.run_plain(gets, all, replies, sent).await;
        for (&(at, guard), reply) in guards.iter().zip(replies.drain(..)) {
            let exists = match reply {
                Ok(_) => Ok(true),
                Err(error) if guard::is_absence(&error) => Ok(false),
                Err(failure) => Err(failure),
            };
            match guard.verdict(exists, datagram.requests.list[at].operation) {
                Ok(()) => datagram.sent.push(at),
                Err(error) => datagram.outcomes[at] = Err(error),
            }
        }
        looked_up
    }
}
