//! The width of a constant: that of the field which carries it in a message.
//!
//! C gives every constant the width of an `int`. A program puts it into a field of 8 or 16 bits,
//! or compares it with one, and would have to cast each time.

/// Constants whose name starts so, with or without `__` before it, and the bits of their field.
///
/// Of several prefixes that match, the longest decides.
const WIDTHS: &[(&str, u32)] = &[
    // `genlmsghdr`: `cmd` and `version`.
    ("L2TP_CMD_", 8),
    ("CTRL_CMD_", 8),
    ("L2TP_GENL_VERSION", 8),
    // `nlmsghdr`: `nlmsg_type`. The type of a generic netlink message is the family's id.
    ("NLMSG_", 16),
    ("NLMSG_ALIGNTO", 32),
    ("NLMSG_HDRLEN", 32),
    ("RTM_", 16),
    ("GENL_ID_", 16),
    ("GENL_MIN_ID", 16),
    ("GENL_MAX_ID", 16),
    ("GENL_START_ALLOC", 16),
    // `nlmsghdr`: `nlmsg_flags`.
    ("NLM_F_", 16),
    // `nlattr`: `nla_type`, with its two flags.
    ("L2TP_ATTR_", 16),
    ("CTRL_ATTR_", 16),
    ("NLMSGERR_ATTR_", 16),
    ("NL_POLICY_TYPE_ATTR_", 16),
    ("IFLA_", 16),
    ("NLA_F_", 16),
    ("NLA_TYPE_MASK", 16),
];

/// The bits of a constant that no message has a field for, or one as wide as an `int`.
const INT: u32 = 32;

/// How many bits the constant of this name has.
pub(super) fn bits(name: &str) -> u32 {
    let name = name.trim_start_matches('_');
    let matching = WIDTHS.iter().filter(|(prefix, _)| name.starts_with(prefix));
    matching.max_by_key(|(prefix, _)| prefix.len()).map_or(INT, |(_, bits)| *bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_as_wide_as_the_field_that_carries_it() {
        let widths = [
            ("L2TP_CMD_TUNNEL_GET", 8),
            ("__L2TP_CMD_MAX", 8),
            ("NLMSG_DONE", 16),
            ("NLMSG_HDRLEN", 32),
            ("NLMSGERR_ATTR_MSG", 16),
            ("__CTRL_ATTR_OP_MAX", 16),
            ("NLA_F_NESTED", 16),
            ("NLA_HDRLEN", 32),
            ("GENL_CMD_CAP_DO", 32),
        ];
        for (name, expected) in widths {
            assert_eq!(bits(name), expected, "{name}");
        }
    }
}
