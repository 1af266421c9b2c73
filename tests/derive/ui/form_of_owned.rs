//! Owned types, addresses of either family, and arrays: each has another way to be carried.

use std::net::IpAddr;

use l2tp::netlink::attr::{AttrKind, AttrWriter, Encode, EncodeError, FromAttrs, List, ToAttrs};

const A: u32 = 1;
const B: u32 = 2;
const C: u32 = 3;
const D: u32 = 4;

#[derive(ToAttrs, FromAttrs)]
struct Element {
    #[nlattr(id = A)]
    value: u8,
}

#[derive(FromAttrs)]
struct Owned<'a> {
    #[nlattr(id = A)]
    bytes: Vec<u8>,
    #[nlattr(id = B)]
    text: String,
    #[nlattr(id = C)]
    address: IpAddr,
    #[nlattr(id = D, nested)]
    list: List<'a, Element>,
}

struct OneWay;

impl Encode<u8> for OneWay {
    const KIND: AttrKind = AttrKind::U8;

    fn encode(value: &u8, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        out.put(id, &[*value])
    }
}

#[derive(ToAttrs, FromAttrs)]
struct BothWays {
    #[nlattr(id = A, with = OneWay)]
    value: u8,
}

fn main() {}
