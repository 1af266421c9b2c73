//! The requests of `ip l2tp` against the library's for the same, attribute by attribute.

use std::collections::BTreeMap;
use std::fmt::Write;

use l2tp::schema::attribute_name;

use super::{Capture, Conversation, first};

/// How the requests differ in an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// `ip` alone sends it.
    OnlyIp,
    /// The library alone sends it.
    OnlyOurs,
    /// Both send it, with different values.
    Value,
}

/// A difference that the requests of a command may have.
struct Explained {
    command: &'static str,
    attribute: u16,
    how: How,
    why: &'static str,
}

const EXPLAINED: &[Explained] = &[
    Explained {
        command: "add session",
        attribute: l2tp_sys::L2TP_ATTR_PEER_CONN_ID,
        how: How::Value,
        why: "ip never fills it in; the kernel does not read it and knows the tunnel's peer",
    },
    Explained {
        command: "add session",
        attribute: l2tp_sys::L2TP_ATTR_L2SPEC_LEN,
        how: How::OnlyIp,
        why: "the kernel does not read it: L2SPEC_TYPE decides",
    },
    Explained {
        command: "show tunnel",
        attribute: l2tp_sys::L2TP_ATTR_CONN_ID,
        how: How::OnlyIp,
        why: "the kernel does not read the attributes of a dump, and lists everything",
    },
    Explained {
        command: "show session",
        attribute: l2tp_sys::L2TP_ATTR_CONN_ID,
        how: How::OnlyIp,
        why: "the kernel does not read the attributes of a dump, and lists everything",
    },
    Explained {
        command: "show session",
        attribute: l2tp_sys::L2TP_ATTR_SESSION_ID,
        how: How::OnlyIp,
        why: "the kernel does not read the attributes of a dump, and lists everything",
    },
];

/// A request's attributes by their numbers, none of which may occur twice.
fn attributes(request: &[u8]) -> BTreeMap<u16, Vec<u8>> {
    let mut attributes = BTreeMap::new();
    for attr in first(request).attrs().expect("attributes") {
        let attr = attr.expect("a well-formed attribute");
        let twice = attributes.insert(attr.id(), attr.payload().to_vec());
        assert_eq!(twice, None, "{:?}", attribute_name(attr.id()));
    }
    attributes
}

/// An attribute's number, and its payload in both requests.
type Difference = (u16, Option<Vec<u8>>, Option<Vec<u8>>);

/// Where the two differ. Their headers must not, but for the sequence number.
fn differences(ip: &[u8], ours: &[u8]) -> Vec<Difference> {
    let header = |request: &[u8]| (first(request).header, first(request).command());
    let (ip_header, our_header) = (header(ip), header(ours));
    assert_eq!((ip_header.0.kind, ip_header.0.flags), (our_header.0.kind, our_header.0.flags));
    assert_eq!((ip_header.1, &ip[17..20]), (our_header.1, &ours[17..20]));
    let (mut ip, mut ours) = (attributes(ip), attributes(ours));
    let mut ids: Vec<u16> = ip.keys().chain(ours.keys()).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let pairs = ids.into_iter().map(|id| (id, ip.remove(&id), ours.remove(&id)));
    pairs.filter(|(_, ip, ours)| ip != ours).collect()
}

/// The entry of [`EXPLAINED`] for a difference.
fn explanation(command: &str, (id, ip, ours): &Difference) -> Option<&'static Explained> {
    let how = match (ip, ours) {
        (Some(_), None) => How::OnlyIp,
        (None, Some(_)) => How::OnlyOurs,
        _ => How::Value,
    };
    EXPLAINED
        .iter()
        .find(|known| (known.command, known.attribute, known.how) == (command, *id, how))
}

/// A comparison for a reviewer.
fn report(conversation: &Conversation, family: u16) -> String {
    let command = conversation.command;
    let mut text = format!("ip l2tp {}\n", command.text());
    for difference in differences(&conversation.request, &command.request(family)) {
        let why = explanation(command.name(), &difference).map_or("UNEXPLAINED", |it| it.why);
        let (id, ip, ours) = difference;
        let name = attribute_name(id).unwrap_or("an unknown attribute");
        let _ = writeln!(text, "    {name}: {}, we {}: {why}", sent(ip), sent(ours));
    }
    text
}

fn sent(payload: Option<Vec<u8>>) -> String {
    payload.map_or("nothing".to_owned(), |payload| format!("{payload:02x?}"))
}

#[test]
fn differences_from_ip_l2tp_are_explained() {
    for capture in Capture::all() {
        let reports = capture.conversations.iter().map(|it| report(it, capture.family));
        let text: String = reports.collect();
        assert!(!text.contains("UNEXPLAINED"), "{text}");
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("requests_of_ip_l2tp", text);
        });
    }
}

#[test]
fn an_explanation_is_for_a_difference_that_exists() {
    for capture in Capture::all() {
        let found: Vec<_> = capture
            .conversations
            .iter()
            .flat_map(|it| {
                let name = it.command.name();
                let found = differences(&it.request, &it.command.request(capture.family));
                found.into_iter().map(move |difference| (name, difference))
            })
            .filter_map(|(name, difference)| explanation(name, &difference))
            .collect();
        for known in EXPLAINED {
            assert!(found.iter().any(|it| std::ptr::eq(*it, known)), "{}", known.why);
        }
    }
}
