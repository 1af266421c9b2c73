//! A key that does not exist, or not here.

use l2tp::netlink::attr::FromAttrs;

const A: u32 = 1;
const B: u32 = 2;

#[derive(FromAttrs)]
#[nlattr(deny_unkown, skip)]
struct Message {
    #[nlattr(idd = A)]
    misspelt: u8,
    #[nlattr(id = A, optional)]
    from_elsewhere: u8,
    #[nlattr(id = B, deny_unknown, nest)]
    of_the_struct: u8,
}

fn main() {}
