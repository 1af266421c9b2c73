//! The comparison of the schema with the policy of the running kernel.

use std::fmt;

use super::{HeaderTable, TYPES, UNBOUND, attribute, attribute_name};
use crate::error::{Error, Operation};
use crate::netlink::attr::AttrKind;
use crate::netlink::ctrl::{self, FamilyId, FamilyPolicy};
use crate::netlink::extack::{AttrType, PolicyHint};
use crate::netlink::{self, Client};

/// A difference between this library and the running kernel about one attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyDifference {
    /// The attribute's number.
    pub id: u16,
    /// The kind of difference.
    pub kind: DifferenceKind,
}

/// The kind of difference between a type of this library and the kernel's policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// A field binds the attribute, but the kernel's policy does not list it.
    NotInPolicy,
    /// The kernel has the attribute, but no field binds it and [`UNBOUND`] lists no reason.
    Unbound,
    /// The types of the payload differ.
    Form {
        /// The type that the field's codec writes and reads.
        ours: AttrKind,
        /// The type that the kernel checks.
        kernel: AttrType,
    },
    /// The greatest lengths of the payload differ.
    MaxLength {
        /// The greatest length of the field's type, in bytes.
        ours: usize,
        /// The greatest length that the kernel accepts, in bytes.
        kernel: u32,
    },
}

/// A difference to every known kernel, with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownDifference {
    /// The difference.
    pub difference: PolicyDifference,
    /// The reason.
    pub reason: &'static str,
}

/// The known differences, which are defects of neither the kernel nor this library.
pub const KNOWN_DIFFERENCES: &[KnownDifference] = &[
    KnownDifference {
        difference: PolicyDifference {
            id: l2tp_sys::L2TP_ATTR_UDP_ZERO_CSUM6_TX,
            kind: DifferenceKind::NotInPolicy,
        },
        reason: "the kernel reads its presence and lets any payload pass",
    },
    KnownDifference {
        difference: PolicyDifference {
            id: l2tp_sys::L2TP_ATTR_UDP_ZERO_CSUM6_RX,
            kind: DifferenceKind::NotInPolicy,
        },
        reason: "the kernel reads its presence and lets any payload pass",
    },
];

impl PolicyDifference {
    /// The reason, if this is one of the [`KNOWN_DIFFERENCES`].
    #[must_use]
    pub fn explanation(&self) -> Option<&'static str> {
        KNOWN_DIFFERENCES.iter().find(|known| known.difference == *self).map(|known| known.reason)
    }
}

impl fmt::Display for PolicyDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match attribute_name(self.id) {
            Some(name) => write!(f, "{name}: ")?,
            None => write!(f, "attribute {}: ", self.id)?,
        }
        match self.kind {
            DifferenceKind::NotInPolicy => f.write_str("the kernel's policy does not list it")?,
            DifferenceKind::Unbound => {
                f.write_str("the kernel has it, this library does not bind it")?;
            }
            DifferenceKind::Form { ours, kernel } => {
                write!(f, "{kernel:?} to the kernel, {ours:?} to this library")?;
            }
            DifferenceKind::MaxLength { ours, kernel } => {
                write!(f, "at most {kernel} bytes to the kernel, {ours} to this library")?;
            }
        }
        match self.explanation() {
            Some(reason) => write!(f, " ({reason})"),
            None => Ok(()),
        }
    }
}

/// The differences between the derived types and the running kernel's policy of the family
/// (`CTRL_CMD_GETPOLICY`), with those of [`KNOWN_DIFFERENCES`].
///
/// The policy contains types and greatest lengths. It does not contain which attributes a command
/// requires, or what a missing attribute means. It needs no privilege, and Linux 5.7 or later.
///
/// # Errors
///
/// [`Error::NoFamily`] when the kernel has no L2TP; [`Error::Rejected`] with `EOPNOTSUPP` from a
/// kernel that cannot report its policy.
pub fn differences() -> Result<Vec<PolicyDifference>, Error> {
    let failed = |error| Error::of_netlink(Operation::Probe, error);
    let mut client = Client::open().map_err(failed)?;
    let family = client.family(l2tp_sys::L2TP_GENL_NAME).map_err(failed)?;
    let (id, max) = (family.id, family.max_attr);
    let policy = policy(&mut client, id).map_err(failed)?;
    Ok(compare(&policy, max))
}

