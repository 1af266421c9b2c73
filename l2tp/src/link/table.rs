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
use crate::netlink::narrow16;

/// The interfaces that are known, and a listing of them that may be under way.
#[derive(Debug, Default)]
pub(super) struct Table {
    links: BTreeMap<u32, Interface>,
    /// Interfaces of sessions that were created here, by the place they were last seen. Those that
    /// ceased to be are forgotten.
    followed: BTreeMap<u32, Place>,
    /// What has been registered since [`watch`](Self::watch).
    registered: Vec<Interface>,
    /// Whether nothing has been missed since then.
    complete: bool,
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

/// What came of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// All of it was understood.
    Whole,
    /// It ended a listing that has to be repeated.
    Torn,
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
        self.registered.clear();
        self.complete = true;
    }

    /// The one interface of this name that has been registered since.
    pub(super) fn find(&self, name: IfName) -> Found {
        let mut named = self.registered.iter().filter(|interface| interface.name == name);
        match (named.next(), named.next()) {
            _ if !self.complete => Found::Unsure,
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
    }

    pub(super) fn is_listing(&self) -> bool {
        self.listing.is_some()
    }

    /// Notifications were lost: registrations may be among them, and a listing is incomplete.
    pub(super) fn overrun(&mut self) {
        self.complete = false;
        self.tear_listing();
    }

    /// Takes note of the messages of a datagram. A message that cannot be understood counts as one
    /// that was lost.
    pub(super) fn take(&mut self, inbox: &mut Inbox) -> Result<Taken, KernelError> {
        let mut taken = Taken::Whole;
        loop {
            match inbox.next_message() {
                Ok(None) => return Ok(taken),
                Ok(Some(message)) if self.is_row(&message) => {
                    if self.row(&message)? == Taken::Torn {
                        taken = Taken::Torn;
                    }
                }
                Ok(Some(message)) => self.notification(&message),
                Err(_) => self.overrun(),
            }
        }
    }

    /// Whether a message belongs to the listing. A notification may carry the number of a request,
    /// too: another socket's.
    fn is_row(&self, message: &Message<'_>) -> bool {
        let request = Requester { port: message.header.port, seq: message.header.seq };
        self.listing.as_ref().is_some_and(|listing| listing.request == request)
    }

    fn row(&mut self, message: &Message<'_>) -> Result<Taken, KernelError> {
        let kind = u32::from(message.header.kind);
        if matches!(kind, l2tp_sys::NLMSG_DONE | l2tp_sys::NLMSG_ERROR) {
            return match acknowledgement(message, || &[]) {
                Ok(Ok(())) => Ok(self.end_listing()),
                Ok(Err(refusal)) => {
                    self.listing = None;
                    Err(refusal)
                }
                Err(_) => {
                    self.listing = None;
                    Ok(Taken::Torn)
                }
            };
        }
        if message.header.flags & narrow16(l2tp_sys::NLM_F_DUMP_INTR) != 0 {
            self.tear_listing();
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
        Ok(Taken::Whole)
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
            self.registered.push(interface);
        }
        if let Some(listing) = &mut self.listing {
            listing.notified.insert(interface.index);
            listing.links.insert(interface.index, interface);
        }
    }

    fn gone(&mut self, index: u32, place: Place) {
        self.links.remove(&index);
        if place == Place::Gone {
            self.followed.remove(&index);
        } else if let Some(followed) = self.followed.get_mut(&index) {
            *followed = place;
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

    /// The listing is complete, and the truth unless something was missed meanwhile.
    fn end_listing(&mut self) -> Taken {
        match self.listing.take() {
            Some(listing) if !listing.torn => {
                self.links = listing.links;
                self.followed.retain(|index, place| {
                    matches!(place, Place::Moved { .. }) || self.links.contains_key(index)
                });
                Taken::Whole
            }
            _ => Taken::Torn,
        }
    }
}
