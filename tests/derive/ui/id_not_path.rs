//! An id that is no constant's path.

use l2tp::netlink::attr::FromAttrs;

const A: u32 = 1;

#[derive(FromAttrs)]
struct Message {
    #[nlattr(id = 5)]
    number: u8,
    #[nlattr(id = "A")]
    string: u8,
    #[nlattr(id = A + 1)]
    sum: u8,
}

fn main() {}
