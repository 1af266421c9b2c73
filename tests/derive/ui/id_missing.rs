//! A field that is bound to nothing.

use l2tp::netlink::attr::{FromAttrs, ToAttrs};

const A: u32 = 1;

#[derive(ToAttrs, FromAttrs)]
struct Message {
    bare: u8,
    #[nlattr(be)]
    form_only: u16,
    #[nlattr(id = A)]
    bound: u8,
}

fn main() {}
