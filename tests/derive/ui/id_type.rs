//! Constants that are no numbers, or no constants.

use l2tp::netlink::attr::{FromAttrs, ToAttrs};

const TEXT: &str = "1";

#[derive(ToAttrs, FromAttrs)]
struct Message {
    #[nlattr(id = TEXT)]
    text: u8,
    #[nlattr(id = L2TP_ATTR_NONESUCH)]
    unknown: u8,
}

fn main() {}
