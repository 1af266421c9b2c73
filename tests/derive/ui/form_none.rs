//! Types that need a form, or have none.

use attr_layer::netlink::attr::{FromAttrs, ToAttrs};

const A: u32 = 1;
const B: u32 = 2;
const C: u32 = 3;

struct Foreign;

#[derive(ToAttrs, FromAttrs)]
#[nlattr(crate = attr_layer)]
struct Inner {}

#[derive(ToAttrs, FromAttrs)]
#[nlattr(crate = attr_layer)]
struct Message {
    #[nlattr(id = A)]
    switch: bool,
    #[nlattr(id = B)]
    inner: Inner,
    #[nlattr(id = C)]
    foreign: Option<Foreign>,
}

fn main() {}
