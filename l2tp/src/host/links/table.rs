//! The interfaces of a namespace, kept up to date by notifications; no socket is involved.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::message::LinkMessage;
use super::{Interface, Place};
use crate::IfName;
use crate::events::Requester;
use crate::netlink::extack::{KernelError, acknowledgement};
use crate::netlink::inbox::Inbox;
use crate::netlink::message::Message;

/// At most so many registrations are kept of those that come while a session is created.
const REGISTRATIONS: usize = 1024;
/// At most so many interfaces are kept in mind that have left the namespace: what becomes of them
/// there is not told here.
const MOVED: usize = 4096;

/// The interfaces that are known, and a listing of them that may be under way.
#[derive(Debug, Default)]
pub(super) struct Table {
    links: BTreeMap<u32, Interface>,
    /// Interfaces of sessions that were created here, by the place they were last seen. Those that
    /// ceased to be are forgotten.
    followed: BTreeMap<u32, Place>,
    /// What has been registered since [`watch`](Self::watch); `None` when nobody watches, or
    /// something was missed since.
    registered: Option<Vec<Interface>>,
    /// Whether something was missed since the last listing that was complete.
    stale: bool,
    /// The port that listings are asked for from.
    port: u32,
    listing: Option<Listing>,
}

/// A listing under way.
#[derive(Debug)]
struct Listing {
    request: Requester,
    links: BTreeMap<u32, Interface>,
    /// Interfaces that were notified of meanwhile, of which rows may be out of date.
    notified: BTreeSet<u32>,
    /// Whether it has to be repeated.
    torn: bool,
}

/// Which interface a session got.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This one, beyond doubt.
    One(Interface),
    /// None of that name was registered.
    None,
    /// Several of that name were registered, or notifications were lost.
    Unsure,
}

impl Table {
    /// Begins to note registrations.
    pub(super) fn watch(&mut self) {
        self.registered = Some(Vec::new());
    }

    /// Ends that.
    pub(super) fn look_away(&mut self) {
        self.registered = None;
    }

    /// The one interface of this name that has been registered since.
    pub(super) fn find(&self, name: IfName) -> Found {
        let Some(registered) = &self.registered else { return Found::Unsure };
        let mut named = registered.iter().filter(|interface| interface.name == name);
        match (named.next(), named.next()) {
            (Some(&interface), None) => Found::One(interface),
            (Some(_), Some(_)) => Found::Unsure,
            (None, _) => Found::None,
        }
    }

    /// Keeps in mind where this interface is, should it leave the namespace.
    pub(super) fn follow(&mut self, interface: Interface) {
        self.followed.insert(interface.index, Place::Here(interface.name));
    }

    pub(super) fn get(&self, index: u32) -> Option<&Interface> {
        self.links.get(&index)
    }

