//! One constant at two fields: reported at the second.

use l2tp::netlink::attr::{FromAttrs, ToAttrs};

const A: u32 = 1;
const B: u32 = 2;

#[derive(ToAttrs, FromAttrs)]
struct Message {
    #[nlattr(id = A)]
    first: u8,
    #[nlattr(id = B)]
    between: u8,
    #[nlattr(id = A)]
    second: u8,
}

fn main() {}
