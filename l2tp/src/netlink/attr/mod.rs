//! Netlink attributes: the type-length-value records that fill a message.
//!
//! [`AttrWriter`] appends them to a reused buffer, [`Attrs`] walks them in place, and the codec
//! traits say how a Rust type and an attribute's payload become each other. The derive macros
//! [`ToAttrs`](derive@ToAttrs) and [`FromAttrs`](derive@FromAttrs) write the code that joins the
//! three, so that a struct's fields are the whole description of a message.
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
mod policy;
mod read;
mod tail;
mod value;
mod write;

#[doc(hidden)]
pub use codec::unknown;
pub use codec::{As, BigEndian, Decode, Encode, Flag, FromAttrs, Native, Nested, ToAttrs};
#[doc(hidden)]
pub use constant::{Integer, attr_id, enum_value, integer, rare};
#[allow(unused_imports, reason = "the layer by itself has no other errors")]
pub(crate) use debug::{debug_as_display, debug_counting_bytes};
pub use error::{DecodeError, DecodeReason, EncodeError, EncodeReason, UnknownValue};
pub use policy::{AttrKind, AttrPolicy};
pub use read::{Attr, Attrs, List};
#[doc(hidden)]
pub use tail::{Expected, Shape, Tail};
pub use value::{FromPayload, ToPayload};
pub use write::AttrWriter;

pub use l2tp_derive::{AttrEnum, FromAttrs, FromPayload, ToAttrs, ToPayload};

/// Bytes of an attribute's header: its length and its type, 16 bits each, in native order
/// (`struct nlattr` of `linux/netlink.h`).
pub const ATTR_HEADER: usize = 4;

/// The next multiple of four, where the attribute after one of `len` bytes begins
/// (`NLA_ALIGN` of `linux/netlink.h`). A length that has no next multiple has the last one.
#[must_use]
pub const fn align(len: usize) -> usize {
    len.saturating_add(3) & !3
}
