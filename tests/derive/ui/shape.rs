//! Things that are no struct of attributes.

use l2tp::netlink::attr::{FromAttrs, ToAttrs};

#[derive(ToAttrs)]
struct Tuple(u8, u8);

#[derive(FromAttrs)]
struct Unit;

#[derive(ToAttrs)]
enum Choice {
    One,
}

#[derive(FromAttrs)]
union Overlay {
    byte: u8,
}

fn main() {}
