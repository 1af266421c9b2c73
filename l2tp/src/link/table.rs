//! The interfaces of a namespace, kept up to date by notifications; no socket is involved.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::message::LinkAttrs;
    use crate::link::message::samples::message;
    use crate::samples::spoilt;

    const NEW: u32 = l2tp_sys::RTM_NEWLINK;
    const GONE: u32 = l2tp_sys::RTM_DELLINK;
    /// `message` writes port 0.
    const REQUEST: Requester = Requester { port: 0, seq: 5 };

    fn name(name: &str) -> IfName {
        IfName::new(name).unwrap()
    }

    fn attrs(of: &str) -> LinkAttrs {
        LinkAttrs { name: Some(name(of)), mtu: Some(1400), ..LinkAttrs::default() }
    }

    fn registration(index: u32, of: &str) -> Vec<u8> {
        message(NEW, 0, index, u32::MAX, attrs(of))
    }

    fn rename(index: u32, to: &str) -> Vec<u8> {
        message(NEW, 0, index, 0, attrs(to))
    }

    fn row(index: u32, of: &str) -> Vec<u8> {
        message(NEW, REQUEST.seq, index, 0, attrs(of))
    }

    fn done() -> Vec<u8> {
        message(l2tp_sys::NLMSG_DONE, REQUEST.seq, 0, 0, LinkAttrs::default())
    }

    fn take(table: &mut Table, messages: &[Vec<u8>]) -> Taken {
        swallow(table, &messages.concat()).unwrap()
    }

    /// Likewise, of any bytes.
    fn swallow(table: &mut Table, datagram: &[u8]) -> Result<Taken, KernelError> {
        let mut inbox = Inbox::new();
        inbox.space()[..datagram.len()].copy_from_slice(datagram);
        inbox.received(datagram.len()).unwrap();
        table.take(&mut inbox)
    }

    fn watching() -> Table {
        let mut table = Table::default();
        table.watch();
        table
    }

    #[test]
    fn a_registration_is_found_by_its_name_whatever_comes_after() {
        let mut table = watching();
        take(
            &mut table,
            &[registration(5, "dummy0"), registration(6, "l2tpeth0"), rename(6, "wan0")],
        );
        let found = Interface { index: 6, name: name("l2tpeth0"), mtu: 1400 };
        assert_eq!(table.find(name("l2tpeth0")), Found::One(found));
        assert_eq!(table.find(name("wan0")), Found::None);
        assert_eq!(table.get(6).unwrap().name, name("wan0"));
    }

    #[test]
    fn doubt_is_not_hidden() {
        let mut table = watching();
        take(
            &mut table,
            &[registration(6, "l2tpeth0"), rename(6, "wan0"), registration(7, "l2tpeth0")],
        );
        assert_eq!(table.find(name("l2tpeth0")), Found::Unsure);
        let mut table = watching();
        take(&mut table, &[registration(6, "l2tpeth0")]);
        table.overrun();
        assert_eq!(table.find(name("l2tpeth0")), Found::Unsure);
        table.watch();
        assert_eq!(table.find(name("l2tpeth0")), Found::None);
    }

    #[test]
    fn a_listing_does_not_undo_what_was_notified_meanwhile() {
        let mut table = watching();
        take(&mut table, &[registration(4, "stale")]);
        table.begin_listing(REQUEST);
        let taken = take(
            &mut table,
            &[
                row(1, "lo"),
                rename(6, "wan0"),
                message(GONE, 0, 7, 0, attrs("dummy0")),
                row(6, "l2tpeth0"),
                row(7, "dummy0"),
                done(),
            ],
        );
        assert_eq!(taken, Taken::Whole);
        assert!(!table.is_listing());
        let all: Vec<_> = table.all().map(|interface| (interface.index, interface.name)).collect();
        assert_eq!(all, [(1, name("lo")), (6, name("wan0"))]);
    }

    #[test]
    fn a_listing_that_missed_something_is_repeated() {
        let mut table = watching();
        take(&mut table, &[registration(4, "kept")]);
        table.begin_listing(REQUEST);
        take(&mut table, &[row(1, "lo")]);
        table.overrun();
        assert_eq!(take(&mut table, &[done()]), Taken::Torn);
        assert_eq!(table.get(4).unwrap().name, name("kept"));
    }

    #[test]
    fn an_interface_that_moves_is_followed() {
        let mut table = watching();
        take(&mut table, &[registration(6, "l2tpeth0"), registration(7, "l2tpeth1")]);
        for index in [6, 7] {
            table.follow(*table.get(index).unwrap());
        }
        assert_eq!(table.place(6), Place::Here(name("l2tpeth0")));
        let moved = LinkAttrs { new_netns_id: Some(3), new_index: Some(9), ..attrs("l2tpeth0") };
        take(
            &mut table,
            &[
                message(GONE, 0, 6, u32::MAX, moved),
                message(GONE, 0, 7, u32::MAX, attrs("l2tpeth1")),
            ],
        );
        assert_eq!(table.place(6), Place::Moved { netns_id: Some(3), index: 9 });
        assert_eq!(table.place(7), Place::Gone);
        take(&mut table, &[registration(6, "back0")]);
        assert_eq!(table.place(6), Place::Here(name("back0")));
    }

    #[test]
    fn an_interface_that_is_gone_is_not_remembered() {
        let mut table = watching();
        for index in [6, 7, 8] {
            take(&mut table, &[registration(index, "l2tpeth0")]);
            table.follow(*table.get(index).unwrap());
        }
        let moved = LinkAttrs { new_index: Some(9), ..attrs("l2tpeth0") };
        take(
            &mut table,
            &[message(GONE, 0, 6, 0, attrs("l2tpeth0")), message(GONE, 0, 7, 0, moved)],
        );
        // That the third went was missed.
        table.begin_listing(REQUEST);
        take(&mut table, &[row(1, "lo"), done()]);
        assert_eq!(table.place(8), Place::Gone);
        assert_eq!(table.followed.keys().copied().collect::<Vec<_>>(), [7]);
    }

    #[test]
    fn hostile_bytes_leave_doubt_or_the_truth() {
        let moved = LinkAttrs { new_netns_id: Some(3), new_index: Some(9), ..attrs("l2tpeth1") };
        let datagram = [
            registration(6, "l2tpeth0"),
            row(1, "lo"),
            message(GONE, 0, 7, 0, moved),
            rename(6, "wan0"),
            row(6, "wan0"),
            done(),
        ]
        .concat();
        let (mut kept, mut doubted) = (0, 0);
        for bytes in spoilt(&datagram) {
            let mut table = watching();
            table.begin_listing(REQUEST);
            let outcome = swallow(&mut table, &bytes);
            let listed = table.all().count();
            assert!(listed <= 6, "{listed} interfaces of 5 messages");
            assert!(table.registered.len() <= 5);
            match outcome {
                Ok(Taken::Whole) if !table.is_listing() => kept += 1,
                Ok(_) => doubted += 1,
                Err(refusal) => assert!(refusal.errno() > 0, "{refusal}"),
            }
            // Another listing, and all is well.
            table.begin_listing(REQUEST);
            let listing = [row(1, "lo"), row(6, "wan0"), done()].concat();
            assert_eq!(swallow(&mut table, &listing).unwrap(), Taken::Whole);
            assert_eq!(table.all().map(|link| link.index).collect::<Vec<_>>(), [1, 6]);
        }
        assert!(kept > 100 && doubted > 100, "{kept} {doubted}");
    }
}
