//! Describes attributes, with the tables of the derived types, or with the header's table for an
//! attribute that no type binds.

use std::fmt;
use std::ops::Range;

use l2tp_sys::names::{self, Attribute, Name};

use super::page::Page;
use super::value::{Named, Value};
use crate::netlink::attr::{ATTR_HEADER, Attr, AttrKind, AttrPolicy, Attrs, FromAttrs, align};
use crate::netlink::extack::ExtAck;
use crate::schema::{AttributeTable, CONTROLLER_TYPES, TYPES, find};

/// A family's commands and attributes.
pub(super) struct Family {
    pub(super) commands: &'static [Name],
    pub(super) scope: Scope,
}

/// The meaning of attribute numbers at one level of a message.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    bound: Bound,
    names: &'static [Attribute],
}

/// The tables of derived types.
#[derive(Clone, Copy)]
enum Bound {
    Types(&'static [AttributeTable]),
    Fields(&'static [AttrPolicy]),
}

pub(super) const L2TP: Family = Family {
    commands: names::COMMANDS,
    scope: Scope { bound: Bound::Types(TYPES), names: names::ATTRIBUTES },
};
pub(super) const CONTROLLER: Family = Family {
    commands: names::CTRL_COMMANDS,
    scope: Scope { bound: Bound::Types(CONTROLLER_TYPES), names: names::CTRL_ATTRIBUTES },
};
/// The attributes of an extended acknowledgement.
pub(super) const ERROR: Scope = Scope {
    bound: Bound::Fields(<ExtAck<'_> as FromAttrs<'_>>::POLICY),
    names: names::ERROR_ATTRIBUTES,
};

impl Scope {
    /// The name of the attribute with this path, from the outermost attribute inwards, and the
    /// names of the attributes that contain it.
    pub(super) fn path(self, ids: &[u16]) -> String {
        let (mut scope, mut names) = (self, Vec::new());
        for &id in ids {
            let (row, policy) = (names::attribute(scope.names, id), scope.policy(id));
            let name = policy.map(|policy| policy.name).or(row.map(|row| row.name));
            names.push(name.map_or_else(|| format!("attribute {id}"), str::to_owned));
            scope = match policy.map(|policy| policy.kind) {
                Some(AttrKind::Nested(fields) | AttrKind::List(fields)) => {
                    Self::within(row, fields)
                }
                _ => Self::within(row, &[]),
            };
        }
        names.reverse();
        names.join(" in ")
    }

    fn policy(&self, id: u16) -> Option<&'static AttrPolicy> {
        match self.bound {
            Bound::Types(types) => find(types, id),
            Bound::Fields(fields) => fields.iter().find(|field| field.id == id),
        }
    }

    /// Whether it is an L2TP attribute that contains a secret.
    fn is_cookie(&self, id: u16) -> bool {
        let name = self.policy(id).map(|policy| policy.name);
        matches!(name, Some("L2TP_ATTR_COOKIE" | "L2TP_ATTR_PEER_COOKIE"))
    }

    /// The scope within an attribute that contains these fields.
    fn within(row: Option<&'static Attribute>, fields: &'static [AttrPolicy]) -> Self {
        Self { bound: Bound::Fields(fields), names: row.map_or(&[], |row| row.nested) }
    }
}

/// Describes the attributes in `range`.
pub(super) fn attributes(
    page: &mut Page<'_, '_>,
    range: Range<usize>,
    scope: Scope,
) -> fmt::Result {
    for attr in Attrs::new(page.bytes(range.clone()), range.start) {
        match attr {
            Ok(attr) => attribute(page, attr, range.end, scope)?,
            Err(error) => {
                let start = error.offset().unwrap_or(range.start);
                page.malformed(start..range.end, error.reason())?;
            }
        }
    }
    Ok(())
}

/// Describes one attribute. The attributes at its level end at `end`.
fn attribute(page: &mut Page<'_, '_>, attr: Attr<'_>, end: usize, scope: Scope) -> fmt::Result {
    let row = names::attribute(scope.names, attr.id());
    let policy = scope.policy(attr.id());
    let name = Title {
        name: policy.map(|policy| policy.name).or(row.map(|row| row.name)),
        id: attr.id(),
        flags: Title::flags(page.bytes(attr.offset()..attr.offset() + ATTR_HEADER)),
    };
    let header = attr.offset()..attr.offset() + ATTR_HEADER;
    match policy.map(|policy| policy.kind).or(row.and_then(documented)) {
        Some(AttrKind::Nested(fields)) => {
            page.line(header, name)?;
            let inside = header_end(attr)..attr.offset() + ATTR_HEADER + attr.payload().len();
            page.indented(|page| attributes(page, inside, Scope::within(row, fields)))
        }
        Some(AttrKind::List(fields)) => {
            page.line(header, name)?;
            page.indented(|page| list(page, attr, Scope::within(row, fields)))
        }
        kind => {
            let whole = attr.offset()..(attr.offset() + padded(attr)).min(end);
            if !page.shows_cookies() && scope.is_cookie(attr.id()) {
                let length = attr.payload().len();
                return page.line_showing(
                    whole,
                    ATTR_HEADER,
                    format_args!("{name} = {length} bytes, not shown"),
                );
            }
            let values = row.map_or(&[][..], |row| row.values);
            page.line(whole, format_args!("{name}{}", Named(Value::new(kind, attr, values))))
        }
    }
}

/// Describes the elements of an array.
fn list(page: &mut Page<'_, '_>, array: Attr<'_>, scope: Scope) -> fmt::Result {
    let end = header_end(array) + array.payload().len();
    for element in array.nested() {
        match element {
            Ok(element) => {
                page.line(
                    element.offset()..header_end(element),
                    format_args!("element {}", element.id()),
                )?;
                let inside = header_end(element)..header_end(element) + element.payload().len();
                page.indented(|page| attributes(page, inside, scope))?;
            }
            Err(error) => {
                let start = error.offset().unwrap_or(end);
                page.malformed(start..end, error.reason())?;
            }
        }
    }
    Ok(())
}

fn header_end(attr: Attr<'_>) -> usize {
    attr.offset() + ATTR_HEADER
}

fn padded(attr: Attr<'_>) -> usize {
    ATTR_HEADER + align(attr.payload().len())
}

/// The type in the header's comment, for an attribute that no type binds.
fn documented(row: &'static Attribute) -> Option<AttrKind> {
    Some(match row.payload? {
        "u8" => AttrKind::U8,
        "u16" => AttrKind::U16,
        "u32" => AttrKind::U32,
        "u64" => AttrKind::U64,
        "string" => AttrKind::Str { max: 0 },
        "flag" => AttrKind::Flag,
        _ => return None,
    })
}

/// An attribute's name, or its number if the name is not known, and the flags of its type.
struct Title {
    name: Option<&'static str>,
    id: u16,
    flags: u16,
}

impl Title {
    const NESTED: u16 = l2tp_sys::NLA_F_NESTED;
    const NET_BYTEORDER: u16 = l2tp_sys::NLA_F_NET_BYTEORDER;

    /// The flag bits in the header of an attribute.
    fn flags(header: &[u8]) -> u16 {
        let Some(&[_, _, t0, t1]) = header.first_chunk::<ATTR_HEADER>() else { return 0 };
        u16::from_ne_bytes([t0, t1]) & (Self::NESTED | Self::NET_BYTEORDER)
    }
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name {
            Some(name) => f.write_str(name)?,
            None => write!(f, "attribute {}", self.id)?,
        }
        if self.flags & Self::NESTED != 0 {
            f.write_str(" | NLA_F_NESTED")?;
        }
        if self.flags & Self::NET_BYTEORDER != 0 {
            f.write_str(" | NLA_F_NET_BYTEORDER")?;
        }
        Ok(())
    }
}
