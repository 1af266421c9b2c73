//! `rare` where it can mean nothing.

use l2tp::netlink::attr::FromAttrs;

const A: u32 = 1;
const B: u32 = 2;
const C: u32 = 3;

#[derive(FromAttrs)]
struct Expression {
    #[nlattr(id = A, rare, default = 7)]
    seven: u8,
}

#[derive(FromAttrs)]
struct Required<'a> {
    #[nlattr(id = A, rare)]
    bytes: &'a [u8],
    #[nlattr(id = B, rare)]
    maybe: Option<u32>,
    #[nlattr(id = C, rare, default)]
    zero: u32,
}

fn main() {}
