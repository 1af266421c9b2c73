//! Types that need a form, or have none.

use l2tp::netlink::attr::{FromAttrs, ToAttrs};

const A: u32 = 1;
const B: u32 = 2;
const C: u32 = 3;

struct Foreign;

#[derive(ToAttrs, FromAttrs)]
struct Inner {}

#[derive(ToAttrs, FromAttrs)]
struct Message {
    #[nlattr(id = A)]
    switch: bool,
    #[nlattr(id = B)]
    inner: Inner,
    #[nlattr(id = C)]
    foreign: Option<Foreign>,
}

fn main() {}
