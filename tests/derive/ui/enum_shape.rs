//! Things that are no set of numbers.

use l2tp::netlink::attr::AttrEnum;

const A: u32 = 1;

#[derive(AttrEnum)]
#[nlenum(repr = u8)]
struct Struct;

#[derive(AttrEnum)]
#[nlenum(repr = u8)]
enum Generic<T> {
    #[nlenum(id = A)]
    One,
    #[nlenum(other)]
    Rest(T),
}

fn main() {}
