//! The schema of the family `l2tp` as data.
//!
//! Each derived type has a table of its attributes; [`TYPES`] lists the tables. They contain the
//! kernel's name, the id and the payload type of each field's attribute. [`describe`] decodes any
//! raw message into text with them, [`unbound`] finds constants of the kernel's headers that this
//! library does not use, and [`differences`] compares them with the policy of the running kernel.

mod describe;
mod kernel;
mod unbound;

pub use describe::{Description, describe};
pub use kernel::{
    DifferenceKind, KNOWN_DIFFERENCES, KnownDifference, PolicyDifference, differences,
};
pub use unbound::{HeaderTable, OTHER_TABLES, UNBOUND, UnboundConstant, unbound};

use crate::netlink::attr::{AttrPolicy, FromAttrs, ToAttrs};
use crate::netlink::ctrl;
use crate::session::{SessionIds, SessionName};
use crate::tunnel::{ManagedSocket, StaticAddresses, TunnelKey};
use crate::{SessionChange, SessionConfig, SessionInfo, TunnelConfig, TunnelInfo};

/// The attributes of a derived type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributeTable {
    /// The type's name.
    pub name: &'static str,
    /// Whether requests or replies have the attributes.
    pub direction: AttributeDirection,
    /// The attributes in the order of the fields.
    pub attributes: &'static [AttrPolicy],
}

/// Whether attributes are sent or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttributeDirection {
    /// Sent to the kernel.
    Sent,
    /// Received from the kernel.
    Received,
}

impl AttributeTable {
    const fn sent<T: ToAttrs>() -> Self {
        Self { name: T::NAME, direction: AttributeDirection::Sent, attributes: T::POLICY }
    }

    const fn received<T: FromAttrs<'static>>() -> Self {
        Self { name: T::NAME, direction: AttributeDirection::Received, attributes: T::POLICY }
    }
}

/// The types of the messages of the family `l2tp`. Nested types, the statistics, are in the tables
/// of the types that contain them.
///
/// ```
/// let config = l2tp::schema::TYPES.iter().find(|of| of.name == "SessionConfig").unwrap();
/// let cookie = config.attributes.iter().find(|attr| attr.field == "local_cookie").unwrap();
/// assert_eq!((cookie.id, cookie.name), (15, "L2TP_ATTR_COOKIE"));
/// ```
pub const TYPES: &[AttributeTable] = &[
    AttributeTable::sent::<TunnelConfig>(),
    AttributeTable::sent::<StaticAddresses>(),
    AttributeTable::sent::<ManagedSocket>(),
    AttributeTable::sent::<TunnelKey>(),
    AttributeTable::sent::<SessionConfig>(),
    AttributeTable::sent::<SessionChange>(),
    AttributeTable::sent::<SessionIds>(),
    AttributeTable::sent::<SessionName>(),
    AttributeTable::received::<TunnelInfo>(),
    AttributeTable::received::<SessionInfo>(),
];

/// The types of the messages of the controller, the family that manages all families.
pub const CONTROLLER_TYPES: &[AttributeTable] = &[
    AttributeTable::sent::<ctrl::FamilyName<'static>>(),
    AttributeTable::sent::<ctrl::FamilyId>(),
    AttributeTable::received::<ctrl::Family<'static>>(),
    AttributeTable::received::<ctrl::FamilyPolicy<'static>>(),
];

/// The attribute with this id, from the first type that has it; all types have the same name for
/// it.
#[must_use]
pub fn attribute(id: u16) -> Option<&'static AttrPolicy> {
    find(TYPES, id)
}

/// The kernel's name of an attribute of the family.
///
/// ```
/// assert_eq!(l2tp::schema::attribute_name(9), Some("L2TP_ATTR_CONN_ID"));
/// ```
#[must_use]
pub fn attribute_name(id: u16) -> Option<&'static str> {
    use l2tp_sys::names::{ATTRIBUTES, attribute};

    attribute(ATTRIBUTES, id).map(|row| row.name)
}

fn find(types: &'static [AttributeTable], id: u16) -> Option<&'static AttrPolicy> {
    types.iter().flat_map(|of| of.attributes).find(|attr| attr.id == id)
}
