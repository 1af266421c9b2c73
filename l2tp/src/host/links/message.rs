//! The messages of rtnetlink about interfaces (`struct ifinfomsg` of `linux/rtnetlink.h`,
//! `rtnl_fill_ifinfo` of net/core/rtnetlink.c).

use super::{Interface, InterfaceNamespace};
use crate::IfName;
use crate::netlink::attr::{DecodeError, FromAttrs, ToAttrs};
use crate::netlink::message::{ClassicRequest, Message};

/// The size of `struct ifinfomsg`.
const IFINFOMSG: usize = size_of::<l2tp_sys::ifinfomsg>();

const NEW: u16 = l2tp_sys::RTM_NEWLINK;
const GONE: u16 = l2tp_sys::RTM_DELLINK;

/// A message about an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkMessage {
    /// The interface exists. `registered` is set if it was just registered: then every bit of the
    /// change mask is set.
    Here { interface: Interface, registered: bool },
    /// The interface has left the namespace: it was moved or deleted.
    Gone { index: u32, namespace: InterfaceNamespace },
}

/// The attributes that this library reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ToAttrs, FromAttrs)]
pub(super) struct LinkAttrs {
    #[nlattr(id = l2tp_sys::IFLA_IFNAME)]
    pub(super) name: Option<IfName>,
    #[nlattr(id = l2tp_sys::IFLA_MTU)]
    pub(super) mtu: Option<u32>,
    /// The id that this namespace has for the one to which the interface moved.
    #[nlattr(id = l2tp_sys::IFLA_NEW_NETNSID)]
    pub(super) new_netns_id: Option<i32>,
    /// The interface's index there.
    #[nlattr(id = l2tp_sys::IFLA_NEW_IFINDEX)]
    pub(super) new_index: Option<u32>,
}

impl LinkMessage {
    /// Decodes a message; `None` if it is not about an interface, or the interface has no name.
    ///
    /// A bridge reports its ports in messages of the same type with another address family: an
    /// interface that is no longer a port of a bridge is not gone.
    pub(super) fn read(message: &Message<'_>) -> Result<Option<Self>, DecodeError> {
        let kind = message.header.kind;
        if kind != NEW && kind != GONE {
            return Ok(None);
        }
        let (head, attrs) = message.split::<IFINFOMSG>()?;
        let word = |at: usize| [head[at], head[at + 1], head[at + 2], head[at + 3]];
        if i32::from(head[0]) != libc::AF_UNSPEC {
            return Ok(None);
        }
        let index = u32::from_ne_bytes(word(4));
        let registered = u32::from_ne_bytes(word(12)) == u32::MAX;
        let attrs = LinkAttrs::from_attrs(attrs)?;
        if kind == GONE {
            let namespace = match attrs.new_index {
                Some(index) => InterfaceNamespace::Moved { netns_id: attrs.new_netns_id, index },
                None => InterfaceNamespace::Gone,
            };
            return Ok(Some(Self::Gone { index, namespace }));
        }
        Ok(attrs.name.map(|name| {
            let interface = Interface { index, name, mtu: attrs.mtu.unwrap_or(0) };
            Self::Here { interface, registered }
        }))
    }
}

/// The filter of a dump.
#[derive(ToAttrs)]
pub(super) struct Filter {
    #[nlattr(id = l2tp_sys::IFLA_EXT_MASK)]
    skip: u32,
}

/// The request for a dump of all interfaces.
pub(super) const LIST: ClassicRequest<IFINFOMSG> = ClassicRequest {
    kind: l2tp_sys::RTM_GETLINK,
    flags: l2tp_sys::NLM_F_DUMP,
    header: [0; IFINFOMSG],
};
/// Its attributes: without counters.
pub(super) const FILTER: Filter = Filter { skip: l2tp_sys::RTEXT_FILTER_SKIP_STATS };

#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::netlink::message::Header;

    /// A message about interface `index`; the sequence number is 0 unless it belongs to a dump.
    pub(crate) fn message(
        kind: u16,
        seq: u32,
        index: u32,
        change: u32,
        attrs: LinkAttrs,
    ) -> Vec<u8> {
        let mut head = [0; IFINFOMSG];
        head[4..8].copy_from_slice(&index.to_ne_bytes());
        head[12..16].copy_from_slice(&change.to_ne_bytes());
        let header = Header { len: 0, kind, flags: 0, seq, port: 0 };
        let mut bytes = Vec::new();
        header.write(&head, &mut bytes, |out| attrs.to_attrs(out)).unwrap();
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<LinkMessage> {
        LinkMessage::read(&Message::first(bytes).unwrap().0).unwrap()
    }

    #[test]
    fn an_interface_that_leaves_a_bridge_is_not_gone() {
        let mut bytes = samples::message(l2tp_sys::RTM_DELLINK, 0, 7, 0, LinkAttrs::default());
        assert_eq!(
            read(&bytes),
            Some(LinkMessage::Gone { index: 7, namespace: InterfaceNamespace::Gone })
        );
        bytes[16] = u8::try_from(libc::AF_BRIDGE).unwrap();
        assert_eq!(read(&bytes), None);
    }

    #[test]
    fn a_registration_has_every_bit_of_the_change_mask() {
        let name = IfName::new("l2tpeth0").unwrap();
        let attrs = LinkAttrs { name: Some(name), mtu: Some(1446), ..LinkAttrs::default() };
        let interface = Interface { index: 7, name, mtu: 1446 };
        for (change, registered) in [(0, false), (1, false), (u32::MAX, true)] {
            let bytes = samples::message(l2tp_sys::RTM_NEWLINK, 0, 7, change, attrs);
            assert_eq!(read(&bytes), Some(LinkMessage::Here { interface, registered }));
        }
    }

    #[test]
    fn a_truncated_header_is_an_error() {
        let mut bytes = samples::message(l2tp_sys::RTM_NEWLINK, 0, 7, 0, LinkAttrs::default());
        bytes.truncate(20);
        bytes[0] = 20;
        assert!(LinkMessage::read(&Message::first(&bytes).unwrap().0).is_err());
    }
}
