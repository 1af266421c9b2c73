//! A discriminant, which would say another number than the wire has.

use l2tp::netlink::attr::AttrEnum;

const A: u32 = 1;

#[derive(AttrEnum)]
#[nlenum(repr = u8)]
enum Kind {
    #[nlenum(id = A)]
    One = 2,
}

fn main() {}
