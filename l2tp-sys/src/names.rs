//! The kernel's names of its numbers.
//!
//! Generated from the headers of Linux 7.3.4 by `cargo xtask bindgen`. Do not edit.

/// A number, and the kernel's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name {
    /// The number.
    pub number: u32,
    /// The name of the header's constant, for example `L2TP_CMD_TUNNEL_GET`.
    pub name: &'static str,
    /// What the header says of it.
    pub comment: Option<&'static str>,
}
/// An attribute's number and name, and what the header says of its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Attribute {
    /// The number, without the flags `NLA_F_NESTED` and `NLA_F_NET_BYTEORDER`.
    pub number: u32,
    /// The name of the header's constant, for example `L2TP_ATTR_CONN_ID`.
    pub name: &'static str,
    /// The payload's type in the header's words, for example `u32`, `string`, `nested`,
    /// `flag`, `0, 4 or 8 bytes`, `no data`.
    ///
    /// This is what the header says, not always what the kernel does: it sends
    /// `L2TP_ATTR_RECV_TIMEOUT` (`msec`) as a `u64`.
    pub payload: Option<&'static str>,
    /// Whether the header does not call it unused.
    pub used: bool,
    /// The names of its values, where the header names an enumeration.
    pub values: &'static [Name],
    /// The attributes that it contains, where the header says which.
    pub nested: &'static [Attribute],
    /// The whole comment.
    pub comment: Option<&'static str>,
}
/// A table of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// Of commands, options and values.
    Values(&'static [Name]),
    /// Of attributes.
    Attributes(&'static [Attribute]),
}
impl Table {
    /// Number and name of each row.
    ///
    /// ```
    /// use l2tp_sys::names::TABLES;
    /// let (name, table) = TABLES[0];
    /// assert_eq!((name, table.rows().next()), ("COMMANDS", Some((0, "L2TP_CMD_NOOP"))));
    /// ```
    pub fn rows(self) -> impl Iterator<Item = (u32, &'static str)> {
        let (values, attributes): (&[Name], &[Attribute]) = match self {
            Self::Values(rows) => (rows, &[]),
            Self::Attributes(rows) => (&[], rows),
        };
        let values = values.iter().map(|row| (row.number, row.name));
        values.chain(attributes.iter().map(|row| (row.number, row.name)))
    }
}
/// The row of a number in a table of names.
///
/// ```
/// use l2tp_sys::names::{COMMANDS, name};
/// assert_eq!(name(COMMANDS, 4).map(|row| row.name), Some("L2TP_CMD_TUNNEL_GET"));
/// assert_eq!(name(COMMANDS, 99), None);
/// ```
#[must_use]
pub fn name(table: &'static [Name], number: u32) -> Option<&'static Name> {
    table.iter().find(|row| row.number == number)
}
/// The row of a number in a table of attributes.
///
/// ```
/// use l2tp_sys::names::{ATTRIBUTES, attribute};
/// let row = attribute(ATTRIBUTES, l2tp_sys::L2TP_ATTR_PW_TYPE).unwrap();
/// assert_eq!((row.name, row.payload), ("L2TP_ATTR_PW_TYPE", Some("u16")));
/// assert_eq!(row.values[2].name, "L2TP_PWTYPE_ETH");
/// ```
#[must_use]
pub fn attribute(
    table: &'static [Attribute],
    number: u32,
) -> Option<&'static Attribute> {
    table.iter().find(|row| row.number == number)
}
/// Every table of this module by its name.
pub const TABLES: &[(&str, Table)] = &[
    ("COMMANDS", Table::Values(COMMANDS)),
    ("ATTRIBUTES", Table::Attributes(ATTRIBUTES)),
    ("STATISTICS", Table::Attributes(STATISTICS)),
    ("PSEUDOWIRE_TYPES", Table::Values(PSEUDOWIRE_TYPES)),
    ("L2SPEC_TYPES", Table::Values(L2SPEC_TYPES)),
    ("ENCAP_TYPES", Table::Values(ENCAP_TYPES)),
    ("SEQUENCE_MODES", Table::Values(SEQUENCE_MODES)),
    ("DEBUG_FLAGS", Table::Values(DEBUG_FLAGS)),
    ("PPPOL2TP_OPTIONS", Table::Values(PPPOL2TP_OPTIONS)),
    ("PPPOL2TP_DEBUG_FLAGS", Table::Values(PPPOL2TP_DEBUG_FLAGS)),
    ("CTRL_COMMANDS", Table::Values(CTRL_COMMANDS)),
    ("CTRL_ATTRIBUTES", Table::Attributes(CTRL_ATTRIBUTES)),
    ("CTRL_OP_ATTRIBUTES", Table::Attributes(CTRL_OP_ATTRIBUTES)),
    ("CTRL_MCAST_GRP_ATTRIBUTES", Table::Attributes(CTRL_MCAST_GRP_ATTRIBUTES)),
    ("CTRL_POLICY_ATTRIBUTES", Table::Attributes(CTRL_POLICY_ATTRIBUTES)),
    ("ERROR_ATTRIBUTES", Table::Attributes(ERROR_ATTRIBUTES)),
    ("POLICY_ATTRIBUTES", Table::Attributes(POLICY_ATTRIBUTES)),
    ("ATTRIBUTE_TYPES", Table::Values(ATTRIBUTE_TYPES)),
];
/// The commands of the `l2tp` family.
pub const COMMANDS: &[Name] = &[
    Name {
        number: crate::L2TP_CMD_NOOP,
        name: "L2TP_CMD_NOOP",
        comment: None,
    },
    Name {
        number: crate::L2TP_CMD_TUNNEL_CREATE,
        name: "L2TP_CMD_TUNNEL_CREATE",
        comment: None,
    },
    Name {
        number: crate::L2TP_CMD_TUNNEL_DELETE,
        name: "L2TP_CMD_TUNNEL_DELETE",
        comment: None,
    },
    Name {
        number: crate::L2TP_CMD_TUNNEL_MODIFY,
        name: "L2TP_CMD_TUNNEL_MODIFY",
        comment: None,
    },
    Name {
        number: crate::L2TP_CMD_TUNNEL_GET,
        name: "L2TP_CMD_TUNNEL_GET",
        comment: None,
    },
    Name {
        number: crate::L2TP_CMD_SESSION_CREATE,
        name: "L2TP_CMD_SESSION_CREATE",
        comment: None,
    },
    Name {
        number: crate::L2TP_CMD_SESSION_DELETE,
        name: "L2TP_CMD_SESSION_DELETE",
        comment: None,
    },
    Name {
        number: crate::L2TP_CMD_SESSION_MODIFY,
        name: "L2TP_CMD_SESSION_MODIFY",
        comment: None,
    },
    Name {
        number: crate::L2TP_CMD_SESSION_GET,
        name: "L2TP_CMD_SESSION_GET",
        comment: None,
    },
];
/// The attributes of the `l2tp` family.
pub const ATTRIBUTES: &[Attribute] = &[
    Attribute {
        number: crate::L2TP_ATTR_NONE,
        name: "L2TP_ATTR_NONE",
        payload: Some("no data"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("no data"),
    },
    Attribute {
        number: crate::L2TP_ATTR_PW_TYPE,
        name: "L2TP_ATTR_PW_TYPE",
        payload: Some("u16"),
        used: true,
        values: PSEUDOWIRE_TYPES,
        nested: &[],
        comment: Some("u16, enum l2tp_pwtype"),
    },
    Attribute {
        number: crate::L2TP_ATTR_ENCAP_TYPE,
        name: "L2TP_ATTR_ENCAP_TYPE",
        payload: Some("u16"),
        used: true,
        values: ENCAP_TYPES,
        nested: &[],
        comment: Some("u16, enum l2tp_encap_type"),
    },
    Attribute {
        number: crate::L2TP_ATTR_OFFSET,
        name: "L2TP_ATTR_OFFSET",
        payload: Some("u16"),
        used: false,
        values: &[],
        nested: &[],
        comment: Some("u16 (not used)"),
    },
    Attribute {
        number: crate::L2TP_ATTR_DATA_SEQ,
        name: "L2TP_ATTR_DATA_SEQ",
        payload: Some("u16"),
        used: false,
        values: &[],
        nested: &[],
        comment: Some("u16 (not used)"),
    },
    Attribute {
        number: crate::L2TP_ATTR_L2SPEC_TYPE,
        name: "L2TP_ATTR_L2SPEC_TYPE",
        payload: Some("u8"),
        used: true,
        values: L2SPEC_TYPES,
        nested: &[],
        comment: Some("u8, enum l2tp_l2spec_type"),
    },
    Attribute {
        number: crate::L2TP_ATTR_L2SPEC_LEN,
        name: "L2TP_ATTR_L2SPEC_LEN",
        payload: Some("u8"),
        used: false,
        values: &[],
        nested: &[],
        comment: Some("u8 (not used)"),
    },
    Attribute {
        number: crate::L2TP_ATTR_PROTO_VERSION,
        name: "L2TP_ATTR_PROTO_VERSION",
        payload: Some("u8"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u8"),
    },
    Attribute {
        number: crate::L2TP_ATTR_IFNAME,
        name: "L2TP_ATTR_IFNAME",
        payload: Some("string"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("string"),
    },
    Attribute {
        number: crate::L2TP_ATTR_CONN_ID,
        name: "L2TP_ATTR_CONN_ID",
        payload: Some("u32"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u32"),
    },
    Attribute {
        number: crate::L2TP_ATTR_PEER_CONN_ID,
        name: "L2TP_ATTR_PEER_CONN_ID",
        payload: Some("u32"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u32"),
    },
    Attribute {
        number: crate::L2TP_ATTR_SESSION_ID,
        name: "L2TP_ATTR_SESSION_ID",
        payload: Some("u32"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u32"),
    },
    Attribute {
        number: crate::L2TP_ATTR_PEER_SESSION_ID,
        name: "L2TP_ATTR_PEER_SESSION_ID",
        payload: Some("u32"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u32"),
    },
    Attribute {
        number: crate::L2TP_ATTR_UDP_CSUM,
        name: "L2TP_ATTR_UDP_CSUM",
        payload: Some("u8"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u8"),
    },
    Attribute {
        number: crate::L2TP_ATTR_VLAN_ID,
        name: "L2TP_ATTR_VLAN_ID",
        payload: Some("u16"),
        used: false,
        values: &[],
        nested: &[],
        comment: Some("u16 (not used)"),
    },
    Attribute {
        number: crate::L2TP_ATTR_COOKIE,
        name: "L2TP_ATTR_COOKIE",
        payload: Some("0, 4 or 8 bytes"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("0, 4 or 8 bytes"),
    },
    Attribute {
        number: crate::L2TP_ATTR_PEER_COOKIE,
        name: "L2TP_ATTR_PEER_COOKIE",
        payload: Some("0, 4 or 8 bytes"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("0, 4 or 8 bytes"),
    },
    Attribute {
        number: crate::L2TP_ATTR_DEBUG,
        name: "L2TP_ATTR_DEBUG",
        payload: Some("u32"),
        used: false,
        values: DEBUG_FLAGS,
        nested: &[],
        comment: Some("u32, enum l2tp_debug_flags (not used)"),
    },
    Attribute {
        number: crate::L2TP_ATTR_RECV_SEQ,
        name: "L2TP_ATTR_RECV_SEQ",
        payload: Some("u8"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u8"),
    },
    Attribute {
        number: crate::L2TP_ATTR_SEND_SEQ,
        name: "L2TP_ATTR_SEND_SEQ",
        payload: Some("u8"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u8"),
    },
    Attribute {
        number: crate::L2TP_ATTR_LNS_MODE,
        name: "L2TP_ATTR_LNS_MODE",
        payload: Some("u8"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u8"),
    },
    Attribute {
        number: crate::L2TP_ATTR_USING_IPSEC,
        name: "L2TP_ATTR_USING_IPSEC",
        payload: Some("u8"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u8"),
    },
    Attribute {
        number: crate::L2TP_ATTR_RECV_TIMEOUT,
        name: "L2TP_ATTR_RECV_TIMEOUT",
        payload: Some("msec"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("msec"),
    },
    Attribute {
        number: crate::L2TP_ATTR_FD,
        name: "L2TP_ATTR_FD",
        payload: Some("int"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("int"),
    },
    Attribute {
        number: crate::L2TP_ATTR_IP_SADDR,
        name: "L2TP_ATTR_IP_SADDR",
        payload: Some("u32"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u32"),
    },
    Attribute {
        number: crate::L2TP_ATTR_IP_DADDR,
        name: "L2TP_ATTR_IP_DADDR",
        payload: Some("u32"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u32"),
    },
    Attribute {
        number: crate::L2TP_ATTR_UDP_SPORT,
        name: "L2TP_ATTR_UDP_SPORT",
        payload: Some("u16"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u16"),
    },
    Attribute {
        number: crate::L2TP_ATTR_UDP_DPORT,
        name: "L2TP_ATTR_UDP_DPORT",
        payload: Some("u16"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u16"),
    },
    Attribute {
        number: crate::L2TP_ATTR_MTU,
        name: "L2TP_ATTR_MTU",
        payload: Some("u16"),
        used: false,
        values: &[],
        nested: &[],
        comment: Some("u16 (not used)"),
    },
    Attribute {
        number: crate::L2TP_ATTR_MRU,
        name: "L2TP_ATTR_MRU",
        payload: Some("u16"),
        used: false,
        values: &[],
        nested: &[],
        comment: Some("u16 (not used)"),
    },
    Attribute {
        number: crate::L2TP_ATTR_STATS,
        name: "L2TP_ATTR_STATS",
        payload: Some("nested"),
        used: true,
        values: &[],
        nested: STATISTICS,
        comment: Some("nested"),
    },
    Attribute {
        number: crate::L2TP_ATTR_IP6_SADDR,
        name: "L2TP_ATTR_IP6_SADDR",
        payload: Some("struct in6_addr"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("struct in6_addr"),
    },
    Attribute {
        number: crate::L2TP_ATTR_IP6_DADDR,
        name: "L2TP_ATTR_IP6_DADDR",
        payload: Some("struct in6_addr"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("struct in6_addr"),
    },
    Attribute {
        number: crate::L2TP_ATTR_UDP_ZERO_CSUM6_TX,
        name: "L2TP_ATTR_UDP_ZERO_CSUM6_TX",
        payload: Some("flag"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("flag"),
    },
    Attribute {
        number: crate::L2TP_ATTR_UDP_ZERO_CSUM6_RX,
        name: "L2TP_ATTR_UDP_ZERO_CSUM6_RX",
        payload: Some("flag"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("flag"),
    },
    Attribute {
        number: crate::L2TP_ATTR_PAD,
        name: "L2TP_ATTR_PAD",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
];
/// The attributes nested in `L2TP_ATTR_STATS`.
pub const STATISTICS: &[Attribute] = &[
    Attribute {
        number: crate::L2TP_ATTR_STATS_NONE,
        name: "L2TP_ATTR_STATS_NONE",
        payload: Some("no data"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("no data"),
    },
    Attribute {
        number: crate::L2TP_ATTR_TX_PACKETS,
        name: "L2TP_ATTR_TX_PACKETS",
        payload: Some("u64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u64"),
    },
    Attribute {
        number: crate::L2TP_ATTR_TX_BYTES,
        name: "L2TP_ATTR_TX_BYTES",
        payload: Some("u64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u64"),
    },
    Attribute {
        number: crate::L2TP_ATTR_TX_ERRORS,
        name: "L2TP_ATTR_TX_ERRORS",
        payload: Some("u64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u64"),
    },
    Attribute {
        number: crate::L2TP_ATTR_RX_PACKETS,
        name: "L2TP_ATTR_RX_PACKETS",
        payload: Some("u64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u64"),
    },
    Attribute {
        number: crate::L2TP_ATTR_RX_BYTES,
        name: "L2TP_ATTR_RX_BYTES",
        payload: Some("u64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u64"),
    },
    Attribute {
        number: crate::L2TP_ATTR_RX_SEQ_DISCARDS,
        name: "L2TP_ATTR_RX_SEQ_DISCARDS",
        payload: Some("u64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u64"),
    },
    Attribute {
        number: crate::L2TP_ATTR_RX_OOS_PACKETS,
        name: "L2TP_ATTR_RX_OOS_PACKETS",
        payload: Some("u64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u64"),
    },
    Attribute {
        number: crate::L2TP_ATTR_RX_ERRORS,
        name: "L2TP_ATTR_RX_ERRORS",
        payload: Some("u64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u64"),
    },
    Attribute {
        number: crate::L2TP_ATTR_STATS_PAD,
        name: "L2TP_ATTR_STATS_PAD",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::L2TP_ATTR_RX_COOKIE_DISCARDS,
        name: "L2TP_ATTR_RX_COOKIE_DISCARDS",
        payload: Some("u64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u64"),
    },
    Attribute {
        number: crate::L2TP_ATTR_RX_INVALID,
        name: "L2TP_ATTR_RX_INVALID",
        payload: Some("u64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("u64"),
    },
];
/// Pseudowire types.
pub const PSEUDOWIRE_TYPES: &[Name] = &[
    Name {
        number: crate::L2TP_PWTYPE_NONE,
        name: "L2TP_PWTYPE_NONE",
        comment: None,
    },
    Name {
        number: crate::L2TP_PWTYPE_ETH_VLAN,
        name: "L2TP_PWTYPE_ETH_VLAN",
        comment: None,
    },
    Name {
        number: crate::L2TP_PWTYPE_ETH,
        name: "L2TP_PWTYPE_ETH",
        comment: None,
    },
    Name {
        number: crate::L2TP_PWTYPE_PPP,
        name: "L2TP_PWTYPE_PPP",
        comment: None,
    },
    Name {
        number: crate::L2TP_PWTYPE_PPP_AC,
        name: "L2TP_PWTYPE_PPP_AC",
        comment: None,
    },
    Name {
        number: crate::L2TP_PWTYPE_IP,
        name: "L2TP_PWTYPE_IP",
        comment: None,
    },
];
/// Layer-2-specific sublayers.
pub const L2SPEC_TYPES: &[Name] = &[
    Name {
        number: crate::L2TP_L2SPECTYPE_NONE,
        name: "L2TP_L2SPECTYPE_NONE",
        comment: None,
    },
    Name {
        number: crate::L2TP_L2SPECTYPE_DEFAULT,
        name: "L2TP_L2SPECTYPE_DEFAULT",
        comment: None,
    },
];
/// Encapsulations of tunnels.
pub const ENCAP_TYPES: &[Name] = &[
    Name {
        number: crate::L2TP_ENCAPTYPE_UDP,
        name: "L2TP_ENCAPTYPE_UDP",
        comment: None,
    },
    Name {
        number: crate::L2TP_ENCAPTYPE_IP,
        name: "L2TP_ENCAPTYPE_IP",
        comment: None,
    },
];
/// Sequence modes, unused by the kernel.
pub const SEQUENCE_MODES: &[Name] = &[
    Name {
        number: crate::L2TP_SEQ_NONE,
        name: "L2TP_SEQ_NONE",
        comment: None,
    },
    Name {
        number: crate::L2TP_SEQ_IP,
        name: "L2TP_SEQ_IP",
        comment: None,
    },
    Name {
        number: crate::L2TP_SEQ_ALL,
        name: "L2TP_SEQ_ALL",
        comment: None,
    },
];
/// Debug flags, unused by the kernel.
pub const DEBUG_FLAGS: &[Name] = &[
    Name {
        number: crate::L2TP_MSG_DEBUG,
        name: "L2TP_MSG_DEBUG",
        comment: Some("verbose debug (if compiled in)"),
    },
    Name {
        number: crate::L2TP_MSG_CONTROL,
        name: "L2TP_MSG_CONTROL",
        comment: Some("userspace - kernel interface"),
    },
    Name {
        number: crate::L2TP_MSG_SEQ,
        name: "L2TP_MSG_SEQ",
        comment: Some("sequence numbers"),
    },
    Name {
        number: crate::L2TP_MSG_DATA,
        name: "L2TP_MSG_DATA",
        comment: Some("data packets"),
    },
];
/// Options of PPPoL2TP sockets.
pub const PPPOL2TP_OPTIONS: &[Name] = &[
    Name {
        number: crate::PPPOL2TP_SO_DEBUG,
        name: "PPPOL2TP_SO_DEBUG",
        comment: None,
    },
    Name {
        number: crate::PPPOL2TP_SO_RECVSEQ,
        name: "PPPOL2TP_SO_RECVSEQ",
        comment: None,
    },
    Name {
        number: crate::PPPOL2TP_SO_SENDSEQ,
        name: "PPPOL2TP_SO_SENDSEQ",
        comment: None,
    },
    Name {
        number: crate::PPPOL2TP_SO_LNSMODE,
        name: "PPPOL2TP_SO_LNSMODE",
        comment: None,
    },
    Name {
        number: crate::PPPOL2TP_SO_REORDERTO,
        name: "PPPOL2TP_SO_REORDERTO",
        comment: None,
    },
];
/// Debug flags of PPPoL2TP sockets, unused by the kernel.
pub const PPPOL2TP_DEBUG_FLAGS: &[Name] = &[
    Name {
        number: crate::PPPOL2TP_MSG_DEBUG,
        name: "PPPOL2TP_MSG_DEBUG",
        comment: None,
    },
    Name {
        number: crate::PPPOL2TP_MSG_CONTROL,
        name: "PPPOL2TP_MSG_CONTROL",
        comment: None,
    },
    Name {
        number: crate::PPPOL2TP_MSG_SEQ,
        name: "PPPOL2TP_MSG_SEQ",
        comment: None,
    },
    Name {
        number: crate::PPPOL2TP_MSG_DATA,
        name: "PPPOL2TP_MSG_DATA",
        comment: None,
    },
];
/// The commands of the generic netlink controller.
pub const CTRL_COMMANDS: &[Name] = &[
    Name {
        number: crate::CTRL_CMD_UNSPEC,
        name: "CTRL_CMD_UNSPEC",
        comment: None,
    },
    Name {
        number: crate::CTRL_CMD_NEWFAMILY,
        name: "CTRL_CMD_NEWFAMILY",
        comment: None,
    },
    Name {
        number: crate::CTRL_CMD_DELFAMILY,
        name: "CTRL_CMD_DELFAMILY",
        comment: None,
    },
    Name {
        number: crate::CTRL_CMD_GETFAMILY,
        name: "CTRL_CMD_GETFAMILY",
        comment: None,
    },
    Name {
        number: crate::CTRL_CMD_NEWOPS,
        name: "CTRL_CMD_NEWOPS",
        comment: None,
    },
    Name {
        number: crate::CTRL_CMD_DELOPS,
        name: "CTRL_CMD_DELOPS",
        comment: None,
    },
    Name {
        number: crate::CTRL_CMD_GETOPS,
        name: "CTRL_CMD_GETOPS",
        comment: None,
    },
    Name {
        number: crate::CTRL_CMD_NEWMCAST_GRP,
        name: "CTRL_CMD_NEWMCAST_GRP",
        comment: None,
    },
    Name {
        number: crate::CTRL_CMD_DELMCAST_GRP,
        name: "CTRL_CMD_DELMCAST_GRP",
        comment: None,
    },
    Name {
        number: crate::CTRL_CMD_GETMCAST_GRP,
        name: "CTRL_CMD_GETMCAST_GRP",
        comment: Some("unused"),
    },
    Name {
        number: crate::CTRL_CMD_GETPOLICY,
        name: "CTRL_CMD_GETPOLICY",
        comment: None,
    },
];
/// The attributes of the generic netlink controller.
pub const CTRL_ATTRIBUTES: &[Attribute] = &[
    Attribute {
        number: crate::CTRL_ATTR_UNSPEC,
        name: "CTRL_ATTR_UNSPEC",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_FAMILY_ID,
        name: "CTRL_ATTR_FAMILY_ID",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_FAMILY_NAME,
        name: "CTRL_ATTR_FAMILY_NAME",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_VERSION,
        name: "CTRL_ATTR_VERSION",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_HDRSIZE,
        name: "CTRL_ATTR_HDRSIZE",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_MAXATTR,
        name: "CTRL_ATTR_MAXATTR",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_OPS,
        name: "CTRL_ATTR_OPS",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_MCAST_GROUPS,
        name: "CTRL_ATTR_MCAST_GROUPS",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_POLICY,
        name: "CTRL_ATTR_POLICY",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_OP_POLICY,
        name: "CTRL_ATTR_OP_POLICY",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_OP,
        name: "CTRL_ATTR_OP",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
];
/// The attributes of an operation in `CTRL_ATTR_OPS`.
pub const CTRL_OP_ATTRIBUTES: &[Attribute] = &[
    Attribute {
        number: crate::CTRL_ATTR_OP_UNSPEC,
        name: "CTRL_ATTR_OP_UNSPEC",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_OP_ID,
        name: "CTRL_ATTR_OP_ID",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_OP_FLAGS,
        name: "CTRL_ATTR_OP_FLAGS",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
];
/// The attributes of a group in `CTRL_ATTR_MCAST_GROUPS`.
pub const CTRL_MCAST_GRP_ATTRIBUTES: &[Attribute] = &[
    Attribute {
        number: crate::CTRL_ATTR_MCAST_GRP_UNSPEC,
        name: "CTRL_ATTR_MCAST_GRP_UNSPEC",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_MCAST_GRP_NAME,
        name: "CTRL_ATTR_MCAST_GRP_NAME",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_MCAST_GRP_ID,
        name: "CTRL_ATTR_MCAST_GRP_ID",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
];
/// The attributes of an operation in `CTRL_ATTR_OP_POLICY`.
pub const CTRL_POLICY_ATTRIBUTES: &[Attribute] = &[
    Attribute {
        number: crate::CTRL_ATTR_POLICY_UNSPEC,
        name: "CTRL_ATTR_POLICY_UNSPEC",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_POLICY_DO,
        name: "CTRL_ATTR_POLICY_DO",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
    Attribute {
        number: crate::CTRL_ATTR_POLICY_DUMP,
        name: "CTRL_ATTR_POLICY_DUMP",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: None,
    },
];
/// The attributes of an extended acknowledgement.
pub const ERROR_ATTRIBUTES: &[Attribute] = &[
    Attribute {
        number: crate::NLMSGERR_ATTR_UNUSED,
        name: "NLMSGERR_ATTR_UNUSED",
        payload: None,
        used: false,
        values: &[],
        nested: &[],
        comment: Some("unused"),
    },
    Attribute {
        number: crate::NLMSGERR_ATTR_MSG,
        name: "NLMSGERR_ATTR_MSG",
        payload: Some("string"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("error message string (string)"),
    },
    Attribute {
        number: crate::NLMSGERR_ATTR_OFFS,
        name: "NLMSGERR_ATTR_OFFS",
        payload: Some("u32"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some(
            "offset of the invalid attribute in the original message, counting from the beginning of the header (u32)",
        ),
    },
    Attribute {
        number: crate::NLMSGERR_ATTR_COOKIE,
        name: "NLMSGERR_ATTR_COOKIE",
        payload: Some("binary"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some(
            "arbitrary subsystem specific cookie to be used - in the success case - to identify a created object or operation or similar (binary)",
        ),
    },
    Attribute {
        number: crate::NLMSGERR_ATTR_POLICY,
        name: "NLMSGERR_ATTR_POLICY",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: Some("policy for a rejected attribute"),
    },
    Attribute {
        number: crate::NLMSGERR_ATTR_MISS_TYPE,
        name: "NLMSGERR_ATTR_MISS_TYPE",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: Some(
            "type of a missing required attribute, %NLMSGERR_ATTR_MISS_NEST will not be present if the attribute was missing at the message level",
        ),
    },
    Attribute {
        number: crate::NLMSGERR_ATTR_MISS_NEST,
        name: "NLMSGERR_ATTR_MISS_NEST",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: Some("offset of the nest where attribute was missing"),
    },
];
/// The attributes that describe one attribute in a policy dump.
pub const POLICY_ATTRIBUTES: &[Attribute] = &[
    Attribute {
        number: crate::NL_POLICY_TYPE_ATTR_UNSPEC,
        name: "NL_POLICY_TYPE_ATTR_UNSPEC",
        payload: None,
        used: false,
        values: &[],
        nested: &[],
        comment: Some("unused"),
    },
    Attribute {
        number: crate::NL_POLICY_TYPE_ATTR_TYPE,
        name: "NL_POLICY_TYPE_ATTR_TYPE",
        payload: Some("u32"),
        used: true,
        values: ATTRIBUTE_TYPES,
        nested: &[],
        comment: Some("type of the attribute, &enum netlink_attribute_type (U32)"),
    },
    Attribute {
        number: crate::NL_POLICY_TYPE_ATTR_MIN_VALUE_S,
        name: "NL_POLICY_TYPE_ATTR_MIN_VALUE_S",
        payload: Some("s64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("minimum value for signed integers (S64)"),
    },
    Attribute {
        number: crate::NL_POLICY_TYPE_ATTR_MAX_VALUE_S,
        name: "NL_POLICY_TYPE_ATTR_MAX_VALUE_S",
        payload: Some("s64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("maximum value for signed integers (S64)"),
    },
    Attribute {
        number: crate::NL_POLICY_TYPE_ATTR_MIN_VALUE_U,
        name: "NL_POLICY_TYPE_ATTR_MIN_VALUE_U",
        payload: Some("u64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("minimum value for unsigned integers (U64)"),
    },
    Attribute {
        number: crate::NL_POLICY_TYPE_ATTR_MAX_VALUE_U,
        name: "NL_POLICY_TYPE_ATTR_MAX_VALUE_U",
        payload: Some("u64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("maximum value for unsigned integers (U64)"),
    },
    Attribute {
        number: crate::NL_POLICY_TYPE_ATTR_MIN_LENGTH,
        name: "NL_POLICY_TYPE_ATTR_MIN_LENGTH",
        payload: Some("u32"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some(
            "minimum length for binary attributes, no minimum if not given (U32)",
        ),
    },
    Attribute {
        number: crate::NL_POLICY_TYPE_ATTR_MAX_LENGTH,
        name: "NL_POLICY_TYPE_ATTR_MAX_LENGTH",
        payload: Some("u32"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some(
            "maximum length for binary attributes, no maximum if not given (U32)",
        ),
    },
    Attribute {
        number: crate::NL_POLICY_TYPE_ATTR_POLICY_IDX,
        name: "NL_POLICY_TYPE_ATTR_POLICY_IDX",
        payload: Some("u32"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("sub policy for nested and nested array types (U32)"),
    },
    Attribute {
        number: crate::NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE,
        name: "NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE",
        payload: Some("u32"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some(
            "maximum sub policy attribute for nested and nested array types, this can in theory be < the size of the policy pointed to by the index, if limited inside the nesting (U32)",
        ),
    },
    Attribute {
        number: crate::NL_POLICY_TYPE_ATTR_BITFIELD32_MASK,
        name: "NL_POLICY_TYPE_ATTR_BITFIELD32_MASK",
        payload: Some("u32"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("valid mask for the bitfield32 type (U32)"),
    },
    Attribute {
        number: crate::NL_POLICY_TYPE_ATTR_PAD,
        name: "NL_POLICY_TYPE_ATTR_PAD",
        payload: None,
        used: true,
        values: &[],
        nested: &[],
        comment: Some("pad attribute for 64-bit alignment"),
    },
    Attribute {
        number: crate::NL_POLICY_TYPE_ATTR_MASK,
        name: "NL_POLICY_TYPE_ATTR_MASK",
        payload: Some("u64"),
        used: true,
        values: &[],
        nested: &[],
        comment: Some("mask of valid bits for unsigned integers (U64)"),
    },
];
/// Types of attributes in a policy dump.
pub const ATTRIBUTE_TYPES: &[Name] = &[
    Name {
        number: crate::NL_ATTR_TYPE_INVALID,
        name: "NL_ATTR_TYPE_INVALID",
        comment: Some("unused"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_FLAG,
        name: "NL_ATTR_TYPE_FLAG",
        comment: Some("flag attribute (present/not present)"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_U8,
        name: "NL_ATTR_TYPE_U8",
        comment: Some("8-bit unsigned attribute"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_U16,
        name: "NL_ATTR_TYPE_U16",
        comment: Some("16-bit unsigned attribute"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_U32,
        name: "NL_ATTR_TYPE_U32",
        comment: Some("32-bit unsigned attribute"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_U64,
        name: "NL_ATTR_TYPE_U64",
        comment: Some("64-bit unsigned attribute"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_S8,
        name: "NL_ATTR_TYPE_S8",
        comment: Some("8-bit signed attribute"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_S16,
        name: "NL_ATTR_TYPE_S16",
        comment: Some("16-bit signed attribute"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_S32,
        name: "NL_ATTR_TYPE_S32",
        comment: Some("32-bit signed attribute"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_S64,
        name: "NL_ATTR_TYPE_S64",
        comment: Some("64-bit signed attribute"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_BINARY,
        name: "NL_ATTR_TYPE_BINARY",
        comment: Some("binary data, min/max length may be specified"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_STRING,
        name: "NL_ATTR_TYPE_STRING",
        comment: Some("string, min/max length may be specified"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_NUL_STRING,
        name: "NL_ATTR_TYPE_NUL_STRING",
        comment: Some("NUL-terminated string, min/max length may be specified"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_NESTED,
        name: "NL_ATTR_TYPE_NESTED",
        comment: Some(
            "nested, i.e. the content of this attribute consists of sub-attributes. The nested policy and maxtype inside may be specified.",
        ),
    },
    Name {
        number: crate::NL_ATTR_TYPE_NESTED_ARRAY,
        name: "NL_ATTR_TYPE_NESTED_ARRAY",
        comment: Some(
            "nested array, i.e. the content of this attribute contains sub-attributes whose type is irrelevant (just used to separate the array entries) and each such array entry has attributes again, the policy for those inner ones and the corresponding maxtype may be specified.",
        ),
    },
    Name {
        number: crate::NL_ATTR_TYPE_BITFIELD32,
        name: "NL_ATTR_TYPE_BITFIELD32",
        comment: Some("&struct nla_bitfield32 attribute"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_SINT,
        name: "NL_ATTR_TYPE_SINT",
        comment: Some("32-bit or 64-bit signed attribute, aligned to 4B"),
    },
    Name {
        number: crate::NL_ATTR_TYPE_UINT,
        name: "NL_ATTR_TYPE_UINT",
        comment: Some("32-bit or 64-bit unsigned attribute, aligned to 4B"),
    },
];
