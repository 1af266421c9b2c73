//! What of the headers belongs in l2tp-sys.
//!
//! Selection goes by prefix, so that a constant the kernel adds to a family of constants
//! arrives with the next headers and nobody has to think of it.

use std::collections::BTreeMap;

use crate::headers::parse::{Enum, Header};

/// Constants whose name starts so are taken.
pub(super) const PREFIXES: &[&str] = &[
    "L2TP_",
    "PPPOL2TP_",
    "PX_PROTO_",
    "AF_PPPOX",
    "PF_PPPOX",
    "PPPIOC",
    "SC_",
    "NPMODE_",
    "NETLINK_",
    "NLMSG",
    "NLM_F_",
    "NLA_",
    "NL_ATTR_TYPE_",
    "NL_POLICY_TYPE_ATTR_",
    "GENL_",
    "CTRL_",
];

/// Members of large families of constants that are wanted without the rest.
pub(super) const SINGLES: &[&str] = &[
    "IPPROTO_L2TP",
    "IPPROTO_UDP",
    "RTM_NEWLINK",
    "RTM_DELLINK",
    "RTM_GETLINK",
    "RTNLGRP_LINK",
    "RTEXT_FILTER_SKIP_STATS",
    "IFLA_IFNAME",
    "IFLA_MTU",
    "IFLA_EXT_MASK",
    "IFLA_NEW_NETNSID",
    "IFLA_NEW_IFINDEX",
];

/// Structures, unions and enumerations whose name starts so are taken, with everything they contain.
const TYPE_PREFIXES: &[&str] = &["l2tp", "sockaddr_l2tp", "pppol2tp", "sockaddr_pppol2tp"];

/// Types that are taken beside them.
const TYPES: &[&str] = &[
    "sockaddr_pppox",
    "npioctl",
    "sockaddr_nl",
    "nlmsghdr",
    "nlmsgerr",
    "nlattr",
    "nla_bitfield32",
    "genlmsghdr",
    "ifinfomsg",
];

/// What the headers give under these prefixes and l2tp-sys does not have: each with the reason.
///
/// `cargo xtask bindgen` fails and names everything else that it cannot take.
pub(super) const EXCUSED: &[(&str, &str)] = &[
    ("NLA_ALIGN", "a function: l2tp::netlink aligns"),
    ("NLMSG_ALIGN", "a function: l2tp::netlink aligns"),
    ("NLMSG_DATA", "a function of pointers: l2tp::netlink reads messages"),
    ("NLMSG_LENGTH", "a function: l2tp::netlink computes lengths"),
    ("NLMSG_NEXT", "a function of pointers: l2tp::netlink reads messages"),
    ("NLMSG_OK", "a function of pointers: l2tp::netlink reads messages"),
    ("NLMSG_PAYLOAD", "a function of pointers: l2tp::netlink reads messages"),
    ("NLMSG_SPACE", "a function: l2tp::netlink computes lengths"),
];

/// Behind every text that names what cannot be taken.
pub(super) const REMEDY: &str = "Teach xtask/src/bindgen to take each, or excuse it with a reason in \
                                 EXCUSED of xtask/src/bindgen/selection.rs.";

/// Whether l2tp-sys has the constant of this name.
pub(super) fn takes(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether l2tp-sys has the structure, union or enumeration of this name.
pub(super) fn takes_type(name: &str) -> bool {
    TYPES.contains(&name) || TYPE_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The reason for which l2tp-sys has no item of this name.
pub(super) fn excuse(name: &str) -> Option<&'static str> {
    EXCUSED.iter().find(|(excused, _)| *excused == name).map(|(_, reason)| *reason)
}

/// The enumerations that are taken, tag or none: those with a member whose name is, and those
/// whose tag is.
pub(super) fn enums(headers: &BTreeMap<String, Header>) -> impl Iterator<Item = (&str, &Enum)> {
    let all = headers
        .iter()
        .flat_map(|(path, header)| header.enums.iter().map(move |it| (path.as_str(), it)));
    all.filter(|(_, found)| {
        found.tag.as_deref().is_some_and(takes_type)
            || found.members.iter().any(|member| takes(&member.name))
    })
}

/// The constants taken by prefix, as a regular expression.
pub(super) fn constants() -> String {
    format!("({}).*", PREFIXES.join("|"))
}

/// The types taken, as regular expressions of whole names.
pub(super) fn types(headers: &BTreeMap<String, Header>) -> Vec<String> {
    // bindgen puts the name of a structure before that of a type within it.
    let tags =
        enums(headers).filter_map(|(_, found)| Some(format!("(.*_)?{}", found.tag.as_ref()?)));
    let prefixed = TYPE_PREFIXES.iter().map(|prefix| format!("{prefix}.*"));
    tags.chain(prefixed).chain(TYPES.iter().map(|&name| name.to_owned())).collect()
}
