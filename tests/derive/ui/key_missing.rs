//! A constant where its key was forgotten.

use l2tp::netlink::attr::{AttrEnum, ToAttrs};

mod header {
    pub const A: u32 = 1;
    pub const B: u32 = 2;
}
use header::A;

#[derive(ToAttrs)]
struct Message {
    #[nlattr(A)]
    one: u8,
    #[nlattr(header::B, be)]
    two: u16,
}

#[derive(AttrEnum)]
#[nlenum(repr = u8)]
enum Kind {
    #[nlenum(header::B)]
    Two,
}

fn main() {}
