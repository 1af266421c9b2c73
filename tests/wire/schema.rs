//! The library against the kernel's headers: what they have is bound or excused, and bound as they
//! say.

use kernel_headers::parse;
use l2tp::SessionInfo;
use l2tp::netlink::attr::{AttrKind, AttrPolicy, FromAttrs};
use l2tp::schema::{self, HeaderTable, OTHER_TABLES, TYPES, UNBOUND, unbound};
use l2tp::types::Statistics;
use l2tp_sys::names::{ATTRIBUTES, STATISTICS, TABLES, attribute};

/// The headers whose every number is held against the library.
const HEADERS: [&str; 2] =
    [include_str!("../../headers/linux/l2tp.h"), include_str!("../../headers/linux/if_pppol2tp.h")];

/// The macros of those headers that are neither a number of a table nor its highest.
const MACROS: &[(&str, &str)] = &[
    ("L2TP_GENL_NAME", "used to find the family"),
    ("L2TP_GENL_VERSION", "used in every request"),
    ("L2TP_GENL_MCGROUP", "used to join the group"),
];

/// What a maintainer does about a number that the library does not have.
fn remedy(table: HeaderTable, name: &str) -> String {
    let variant = |of: &str, file: &str| {
        format!("add a variant with `#[nlenum(id = l2tp_sys::{name})]` to {of} in l2tp/src/{file}")
    };
    match table {
        HeaderTable::Commands => {
            "implement Command for it in l2tp/src/conn/command/mod.rs, and list it in NUMBERS there"
                .into()
        }
        HeaderTable::Family => format!(
            "bind it with `#[nlattr(id = l2tp_sys::{name})]` in each struct that carries it: \
             TunnelConfig, SessionConfig or SessionChange if it is sent, TunnelInfo or SessionInfo \
             if it is received (l2tp/src/tunnel, l2tp/src/session)"
        ),
        HeaderTable::Statistics => format!(
            "add a field with `#[nlattr(id = l2tp_sys::{name})]` to Statistics in l2tp/src/types/statistics.rs"
        ),
        HeaderTable::PseudowireTypes => variant("PseudowireType", "types/numbers.rs"),
        HeaderTable::L2SpecTypes => variant("L2SpecType", "types/numbers.rs"),
        HeaderTable::EncapTypes => variant("EncapType", "types/numbers.rs"),
        HeaderTable::AttributeTypes => variant("AttrType", "netlink/extack.rs"),
        HeaderTable::SequenceModes => {
            "give it a type, and HeaderTable::binds that type's numbers".into()
        }
        HeaderTable::DebugFlags | HeaderTable::PppDebugFlags => {
            format!("add it to debug_flags! in l2tp/src/types/numbers.rs, with l2tp_sys::{name}")
        }
        HeaderTable::PppOptions => format!(
            "add a SocketOption with l2tp_sys::{name} to l2tp/src/ppp/session.rs, with the methods \
             of SessionSocket that read and set it, and list it in options() there"
        ),
        other => panic!("no remedy for {other:?}: add it to this test"),
    }
}

/// Every number among `rows` that the library neither has nor excuses, with what to do.
fn faults<'r>(table: HeaderTable, rows: impl IntoIterator<Item = (u32, &'r str)>) -> Vec<String> {
    let fault = |(number, name)| {
        let remedy = remedy(table, name);
        format!(
            "{name} ({number}) is unbound: {remedy}; or excuse it, with a reason, in UNBOUND of \
             l2tp/src/schema/unbound.rs as `{table:?} {name}`"
        )
    };
    unbound(table, rows).map(fault).collect()
}

/// Every table of l2tp-sys that is held against nothing.
fn unknown_tables<'t>(names: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let known = HeaderTable::ALL.iter().map(|table| table.name());
    let known: Vec<&str> = known.chain(OTHER_TABLES.iter().map(|(name, _)| *name)).collect();
    let unknown = names.into_iter().filter(|name| !known.contains(name));
    let fault = |name| {
        format!(
            "l2tp_sys::names::{name} is held against nothing: add it to HeaderTable in \
             l2tp/src/schema/unbound.rs with the type that binds its numbers, or excuse it in \
             OTHER_TABLES there"
        )
    };
    unknown.map(fault).collect()
}

/// Every macro of a header that nothing is known to use.
fn unknown_macros(header: &str) -> Vec<String> {
    // `(__L2TP_CMD_MAX - 1)` counts what a table lists.
    let counts = |value: &[String]| value.iter().any(|token| token.starts_with("__"));
    let macros = parse::parse(header).macros.into_iter().filter(|found| !counts(&found.value));
    let macros = macros.map(|found| found.name);
    let ours = macros.filter(|name| name.starts_with("L2TP_") || name.starts_with("PPPOL2TP_"));
    let unknown = ours.filter(|name| !MACROS.iter().any(|(known, _)| known == name));
    let fault = |name| {
        format!("{name}, a macro, is used by nothing: use it, and list it in MACROS of this test")
    };
    unknown.map(fault).collect()
}

