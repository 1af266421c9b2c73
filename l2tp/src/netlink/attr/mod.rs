//! Netlink attributes: the type-length-value records that fill a message.
//!
//! [`AttrWriter`] appends them to a reused buffer, [`Attrs`] walks them in place, and the codec
//! traits say how a Rust type and an attribute's payload become each other. The derive macros
//! [`ToAttrs`](derive@ToAttrs) and [`FromAttrs`](derive@FromAttrs) write the code that joins the
//! three, so that a struct's fields are the whole description of a message.
//!
//! ```
//! use l2tp::netlink::attr::{
//!     AttrEnum, AttrWriter, Attrs, FromAttrs, FromPayload, ToAttrs, ToPayload,
//! };
//!
//! // As a binding of the kernel's headers has them.
//! const L2TP_ATTR_PW_TYPE: u32 = 1;
//! const L2TP_ATTR_CONN_ID: u32 = 9;
//! const L2TP_ATTR_UDP_CSUM: u32 = 13;
//! const L2TP_ATTR_STATS: u32 = 30;
//! const L2TP_ATTR_TX_PACKETS: u32 = 1;
//! const L2TP_PWTYPE_ETH: u32 = 5;
//!
//! #[derive(Debug, PartialEq, ToPayload, FromPayload)]
//! struct TunnelId(u32);
//!
//! #[derive(Debug, PartialEq, AttrEnum)]
//! #[nlenum(repr = u16)]
//! enum Pseudowire {
//!     #[nlenum(id = L2TP_PWTYPE_ETH)]
//!     Eth,
//!     #[nlenum(other)]
//!     Unknown(u16),
//! }
//!
//! #[derive(Debug, PartialEq, Default, ToAttrs, FromAttrs)]
//! struct Statistics {
//!     #[nlattr(id = L2TP_ATTR_TX_PACKETS, default)]
//!     tx_packets: u64,
//! }
//!
//! #[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
//! struct Session {
//!     #[nlattr(id = L2TP_ATTR_CONN_ID)]
//!     tunnel: TunnelId,
//!     #[nlattr(id = L2TP_ATTR_PW_TYPE)]
//!     pseudowire: Option<Pseudowire>,
//!     #[nlattr(id = L2TP_ATTR_UDP_CSUM, encode = flag, decode = u8, default)]
//!     checksum: bool,
//!     #[nlattr(id = L2TP_ATTR_STATS, nested, default)]
//!     statistics: Statistics,
//! }
//!
//! let session = Session {
//!     tunnel: TunnelId(1),
//!     pseudowire: Some(Pseudowire::Eth),
//!     checksum: false,
//!     statistics: Statistics { tx_packets: 3 },
//! };
//! let mut message = Vec::new();
//! session.to_attrs(&mut AttrWriter::new(&mut message))?;
//! assert_eq!(Session::from_attrs(Attrs::new(&message, 0))?, session);
//!
//! let error = Session::from_attrs(Attrs::new(&[], 0)).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "malformed Session, attribute L2TP_ATTR_CONN_ID: it is missing from the message",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How a field finds its codec
//!
//! Every field is encoded by `<C as Encode<T>>` and decoded by `<C as Decode<T>>`, where `T` is
//! the field's type and `C` is a *codec*, a type that is never built:
//!
//! | `#[nlattr(..)]` | codec |
//! |---|---|
//! | nothing | [`Native`]: the type's own form, through [`ToPayload`] and [`FromPayload`] |
//! | `be` | [`BigEndian`] |
//! | `flag` | [`Flag`] |
//! | `nested` | [`Nested`] |
//! | `with = u8` (or `u16`, `u32`, `u64`) | [`As<u8>`](As): a `bool` carried as an integer |
//! | `with = PATH` | that type |
//! | `encode = FORM, decode = FORM` | one of these for each direction |
//!
//! `Option<T>` needs no codec of its own: whatever encodes a `T` encodes an `Option<T>` by leaving
//! the attribute out. That is a blanket implementation, so a type alias of `Option` works too.

mod codec;
mod constant;
mod debug;
mod error;
mod in_order;
mod policy;
mod read;
mod value;
mod write;

pub use codec::{As, BigEndian, Decode, Encode, Flag, FromAttrs, Native, Nested, ToAttrs};
#[doc(hidden)]
pub use constant::{Integer, attr_id, enum_value, integer};
pub(crate) use debug::{debug_as_display, debug_counting_bytes};
pub use error::{DecodeError, DecodeReason, EncodeError, EncodeReason, UnknownValue};
#[doc(hidden)]
pub use in_order::InOrder;
pub use policy::{AttrKind, AttrPolicy};
pub use read::{Attr, Attrs, List};
pub use value::{FromPayload, ToPayload};
pub use write::AttrWriter;

