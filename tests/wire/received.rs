//! The types that are only received, written here as the kernel writes them and read back: the
//! controller's descriptions of a family and extended acknowledgements.

use std::ffi::{CStr, CString};

use l2tp::netlink::attr::{AttrWriter, Attrs, EncodeError, FromAttrs, ToAttrs};
use l2tp::netlink::ctrl::{Family, FamilyPolicy};
use l2tp::netlink::extack::{AttrType, ExtAck, PolicyHint};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn written(fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>) -> Vec<u8> {
    let mut bytes = Vec::new();
    fill(&mut AttrWriter::new(&mut bytes)).expect("what can be written");
    bytes
}

fn read<'a, T: FromAttrs<'a>>(bytes: &'a [u8]) -> T {
    T::from_attrs(Attrs::new(bytes, 0)).expect("what was written")
}

/// A text that ends with its NUL.
fn text() -> impl Strategy<Value = CString> {
    "[^\0]{0,20}".prop_map(|text| CString::new(text).expect("no NUL"))
}

/// `netlink_policy_dump_write_attr` of net/netlink/policy.c.
#[derive(Debug, Clone, ToAttrs)]
struct Hint {
    #[nlattr(id = l2tp_sys::NL_POLICY_TYPE_ATTR_TYPE)]
    kind: Option<u32>,
    #[nlattr(id = l2tp_sys::NL_POLICY_TYPE_ATTR_MIN_VALUE_U)]
    min: Option<u64>,
    #[nlattr(id = l2tp_sys::NL_POLICY_TYPE_ATTR_MAX_VALUE_U)]
    max: Option<u64>,
    #[nlattr(id = l2tp_sys::NL_POLICY_TYPE_ATTR_MIN_LENGTH)]
    min_len: Option<u32>,
    #[nlattr(id = l2tp_sys::NL_POLICY_TYPE_ATTR_MAX_LENGTH)]
    max_len: Option<u32>,
}

impl Hint {
    fn read(&self) -> PolicyHint {
        let Self { kind, min, max, min_len, max_len } = *self;
        PolicyHint { kind: kind.map(AttrType::from), min, max, min_len, max_len }
    }
}

prop_compose! {
    fn hint()(
        kind in option::of(prop_oneof![0..20u32, any::<u32>()]),
        (min, max) in any::<(Option<u64>, Option<u64>)>(),
        (min_len, max_len) in any::<(Option<u32>, Option<u32>)>(),
    ) -> Hint {
        Hint { kind, min, max, min_len, max_len }
    }
}

/// `netlink_ack_tlv_fill` of net/netlink/af_netlink.c.
#[derive(Debug, ToAttrs)]
struct Ack<'a> {
    #[nlattr(id = l2tp_sys::NLMSGERR_ATTR_MSG)]
    message: Option<&'a CStr>,
    #[nlattr(id = l2tp_sys::NLMSGERR_ATTR_OFFS)]
    offset: Option<u32>,
    #[nlattr(id = l2tp_sys::NLMSGERR_ATTR_POLICY, nested)]
    policy: Option<Hint>,
    #[nlattr(id = l2tp_sys::NLMSGERR_ATTR_MISS_TYPE)]
    missing: Option<u32>,
    #[nlattr(id = l2tp_sys::NLMSGERR_ATTR_MISS_NEST)]
    missing_within: Option<u32>,
}

/// `ctrl_fill_info` of net/netlink/genetlink.c, without the groups.
#[derive(Debug, ToAttrs)]
struct Described<'a> {
    #[nlattr(id = l2tp_sys::CTRL_ATTR_FAMILY_NAME)]
    name: &'a CStr,
    #[nlattr(id = l2tp_sys::CTRL_ATTR_FAMILY_ID)]
    id: u16,
    #[nlattr(id = l2tp_sys::CTRL_ATTR_VERSION)]
    version: u32,
    #[nlattr(id = l2tp_sys::CTRL_ATTR_MAXATTR)]
    max_attr: u32,
}

#[derive(Debug, ToAttrs)]
struct Group<'a> {
    #[nlattr(id = l2tp_sys::CTRL_ATTR_MCAST_GRP_ID)]
    id: u32,
    #[nlattr(id = l2tp_sys::CTRL_ATTR_MCAST_GRP_NAME)]
    name: &'a CStr,
}

proptest! {
    #[test]
    fn policy_hints(hint in hint()) {
        prop_assert_eq!(read::<PolicyHint>(&written(|out| hint.to_attrs(out))), hint.read());
    }

    #[test]
    fn extended_acknowledgements(
        message in option::of(text()),
        offset: Option<u32>,
        policy in option::of(hint()),
        missing: Option<u32>,
        missing_within: Option<u32>,
    ) {
        let message = message.as_deref();
        let hint = policy.as_ref().map(Hint::read);
        let expected = ExtAck { message, offset, policy: hint, missing, missing_within };
        let ack = Ack { message, offset, policy, missing, missing_within };
        let bytes = written(|out| ack.to_attrs(out));
        prop_assert_eq!(read::<ExtAck<'_>>(&bytes), expected);
    }

    #[test]
    fn families(
        name in text(),
        number: u16,
        (version, max_attr) in any::<(u32, u32)>(),
        groups in option::of(vec((text(), any::<u32>()), 0..4)),
    ) {
        let bytes = written(|out| {
            Described { name: &name, id: number, version, max_attr }.to_attrs(out)?;
            let Some(groups) = &groups else { return Ok(()) };
            out.nest(l2tp_sys::CTRL_ATTR_MCAST_GROUPS, |out| {
                let mut numbered = (1..).zip(groups);
                numbered.try_for_each(|(at, (name, id))| {
                    out.nest(at, |out| Group { id: *id, name }.to_attrs(out))
                })
            })
        });
        let family: Family<'_> = read(&bytes);
        prop_assert_eq!((family.name, family.id), (name.as_c_str(), number));
        prop_assert_eq!((family.version, family.max_attr), (version, max_attr));
        prop_assert_eq!(family.groups.is_some(), groups.is_some());
        let groups = groups.unwrap_or_default();
        let found: Result<Vec<_>, _> = family.groups.clone().into_iter().flatten().collect();
        let found: Vec<_> = found.expect("groups").iter().map(|it| (it.name.to_owned(), it.id)).collect();
        prop_assert_eq!(&found, &groups);
        for (name, _) in &groups {
            let first = groups.iter().find(|(other, _)| other == name).map(|(_, id)| *id);
            prop_assert_eq!(family.group(name), Ok(first));
        }
    }

    /// The policies of a family, each a table of attributes.
    #[test]
    fn family_policies(number: u16, policies in vec(vec(hint(), 0..4), 0..3)) {
        let bytes = written(|out| {
            out.put(l2tp_sys::CTRL_ATTR_FAMILY_ID, &number.to_ne_bytes())?;
            out.nest(l2tp_sys::CTRL_ATTR_POLICY, |out| {
                (0..).zip(&policies).try_for_each(|(at, policy)| {
                    out.nest(at, |out| {
                        (1..).zip(policy).try_for_each(|(at, hint)| {
                            out.nest(at, |out| hint.to_attrs(out))
                        })
                    })
                })
            })
        });
        let part: FamilyPolicy<'_> = read(&bytes);
        prop_assert_eq!(part.id, number);
        let expected: Vec<_> =
            policies.iter().flat_map(|policy| (1..).zip(policy.iter().map(Hint::read))).collect();
        prop_assert_eq!(part.attributes(), Ok(expected));
    }
}
