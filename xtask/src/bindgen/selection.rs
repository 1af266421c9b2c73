//! What of the headers belongs in l2tp-sys.
//!
//! Selection goes by prefix, so that a constant the kernel adds to a family of constants
//! arrives with the next headers and nobody has to think of it.

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

/// Types that are taken, with everything they contain: regular expressions of whole names.
pub(super) const TYPES: &[&str] = &[
    "l2tp_(pwtype|l2spec_type|encap_type|seqmode|debug_flags)",
    "sockaddr_l2tpip6?",
    "pppol2tp.*",
    "sockaddr_pppol2tp.*",
    "sockaddr_pppox",
    "npioctl",
    "sockaddr_nl",
    "nlmsghdr",
    "nlmsgerr",
    "nlmsgerr_attrs",
    "nlattr",
    "nla_bitfield32",
    "netlink_attribute_type",
    "netlink_policy_type_attr",
    "genlmsghdr",
    "ifinfomsg",
];

/// Whether l2tp-sys has the macro of this name.
pub(super) fn takes(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The constants taken by prefix, as a regular expression.
pub(super) fn constants() -> String {
    format!("({}).*", PREFIXES.join("|"))
}
