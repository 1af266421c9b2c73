//! Forms that do not fit the field's type.

use l2tp::netlink::attr::{FromAttrs, ToAttrs};

const A: u32 = 1;
const B: u32 = 2;
const C: u32 = 3;

#[derive(ToAttrs, FromAttrs)]
struct Message {
    #[nlattr(id = A, be)]
    byte: u8,
    #[nlattr(id = B, flag)]
    number: u32,
    #[nlattr(id = C, nested)]
    leaf: u32,
}

fn main() {}
