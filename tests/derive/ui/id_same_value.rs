//! Two constants of one value: reported at the second field, when they are evaluated.

use l2tp::netlink::attr::FromAttrs;

const A: u32 = 1;
const B: u32 = 2;
const ALIAS: u16 = 1;

#[derive(FromAttrs)]
struct Message {
    #[nlattr(id = A)]
    first: u8,
    #[nlattr(id = B)]
    between: u8,
    #[nlattr(id = ALIAS)]
    second: u8,
}

fn main() {}
