//! What the kernel's header has and no field binds: each attribute with the reason, so that one
//! which a newer header adds is noticed.

use l2tp_sys::names;

use super::{TYPES, Type};
use crate::Statistics;
use crate::netlink::attr::{AttrPolicy, ToAttrs};

/// A number space of attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// The family's own, `L2TP_ATTR_NONE` to `L2TP_ATTR_PAD`.
    Family,
    /// Those nested in `L2TP_ATTR_STATS`.
    Statistics,
}

/// An attribute that no field binds, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excuse {
    /// Where it is numbered.
    pub table: Table,
    /// Its number.
    pub id: u16,
    /// Its name in the kernel's header.
    pub name: &'static str,
    /// Why no field binds it.
    pub reason: &'static str,
}

macro_rules! excuses {
    ($($table:ident $name:ident: $reason:literal;)*) => {
        &[$(Excuse {
            table: Table::$table,
            id: crate::netlink::narrow16(l2tp_sys::$name),
            name: stringify!($name),
            reason: $reason,
        }),*]
    };
}

/// Every attribute of the header that no field binds.
pub const UNBOUND: &[Excuse] = excuses! {
    Family L2TP_ATTR_NONE: "numbers nothing";
    Family L2TP_ATTR_OFFSET: "ignored and never sent: RFC 3931 has no offset";
    Family L2TP_ATTR_DATA_SEQ: "ignored and never sent: SEND_SEQ and RECV_SEQ decide";
    Family L2TP_ATTR_L2SPEC_LEN: "ignored and never sent: L2SPEC_TYPE decides";
    Family L2TP_ATTR_VLAN_ID: "ignored and never sent: no driver looks at VLANs";
    Family L2TP_ATTR_MTU: "ignored and never sent: the interface has it";
    Family L2TP_ATTR_MRU: "ignored and never sent: PPP negotiates it";
    Family L2TP_ATTR_PAD: "without content: aligns what follows";
    Statistics L2TP_ATTR_STATS_NONE: "numbers nothing";
    Statistics L2TP_ATTR_STATS_PAD: "without content: aligns what follows";
};

/// The rows of a header's table that neither a type binds nor [`UNBOUND`] excuses: empty for the
/// header that this library was made from.
///
/// `rows` are numbers and names, of any version of the header.
pub fn unbound<'r>(
    table: Table,
    rows: impl IntoIterator<Item = (u32, &'r str)>,
) -> impl Iterator<Item = (u32, &'r str)> {
    rows.into_iter().filter(move |(number, _)| {
        let binds = |attr: &AttrPolicy| u32::from(attr.id) == *number;
        let bound = match table {
            Table::Family => TYPES.iter().any(|of: &Type| of.attributes.iter().any(binds)),
            Table::Statistics => <Statistics as ToAttrs>::POLICY.iter().any(binds),
        };
        !bound && !UNBOUND.iter().any(|it| it.table == table && u32::from(it.id) == *number)
    })
}

impl Table {
    /// Its rows in the header that this library was made from.
    pub fn rows(self) -> impl Iterator<Item = (u32, &'static str)> {
        let rows = match self {
            Self::Family => names::ATTRIBUTES,
            Self::Statistics => names::STATISTICS,
        };
        rows.iter().map(|row| (row.number, row.name))
    }
}