/// Derives the conversions and both payload traits for an enum of numbers:
///
/// ```
/// use l2tp::netlink::attr::AttrEnum;
///
/// const L2TP_ENCAPTYPE_UDP: u32 = 0;
/// const L2TP_ENCAPTYPE_IP: u32 = 1;
///
/// #[derive(Debug, PartialEq, AttrEnum)]
/// #[nlenum(repr = u16)]
/// enum Encap {
///     #[nlenum(id = L2TP_ENCAPTYPE_UDP)]
///     Udp,
///     #[nlenum(id = L2TP_ENCAPTYPE_IP)]
///     Ip,
/// }
///
/// assert_eq!(u16::from(Encap::Ip), 1);
/// assert_eq!(Encap::try_from(0), Ok(Encap::Udp));
/// assert_eq!(Encap::try_from(7).unwrap_err().to_string(), "7 is not a value of Encap");
/// assert_eq!(Encap::Udp.kernel_name(), Some("L2TP_ENCAPTYPE_UDP"));
/// ```
pub use l2tp_derive::AttrEnum;

/// Derives [`FromAttrs`](trait@FromAttrs) for a struct:
///
/// ```
/// use l2tp::netlink::attr::{Attrs, FromAttrs};
///
/// const IFLA_MTU: u16 = 4;
/// const IFLA_PROMISCUITY: u16 = 30;
///
/// #[derive(Debug, PartialEq, FromAttrs)]
/// struct Link {
///     #[nlattr(id = IFLA_MTU)]
///     mtu: Option<u32>,
///     #[nlattr(id = IFLA_PROMISCUITY, default = 1)]
///     promiscuity: u32,
/// }
///
/// // struct nlattr: length and type; then the payload.
/// let mut message = [8_u16.to_ne_bytes(), IFLA_MTU.to_ne_bytes()].concat();
/// message.extend(1500_u32.to_ne_bytes());
/// let link = Link::from_attrs(Attrs::new(&message, 0))?;
/// assert_eq!(link, Link { mtu: Some(1500), promiscuity: 1 });
/// # Ok::<(), l2tp::netlink::attr::DecodeError>(())
/// ```
pub use l2tp_derive::FromAttrs;

/// Derives [`FromPayload`](trait@FromPayload) for a newtype:
///
/// ```
/// use l2tp::netlink::attr::{Attrs, FromPayload, ToPayload};
///
/// #[derive(Debug, PartialEq, ToPayload, FromPayload)]
/// struct Port(#[nlattr(be)] u16);
///
/// let mut message = Vec::new();
/// message.extend(6_u16.to_ne_bytes());
/// message.extend(1_u16.to_ne_bytes());
/// message.extend([0x06, 0xa5, 0, 0]);
/// let attr = Attrs::new(&message, 0).next().unwrap()?;
/// assert_eq!(Port::get(attr)?, Port(1701));
/// # Ok::<(), l2tp::netlink::attr::DecodeError>(())
/// ```
pub use l2tp_derive::FromPayload;

/// Derives [`ToAttrs`](trait@ToAttrs) for a struct:
///
/// ```
/// use l2tp::netlink::attr::{AttrWriter, ToAttrs};
///
/// const CTRL_ATTR_FAMILY_NAME: u32 = 2;
///
/// #[derive(ToAttrs)]
/// struct GetFamily<'a> {
///     #[nlattr(id = CTRL_ATTR_FAMILY_NAME)]
///     name: &'a str,
/// }
///
/// let mut message = Vec::new();
/// GetFamily { name: "l2tp" }.to_attrs(&mut AttrWriter::new(&mut message))?;
/// assert_eq!(message[4..], *b"l2tp\0\0\0\0");
/// assert_eq!(<GetFamily<'_> as ToAttrs>::POLICY[0].name, "CTRL_ATTR_FAMILY_NAME");
/// # Ok::<(), l2tp::netlink::attr::EncodeError>(())
/// ```
pub use l2tp_derive::ToAttrs;
/// Derives [`ToPayload`](trait@ToPayload) for a newtype.
pub use l2tp_derive::ToPayload;

/// Bytes of an attribute's header: its length and its type, 16 bits each, in native order
/// (`struct nlattr` of `linux/netlink.h`).
pub const ATTR_HEADER: usize = 4;

/// The next multiple of four, where the attribute after one of `len` bytes begins
/// (`NLA_ALIGN` of `linux/netlink.h`). A length that has no next multiple has the last one.
#[must_use]
pub const fn align(len: usize) -> usize {
    len.saturating_add(3) & !3
}
