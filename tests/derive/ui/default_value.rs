//! Defaults that do not exist, or are of another type.

use attr_layer::netlink::attr::FromAttrs;

const A: u32 = 1;

struct NoDefault;

#[derive(FromAttrs)]
#[nlattr(crate = attr_layer)]
struct Message {
    #[nlattr(id = A, default = "zero")]
    other_type: u8,
    #[nlattr(skip)]
    no_default: NoDefault,
}

fn main() {}
