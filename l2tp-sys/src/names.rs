//! The kernel's names of its numbers.
//!
//! Each table is one enumeration of a header, and is generated from it; this file has the types of
//! their rows.

#[rustfmt::skip]
mod tables;

pub use tables::*;

/// A number, and the kernel's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name {
    /// The number.
    pub number: u32,
    /// The name of the header's constant, for example `L2TP_CMD_TUNNEL_GET`.
    pub name: &'static str,
    /// What the header says of it.
    pub comment: Option<&'static str>,
}

/// An attribute's number and name, and what the header says of its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Attribute {
    /// The number, without the flags `NLA_F_NESTED` and `NLA_F_NET_BYTEORDER`.
    pub number: u16,
    /// The name of the header's constant, for example `L2TP_ATTR_CONN_ID`.
    pub name: &'static str,
    /// The payload's type in the header's words, for example `u32`, `string`, `nested`,
    /// `flag`, `0, 4 or 8 bytes`, `no data`.
    ///
    /// This is what the header says, not always what the kernel does: it sends
    /// `L2TP_ATTR_RECV_TIMEOUT` (`msec`) as a `u64`.
    pub payload: Option<&'static str>,
    /// Whether the header does not call it unused.
    pub used: bool,
    /// The names of its values, where the header names an enumeration.
    pub values: &'static [Name],
    /// The attributes that it contains, where the header says which.
    pub nested: &'static [Attribute],
    /// The whole comment.
    pub comment: Option<&'static str>,
}

/// A table of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// Of commands, options and values.
    Values(&'static [Name]),
    /// Of attributes.
    Attributes(&'static [Attribute]),
}

impl Table {
    /// Number and name of each row.
    ///
    /// ```
    /// use l2tp_sys::names::TABLES;
    /// let (name, table) = TABLES[0];
    /// assert_eq!((name, table.rows().next()), ("COMMANDS", Some((0, "L2TP_CMD_NOOP"))));
    /// ```
    pub fn rows(self) -> impl Iterator<Item = (u32, &'static str)> {
        let (values, attributes): (&[Name], &[Attribute]) = match self {
            Self::Values(rows) => (rows, &[]),
            Self::Attributes(rows) => (&[], rows),
        };
        let values = values.iter().map(|row| (row.number, row.name));
        values.chain(attributes.iter().map(|row| (row.number.into(), row.name)))
    }
}

/// The row of a number in a table of names.
///
/// ```
/// use l2tp_sys::names::{COMMANDS, name};
/// assert_eq!(name(COMMANDS, 4).map(|row| row.name), Some("L2TP_CMD_TUNNEL_GET"));
/// assert_eq!(name(COMMANDS, 99), None);
/// ```
#[must_use]
pub fn name(table: &'static [Name], number: u32) -> Option<&'static Name> {
    table.iter().find(|row| row.number == number)
}

/// The row of a number in a table of attributes.
///
/// ```
/// use l2tp_sys::names::{ATTRIBUTES, attribute};
/// let row = attribute(ATTRIBUTES, l2tp_sys::L2TP_ATTR_PW_TYPE).unwrap();
/// assert_eq!((row.name, row.payload), ("L2TP_ATTR_PW_TYPE", Some("u16")));
/// assert_eq!(row.values[2].name, "L2TP_PWTYPE_ETH");
/// ```
#[must_use]
pub fn attribute(table: &'static [Attribute], number: u16) -> Option<&'static Attribute> {
    table.iter().find(|row| row.number == number)
}
