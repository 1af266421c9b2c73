//! The schema against the kernel's header: what it has is bound or excused, and bound as it says.

use l2tp::netlink::attr::{AttrKind, AttrPolicy, FromAttrs};
use l2tp::schema::{self, TYPES, Table, UNBOUND, unbound};
use l2tp::{SessionInfo, Statistics};
use l2tp_sys::names::{ATTRIBUTES, attribute};

use crate::headers::parse;

const HEADER: &str = include_str!("../../headers/linux/l2tp.h");

/// The attributes in the text of a header, each with its number.
fn rows(table: Table, header: &str) -> Vec<(u32, String)> {
    let (first, end) = match table {
        Table::Family => ("L2TP_ATTR_NONE", "__L2TP_ATTR_MAX"),
        Table::Statistics => ("L2TP_ATTR_STATS_NONE", "__L2TP_ATTR_STATS_MAX"),
    };
    let header = parse::parse(header);
    let list = header.enums.iter().find(|list| list.members.iter().any(|it| it.name == first));
    let members = &list.expect("the enumeration").members;
    assert!(members.iter().all(|member| member.value.is_empty()), "members that do not count on");
    (0..).zip(members.iter().map(|it| it.name.clone()).take_while(|name| name != end)).collect()
}

fn borrowed(rows: &[(u32, String)]) -> impl Iterator<Item = (u32, &str)> {
    rows.iter().map(|(number, name)| (*number, name.as_str()))
}

#[test]
fn every_attribute_of_the_header_is_bound_or_excused() {
    for table in [Table::Family, Table::Statistics] {
        let rows = rows(table, HEADER);
        let ours: Vec<_> = table.rows().map(|(number, name)| (number, name.to_owned())).collect();
        assert_eq!(ours, rows, "l2tp-sys is of another header");
        assert_eq!(unbound(table, table.rows()).collect::<Vec<_>>(), []);
    }
}

#[test]
fn an_attribute_added_to_the_header_is_noticed() {
    let added = HEADER
        .replace("\t__L2TP_ATTR_MAX,", "\tL2TP_ATTR_NEW,\t\t\t/* u32 */\n\t__L2TP_ATTR_MAX,")
        .replace("\t__L2TP_ATTR_STATS_MAX,", "\tL2TP_ATTR_RX_NEW,\n\t__L2TP_ATTR_STATS_MAX,");
    for (table, number, name) in
        [(Table::Family, 36, "L2TP_ATTR_NEW"), (Table::Statistics, 12, "L2TP_ATTR_RX_NEW")]
    {
        let rows = rows(table, &added);
        assert_eq!(unbound(table, borrowed(&rows)).collect::<Vec<_>>(), [(number, name)]);
    }
}

#[test]
fn an_excuse_is_for_an_attribute_that_exists_and_is_not_bound() {
    for excuse in UNBOUND {
        let (number, name) = (u32::from(excuse.id), excuse.name);
        assert!(excuse.table.rows().any(|row| row == (number, name)), "{name}");
        assert!(!bound().any(|(table, attr)| (table, attr.id) == (excuse.table, excuse.id)));
    }
}

/// Every attribute that a type binds.
fn bound() -> impl Iterator<Item = (Table, &'static AttrPolicy)> {
    let family = TYPES.iter().flat_map(|of| of.attributes).map(|attr| (Table::Family, attr));
    let statistics = <Statistics as FromAttrs<'_>>::POLICY.iter();
    family.chain(statistics.map(|attr| (Table::Statistics, attr)))
}

#[test]
fn fields_are_bound_by_the_headers_names() {
    for (table, attr) in bound() {
        let row = table.rows().find(|(number, _)| *number == u32::from(attr.id));
        assert_eq!(row.map(|(_, name)| name), Some(attr.name), "field {}", attr.field);
    }
    for (number, name) in Table::Family.rows() {
        let id = u16::try_from(number).expect("a small number");
        assert_eq!(schema::attribute_name(id), Some(name));
    }
    assert_eq!(schema::attribute_name(36), None);
}

/// The form that the header's comment speaks of.
fn says(comment: &str, kind: AttrKind) -> bool {
    match kind {
        AttrKind::U8 => comment == "u8",
        AttrKind::U16 => comment == "u16",
        AttrKind::U32 => matches!(comment, "u32" | "int"),
        // The header does not say of which size; the kernel's policy does.
        AttrKind::U64 => matches!(comment, "u64" | "msec"),
        AttrKind::Flag => comment == "flag",
        AttrKind::Ipv4 => comment == "u32",
        AttrKind::Ipv6 => comment == "struct in6_addr",
        AttrKind::Str { .. } => comment == "string",
        AttrKind::Bytes { max } => max == 8 && comment == "0, 4 or 8 bytes",
        AttrKind::Enum { repr, .. } => says(comment, *repr),
        AttrKind::Nested(_) => comment == "nested",
        _ => false,
    }
}

#[test]
fn fields_have_the_form_that_the_header_gives() {
    for (_, attr) in bound().filter(|(table, _)| *table == Table::Family) {
        let payload = attribute(ATTRIBUTES, attr.id.into()).and_then(|row| row.payload);
        let comment = payload.unwrap_or_default();
        assert!(says(comment, attr.kind), "{}: {comment:?}, {:?}", attr.name, attr.kind);
    }
    let u64s = <Statistics as FromAttrs<'_>>::POLICY.iter();
    assert!(u64s.clone().count() == 10 && u64s.clone().all(|attr| attr.kind == AttrKind::U64));
}

#[test]
fn types_agree_about_an_attribute() {
    for (table, attr) in bound() {
        for (other_table, other) in bound() {
            if (table, attr.id) == (other_table, other.id) {
                assert_eq!(attr.kind, other.kind, "{} and {}", attr.field, other.field);
            }
        }
    }
}

#[test]
fn a_type_is_found_with_its_fields() {
    let info = TYPES.iter().find(|of| of.name == "SessionInfo").expect("the type");
    assert_eq!(info.attributes, <SessionInfo as FromAttrs<'_>>::POLICY);
    assert_eq!(info.direction, schema::Direction::Received);
    let nested = schema::attribute(30).expect("the statistics").kind;
    assert_eq!(nested, AttrKind::Nested(<Statistics as FromAttrs<'_>>::POLICY));
}
