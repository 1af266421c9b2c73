//! Two forms for one field.

use l2tp::netlink::attr::{FromAttrs, ToAttrs};

const A: u32 = 1;
const B: u32 = 2;
const C: u32 = 3;

#[derive(ToAttrs, FromAttrs)]
struct Message {
    #[nlattr(id = A, be, flag)]
    two_words: u16,
    #[nlattr(id = B, with = u8, encode = flag, decode = u8)]
    with_and_directions: bool,
    #[nlattr(id = C, nested, decode = be)]
    word_and_direction: u16,
}

fn main() {}
