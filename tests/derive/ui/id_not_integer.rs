//! Constants that a cast would take and that number nothing.

use l2tp::netlink::attr::{AttrEnum, ToAttrs};

const YES: bool = true;
const HALF: f32 = 1.5;
const LETTER: char = 'a';

#[derive(ToAttrs)]
struct Message {
    #[nlattr(id = YES)]
    yes: u8,
    #[nlattr(id = HALF)]
    half: u8,
}

#[derive(AttrEnum)]
#[nlenum(repr = u8)]
enum Kind {
    #[nlenum(id = LETTER)]
    Letter,
}

fn main() {}
