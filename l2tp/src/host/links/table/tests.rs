//! The account of interfaces, over messages that a kernel would send and others.

use super::*;
use crate::host::links::message::LinkAttrs;
use crate::host::links::message::samples::message;
use crate::testing::samples::spoilt;

const NEW: u16 = l2tp_sys::RTM_NEWLINK;
const GONE: u16 = l2tp_sys::RTM_DELLINK;
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

fn take(table: &mut Table, messages: &[Vec<u8>]) {
    swallow(table, &messages.concat()).unwrap();
}

/// Likewise, of any bytes.
fn swallow(table: &mut Table, datagram: &[u8]) -> Result<(), KernelError> {
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
    take(&mut table, &[registration(5, "dummy0"), registration(6, "l2tpeth0"), rename(6, "wan0")]);
    let found = Interface { index: 6, name: name("l2tpeth0"), mtu: 1400 };
    assert_eq!(table.find(name("l2tpeth0")), FoundInterface::One(found));
    assert_eq!(table.find(name("wan0")), FoundInterface::None);
    assert_eq!(table.get(6).unwrap().name, name("wan0"));
}

#[test]
fn doubt_is_not_hidden() {
    let mut table = watching();
    take(
        &mut table,
        &[registration(6, "l2tpeth0"), rename(6, "wan0"), registration(7, "l2tpeth0")],
    );
    assert_eq!(table.find(name("l2tpeth0")), FoundInterface::Ambiguous);
    let mut table = watching();
    take(&mut table, &[registration(6, "l2tpeth0")]);
    table.overrun();
    assert_eq!(table.find(name("l2tpeth0")), FoundInterface::Ambiguous);
    table.watch();
    assert_eq!(table.find(name("l2tpeth0")), FoundInterface::None);
}

#[test]
fn a_listing_does_not_undo_what_was_notified_meanwhile() {
    let mut table = watching();
    take(&mut table, &[registration(4, "stale")]);
    table.begin_listing(REQUEST);
    take(
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
    assert!(!table.is_stale());
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
    take(&mut table, &[done()]);
    assert!(table.is_stale());
    assert_eq!(table.get(4).unwrap().name, name("kept"));
}

#[test]
fn an_interface_that_moves_is_followed() {
    let mut table = watching();
    take(&mut table, &[registration(6, "l2tpeth0"), registration(7, "l2tpeth1")]);
    for index in [6, 7] {
        table.track(*table.get(index).unwrap());
    }
    assert_eq!(table.namespace(6), InterfaceNamespace::Here(name("l2tpeth0")));
    let moved = LinkAttrs { new_netns_id: Some(3), new_index: Some(9), ..attrs("l2tpeth0") };
    take(
        &mut table,
        &[message(GONE, 0, 6, u32::MAX, moved), message(GONE, 0, 7, u32::MAX, attrs("l2tpeth1"))],
    );
    assert_eq!(table.namespace(6), InterfaceNamespace::Moved { netns_id: Some(3), index: 9 });
    assert_eq!(table.namespace(7), InterfaceNamespace::Gone);
    take(&mut table, &[registration(6, "back0")]);
    assert_eq!(table.namespace(6), InterfaceNamespace::Here(name("back0")));
}

#[test]
fn an_interface_that_is_gone_is_not_remembered() {
    let mut table = watching();
    for index in [6, 7, 8] {
        take(&mut table, &[registration(index, "l2tpeth0")]);
        table.track(*table.get(index).unwrap());
    }
    let moved = LinkAttrs { new_index: Some(9), ..attrs("l2tpeth0") };
    take(&mut table, &[message(GONE, 0, 6, 0, attrs("l2tpeth0")), message(GONE, 0, 7, 0, moved)]);
    // That the third went was missed.
    table.begin_listing(REQUEST);
    take(&mut table, &[row(1, "lo"), done()]);
    assert_eq!(table.namespace(8), InterfaceNamespace::Gone);
    assert_eq!(table.tracked.keys().copied().collect::<Vec<_>>(), [7]);
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
        assert!(table.registered.as_ref().is_none_or(|registered| registered.len() <= 5));
        match outcome {
            Ok(()) if !table.is_stale() => kept += 1,
            Ok(()) => doubted += 1,
            Err(refusal) => assert!(refusal.errno() > 0, "{refusal}"),
        }
        // Another dump, and all is well.
        table.begin_listing(REQUEST);
        let listing = [row(1, "lo"), row(6, "wan0"), done()].concat();
        swallow(&mut table, &listing).unwrap();
        assert!(!table.is_stale());
        assert_eq!(table.all().map(|link| link.index).collect::<Vec<_>>(), [1, 6]);
    }
    assert!(kept > 100 && doubted > 100, "{kept} {doubted}");
}

