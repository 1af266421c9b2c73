//! A form that is neither a word nor a codec's path.

use l2tp::netlink::attr::FromAttrs;

const A: u32 = 1;
const B: u32 = 2;

#[derive(FromAttrs)]
struct Message {
    #[nlattr(id = A, with = [u8; 4])]
    array: u8,
    #[nlattr(id = B, with = "flag")]
    string: bool,
}

fn main() {}
