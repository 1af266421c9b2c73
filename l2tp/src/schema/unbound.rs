//! What the kernel's headers have and this library does not: each with the reason, so that one
//! which a newer header adds is noticed.

use l2tp_sys::names;

use super::{TYPES, Type};
use crate::conn::command;
use crate::netlink::attr::{AttrKind, AttrPolicy, FromPayload, ToAttrs};
use crate::netlink::extack::AttrType;
use crate::ppp;
use crate::types::{DebugFlags, Statistics};
use crate::{EncapType, L2SpecType, PseudowireType};

/// A number space of the headers, by its table in [`l2tp_sys::names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Table {
    /// `COMMANDS` of the family.
    Commands,
    /// `ATTRIBUTES`: the family's own, `L2TP_ATTR_NONE` to `L2TP_ATTR_PAD`.
    Family,
    /// `STATISTICS`: those nested in `L2TP_ATTR_STATS`.
    Statistics,
    /// `PSEUDOWIRE_TYPES`.
    PseudowireTypes,
    /// `L2SPEC_TYPES`.
    L2SpecTypes,
    /// `ENCAP_TYPES`.
    EncapTypes,
    /// `SEQUENCE_MODES`.
    SequenceModes,
    /// `DEBUG_FLAGS`.
    DebugFlags,
    /// `PPPOL2TP_OPTIONS`.
    PppOptions,
    /// `PPPOL2TP_DEBUG_FLAGS`.
    PppDebugFlags,
    /// `ATTRIBUTE_TYPES` of netlink's policies.
    AttributeTypes,
}

/// A number that this library does not have, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excuse {
    /// Where it is numbered.
    pub table: Table,
    /// The number.
    pub number: u32,
    /// Its name in the kernel's header.
    pub name: &'static str,
    /// Why this library does not have it.
    pub reason: &'static str,
}

macro_rules! excuses {
    ($($table:ident $name:ident: $reason:literal;)*) => {
        &[$(Excuse {
            table: Table::$table,
            number: l2tp_sys::$name as u32,
            name: stringify!($name),
            reason: $reason,
        }),*]
    };
}

/// Every number of a [`Table`] that this library does not have.
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
    SequenceModes L2TP_SEQ_NONE: "a value of DATA_SEQ, which is ignored";
    SequenceModes L2TP_SEQ_IP: "a value of DATA_SEQ, which is ignored";
    SequenceModes L2TP_SEQ_ALL: "a value of DATA_SEQ, which is ignored";
    PppOptions PPPOL2TP_SO_DEBUG: "the header calls it deprecated";
};

/// Tables of [`l2tp_sys::names`] that are no [`Table`], with the reason.
pub const OTHER_TABLES: &[(&str, &str)] = &[
    ("CTRL_COMMANDS", CONTROLLER),
    ("CTRL_ATTRIBUTES", CONTROLLER),
    ("CTRL_OP_ATTRIBUTES", CONTROLLER),
    ("CTRL_MCAST_GRP_ATTRIBUTES", CONTROLLER),
    ("CTRL_POLICY_ATTRIBUTES", CONTROLLER),
    ("POLICY_ATTRIBUTES", "of netlink: only what a policy is compared by is bound"),
    ("ERROR_ATTRIBUTES", "of netlink: only what an error's text is made of is bound"),
];

const CONTROLLER: &str =
    "of the controller: only what finding a family and its policy takes is bound";

/// The rows of a header's table that this library neither has nor excuses in [`UNBOUND`]: empty for
/// the headers that it was made from.
///
/// `rows` are numbers and names, of any version of the header.
pub fn unbound<'r>(
    table: Table,
    rows: impl IntoIterator<Item = (u32, &'r str)>,
) -> impl Iterator<Item = (u32, &'r str)> {
    rows.into_iter().filter(move |&(number, _)| {
        !table.binds(number) && !UNBOUND.iter().any(|it| (it.table, it.number) == (table, number))
    })
}

impl Table {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Commands,
        Self::Family,
        Self::Statistics,
        Self::PseudowireTypes,
        Self::L2SpecTypes,
        Self::EncapTypes,
        Self::SequenceModes,
        Self::DebugFlags,
        Self::PppOptions,
        Self::PppDebugFlags,
        Self::AttributeTypes,
    ];

    /// Its name in [`l2tp_sys::names`].
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commands => "COMMANDS",
            Self::Family => "ATTRIBUTES",
            Self::Statistics => "STATISTICS",
            Self::PseudowireTypes => "PSEUDOWIRE_TYPES",
            Self::L2SpecTypes => "L2SPEC_TYPES",
            Self::EncapTypes => "ENCAP_TYPES",
            Self::SequenceModes => "SEQUENCE_MODES",
            Self::DebugFlags => "DEBUG_FLAGS",
            Self::PppOptions => "PPPOL2TP_OPTIONS",
            Self::PppDebugFlags => "PPPOL2TP_DEBUG_FLAGS",
            Self::AttributeTypes => "ATTRIBUTE_TYPES",
        }
    }

    /// Its rows in the headers that this library was made from.
    pub fn rows(self) -> impl Iterator<Item = (u32, &'static str)> {
        let table = names::TABLES.iter().find(|(name, _)| *name == self.name());
        table.into_iter().flat_map(|(_, table)| table.rows())
    }

    /// Whether this library has what is numbered so.
    #[must_use]
    pub fn binds(self, number: u32) -> bool {
        let is_field = |attr: &AttrPolicy| u32::from(attr.id) == number;
        match self {
            Self::Commands => command::NUMBERS.iter().any(|it| u32::from(*it) == number),
            Self::Family => TYPES.iter().any(|of: &Type| of.attributes.iter().any(is_field)),
            Self::Statistics => <Statistics as ToAttrs>::POLICY.iter().any(is_field),
            Self::PseudowireTypes => is_value::<PseudowireType>(number),
            Self::L2SpecTypes => is_value::<L2SpecType>(number),
            Self::EncapTypes => is_value::<EncapType>(number),
            Self::SequenceModes => false,
            Self::DebugFlags | Self::PppDebugFlags => DebugFlags::ALL.contains(&DebugFlags(number)),
            Self::PppOptions => ppp::options().any(|option| option == number),
            Self::AttributeTypes => is_value::<AttrType>(number),
        }
    }
}

/// Whether an enum has a variant of this number.
fn is_value<T: FromPayload<'static>>(number: u32) -> bool {
    let AttrKind::Enum { values, .. } = T::KIND else { return false };
    values.iter().any(|(value, _)| *value == u64::from(number))
}
