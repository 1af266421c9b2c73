//! The schema as data: what each attribute of a derived type is called and how it is carried.
//!
//! Error messages, the decoder of raw messages and the comparison with the running kernel's own
//! policy all read the tables described here, so none of them can drift from the codecs.

/// One attribute of a derived type, as its `POLICY` lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttrPolicy {
    /// The attribute's number, without flag bits.
    pub id: u16,
    /// The kernel's name for it: the last segment of the `id` path, `"L2TP_ATTR_CONN_ID"`.
    pub name: &'static str,
    /// The field that binds it.
    pub field: &'static str,
    /// How its payload is formed.
    pub kind: AttrKind,
    /// Whether a message without it is refused. Always `false` in a policy for encoding.
    pub required: bool,
}

/// The form of an attribute's payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttrKind {
    /// One byte.
    U8,
    /// Two bytes in native order.
    U16,
    /// Four bytes in native order.
    U32,
    /// Eight bytes in native order.
    U64,
    /// One byte, two's complement.
    I8,
    /// Two bytes, two's complement, in native order.
    I16,
    /// Four bytes, two's complement, in native order.
    I32,
    /// Eight bytes, two's complement, in native order.
    I64,
    /// Two bytes in network order.
    Be16,
    /// Four bytes in network order.
    Be32,
    /// Eight bytes in network order.
    Be64,
    /// No payload: the attribute's presence is the value.
    Flag,
    /// Four bytes of IPv4 address in network order.
    Ipv4,
    /// Sixteen bytes of IPv6 address in network order.
    Ipv6,
    /// A NUL-terminated string of at most `max` bytes without the NUL (0: no limit of its own).
    Str {
        /// Longest content in bytes, or 0.
        max: usize,
    },
    /// Bytes as they are, at most `max` of them (0: no limit of its own).
    Bytes {
        /// Longest content in bytes, or 0.
        max: usize,
    },
    /// An integer whose values have names.
    Enum {
        /// The integer that carries it.
        repr: &'static AttrKind,
        /// Each known value with the kernel's name for it.
        values: &'static [(u64, &'static str)],
    },
    /// Attributes within the attribute.
    Nested(&'static [AttrPolicy]),
    /// An array: one nested attribute an element, its number only an index.
    List(&'static [AttrPolicy]),
}

impl AttrKind {
    /// Bytes of the payload, where every value has the same number of them.
    #[must_use]
    pub const fn size(&self) -> Option<usize> {
        match self {
            Self::U8 | Self::I8 => Some(1),
            Self::U16 | Self::I16 | Self::Be16 => Some(2),
            Self::U32 | Self::I32 | Self::Be32 | Self::Ipv4 => Some(4),
            Self::U64 | Self::I64 | Self::Be64 => Some(8),
            Self::Ipv6 => Some(16),
            Self::Enum { repr, .. } => repr.size(),
            Self::Flag
            | Self::Str { .. }
            | Self::Bytes { .. }
            | Self::Nested(_)
            | Self::List(_) => None,
        }
    }
}
