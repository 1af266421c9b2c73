//! Variants without a number, with too much, or with two meanings.

use l2tp::netlink::attr::AttrEnum;

const A: u32 = 1;
const B: u32 = 2;

#[derive(AttrEnum)]
#[nlenum(repr = u8)]
enum Kind {
    NoNumber,
    #[nlenum(id = A)]
    Carrying(u8),
    #[nlenum(id = B, other)]
    Both(u8),
}

fn main() {}