    pub(super) fn named(&self, name: IfName) -> Option<&Interface> {
        self.links.values().find(|interface| interface.name == name)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Interface> {
        self.links.values()
    }

    pub(super) fn place(&self, index: u32) -> Place {
        match (self.links.get(&index), self.followed.get(&index)) {
            (Some(here), _) => Place::Here(here.name),
            (None, Some(place @ Place::Moved { .. })) => *place,
            (None, _) => Place::Gone,
        }
    }

    /// A listing has been asked for in this request.
    pub(super) fn begin_listing(&mut self, request: Requester) {
        let (links, notified) = (BTreeMap::new(), BTreeSet::new());
        self.listing = Some(Listing { request, links, notified, torn: false });
        self.port = request.port;
        self.stale = true;
    }

    /// Whether a listing is needed: something was missed since the last one, or it failed.
    pub(super) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Notifications were lost: registrations may be among them, and a listing is incomplete.
    pub(super) fn overrun(&mut self) {
        self.registered = None;
        self.stale = true;
        self.tear_listing();
    }

    /// Takes note of the messages of a datagram; the refusal of a listing is returned. A message
    /// that cannot be understood counts as one that was lost.
    pub(super) fn take(&mut self, inbox: &mut Inbox) -> Result<(), KernelError> {
        let mut outcome = Ok(());
        loop {
            match inbox.next_message() {
                Ok(None) => return outcome,
                Ok(Some(message)) if self.is_row(&message) => {
                    if let Err(refusal) = self.row(&message) {
                        outcome = Err(refusal);
                    }
                }
                Ok(Some(message)) if self.is_late(&message) => {}
                Ok(Some(message)) => self.notification(&message),
                Err(_) => self.overrun(),
            }
        }
    }

    /// Whether a message belongs to a listing that was given up.
    fn is_late(&self, message: &Message<'_>) -> bool {
        message.header.port == self.port && message.header.seq != 0
    }

    /// Whether a message belongs to the listing. A notification may carry the number of a request,
    /// too: another socket's.
    fn is_row(&self, message: &Message<'_>) -> bool {
        let request = Requester { port: message.header.port, seq: message.header.seq };
        self.listing.as_ref().is_some_and(|listing| listing.request == request)
    }

    fn row(&mut self, message: &Message<'_>) -> Result<(), KernelError> {
        if message.header.flags & l2tp_sys::NLM_F_DUMP_INTR != 0 {
            self.tear_listing();
        }
        let kind = message.header.kind;
        if matches!(kind, l2tp_sys::NLMSG_DONE | l2tp_sys::NLMSG_ERROR) {
            return match acknowledgement(message, || &[]) {
                Ok(Ok(())) => {
                    self.end_listing();
                    Ok(())
                }
                Ok(Err(refusal)) => {
                    self.listing = None;
                    Err(refusal)
                }
                Err(_) => {
                    self.listing = None;
                    Ok(())
                }
            };
        }
        match (LinkMessage::read(message), &mut self.listing) {
            (Ok(Some(LinkMessage::Here { interface, .. })), Some(listing)) => {
                if !listing.notified.contains(&interface.index) {
                    listing.links.insert(interface.index, interface);
                }
            }
            (Ok(_), _) => {}
            (Err(_), _) => self.tear_listing(),
        }
        Ok(())
    }

    fn notification(&mut self, message: &Message<'_>) {
        match LinkMessage::read(message) {
            Ok(Some(LinkMessage::Here { interface, registered })) => {
                self.here(interface, registered);
            }
            Ok(Some(LinkMessage::Gone { index, place })) => self.gone(index, place),
            Ok(None) => {}
            Err(_) => self.overrun(),
        }
    }

    fn here(&mut self, interface: Interface, registered: bool) {
        self.links.insert(interface.index, interface);
        if registered {
            self.note_registration(interface);
        }
        if let Some(listing) = &mut self.listing {
            listing.notified.insert(interface.index);
            listing.links.insert(interface.index, interface);
        }
    }

    fn note_registration(&mut self, interface: Interface) {
        let Some(registered) = &mut self.registered else { return };
        registered.push(interface);
        if registered.len() > REGISTRATIONS {
            self.registered = None;
        }
    }

    fn gone(&mut self, index: u32, place: Place) {
        self.links.remove(&index);
        if place == Place::Gone {
            self.followed.remove(&index);
        } else if let Some(followed) = self.followed.get_mut(&index) {
            *followed = place;
            self.forget_the_first_moved();
        }
        if let Some(listing) = &mut self.listing {
            listing.notified.insert(index);
            listing.links.remove(&index);
        }
    }

    fn tear_listing(&mut self) {
        if let Some(listing) = &mut self.listing {
            listing.torn = true;
        }
    }

    /// Of too many that have moved, the one that was registered first is forgotten: indexes grow.
    fn forget_the_first_moved(&mut self) {
        if self.followed.len() <= self.links.len() + MOVED {
            return;
        }
        let mut moved = self.followed.iter().filter(|(_, it)| matches!(it, Place::Moved { .. }));
        if let Some(index) = moved.next().map(|(index, _)| *index) {
            self.followed.remove(&index);
        }
    }

    /// The listing is complete, and the truth unless something was missed meanwhile.
    fn end_listing(&mut self) {
        let Some(listing) = self.listing.take_if(|listing| !listing.torn) else {
            self.listing = None;
            return;
        };
        self.links = listing.links;
        self.followed.retain(|index, place| {
            matches!(place, Place::Moved { .. }) || self.links.contains_key(index)
        });
        self.stale = false;
    }
}
