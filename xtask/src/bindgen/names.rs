//! Writes l2tp-sys's tables from number to kernel name. The types of their rows are in its `names.rs`.
//!
//! A table is one enumeration of a header. Names, payload types and the enumerations that
//! attributes take their values from come from the header's text; numbers are the generated
//! constants themselves, so a table cannot disagree with them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::width;
use crate::headers::parse::{Constant, Enum, Header};

/// How the comments of an enumeration give the types of its attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The enumeration is no list of attributes.
    Values,
    /// `/* u16, enum l2tp_pwtype */`, `/* u16 (not used) */`.
    Attributes,
    /// `@NLMSGERR_ATTR_OFFS: offset of the attribute (u32)`.
    DocumentedAttributes,
}

/// A table: its name, what it lists, how, and a member by which its enumeration is found.
struct Table(&'static str, &'static str, Kind, &'static str);

const TABLES: &[Table] = &[
    Table("COMMANDS", "The commands of the `l2tp` family", Kind::Values, "L2TP_CMD_NOOP"),
    Table("ATTRIBUTES", "The attributes of the `l2tp` family", Kind::Attributes, "L2TP_ATTR_NONE"),
    Table(
        "STATISTICS",
        "The attributes nested in `L2TP_ATTR_STATS`",
        Kind::Attributes,
        "L2TP_ATTR_STATS_NONE",
    ),
    Table("PSEUDOWIRE_TYPES", "Pseudowire types", Kind::Values, "L2TP_PWTYPE_NONE"),
    Table("L2SPEC_TYPES", "Layer-2-specific sublayers", Kind::Values, "L2TP_L2SPECTYPE_NONE"),
    Table("ENCAP_TYPES", "Encapsulations of tunnels", Kind::Values, "L2TP_ENCAPTYPE_UDP"),
    Table("SEQUENCE_MODES", "Sequence modes, unused by the kernel", Kind::Values, "L2TP_SEQ_NONE"),
    Table("DEBUG_FLAGS", "Debug flags, unused by the kernel", Kind::Values, "L2TP_MSG_DEBUG"),
    Table("PPPOL2TP_OPTIONS", "Options of PPPoL2TP sockets", Kind::Values, "PPPOL2TP_SO_DEBUG"),
    Table(
        "PPPOL2TP_DEBUG_FLAGS",
        "Debug flags of PPPoL2TP sockets, unused by the kernel",
        Kind::Values,
        "PPPOL2TP_MSG_DEBUG",
    ),
    Table(
        "CTRL_COMMANDS",
        "The commands of the generic netlink controller",
        Kind::Values,
        "CTRL_CMD_UNSPEC",
    ),
    Table(
        "CTRL_ATTRIBUTES",
        "The attributes of the generic netlink controller",
        Kind::Attributes,
        "CTRL_ATTR_UNSPEC",
    ),
    Table(
        "CTRL_OP_ATTRIBUTES",
        "The attributes of an operation in `CTRL_ATTR_OPS`",
        Kind::Attributes,
        "CTRL_ATTR_OP_UNSPEC",
    ),
    Table(
        "CTRL_MCAST_GRP_ATTRIBUTES",
        "The attributes of a group in `CTRL_ATTR_MCAST_GROUPS`",
        Kind::Attributes,
        "CTRL_ATTR_MCAST_GRP_UNSPEC",
    ),
    Table(
        "CTRL_POLICY_ATTRIBUTES",
        "The attributes of an operation in `CTRL_ATTR_OP_POLICY`",
        Kind::Attributes,
        "CTRL_ATTR_POLICY_UNSPEC",
    ),
    Table(
        "ERROR_ATTRIBUTES",
        "The attributes of an extended acknowledgement",
        Kind::DocumentedAttributes,
        "NLMSGERR_ATTR_UNUSED",
    ),
    Table(
        "POLICY_ATTRIBUTES",
        "The attributes that describe one attribute in a policy dump",
        Kind::DocumentedAttributes,
        "NL_POLICY_TYPE_ATTR_UNSPEC",
    ),
    Table(
        "ATTRIBUTE_TYPES",
        "Types of attributes in a policy dump",
        Kind::Values,
        "NL_ATTR_TYPE_INVALID",
    ),
];

/// Every enumeration with a member whose name starts so has a table.
const TABLED: &[&str] = &["L2TP_", "PPPOL2TP_"];

/// The text of `names/tables.rs`, formatted.
///
/// `numbers` are the constants of type `u32`.
pub(super) fn names<'a>(
    headers: impl IntoIterator<Item = &'a Header>,
    numbers: &BTreeSet<String>,
) -> Result<String> {
    let enums: Vec<&Enum> = headers.into_iter().flat_map(|header| &header.enums).collect();
    check(&enums, numbers)?;
    let links = Links::new(&enums)?;
    let tables = TABLES.iter().map(|table| table.tokens(&enums, &links));
    let tables: Vec<TokenStream> = tables.collect::<Result<_>>()?;
    let index = TABLES.iter().map(|Table(name, _, kind, _)| {
        let table = format_ident!("{name}");
        let variant = if *kind == Kind::Values { quote!(Values) } else { quote!(Attributes) };
        quote!((#name, Table::#variant(#table)))
    });
    let file = syn::parse2(quote! {
        use super::{Attribute, Name, Table};
        /// Every table of this module by its name.
        pub const TABLES: &[(&str, Table)] = &[#(#index),*];
        #(#tables)*
    })?;
    Ok(prettyplease::unparse(&file))
}

/// Fails if an enumeration of L2TP's has no table, or a table a member that its rows cannot hold.
fn check(enums: &[&Enum], numbers: &BTreeSet<String>) -> Result<()> {
    let mut faults = Vec::new();
    for found in enums {
        let names = || found.members.iter().map(|member| &member.name);
        let Some(table) = TABLES.iter().find(|table| names().any(|name| name == table.3)) else {
            let is_own = |name: &&String| TABLED.iter().any(|prefix| name.starts_with(prefix));
            if let Some(own) = names().find(is_own) {
                let tag = found.tag.as_deref().unwrap_or("without a tag");
                faults.push(format!("  enum {tag}, which has {own}, has no table"));
            }
            continue;
        };
        for member in found.members.iter().filter(|member| !is_bound(member)) {
            let name = &member.name;
            if !numbers.contains(name) {
                faults.push(format!("  {name}, of the table {}, is no u32", table.0));
            } else if table.2 != Kind::Values && width::bits(name) != u16::BITS {
                faults.push(format!("  {name}, of the table {}, is no u16", table.0));
            }
        }
    }
    ensure!(
        faults.is_empty(),
        "l2tp-sys has no kernel names for these:\n{}\n\
         Add a table to TABLES of xtask/src/bindgen/names.rs or a width to WIDTHS of width.rs beside \
         it, or teach the rows another number.",
        faults.join("\n")
    );
    Ok(())
}

/// Which table describes the values of, or the attributes nested in, an attribute.
struct Links {
    /// By the tag of the enumeration.
    values: BTreeMap<String, &'static str>,
    /// By the name of the attribute, from a comment `Nested in NAME` above the enumeration.
    nested: BTreeMap<String, &'static str>,
}

impl Links {
    fn new(enums: &[&Enum]) -> Result<Self> {
        let mut links = Self { values: BTreeMap::new(), nested: BTreeMap::new() };
        for table in TABLES {
            let found = table.find(enums)?;
            if let Some(tag) = found.tag.as_ref().filter(|_| table.2 == Kind::Values) {
                links.values.insert(tag.clone(), table.0);
            }
            let comment = found.comment.as_deref().unwrap_or_default();
            if let Some(attribute) = comment.strip_prefix("Nested in ") {
                links.nested.insert(attribute.to_owned(), table.0);
            }
        }
        Ok(links)
    }
}

impl Table {
    fn find<'a>(&self, enums: &[&'a Enum]) -> Result<&'a Enum> {
        let Self(name, _, _, member) = self;
        enums
            .iter()
            .copied()
            .find(|candidate| candidate.members.iter().any(|found| found.name == *member))
            .with_context(|| format!("no header has {member}, by which the table {name} is found"))
    }

    fn tokens(&self, enums: &[&Enum], links: &Links) -> Result<TokenStream> {
        let Self(name, doc, kind, _) = self;
        let members: Vec<&Constant> =
            self.find(enums)?.members.iter().filter(|member| !is_bound(member)).collect();
        ensure!(!members.is_empty(), "the table {name} would be empty");
        let doc = format!(" {doc}.");
        let name = format_ident!("{name}");
        let (row, rows): (_, Vec<TokenStream>) = match kind {
            Kind::Values => ("Name", members.into_iter().map(value_row).collect()),
            _ => (
                "Attribute",
                members.into_iter().map(|member| attribute_row(member, *kind, links)).collect(),
            ),
        };
        let row = format_ident!("{row}");
        Ok(quote! { #[doc = #doc] pub const #name: &[#row] = &[#(#rows),*]; })
    }
}

/// `__L2TP_ATTR_MAX` and `NLMSGERR_ATTR_MAX` count members and are none.
fn is_bound(member: &Constant) -> bool {
    member.name.starts_with("__") || member.value.iter().any(|token| token.starts_with("__"))
}

fn value_row(member: &Constant) -> TokenStream {
    let (constant, name) = (format_ident!("{}", member.name), &member.name);
    let comment = option(member.comment.as_deref());
    let widened = (width::bits(name) < u32::BITS).then(|| quote!(as u32));
    quote! { Name { number: crate::#constant #widened, name: #name, comment: #comment } }
}

fn attribute_row(member: &Constant, kind: Kind, links: &Links) -> TokenStream {
    let (constant, name) = (format_ident!("{}", member.name), &member.name);
    let described = Described::new(member.comment.as_deref().unwrap_or_default(), kind);
    let payload = option(described.payload.as_deref());
    let used = described.used;
    let table = |found: Option<&&str>| {
        found.map_or(quote!(&[]), |table| {
            let table = format_ident!("{table}");
            quote!(#table)
        })
    };
    let values = table(described.values.and_then(|tag| links.values.get(tag)));
    let nested = table(links.nested.get(name));
    let comment = option(member.comment.as_deref());
    quote! {
        Attribute {
            number: crate::#constant,
            name: #name,
            payload: #payload,
            used: #used,
            values: #values,
            nested: #nested,
            comment: #comment,
        }
    }
}

fn option(text: Option<&str>) -> TokenStream {
    text.map_or(quote!(None), |text| quote!(Some(#text)))
}

/// What an attribute's comment says of its payload.
#[derive(Debug, PartialEq, Eq)]
struct Described<'a> {
    payload: Option<String>,
    values: Option<&'a str>,
    used: bool,
}

impl<'a> Described<'a> {
    fn new(comment: &'a str, kind: Kind) -> Self {
        let (text, used) = match comment.strip_suffix("(not used)") {
            Some(text) => (text.trim_end(), false),
            None => (comment, comment != "unused"),
        };
        let values = text
            .split_once("enum ")
            .and_then(|(_, tag)| tag.split(|c: char| !c.is_alphanumeric() && c != '_').next());
        let payload = match kind {
            Kind::DocumentedAttributes => text
                .strip_suffix(')')
                .and_then(|text| Some(text.rsplit_once('(')?.1.to_lowercase())),
            _ if !used && comment == "unused" => None,
            _ => Some(text.split(", enum ").next().unwrap_or(text).to_owned()),
        };
        Self { payload: payload.filter(|payload| !payload.is_empty()), values, used }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::parse::parse;

    fn described(comment: &str, kind: Kind) -> (Option<String>, Option<&str>, bool) {
        let Described { payload, values, used } = Described::new(comment, kind);
        (payload, values, used)
    }

    #[test]
    fn a_members_comment_gives_type_values_and_use() {
        let read = |comment| described(comment, Kind::Attributes);
        assert_eq!(read("u32"), (Some("u32".into()), None, true));
        assert_eq!(read("u16 (not used)"), (Some("u16".into()), None, false));
        assert_eq!(
            read("u32, enum l2tp_debug_flags (not used)"),
            (Some("u32".into()), Some("l2tp_debug_flags"), false)
        );
        assert_eq!(read("0, 4 or 8 bytes"), (Some("0, 4 or 8 bytes".into()), None, true));
        assert_eq!(read("struct in6_addr"), (Some("struct in6_addr".into()), None, true));
        assert_eq!(read(""), (None, None, true));
    }

    #[test]
    fn kernel_doc_gives_the_type_in_brackets() {
        let read = |comment| described(comment, Kind::DocumentedAttributes);
        assert_eq!(read("error message string (string)"), (Some("string".into()), None, true));
        assert_eq!(
            read("type of the attribute, &enum netlink_attribute_type (U32)"),
            (Some("u32".into()), Some("netlink_attribute_type"), true)
        );
        assert_eq!(read("unused"), (None, None, false));
        assert_eq!(read("policy for a rejected attribute"), (None, None, true));
    }

    #[test]
    fn a_table_whose_enumeration_is_gone_is_an_error() {
        let error = names([], &BTreeSet::new()).unwrap_err().to_string();
        assert!(error.contains("L2TP_CMD_NOOP") && error.contains("COMMANDS"), "{error}");
    }

    #[test]
    fn an_enumeration_without_a_table_is_named() {
        let header = parse("enum { L2TP_FOO_NONE, L2TP_FOO_A };\nenum other { OTHER };");
        let error = names([&header], &BTreeSet::new()).unwrap_err().to_string();
        assert!(error.contains("enum without a tag, which has L2TP_FOO_NONE"), "{error}");
        assert!(!error.contains("OTHER"), "{error}");
    }

    #[test]
    fn a_member_that_no_row_holds_is_named() {
        let header = parse("enum l2tp_pwtype { L2TP_PWTYPE_NONE, L2TP_PWTYPE_BAD = -1 };");
        let numbers = BTreeSet::from(["L2TP_PWTYPE_NONE".to_owned()]);
        let error = names([&header], &numbers).unwrap_err().to_string();
        assert!(
            error.contains("L2TP_PWTYPE_BAD, of the table PSEUDOWIRE_TYPES, is no u32"),
            "{error}"
        );
        assert!(!error.contains("L2TP_PWTYPE_NONE"), "{error}");
    }

    #[test]
    fn an_attribute_that_no_message_has_a_field_for_is_named() {
        let header = parse("enum { L2TP_ATTR_NONE, /* u32 */ L2TP_OTHER /* u32 */ };");
        let numbers = ["L2TP_ATTR_NONE", "L2TP_OTHER"].map(str::to_owned).into();
        let error = names([&header], &numbers).unwrap_err().to_string();
        assert!(error.contains("  L2TP_OTHER, of the table ATTRIBUTES, is no u16"), "{error}");
        assert!(!error.contains("L2TP_ATTR_NONE"), "{error}");
    }
}
