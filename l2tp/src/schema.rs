//! The family's schema, as the derived types carry it.

use crate::netlink::attr::{AttrPolicy, FromAttrs, ToAttrs};
use crate::session::SessionKeyAttrs;
use crate::tunnel::{ManagedSocket, StaticAddresses};
use crate::{SessionConfig, SessionInfo, TunnelConfig, TunnelInfo};

/// Every policy of the family's messages, by the type that carries it.
pub const TYPES: &[(&str, &[AttrPolicy])] = &[
    (<TunnelConfig as ToAttrs>::NAME, <TunnelConfig as ToAttrs>::POLICY),
    (<StaticAddresses as ToAttrs>::NAME, <StaticAddresses as ToAttrs>::POLICY),
    (<ManagedSocket as ToAttrs>::NAME, <ManagedSocket as ToAttrs>::POLICY),
    (<SessionConfig as ToAttrs>::NAME, <SessionConfig as ToAttrs>::POLICY),
    (<SessionKeyAttrs as ToAttrs>::NAME, <SessionKeyAttrs as ToAttrs>::POLICY),
    (<TunnelInfo as FromAttrs<'_>>::NAME, <TunnelInfo as FromAttrs<'_>>::POLICY),
    (<SessionInfo as FromAttrs<'_>>::NAME, <SessionInfo as FromAttrs<'_>>::POLICY),
];

/// The kernel's name of one of the family's attributes, if a type binds it.
#[must_use]
pub fn attribute_name(id: u16) -> Option<&'static str> {
    TYPES.iter().flat_map(|(_, policy)| *policy).find(|attr| attr.id == id).map(|attr| attr.name)
}
