//! The keys of structs on an enum, and the other way round.

use l2tp::netlink::attr::{AttrEnum, FromAttrs, ToPayload};

const A: u32 = 1;
const B: u32 = 2;

#[derive(AttrEnum)]
#[nlenum(repr = u8)]
enum Kind {
    #[nlattr(id = A)]
    One,
    #[nlenum(other)]
    Other(#[nlattr(be)] u8),
}

#[derive(FromAttrs)]
#[nlenum(crate = ::l2tp)]
struct Message {
    #[nlenum(id = B)]
    value: u8,
}

#[derive(ToPayload)]
struct Newtype(#[nlenum(other)] u8);

fn main() {}
