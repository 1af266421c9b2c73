//! The controller: the generic-netlink family that knows all the others.
//!
//! A family's number is assigned when its module is loaded, so every program begins by asking for
//! it by name; asking also makes the kernel load the module. The structs are derived, like those
//! of any other family.

use std::ffi::CStr;

use super::attr::{Attrs, DecodeError, FromAttrs, List, ToAttrs};
use super::extack::PolicyHint;
use super::message::Request;

/// Asks the controller for a family ([`FamilyName`] goes into the request). The answer is a
/// [`Family`].
pub const GET_FAMILY: Request = Request {
    family: l2tp_sys::GENL_ID_CTRL,
    command: l2tp_sys::CTRL_CMD_GETFAMILY,
    version: 2,
    flags: 0,
};

/// The content of [`GET_FAMILY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs)]
pub struct FamilyName<'a> {
    /// The name it was registered under, at most 15 bytes.
    #[nlattr(id = l2tp_sys::CTRL_ATTR_FAMILY_NAME)]
    pub name: &'a CStr,
}

/// A family as the controller describes it (`ctrl_fill_info` of net/netlink/genetlink.c).
#[derive(Debug, Clone, FromAttrs)]
pub struct Family<'a> {
    /// The number that messages to it carry as their type.
    #[nlattr(id = l2tp_sys::CTRL_ATTR_FAMILY_ID)]
    pub id: u16,
    /// Its name.
    #[nlattr(id = l2tp_sys::CTRL_ATTR_FAMILY_NAME)]
    pub name: &'a CStr,
    /// Version of its protocol.
    #[nlattr(id = l2tp_sys::CTRL_ATTR_VERSION)]
    pub version: u32,
    /// The highest attribute number that it parses.
    #[nlattr(id = l2tp_sys::CTRL_ATTR_MAXATTR)]
    pub max_attr: u32,
    /// Its multicast groups.
    #[nlattr(id = l2tp_sys::CTRL_ATTR_MCAST_GROUPS)]
    pub groups: Option<List<'a, Group<'a>>>,
}

impl Family<'_> {
    /// Number of the multicast group of this name, if the family has one.
    ///
    /// # Errors
    ///
    /// When the list is malformed.
    pub fn group(&self, name: &CStr) -> Result<Option<u32>, DecodeError> {
        for group in self.groups.clone().into_iter().flatten() {
            let group = group?;
            if group.name == name {
                return Ok(Some(group.id));
            }
        }
        Ok(None)
    }
}

/// A multicast group of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromAttrs)]
pub struct Group<'a> {
    /// Its name within the family.
    #[nlattr(id = l2tp_sys::CTRL_ATTR_MCAST_GRP_NAME)]
    pub name: &'a CStr,
    /// The number to join it by.
    #[nlattr(id = l2tp_sys::CTRL_ATTR_MCAST_GRP_ID)]
    pub id: u32,
}

/// Asks the controller for a family's policy ([`FamilyId`] goes into the request): what its parser
/// checks of each attribute. The replies of the dump are [`FamilyPolicy`]s. From Linux 5.7 on.
pub const GET_POLICY: Request = Request {
    family: l2tp_sys::GENL_ID_CTRL,
    command: l2tp_sys::CTRL_CMD_GETPOLICY,
    version: 2,
    flags: l2tp_sys::NLM_F_DUMP,
};

/// The content of [`GET_POLICY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs)]
pub struct FamilyId {
    /// The family's number.
    #[nlattr(id = l2tp_sys::CTRL_ATTR_FAMILY_ID)]
    pub id: u16,
}

/// A part of a family's policy (`ctrl_dumppolicy` of net/netlink/genetlink.c).
#[derive(Debug, Clone, FromAttrs)]
pub struct FamilyPolicy<'a> {
    /// The family's number.
    #[nlattr(id = l2tp_sys::CTRL_ATTR_FAMILY_ID)]
    pub id: u16,
    /// A table of policies, each a table of attributes. Both are numbered by their elements' types.
    #[nlattr(id = l2tp_sys::CTRL_ATTR_POLICY)]
    pub policies: Option<Attrs<'a>>,
}

impl FamilyPolicy<'_> {
    /// The attributes with their numbers, of all the policies in this part.
    ///
    /// # Errors
    ///
    /// When a table is malformed.
    pub fn attributes(&self) -> Result<Vec<(u16, PolicyHint)>, DecodeError> {
        let mut found = Vec::new();
        for policy in self.policies.clone().into_iter().flatten() {
            for attr in policy?.nested() {
                let attr = attr?;
                found.push((attr.id(), PolicyHint::from_attrs(attr.nested())?));
            }
        }
        Ok(found)
    }
}
