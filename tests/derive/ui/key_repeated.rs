//! A key given twice, in one attribute or in two.

use l2tp::netlink::attr::{FromAttrs, ToAttrs};

const A: u32 = 1;
const B: u32 = 2;

#[derive(ToAttrs, FromAttrs)]
#[nlattr(crate = l2tp, crate = ::l2tp)]
struct Message {
    #[nlattr(id = A, be, be)]
    once: u16,
    #[nlattr(id = B)]
    #[nlattr(id = A, default)]
    twice: u16,
}

fn main() {}
