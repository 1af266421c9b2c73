//! The interfaces of a namespace, updated by notifications, without a socket.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::message::LinkMessage;
use super::{Interface, InterfaceNamespace};
use crate::IfName;
use crate::events::Requester;
use crate::netlink::extack::{KernelError, acknowledgement};
use crate::netlink::inbox::Inbox;
use crate::netlink::message::Message;

/// The limit of registrations that are kept while a session is created.
const REGISTRATIONS: usize = 1024;
/// The limit of tracked interfaces that have left the namespace: their deletion there is not
/// notified here.
const MOVED: usize = 4096;

/// The known interfaces, and a dump of them that may be in progress.
#[derive(Debug, Default)]
pub(super) struct Table {
    links: BTreeMap<u32, Interface>,
    /// The interfaces of sessions that were created here, with their last known namespace. Deleted
    /// interfaces are removed.
    tracked: BTreeMap<u32, InterfaceNamespace>,
    /// The interfaces registered since [`watch`](Self::watch); `None` if no watch is active, or if
    /// notifications were lost since.
    registered: Option<Vec<Interface>>,
    /// Whether notifications were lost since the last complete dump.
    stale: bool,
    /// The port of the socket that requests dumps.
    port: u32,
    listing: Option<Listing>,
}

/// A dump in progress.
#[derive(Debug)]
struct Listing {
    request: Requester,
    links: BTreeMap<u32, Interface>,
    /// Interfaces with notifications since the request; rows about them may be out of date.
    notified: BTreeSet<u32>,
    /// Whether the dump is inconsistent and must be repeated.
    inconsistent: bool,
}

/// The result of a search for a session's interface.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FoundInterface {
    /// Exactly one interface with the name was registered.
    One(Interface),
    /// No interface with the name was registered.
    None,
    /// Several interfaces with the name were registered, or notifications were lost.
    Ambiguous,
}

impl Table {
    /// Starts to record registrations.
    pub(super) fn watch(&mut self) {
        self.registered = Some(Vec::new());
    }

    /// Stops to record registrations.
    pub(super) fn stop_watching(&mut self) {
        self.registered = None;
    }

    /// The interface with this name that was registered since the watch started.
    pub(super) fn find(&self, name: IfName) -> FoundInterface {
        let Some(registered) = &self.registered else { return FoundInterface::Ambiguous };
        let mut named = registered.iter().filter(|interface| interface.name == name);
        match (named.next(), named.next()) {
            (Some(&interface), None) => FoundInterface::One(interface),
            (Some(_), Some(_)) => FoundInterface::Ambiguous,
            (None, _) => FoundInterface::None,
        }
    }

    /// Tracks this interface, so that a move to another namespace is known.
    pub(super) fn track(&mut self, interface: Interface) {
        self.tracked.insert(interface.index, InterfaceNamespace::Here(interface.name));
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

    pub(super) fn namespace(&self, index: u32) -> InterfaceNamespace {
        match (self.links.get(&index), self.tracked.get(&index)) {
            (Some(here), _) => InterfaceNamespace::Here(here.name),
            (None, Some(moved @ InterfaceNamespace::Moved { .. })) => *moved,
            (None, _) => InterfaceNamespace::Gone,
        }
    }

    /// Records that this request asks for a dump.
    pub(super) fn begin_dump(&mut self, request: Requester) {
        let (links, notified) = (BTreeMap::new(), BTreeSet::new());
        self.listing = Some(Listing { request, links, notified, inconsistent: false });
        self.port = request.port;
        self.stale = true;
    }

    /// Whether a dump is needed: notifications were lost since the last one, or it failed.
    pub(super) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Records that notifications were lost, possibly registrations; a dump in progress is
    /// inconsistent.
    pub(super) fn overrun(&mut self) {
        self.registered = None;
        self.stale = true;
        self.invalidate_dump();
    }

    /// Processes the messages of a datagram. Returns the error with which the kernel ended a dump.
    /// A message that cannot be decoded counts as lost.
    pub(super) fn take(&mut self, inbox: &mut Inbox) -> Result<(), KernelError> {
        let mut outcome = Ok(());
        loop {
            match inbox.next_message() {
                Ok(None) => return outcome,
                Ok(Some(message)) if self.is_row(&message) => {
                    if let Err(error) = self.row(&message) {
                        outcome = Err(error);
                    }
                }
                Ok(Some(message)) if self.is_late(&message) => {}
                Ok(Some(message)) => self.notification(&message),
                Err(_) => self.overrun(),
            }
        }
    }

    /// Whether a message belongs to an abandoned dump.
    fn is_late(&self, message: &Message<'_>) -> bool {
        message.header.port == self.port && message.header.seq != 0
    }

    /// Whether a message belongs to the dump. A notification may have the sequence number of a
    /// request of another socket.
    fn is_row(&self, message: &Message<'_>) -> bool {
        let request = Requester { port: message.header.port, seq: message.header.seq };
        self.listing.as_ref().is_some_and(|listing| listing.request == request)
    }

    fn row(&mut self, message: &Message<'_>) -> Result<(), KernelError> {
        if message.header.flags & l2tp_sys::NLM_F_DUMP_INTR != 0 {
            self.invalidate_dump();
        }
        let kind = message.header.kind;
        if matches!(kind, l2tp_sys::NLMSG_DONE | l2tp_sys::NLMSG_ERROR) {
            return match acknowledgement(message, || &[]) {
                Ok(Ok(())) => {
                    self.end_dump();
                    Ok(())
                }
                Ok(Err(error)) => {
                    self.listing = None;
                    Err(error)
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
            (Err(_), _) => self.invalidate_dump(),
        }
        Ok(())
    }

    fn notification(&mut self, message: &Message<'_>) {
        match LinkMessage::read(message) {
            Ok(Some(LinkMessage::Here { interface, registered })) => {
                self.here(interface, registered);
            }
            Ok(Some(LinkMessage::Gone { index, namespace })) => self.gone(index, namespace),
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

    fn gone(&mut self, index: u32, namespace: InterfaceNamespace) {
        self.links.remove(&index);
        if namespace == InterfaceNamespace::Gone {
            self.tracked.remove(&index);
        } else if let Some(tracked) = self.tracked.get_mut(&index) {
            *tracked = namespace;
            self.forget_oldest_moved();
        }
        if let Some(listing) = &mut self.listing {
            listing.notified.insert(index);
            listing.links.remove(&index);
        }
    }

    fn invalidate_dump(&mut self) {
        if let Some(listing) = &mut self.listing {
            listing.inconsistent = true;
        }
    }

    /// Above the limit, removes the moved interface that was registered first; indexes increase.
    fn forget_oldest_moved(&mut self) {
        if self.tracked.len() <= self.links.len() + MOVED {
            return;
        }
        let mut moved =
            self.tracked.iter().filter(|(_, it)| matches!(it, InterfaceNamespace::Moved { .. }));
        if let Some(index) = moved.next().map(|(index, _)| *index) {
            self.tracked.remove(&index);
        }
    }

    /// Takes over the complete dump, unless notifications were lost in the meantime.
    fn end_dump(&mut self) {
        let Some(listing) = self.listing.take_if(|listing| !listing.inconsistent) else {
            self.listing = None;
            return;
        };
        self.links = listing.links;
        self.tracked.retain(|index, namespace| {
            matches!(namespace, InterfaceNamespace::Moved { .. }) || self.links.contains_key(index)
        });
        self.stale = false;
    }
}
