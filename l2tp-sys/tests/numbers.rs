//! Numbers that other implementations have got wrong, or that a compiler had to compute.

use l2tp_sys::names::TABLES;
#[allow(clippy::wildcard_imports, reason = "the crate is a list of constants")]
use l2tp_sys::*;

/// A binding that takes the macros' text without the enumerators gives -1 for each of these.
#[test]
fn the_highest_numbers_are_those_of_the_enumerations() {
    let highest = |name: &str| {
        let table = TABLES.iter().find(|(table, _)| *table == name).map(|(_, table)| *table);
        table.and_then(|table| table.rows().map(|(number, _)| number).max()).unwrap()
    };
    assert_eq!(highest("COMMANDS"), L2TP_CMD_MAX.into());
    assert_eq!(highest("ATTRIBUTES"), L2TP_ATTR_MAX.into());
    assert_eq!(highest("STATISTICS"), L2TP_ATTR_STATS_MAX.into());
    assert_eq!(highest("CTRL_COMMANDS"), CTRL_CMD_MAX.into());
    assert_eq!(highest("CTRL_ATTRIBUTES"), CTRL_ATTR_MAX.into());
    assert_eq!(highest("CTRL_OP_ATTRIBUTES"), CTRL_ATTR_OP_MAX.into());
    assert_eq!(highest("CTRL_MCAST_GRP_ATTRIBUTES"), CTRL_ATTR_MCAST_GRP_MAX.into());
    assert_eq!(highest("CTRL_POLICY_ATTRIBUTES"), CTRL_ATTR_POLICY_MAX.into());
    assert_eq!(highest("ERROR_ATTRIBUTES"), NLMSGERR_ATTR_MAX.into());
    assert_eq!(highest("POLICY_ATTRIBUTES"), NL_POLICY_TYPE_ATTR_MAX.into());
    // What has been given a number keeps it.
    assert_eq!((L2TP_CMD_SESSION_GET, L2TP_ATTR_PAD, L2TP_ATTR_RX_INVALID), (8, 35, 11));
    assert_eq!((CTRL_CMD_GETPOLICY, CTRL_ATTR_OP), (10, 10));
    assert_eq!((NLMSGERR_ATTR_MISS_NEST, NL_POLICY_TYPE_ATTR_MASK), (6, 12));
}

#[test]
fn the_family_is_named_as_the_kernel_registers_it() {
    assert_eq!(L2TP_GENL_NAME, c"l2tp");
    assert_eq!(L2TP_GENL_MCGROUP, c"l2tp");
    assert_eq!(L2TP_GENL_VERSION, 1);
}

#[test]
fn ioctl_numbers_carry_direction_and_size() {
    let numbers = [
        (PPPIOCGFLAGS, 0x8004_745a),
        (PPPIOCSFLAGS, 0x4004_7459),
        (PPPIOCGUNIT, 0x8004_7456),
        (PPPIOCGMRU, 0x8004_7453),
        (PPPIOCSMRU, 0x4004_7452),
        (PPPIOCNEWUNIT, 0xc004_743e),
        (PPPIOCATTACH, 0x4004_743d),
        (PPPIOCCONNECT, 0x4004_743a),
        (PPPIOCDISCONN, 0x0000_7439),
        (PPPIOCATTCHAN, 0x4004_7438),
        (PPPIOCGCHAN, 0x8004_7437),
        (PPPIOCGL2TPSTATS, 0x8048_7436),
        (PPPIOCBRIDGECHAN, 0x4004_7435),
        (PPPIOCUNBRIDGECHAN, 0x0000_7434),
    ];
    for (generated, expected) in numbers {
        assert_eq!(generated, expected, "{generated:#x} is not {expected:#x}");
    }
}

#[test]
fn netlink_constants_built_of_other_macros_are_evaluated() {
    assert_eq!(NLM_F_DUMP, NLM_F_ROOT | NLM_F_MATCH);
    assert_eq!(NLA_F_NESTED, 0x8000);
    assert_eq!(NLA_TYPE_MASK, 0x3fff);
    assert_eq!((NLMSG_HDRLEN, GENL_HDRLEN, NLA_HDRLEN, NLA_ALIGNTO), (16, 4, 4, 4));
    assert_eq!((GENL_ID_CTRL, GENL_START_ALLOC), (0x10, 0x13));
    assert_eq!((IPPROTO_L2TP, IPPROTO_UDP, AF_PPPOX, PX_PROTO_OL2TP), (115, 17, 24, 1));
    assert_eq!((NETLINK_GENERIC, NETLINK_CAP_ACK, NETLINK_EXT_ACK), (16, 10, 11));
    assert_eq!((NETLINK_ADD_MEMBERSHIP, NETLINK_LISTEN_ALL_NSID), (1, 8));
}
