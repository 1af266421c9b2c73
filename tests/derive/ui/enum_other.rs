//! Catch-alls that cannot hold the rest.

use l2tp::netlink::attr::AttrEnum;

#[derive(AttrEnum)]
#[nlenum(repr = u16)]
enum Unit {
    #[nlenum(other)]
    Rest,
}

#[derive(AttrEnum)]
#[nlenum(repr = u16)]
enum Named {
    #[nlenum(other)]
    Rest { value: u16 },
}

#[derive(AttrEnum)]
#[nlenum(repr = u16)]
enum OtherType {
    #[nlenum(other)]
    Rest(u32),
}

#[derive(AttrEnum)]
#[nlenum(repr = u16)]
enum Two {
    #[nlenum(other)]
    Rest(u16),
    #[nlenum(other)]
    More(u16),
}

fn main() {}