#[test]
fn registrations_that_nobody_watches_for_are_not_kept() {
    let mut table = watching();
    table.stop_watching();
    for index in 0..100_000 {
        table.here(Interface { index, name: name("veth0"), mtu: 1500 }, true);
        table.gone(index, InterfaceNamespace::Gone);
    }
    assert_eq!(table.registered, None);
    assert_eq!((table.links.len(), table.tracked.len()), (0, 0));
}

#[test]
fn too_many_registrations_leave_doubt() {
    let mut table = watching();
    take(&mut table, &[registration(6, "l2tpeth0")]);
    for index in 7..7 + u32::try_from(REGISTRATIONS).unwrap() {
        assert!(matches!(table.find(name("l2tpeth0")), FoundInterface::One(_)));
        table.here(Interface { index, name: name("veth0"), mtu: 1500 }, true);
        table.gone(index, InterfaceNamespace::Gone);
    }
    assert_eq!(table.find(name("l2tpeth0")), FoundInterface::Ambiguous);
}

#[test]
fn of_interfaces_without_end_that_move_the_newest_are_remembered() {
    let mut table = Table::default();
    let last = u32::try_from(MOVED).unwrap() + 50;
    for index in 1..=last {
        let interface = Interface { index, name: name("l2tpeth0"), mtu: 1500 };
        table.here(interface, true);
        table.track(interface);
        table.gone(index, InterfaceNamespace::Moved { netns_id: None, index });
    }
    assert_eq!(table.tracked.len(), MOVED);
    assert_eq!(table.namespace(50), InterfaceNamespace::Gone);
    assert_eq!(table.namespace(51), InterfaceNamespace::Moved { netns_id: None, index: 51 });
    assert_eq!(table.namespace(last), InterfaceNamespace::Moved { netns_id: None, index: last });
}

/// Its rows may be older than what has been notified since.
#[test]
fn the_rest_of_a_listing_that_was_given_up_is_passed_over() {
    let mut table = watching();
    table.begin_listing(REQUEST);
    take(&mut table, &[row(1, "lo")]);
    table.begin_listing(Requester { seq: REQUEST.seq + 1, ..REQUEST });
    take(&mut table, &[message(GONE, 0, 7, 0, attrs("dummy0")), row(7, "dummy0"), done()]);
    assert!(table.is_stale());
    assert_eq!(table.get(7), None);
}

/// Netlink sets the flag once, on the message behind the change: a row, or the end.
#[test]
fn an_interrupted_listing_is_not_believed() {
    let listing = [row(1, "lo"), row(2, "eth0"), done()];
    for interrupted in 0..=listing.len() {
        let mut table = Table::default();
        table.begin_listing(REQUEST);
        let mut messages = listing.clone();
        if let Some(message) = messages.get_mut(interrupted) {
            message[6..8].copy_from_slice(&l2tp_sys::NLM_F_DUMP_INTR.to_ne_bytes());
        }
        take(&mut table, &messages);
        assert_eq!(table.is_stale(), interrupted < listing.len(), "message {interrupted}");
    }
}
