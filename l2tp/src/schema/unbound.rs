//! The constants of the kernel's headers that this library does not use, with the reasons. A test
//! fails if a newer header adds a constant that is neither used nor listed here.

use l2tp_sys::names;

use super::{AttributeTable, TYPES};
use crate::conn::command;
use crate::netlink::attr::{AttrKind, AttrPolicy, FromPayload, ToAttrs};
use crate::netlink::extack::AttrType;
use crate::ppp;
use crate::types::{DebugFlags, Statistics};
use crate::{EncapType, L2SpecType, PseudowireType};

/// A set of numbered constants of the headers, by its table in [`l2tp_sys::names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeaderTable {
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

/// A constant that this library does not use, with the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnboundConstant {
    /// The table of the constant.
    pub table: HeaderTable,
    /// The number.
    pub number: u32,
    /// The name in the kernel's header.
    pub name: &'static str,
    /// Why this library does not use it.
    pub reason: &'static str,
}

macro_rules! unbound_constants {
    ($($table:ident $name:ident: $reason:literal;)*) => {
        &[$(UnboundConstant {
            table: HeaderTable::$table,
            number: l2tp_sys::$name as u32,
            name: stringify!($name),
            reason: $reason,
        }),*]
    };
}

/// All constants of the [`HeaderTable`]s that this library does not use.
pub const UNBOUND: &[UnboundConstant] = unbound_constants! {
    Family L2TP_ATTR_NONE: "not an attribute";
    Family L2TP_ATTR_OFFSET: "ignored and never sent: RFC 3931 has no offset";
    Family L2TP_ATTR_DATA_SEQ: "ignored and never sent: SEND_SEQ and RECV_SEQ decide";
    Family L2TP_ATTR_L2SPEC_LEN: "ignored and never sent: L2SPEC_TYPE decides";
    Family L2TP_ATTR_VLAN_ID: "ignored and never sent: no driver supports VLANs";
    Family L2TP_ATTR_MTU: "ignored and never sent: the interface has it";
    Family L2TP_ATTR_MRU: "ignored and never sent: PPP negotiates it";
    Family L2TP_ATTR_PAD: "padding without content";
    Statistics L2TP_ATTR_STATS_NONE: "not an attribute";
    Statistics L2TP_ATTR_STATS_PAD: "padding without content";
    SequenceModes L2TP_SEQ_NONE: "a value of DATA_SEQ, which is ignored";
    SequenceModes L2TP_SEQ_IP: "a value of DATA_SEQ, which is ignored";
    SequenceModes L2TP_SEQ_ALL: "a value of DATA_SEQ, which is ignored";
    PppOptions PPPOL2TP_SO_DEBUG: "the header calls it deprecated";
};

/// Tables of [`l2tp_sys::names`] that are not a [`HeaderTable`], with the reason.
pub const OTHER_TABLES: &[(&str, &str)] = &[
    ("CTRL_COMMANDS", CONTROLLER),
    ("CTRL_ATTRIBUTES", CONTROLLER),
    ("CTRL_OP_ATTRIBUTES", CONTROLLER),
    ("CTRL_MCAST_GRP_ATTRIBUTES", CONTROLLER),
    ("CTRL_POLICY_ATTRIBUTES", CONTROLLER),
    (
        "POLICY_ATTRIBUTES",
        "part of netlink: only the attributes that a comparison of policies needs are bound",
    ),
    (
        "ERROR_ATTRIBUTES",
        "part of netlink: only the attributes that an error's text needs are bound",
    ),
];

const CONTROLLER: &str = "part of the controller: only the constants that the look-up of a family and its policy needs are bound";

/// The rows of a header's table that this library neither uses nor lists in [`UNBOUND`]; none for
/// the headers that this library was generated from.
///
/// `rows` are numbers and names of any version of the header.
pub fn unbound<'r>(
    table: HeaderTable,
    rows: impl IntoIterator<Item = (u32, &'r str)>,
) -> impl Iterator<Item = (u32, &'r str)> {
    rows.into_iter().filter(move |&(number, _)| {
        !table.binds(number) && !UNBOUND.iter().any(|it| (it.table, it.number) == (table, number))
    })
}

impl HeaderTable {
    /// All tables.
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

    /// Its rows in the headers that this library was generated from.
    pub fn rows(self) -> impl Iterator<Item = (u32, &'static str)> {
        let table = names::TABLES.iter().find(|(name, _)| *name == self.name());
        table.into_iter().flat_map(|(_, table)| table.rows())
    }

    /// Whether this library uses the constant with this number.
    #[must_use]
    pub fn binds(self, number: u32) -> bool {
        let is_field = |attr: &AttrPolicy| u32::from(attr.id) == number;
        match self {
            Self::Commands => command::NUMBERS.iter().any(|it| u32::from(*it) == number),
            Self::Family => {
                TYPES.iter().any(|of: &AttributeTable| of.attributes.iter().any(is_field))
            }
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

/// Whether an enum has a variant with this number.
fn is_value<T: FromPayload<'static>>(number: u32) -> bool {
    let AttrKind::Enum { values, .. } = T::KIND else { return false };
    values.iter().any(|(value, _)| *value == u64::from(number))
}
