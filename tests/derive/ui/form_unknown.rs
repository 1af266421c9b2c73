//! A codec that is not in scope, and one that is no codec.

use l2tp::netlink::attr::{FromAttrs, ToAttrs};

const A: u32 = 1;
const B: u32 = 2;

struct NoCodec;

#[derive(ToAttrs, FromAttrs)]
struct Message {
    #[nlattr(id = A, with = Nonesuch)]
    not_found: u8,
    #[nlattr(id = B, with = NoCodec)]
    not_a_codec: u8,
}

fn main() {}
