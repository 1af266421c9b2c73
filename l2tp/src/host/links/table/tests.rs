//! The table of interfaces, with valid and hostile messages.

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
    take_bytes(table, &messages.concat()).unwrap();
}

/// Gives any bytes to the table.
fn take_bytes(table: &mut Table, datagram: &[u8]) -> Result<(), KernelError> {
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
fn a_registration_is_found_by_its_first_name() {
    let mut table = watching();
    take(&mut table, &[registration(5, "dummy0"), registration(6, "l2tpeth0"), rename(6, "wan0")]);
    let found = Interface { index: 6, name: name("l2tpeth0"), mtu: 1400 };
    assert_eq!(table.find(name("l2tpeth0")), FoundInterface::One(found));
    assert_eq!(table.find(name("wan0")), FoundInterface::None);
    assert_eq!(table.get(6).unwrap().name, name("wan0"));
}

#[test]
fn an_uncertain_registration_is_reported() {
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
fn a_dump_does_not_revert_later_notifications() {
    let mut table = watching();
    take(&mut table, &[registration(4, "stale")]);
    table.begin_dump(REQUEST);
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
fn an_inconsistent_dump_is_repeated() {
    let mut table = watching();
    take(&mut table, &[registration(4, "kept")]);
    table.begin_dump(REQUEST);
    take(&mut table, &[row(1, "lo")]);
    table.overrun();
    take(&mut table, &[done()]);
    assert!(table.is_stale());
    assert_eq!(table.get(4).unwrap().name, name("kept"));
}

#[test]
fn a_moved_interface_is_tracked() {
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
fn a_deleted_interface_is_removed() {
    let mut table = watching();
    for index in [6, 7, 8] {
        take(&mut table, &[registration(index, "l2tpeth0")]);
        table.track(*table.get(index).unwrap());
    }
    let moved = LinkAttrs { new_index: Some(9), ..attrs("l2tpeth0") };
    take(&mut table, &[message(GONE, 0, 6, 0, attrs("l2tpeth0")), message(GONE, 0, 7, 0, moved)]);
    // The notification of the third interface's deletion was lost.
    table.begin_dump(REQUEST);
    take(&mut table, &[row(1, "lo"), done()]);
    assert_eq!(table.namespace(8), InterfaceNamespace::Gone);
    assert_eq!(table.tracked.keys().copied().collect::<Vec<_>>(), [7]);
}

#[test]
fn hostile_bytes_make_the_table_stale_or_change_nothing() {
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
        table.begin_dump(REQUEST);
        let outcome = take_bytes(&mut table, &bytes);
        let listed = table.all().count();
        assert!(listed <= 6, "{listed} interfaces of 5 messages");
        assert!(table.registered.as_ref().is_none_or(|registered| registered.len() <= 5));
        match outcome {
            Ok(()) if !table.is_stale() => kept += 1,
            Ok(()) => doubted += 1,
            Err(refusal) => assert!(refusal.errno() > 0, "{refusal}"),
        }
        // Another dump makes the table valid again.
        table.begin_dump(REQUEST);
        let listing = [row(1, "lo"), row(6, "wan0"), done()].concat();
        take_bytes(&mut table, &listing).unwrap();
        assert!(!table.is_stale());
        assert_eq!(table.all().map(|link| link.index).collect::<Vec<_>>(), [1, 6]);
    }
    assert!(kept > 100 && doubted > 100, "{kept} {doubted}");
}

#[test]
fn registrations_without_a_watch_are_not_kept() {
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
fn too_many_registrations_are_uncertain() {
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
fn the_newest_of_many_moved_interfaces_are_tracked() {
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

/// Its rows may be older than later notifications.
#[test]
fn the_rest_of_an_abandoned_dump_is_skipped() {
    let mut table = watching();
    table.begin_dump(REQUEST);
    take(&mut table, &[row(1, "lo")]);
    table.begin_dump(Requester { seq: REQUEST.seq + 1, ..REQUEST });
    take(&mut table, &[message(GONE, 0, 7, 0, attrs("dummy0")), row(7, "dummy0"), done()]);
    assert!(table.is_stale());
    assert_eq!(table.get(7), None);
}

/// Netlink sets the flag on the first message after the change only: a row, or the end.
#[test]
fn an_inconsistent_dump_is_not_used() {
    let listing = [row(1, "lo"), row(2, "eth0"), done()];
    for interrupted in 0..=listing.len() {
        let mut table = Table::default();
        table.begin_dump(REQUEST);
        let mut messages = listing.clone();
        if let Some(message) = messages.get_mut(interrupted) {
            message[6..8].copy_from_slice(&l2tp_sys::NLM_F_DUMP_INTR.to_ne_bytes());
        }
        take(&mut table, &messages);
        assert_eq!(table.is_stale(), interrupted < listing.len(), "message {interrupted}");
    }
}
