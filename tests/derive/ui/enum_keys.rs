//! Keys that do not exist, not here, or not twice.

use l2tp::netlink::attr::AttrEnum;

const A: u32 = 1;

#[derive(AttrEnum)]
#[nlenum(rep = u8)]
enum Misspelt {
    #[nlenum(ids = A)]
    One,
}

#[derive(AttrEnum)]
#[nlenum(repr = u8, repr = u16, other)]
enum Misplaced {
    #[nlenum(id = A, repr = u8)]
    One,
    #[nlenum(other = true)]
    Rest(u8),
    #[nlenum()]
    Nothing,
}

fn main() {}
