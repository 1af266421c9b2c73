//! What a newtype's payload cannot have.

use attr_layer::netlink::attr::{FromPayload, ToPayload};

const A: u32 = 1;

#[derive(ToPayload, FromPayload)]
#[nlattr(crate = attr_layer, deny_unknown)]
struct Id(#[nlattr(id = A, default, skip)] u32);

#[derive(ToPayload)]
#[nlattr(crate = attr_layer)]
struct Two(u8, u8);

#[derive(FromPayload)]
#[nlattr(crate = attr_layer)]
struct Named {
    value: u8,
}

#[derive(ToPayload)]
enum Choice {
    One,
}

#[derive(ToPayload)]
#[nlattr(crate = attr_layer)]
struct NoForm(bool);

fn main() {}
