//! A value too many, or none.

use l2tp::netlink::attr::FromAttrs;

const A: u32 = 1;
const B: u32 = 2;
const D: u32 = 4;
const E: u32 = 5;

#[derive(FromAttrs)]
#[nlattr(deny_unknown = true)]
struct Message {
    #[nlattr(id, flag)]
    no_id: bool,
    #[nlattr(id(A))]
    call: u8,
    #[nlattr(id = A, be = true)]
    flag_with_value: u16,
    #[nlattr(id = D, with)]
    no_form: u16,
    #[nlattr(id = B C)]
    no_comma: u16,
    #[nlattr(id = E, default =)]
    no_default: u16,
}

fn main() {}
