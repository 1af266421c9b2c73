//! More than the one lifetime that a message has.

use l2tp::netlink::attr::{FromAttrs, FromPayload};

const A: u32 = 1;
const B: u32 = 2;

#[derive(FromAttrs)]
struct Message<'a, 'b, 'c> {
    #[nlattr(id = A)]
    first: &'a str,
    #[nlattr(id = B)]
    second: Option<(&'b str, &'c str)>,
}

#[derive(FromPayload)]
struct Newtype<'a, 'b: 'a>(&'a &'b str);

fn main() {}
