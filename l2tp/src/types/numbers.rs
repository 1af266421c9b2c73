//! The kernel's enumerations.

use std::fmt;

use crate::netlink::attr::{
    Attr, AttrEnum, AttrKind, AttrWriter, DecodeError, EncodeError, FromPayload, ToPayload,
};

/// The version of L2TP.
///
/// The kernel does not validate it (it accepts 0, 7 and 255), so a tunnel of another program may have
/// the version [`Unknown`](Self::Unknown).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProtocolVersion {
    /// L2TPv2, RFC 2661: PPP over UDP, 16-bit ids.
    V2,
    /// L2TPv3, RFC 3931: several pseudowires over UDP or IP, 32-bit ids, cookies.
    V3,
    /// A number that is no version of L2TP.
    Unknown(u8),
}

// Not derived, because the kernel's header has no enumeration of versions.
impl From<u8> for ProtocolVersion {
    fn from(number: u8) -> Self {
        match number {
            2 => Self::V2,
            3 => Self::V3,
            other => Self::Unknown(other),
        }
    }
}

impl From<ProtocolVersion> for u8 {
    fn from(version: ProtocolVersion) -> Self {
        match version {
            ProtocolVersion::V2 => 2,
            ProtocolVersion::V3 => 3,
            ProtocolVersion::Unknown(number) => number,
        }
    }
}

impl ToPayload for ProtocolVersion {
    const KIND: AttrKind = AttrKind::U8;

    #[inline]
    fn put(&self, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        u8::from(*self).put(id, out)
    }
}

impl FromPayload<'_> for ProtocolVersion {
    const KIND: AttrKind = AttrKind::U8;

    #[inline]
    fn get(attr: Attr<'_>) -> Result<Self, DecodeError> {
        u8::get(attr).map(Self::from)
    }
}

/// The encapsulation of a tunnel's packets (`enum l2tp_encap_type` of `linux/l2tp.h`).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AttrEnum)]
#[nlenum(repr = u16)]
pub enum EncapType {
    /// UDP, IPv4 or IPv6.
    #[nlenum(id = l2tp_sys::L2TP_ENCAPTYPE_UDP)]
    Udp,
    /// IP protocol 115, for L2TPv3 only.
    #[nlenum(id = l2tp_sys::L2TP_ENCAPTYPE_IP)]
    Ip,
    /// A number that this library does not know.
    #[nlenum(other)]
    Unknown(u16),
}

/// The pseudowire type of a session: what it carries (`enum l2tp_pwtype` of `linux/l2tp.h`).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AttrEnum)]
#[nlenum(repr = u16)]
pub enum PseudowireType {
    /// No pseudowire; the kernel rejects it.
    #[nlenum(id = l2tp_sys::L2TP_PWTYPE_NONE)]
    None,
    /// Ethernet frames of one VLAN. The kernel has no driver for this number, so a configuration is sent
    /// as [`Eth`](Self::Eth).
    #[nlenum(id = l2tp_sys::L2TP_PWTYPE_ETH_VLAN)]
    EthVlan,
    /// Ethernet frames, through a network interface that the kernel creates (module `l2tp_eth`).
    #[nlenum(id = l2tp_sys::L2TP_PWTYPE_ETH)]
    Eth,
    /// PPP frames, through a PPPoL2TP socket (module `l2tp_ppp`).
    #[nlenum(id = l2tp_sys::L2TP_PWTYPE_PPP)]
    Ppp,
    /// PPP frames of an access concentrator, which bridges them to PPPoE. The kernel has no driver for
    /// this number, so a configuration is sent as [`Ppp`](Self::Ppp).
    #[nlenum(id = l2tp_sys::L2TP_PWTYPE_PPP_AC)]
    PppAc,
    /// IP packets. The kernel has no driver for it.
    #[nlenum(id = l2tp_sys::L2TP_PWTYPE_IP)]
    Ip,
    /// A number that this library does not know.
    #[nlenum(other)]
    Unknown(u16),
}

/// The L2-specific sublayer before each frame (`enum l2tp_l2spec_type` of
/// `linux/l2tp.h`; RFC 3931, section 4.6). Both ends must use the same.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, AttrEnum)]
#[nlenum(repr = u8)]
pub enum L2SpecType {
    /// No sublayer, and so no sequence numbers. With `send_seq` the session sends none; with `recv_seq`
    /// it drops every packet.
    #[nlenum(id = l2tp_sys::L2TP_L2SPECTYPE_NONE)]
    None,
    /// The default sublayer, four bytes with a sequence number. It is the default of the kernel and of
    /// this library.
    #[default]
    #[nlenum(id = l2tp_sys::L2TP_L2SPECTYPE_DEFAULT)]
    Default,
    /// A number that this library does not know.
    #[nlenum(other)]
    Unknown(u8),
}

/// The debug messages of a tunnel or session (`enum l2tp_debug_flags` of `linux/l2tp.h`).
///
/// Kernels from 5.10 on accept the attribute, ignore it and report 0. It exists for programs that are
/// ported from older interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, ToPayload, FromPayload)]
pub struct DebugFlags(pub u32);

macro_rules! debug_flags {
    ($($(#[$doc:meta])* $name:ident = $constant:ident;)*) => {
        impl DebugFlags {
            $($(#[$doc])* pub const $name: Self = Self(l2tp_sys::$constant);)*

            /// All flags.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}
debug_flags! {
    /// Verbose messages.
    DEBUG = L2TP_MSG_DEBUG;
    /// Messages about the interface to user space.
    CONTROL = L2TP_MSG_CONTROL;
    /// Messages about sequence numbers.
    SEQ = L2TP_MSG_SEQ;
    /// Messages about data packets.
    DATA = L2TP_MSG_DATA;
}

impl std::ops::BitOr for DebugFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

macro_rules! display {
    ($($name:ident { $($variant:ident => $text:literal),* $(,)? })*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant => f.pad($text),)*
                    Self::Unknown(number) => write!(f, "unknown ({number})"),
                }
            }
        }
    )*};
}
display! {
    ProtocolVersion { V2 => "L2TPv2", V3 => "L2TPv3" }
    EncapType { Udp => "UDP", Ip => "IP" }
    PseudowireType {
        None => "none", EthVlan => "Ethernet VLAN", Eth => "Ethernet", Ppp => "PPP",
        PppAc => "PPP access concentrator", Ip => "IP",
    }
    L2SpecType { None => "none", Default => "default" }
}
