//! The family's schema as data.
//!
//! Every derived type carries its attributes in a table; [`TYPES`] lists the tables, so that a
//! program can read what a field is called in the kernel, which number it has and how it is
//! carried. [`describe`] prints any raw message by them, [`unbound`] finds what the kernel's headers
//! have and this library does not, and [`differences`] holds them against the running kernel.

mod describe;
mod kernel;
mod unbound;

pub use describe::{Description, describe};
pub use kernel::{Aspect, Difference, EXPLAINED, Explained, differences};
pub use unbound::{Excuse, OTHER_TABLES, Table, UNBOUND, unbound};

use crate::netlink::attr::{AttrPolicy, FromAttrs, ToAttrs};
use crate::netlink::ctrl;
use crate::session::SessionKeyAttrs;
use crate::tunnel::{ManagedSocket, StaticAddresses, TunnelKey};
use crate::{SessionChange, SessionConfig, SessionInfo, TunnelConfig, TunnelInfo};

/// A derived type with its attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    /// The type's name.
    pub name: &'static str,
    /// Whether its attributes are those of requests or those of answers.
    pub direction: Direction,
    /// Its attributes in the order of its fields.
    pub attributes: &'static [AttrPolicy],
}

/// Which way the attributes of a type go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the kernel.
    Sent,
    /// From the kernel.
    Received,
}

impl Type {
    const fn sent<T: ToAttrs>() -> Self {
        Self { name: T::NAME, direction: Direction::Sent, attributes: T::POLICY }
    }

    const fn received<T: FromAttrs<'static>>() -> Self {
        Self { name: T::NAME, direction: Direction::Received, attributes: T::POLICY }
    }
}

/// The types that make up the messages of the family `l2tp`. Nested ones, the statistics, stand in
/// the tables of those that contain them.
///
/// ```
/// let config = l2tp::schema::TYPES.iter().find(|of| of.name == "SessionConfig").unwrap();
/// let cookie = config.attributes.iter().find(|attr| attr.field == "local_cookie").unwrap();
/// assert_eq!((cookie.id, cookie.name), (15, "L2TP_ATTR_COOKIE"));
/// ```
pub const TYPES: &[Type] = &[
    Type::sent::<TunnelConfig>(),
    Type::sent::<StaticAddresses>(),
    Type::sent::<ManagedSocket>(),
    Type::sent::<TunnelKey>(),
    Type::sent::<SessionConfig>(),
    Type::sent::<SessionChange>(),
    Type::sent::<SessionKeyAttrs>(),
    Type::received::<TunnelInfo>(),
    Type::received::<SessionInfo>(),
];

/// The types that make up the messages of the controller, the family that knows all others.
pub const CONTROLLER_TYPES: &[Type] = &[
    Type::sent::<ctrl::FamilyName<'static>>(),
    Type::sent::<ctrl::FamilyId>(),
    Type::received::<ctrl::Family<'static>>(),
    Type::received::<ctrl::FamilyPolicy<'static>>(),
];

/// What a type of the family says of an attribute: all that bind one agree on its name.
#[must_use]
pub fn attribute(id: u16) -> Option<&'static AttrPolicy> {
    find(TYPES, id)
}

/// The kernel's name of one of the family's attributes.
///
/// ```
/// assert_eq!(l2tp::schema::attribute_name(9), Some("L2TP_ATTR_CONN_ID"));
/// ```
#[must_use]
pub fn attribute_name(id: u16) -> Option<&'static str> {
    use l2tp_sys::names::{ATTRIBUTES, attribute};

    attribute(ATTRIBUTES, id).map(|row| row.name)
}

fn find(types: &'static [Type], id: u16) -> Option<&'static AttrPolicy> {
    types.iter().flat_map(|of| of.attributes).find(|attr| attr.id == id)
}
