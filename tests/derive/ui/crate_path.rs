//! A crate that is not there, and one that is no path.

use l2tp::netlink::attr::ToAttrs;

const A: u32 = 1;

#[derive(ToAttrs)]
#[nlattr(crate = ::l2tp_of_old)]
struct Gone {
    #[nlattr(id = A)]
    value: u8,
}

#[derive(ToAttrs)]
#[nlattr(crate = "l2tp")]
struct Quoted {
    #[nlattr(id = A)]
    value: u8,
}

fn main() {}
