//! What the derive macros promise: the bytes, the schema, the errors, and that they hold whatever
//! surrounds them.
#![allow(missing_docs)]

mod enums;
mod errors;
mod fast_path;
mod forms;
mod generics;
mod hygiene;
mod presence;
mod schema;

use l2tp::netlink::attr::{AttrWriter, Attrs, DecodeError, FromAttrs, ToAttrs};

/// Where the attributes of a genetlink message begin: after `nlmsghdr` and `genlmsghdr`.
const FIRST: usize = 20;

/// Attribute numbers as bindgen gives them.
mod id {
    pub(crate) const ONE: u32 = 1;
    pub(crate) const TWO: u32 = 2;
    pub(crate) const THREE: u32 = 3;
    pub(crate) const FOUR: u32 = 4;
    pub(crate) const FIVE: u32 = 5;
    pub(crate) const SIX: u32 = 6;
}

fn encode(value: &impl ToAttrs) -> Vec<u8> {
    let mut buf = Vec::new();
    value.to_attrs(&mut AttrWriter::new(&mut buf)).expect("a value with a form");
    buf
}

fn decode<'a, T: FromAttrs<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    T::from_attrs(Attrs::new(bytes, FIRST))
}

/// The attributes, each a type as it stands in the header and a payload.
fn wire(attrs: &[(u16, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, payload) in attrs {
        let len = u16::try_from(payload.len() + 4).expect("a short payload");
        bytes.extend_from_slice(&len.to_ne_bytes());
        bytes.extend_from_slice(&kind.to_ne_bytes());
        bytes.extend_from_slice(payload);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}
