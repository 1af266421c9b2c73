//! One constant at two variants.

use l2tp::netlink::attr::AttrEnum;

const A: u32 = 1;

#[derive(AttrEnum)]
#[nlenum(repr = u8)]
enum Kind {
    #[nlenum(id = A)]
    One,
    #[nlenum(id = A)]
    Again,
}

fn main() {}
