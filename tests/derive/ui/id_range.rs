//! Numbers that the fourteen bits of an attribute's type do not hold.

use l2tp::netlink::attr::ToAttrs;

const A: u32 = 1;
const NEGATIVE: i32 = -1;
const HUGE: u32 = 0x4000;

#[derive(ToAttrs)]
struct Message {
    #[nlattr(id = NEGATIVE)]
    negative: u8,
    #[nlattr(id = A)]
    fits: u8,
    #[nlattr(id = HUGE)]
    huge: u8,
}

fn main() {}
