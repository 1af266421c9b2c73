//! An attribute without keys.

use l2tp::netlink::attr::FromAttrs;

#[derive(FromAttrs)]
#[nlattr]
struct Message {
    #[nlattr()]
    parentheses: u8,
    #[nlattr = "A"]
    string: u8,
}

fn main() {}
