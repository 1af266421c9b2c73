//! Infos and descriptions for tests, as a kernel would give them, and what no kernel would.

use std::ffi::CStr;
use std::net::Ipv4Addr;

use crate::netlink::attr::ToAttrs;
use crate::{EncapType, ProtocolVersion, PseudowireType, SessionInfo, TunnelInfo};

/// A tunnel over IP.
pub(crate) fn tunnel(id: u32) -> TunnelInfo {
    TunnelInfo {
        ip_saddr: Some(Ipv4Addr::LOCALHOST),
        ip_daddr: Some(Ipv4Addr::LOCALHOST),
        ..TunnelInfo::new(ProtocolVersion::V3, EncapType::Ip, id, 100 + id)
    }
}

/// An Ethernet session.
pub(crate) fn session(tunnel: u32, id: u32) -> SessionInfo {
    SessionInfo::new(&self::tunnel(tunnel), PseudowireType::Eth, id, 100 + id)
}

/// The controller's description of the family.
#[derive(Debug, ToAttrs)]
pub(crate) struct Registration {
    #[nlattr(id = l2tp_sys::CTRL_ATTR_FAMILY_ID)]
    id: u16,
    #[nlattr(id = l2tp_sys::CTRL_ATTR_FAMILY_NAME)]
    pub(crate) name: &'static CStr,
    #[nlattr(id = l2tp_sys::CTRL_ATTR_VERSION)]
    version: u32,
    #[nlattr(id = l2tp_sys::CTRL_ATTR_MAXATTR)]
    max_attr: u32,
    #[nlattr(id = l2tp_sys::CTRL_ATTR_MCAST_GROUPS, nested)]
    groups: Groups,
}

/// An array: the attribute's type is the element's number.
#[derive(Debug, ToAttrs)]
struct Groups {
    #[nlattr(id = l2tp_sys::CTRL_ATTR_FAMILY_ID, nested)]
    first: Group,
}

#[derive(Debug, ToAttrs)]
struct Group {
    #[nlattr(id = l2tp_sys::CTRL_ATTR_MCAST_GRP_NAME)]
    name: &'static CStr,
    #[nlattr(id = l2tp_sys::CTRL_ATTR_MCAST_GRP_ID)]
    id: u32,
}

/// The family under these numbers.
pub(crate) fn registration(id: u16, group: u32) -> Registration {
    let first = Group { name: l2tp_sys::L2TP_GENL_MCGROUP, id: group };
    let groups = Groups { first };
    Registration {
        id,
        name: l2tp_sys::L2TP_GENL_NAME,
        version: 1,
        max_attr: l2tp_sys::L2TP_ATTR_MAX.into(),
        groups,
    }
}

/// Lengths that an attribute or a message cannot have here.
const LIES: [u16; 14] = [0, 1, 3, 4, 5, 8, 15, 16, 17, 20, 0x7fff, 0x8000, 0xfffb, 0xffff];

/// A datagram spoilt in every way of these: cut at each place, each bit another, each length (and
/// whatever else stands where one may) a lie.
pub(crate) fn spoilt(good: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let cut = (0..good.len()).map(|len| good[..len].to_vec());
    let flipped = (0..8 * good.len()).map(|bit| {
        let mut bytes = good.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    });
    let lying = (0..good.len() - 1).step_by(4).flat_map(|at| {
        LIES.map(|lie| {
            let mut bytes = good.to_vec();
            bytes[at..at + 2].copy_from_slice(&lie.to_ne_bytes());
            bytes
        })
    });
    cut.chain(flipped).chain(lying)
}
