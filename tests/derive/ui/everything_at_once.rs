//! All errors of a struct in one build, and none from the places that use it.

use l2tp::netlink::attr::{AttrWriter, Attrs, FromAttrs, FromPayload, ToAttrs, ToPayload, AttrEnum};

const A: u32 = 1;
const B: u32 = 2;

#[derive(ToAttrs, FromAttrs)]
#[nlattr(deny_unknwon)]
struct Message {
    #[nlattr(idd = A)]
    first: u8,
    #[nlattr(id = B, be, flag, with)]
    second: u16,
    third: u8,
    #[nlattr(id = B)]
    fourth: Kind,
}

#[derive(AttrEnum)]
#[nlenum(repr = u16)]
enum Kind {
    #[nlenum(id = A)]
    One(u8),
    Two,
}

#[derive(ToPayload, FromPayload)]
struct Port(#[nlattr(bee)] u16);

#[derive(ToAttrs, FromAttrs)]
struct User {
    #[nlattr(id = A, nested)]
    message: Message,
    #[nlattr(id = B)]
    port: Port,
}

fn use_them(message: &Message, kind: Kind) -> (u16, Kind) {
    let _ = message.to_attrs(&mut AttrWriter::new(&mut Vec::new()));
    let _ = User::from_attrs(Attrs::new(&[], 0));
    let _ = kind.kernel_name();
    (u16::from(kind), Kind::from(3))
}

fn main() {}