#[test]
fn nothing_in_the_headers_is_unbound() {
    let numbers = HeaderTable::ALL.iter().flat_map(|&table| faults(table, table.rows()));
    let tables = unknown_tables(TABLES.iter().map(|(name, _)| *name));
    let macros = HEADERS.into_iter().flat_map(unknown_macros);
    let all: Vec<String> = numbers.chain(tables).chain(macros).collect();
    assert!(all.is_empty(), "the headers have what the library has not:\n- {}", all.join("\n- "));
}

#[test]
fn every_addition_of_a_header_is_named_with_a_remedy() {
    for &table in HeaderTable::ALL {
        // Free in every table, and a bit of its own for flags.
        let new = (0x4000_0000, "L2TP_NEW");
        let [fault] = &faults(table, [new])[..] else { panic!("{table:?}: not one fault") };
        assert!(fault.starts_with("L2TP_NEW (1073741824) is unbound: "), "{fault}");
        assert!(fault.ends_with(&format!("unbound.rs as `{table:?} L2TP_NEW`")), "{fault}");
        assert!(table.rows().next().is_some(), "{table:?} is no table of l2tp-sys");
    }
    let [fault] = &unknown_tables(["COMMANDS", "L2TP_FOO_ATTRIBUTES"])[..] else {
        panic!("not one fault")
    };
    assert!(fault.starts_with("l2tp_sys::names::L2TP_FOO_ATTRIBUTES is held"), "{fault}");
    let [fault] =
        &unknown_macros("#define L2TP_CMD_MAX (__L2TP_CMD_MAX - 1)\n#define L2TP_FOO 1")[..]
    else {
        panic!("not one fault")
    };
    assert!(fault.starts_with("L2TP_FOO, a macro,"), "{fault}");
}

#[test]
fn an_excuse_is_for_what_exists_and_is_not_bound() {
    for excuse in UNBOUND {
        let row = (excuse.number, excuse.name);
        assert!(excuse.table.rows().any(|it| it == row), "{} is not in the header", excuse.name);
        assert!(!excuse.table.binds(excuse.number), "{} is bound and needs none", excuse.name);
        assert!(!excuse.reason.is_empty());
    }
    for (name, _) in OTHER_TABLES {
        assert!(TABLES.iter().any(|(table, _)| table == name), "no table {name}");
    }
    for (name, _) in MACROS {
        assert!(HEADERS.iter().any(|header| header.contains(name)), "no macro {name}");
    }
}

/// Every attribute that a type binds.
fn bound() -> impl Iterator<Item = (HeaderTable, &'static AttrPolicy)> {
    let family = TYPES.iter().flat_map(|of| of.attributes).map(|attr| (HeaderTable::Family, attr));
    let statistics = <Statistics as FromAttrs<'_>>::POLICY.iter();
    family.chain(statistics.map(|attr| (HeaderTable::Statistics, attr)))
}

#[test]
fn fields_are_bound_by_the_headers_names() {
    for (table, attr) in bound() {
        let row = table.rows().find(|(number, _)| *number == u32::from(attr.id));
        assert_eq!(row.map(|(_, name)| name), Some(attr.name), "field {}", attr.field);
    }
    for (number, name) in HeaderTable::Family.rows() {
        let id = u16::try_from(number).expect("a small number");
        assert_eq!(schema::attribute_name(id), Some(name));
    }
    assert_eq!(schema::attribute_name(u16::MAX), None);
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
    for (_, attr) in bound().filter(|(table, _)| *table == HeaderTable::Family) {
        let payload = attribute(ATTRIBUTES, attr.id).and_then(|row| row.payload);
        let comment = payload.unwrap_or_default();
        assert!(says(comment, attr.kind), "{}: {comment:?}, {:?}", attr.name, attr.kind);
    }
    for attr in <Statistics as FromAttrs<'_>>::POLICY {
        let payload = attribute(STATISTICS, attr.id).and_then(|row| row.payload);
        assert!(says(payload.unwrap_or_default(), attr.kind), "{}: {:?}", attr.name, attr.kind);
    }
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
    assert_eq!(info.direction, schema::AttributeDirection::Received);
    let nested = schema::attribute(30).expect("the statistics").kind;
    assert_eq!(nested, AttrKind::Nested(<Statistics as FromAttrs<'_>>::POLICY));
}