/// The differences to a policy. `max` is the largest attribute number of the family.
fn compare(policy: &[(u16, PolicyHint)], max: u32) -> Vec<PolicyDifference> {
    let in_policy = |id| policy.iter().find(|(number, _)| *number == id).map(|(_, hint)| hint);
    let listed = |id: u16| {
        UNBOUND.iter().any(|it| (it.table, it.number) == (HeaderTable::Family, u32::from(id)))
    };
    let known = |id| attribute(id).is_some() || listed(id);
    let mut bound: Vec<_> = TYPES.iter().flat_map(|of| of.attributes).collect();
    bound.sort_by_key(|attr| attr.id);
    bound.dedup_by_key(|attr| attr.id);
    let ours = bound.into_iter().filter_map(|attr| {
        let kind = match in_policy(attr.id) {
            Some(hint) => form(attr.kind, hint).or_else(|| length(attr.kind, hint)),
            None => Some(DifferenceKind::NotInPolicy),
        };
        kind.map(|kind| PolicyDifference { id: attr.id, kind })
    });
    let last = u16::try_from(max).unwrap_or(u16::MAX);
    let theirs = (0..=last)
        .filter(|id| !known(*id))
        .map(|id| PolicyDifference { id, kind: DifferenceKind::Unbound });
    ours.chain(theirs).collect()
}

/// The difference if the kernel expects another type of payload.
fn form(ours: AttrKind, hint: &PolicyHint) -> Option<DifferenceKind> {
    let kernel = hint.kind?;
    let same = match ours {
        AttrKind::U8 => kernel == AttrType::U8,
        AttrKind::U16 | AttrKind::Be16 => kernel == AttrType::U16,
        AttrKind::U32 | AttrKind::Be32 => matches!(kernel, AttrType::U32 | AttrType::Uint),
        // Linux reports this type for milliseconds from 6.7 on.
        AttrKind::U64 | AttrKind::Be64 => matches!(kernel, AttrType::U64 | AttrType::Uint),
        AttrKind::I8 => kernel == AttrType::S8,
        AttrKind::I16 => kernel == AttrType::S16,
        AttrKind::I32 => matches!(kernel, AttrType::S32 | AttrType::Sint),
        AttrKind::I64 => matches!(kernel, AttrType::S64 | AttrType::Sint),
        AttrKind::Flag => kernel == AttrType::Flag,
        // The kernel has no type for addresses.
        AttrKind::Ipv4 => matches!(kernel, AttrType::U32 | AttrType::Binary),
        AttrKind::Ipv6 | AttrKind::Bytes { .. } => kernel == AttrType::Binary,
        AttrKind::Str { .. } => matches!(kernel, AttrType::String | AttrType::NulString),
        AttrKind::Nested(_) => kernel == AttrType::Nested,
        AttrKind::List(_) => kernel == AttrType::NestedArray,
        AttrKind::Enum { repr, .. } => {
            return form(*repr, hint).map(|_| DifferenceKind::Form { ours, kernel });
        }
    };
    (!same).then_some(DifferenceKind::Form { ours, kernel })
}

/// The difference if the kernel accepts more or fewer bytes.
fn length(ours: AttrKind, hint: &PolicyHint) -> Option<DifferenceKind> {
    let kernel = hint.max_len?;
    let ours = match ours {
        AttrKind::Ipv6 => 16,
        AttrKind::Bytes { max } | AttrKind::Str { max } if max != 0 => max,
        _ => return None,
    };
    (u32::try_from(ours) != Ok(kernel)).then_some(DifferenceKind::MaxLength { ours, kernel })
}

/// The policy of a family, attribute by attribute.
fn policy(client: &mut Client, id: u16) -> Result<Vec<(u16, PolicyHint)>, netlink::Error> {
    let mut all = Vec::new();
    let mut dump = client.dump(&ctrl::GET_POLICY, &FamilyId { id })?;
    while let Some(part) = dump.next_reply::<FamilyPolicy<'_>>()? {
        all.extend(part.attributes()?);
    }
    Ok(all)
}
