//! Values that the repr does not hold, and two constants of one value.

use l2tp::netlink::attr::AttrEnum;

const A: u32 = 1;
const BIG: u32 = 256;
const ALIAS: u64 = 1;

#[derive(AttrEnum)]
#[nlenum(repr = u8)]
enum Kind {
    #[nlenum(id = A)]
    One,
    #[nlenum(id = ALIAS)]
    Again,
    #[nlenum(id = BIG)]
    Big,
}

fn main() {}
