//! The integer that carries an enum: not named, or no unsigned integer.

use l2tp::netlink::attr::AttrEnum;

const A: u32 = 1;

#[derive(AttrEnum)]
enum Unnamed {
    #[nlenum(id = A)]
    One,
}

#[derive(AttrEnum)]
#[nlenum(repr = i32)]
enum Signed {
    #[nlenum(id = A)]
    One,
}

#[derive(AttrEnum)]
#[nlenum(repr = "u8")]
enum Quoted {
    #[nlenum(id = A)]
    One,
}

fn main() {}
