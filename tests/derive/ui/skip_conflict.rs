//! A field that is skipped and bound at once.

use l2tp::netlink::attr::{FromAttrs, ToAttrs};

const A: u32 = 1;

#[derive(ToAttrs, FromAttrs)]
struct Message {
    #[nlattr(skip, id = A)]
    with_id: u8,
    #[nlattr(skip, be)]
    with_form: u16,
    #[nlattr(skip, default = 3)]
    fine: u8,
}

fn main() {}
