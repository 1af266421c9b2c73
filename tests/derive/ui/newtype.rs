//! What a newtype's payload cannot have.

use l2tp::netlink::attr::{FromPayload, ToPayload};

const A: u32 = 1;

#[derive(ToPayload, FromPayload)]
#[nlattr(deny_unknown)]
struct Id(#[nlattr(id = A, default, skip)] u32);

#[derive(ToPayload)]
struct Two(u8, u8);

#[derive(FromPayload)]
struct Named {
    value: u8,
}

#[derive(ToPayload)]
enum Choice {
    One,
}

#[derive(ToPayload)]
struct NoForm(bool);

fn main() {}
