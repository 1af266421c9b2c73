//! Defaults that do not exist, or are of another type.

use l2tp::netlink::attr::FromAttrs;

const A: u32 = 1;

struct NoDefault;

#[derive(FromAttrs)]
struct Message {
    #[nlattr(id = A, default = "zero")]
    other_type: u8,
    #[nlattr(skip)]
    no_default: NoDefault,
}

fn main() {}
