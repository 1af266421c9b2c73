//! Each form of `#[nlattr(..)]`, to the byte and back.

use std::ffi::CStr;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use l2tp::netlink::attr::{
    Attr, AttrKind, AttrWriter, Decode, DecodeError, Encode, EncodeError, FromAttrs, FromPayload,
    List, Native, ToAttrs, ToPayload,
};

use super::{decode, encode, id, wire};

const NESTED: u16 = 0x8000;

#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct Integers {
    #[nlattr(id = id::ONE)]
    byte: u8,
    #[nlattr(id = id::TWO)]
    native: u32,
    #[nlattr(id = id::THREE, be)]
    network: u16,
    #[nlattr(id = id::FOUR)]
    wide: u64,
    #[nlattr(id = id::FIVE)]
    signed: i32,
}

#[test]
fn integers_stand_in_the_order_of_the_fields() {
    let value = Integers { byte: 7, native: 0x0102_0304, network: 0x1234, wide: 5, signed: -2 };
    let bytes = wire(&[
        (1, &[7]),
        (2, &0x0102_0304_u32.to_ne_bytes()),
        (3, &[0x12, 0x34]),
        (4, &5_u64.to_ne_bytes()),
        (5, &(-2_i32).to_ne_bytes()),
    ]);
    assert_eq!(encode(&value), bytes);
    assert_eq!(decode::<Integers>(&bytes), Ok(value));
}

#[test]
fn attributes_are_read_in_any_order() {
    let bytes = wire(&[
        (5, &(-2_i32).to_ne_bytes()),
        (3, &[0x12, 0x34]),
        (4, &5_u64.to_ne_bytes()),
        (2, &9_u32.to_ne_bytes()),
        (1, &[7]),
    ]);
    let value = Integers { byte: 7, native: 9, network: 0x1234, wide: 5, signed: -2 };
    assert_eq!(decode::<Integers>(&bytes), Ok(value));
}

#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct Bools {
    #[nlattr(id = id::ONE, flag)]
    flag: bool,
    #[nlattr(id = id::TWO, with = u8)]
    byte: bool,
    #[nlattr(id = id::THREE, with = u64)]
    wide: bool,
    #[nlattr(id = id::FOUR, with = flag)]
    spelt_out: Option<bool>,
}

#[test]
fn a_bool_is_presence_or_a_number() {
    let set = Bools { flag: true, byte: true, wide: true, spelt_out: Some(true) };
    let bytes = wire(&[(1, &[]), (2, &[1]), (3, &1_u64.to_ne_bytes()), (4, &[])]);
    assert_eq!(encode(&set), bytes);
    assert_eq!(decode::<Bools>(&bytes), Ok(set));

    let clear = Bools { flag: false, byte: false, wide: false, spelt_out: None };
    let bytes = wire(&[(2, &[0]), (3, &0_u64.to_ne_bytes())]);
    assert_eq!(encode(&clear), bytes);
    assert_eq!(decode::<Bools>(&bytes), Ok(clear));
}

/// As `L2TP_ATTR_UDP_CSUM` is: the kernel reads its presence and reports its value.
#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct ByDirection {
    #[nlattr(id = id::ONE, encode = flag, decode = u8, default)]
    checksum: bool,
    #[nlattr(id = id::TWO, encode = be)]
    decoded_natively: Option<u16>,
    #[nlattr(id = id::THREE, decode = be)]
    encoded_natively: Option<u16>,
}

#[test]
fn directions_differ() {
    let value =
        ByDirection { checksum: true, decoded_natively: Some(1), encoded_natively: Some(1) };
    let bytes = encode(&value);
    assert_eq!(bytes, wire(&[(1, &[]), (2, &[0, 1]), (3, &1_u16.to_ne_bytes())]));

    let bytes = wire(&[(1, &[0]), (2, &1_u16.to_ne_bytes()), (3, &[0, 1])]);
    let read = ByDirection { checksum: false, ..value };
    assert_eq!(decode::<ByDirection>(&bytes), Ok(read));
}

/// The codec of a user's: seconds on the wire.
#[derive(Debug)]
enum Seconds {}

impl Encode<Duration> for Seconds {
    const KIND: AttrKind = AttrKind::U64;

    fn encode(value: &Duration, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        Native::encode(&value.as_secs(), id, out)
    }
}

impl Decode<'_, Duration> for Seconds {
    const KIND: AttrKind = AttrKind::U64;

    fn decode(attr: Attr<'_>) -> Result<Duration, DecodeError> {
        <Native as Decode<'_, u64>>::decode(attr).map(Duration::from_secs)
    }
}

#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct Timers {
    #[nlattr(id = id::ONE, with = Seconds)]
    idle: Duration,
    #[nlattr(id = id::TWO, with = self::Seconds)]
    hello: Option<Duration>,
    #[nlattr(id = id::THREE, encode = Seconds, decode = Seconds)]
    retry: Option<Duration>,
}

#[test]
fn a_codec_of_ones_own_carries_options_too() {
    let value =
        Timers { idle: Duration::from_secs(3), hello: Some(Duration::from_secs(4)), retry: None };
    let bytes = wire(&[(1, &3_u64.to_ne_bytes()), (2, &4_u64.to_ne_bytes())]);
    assert_eq!(encode(&value), bytes);
    assert_eq!(decode::<Timers>(&bytes), Ok(value));
}

#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct Borrowed<'a> {
    #[nlattr(id = id::ONE)]
    text: &'a str,
    #[nlattr(id = id::TWO)]
    name: &'a CStr,
    #[nlattr(id = id::THREE)]
    bytes: &'a [u8],
    #[nlattr(id = id::FOUR)]
    array: [u8; 3],
    #[nlattr(id = id::FIVE)]
    v4: Ipv4Addr,
    #[nlattr(id = id::SIX)]
    v6: Option<Ipv6Addr>,
}

#[test]
fn types_bring_their_own_form() {
    let value = Borrowed {
        text: "eth",
        name: c"l2tp",
        bytes: &[1, 2, 3, 4, 5],
        array: [6, 7, 8],
        v4: Ipv4Addr::new(10, 0, 0, 1),
        v6: Some(Ipv6Addr::LOCALHOST),
    };
    let bytes = wire(&[
        (1, b"eth\0"),
        (2, b"l2tp\0"),
        (3, &[1, 2, 3, 4, 5]),
        (4, &[6, 7, 8]),
        (5, &[10, 0, 0, 1]),
        (6, &Ipv6Addr::LOCALHOST.octets()),
    ]);
    assert_eq!(encode(&value), bytes);
    assert_eq!(decode::<Borrowed<'_>>(&bytes), Ok(value));
}

#[derive(Debug, Clone, Copy, PartialEq, ToAttrs, FromAttrs)]
struct Counters {
    #[nlattr(id = id::ONE)]
    packets: u64,
}

#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct Outer {
    #[nlattr(id = id::ONE, nested)]
    required: Counters,
    #[nlattr(id = id::TWO, with = nested)]
    optional: Option<Counters>,
}

#[test]
fn nested_structs_set_the_flag_and_do_not_need_it() {
    let counters = Counters { packets: 9 };
    let value = Outer { required: counters, optional: Some(counters) };
    let inner = wire(&[(1, &9_u64.to_ne_bytes())]);
    let bytes = wire(&[(1 | NESTED, &inner), (2 | NESTED, &inner)]);
    assert_eq!(encode(&value), bytes);
    assert_eq!(decode::<Outer>(&bytes), Ok(value));

    let bare = wire(&[(1, &inner)]);
    assert_eq!(decode::<Outer>(&bare), Ok(Outer { required: counters, optional: None }));
}

#[derive(Debug, FromAttrs)]
struct Groups<'a> {
    #[nlattr(id = id::ONE)]
    groups: Option<List<'a, Counters>>,
}

#[test]
fn a_list_is_walked_lazily() {
    let inner = |n: u64| wire(&[(1, &n.to_ne_bytes())]);
    let (first, last) = (inner(4), inner(5));
    let elements = wire(&[(1, &first), (2, &[0xff]), (3, &last)]);
    let bytes = wire(&[(1, &elements)]);
    let groups = decode::<Groups<'_>>(&bytes).unwrap().groups.unwrap();
    let packets: Vec<_> = groups.map(|it| it.map(|counters| counters.packets).ok()).collect();
    assert_eq!(packets, [Some(4), None, Some(5)]);
}

#[derive(Debug, Clone, Copy, PartialEq, ToPayload, FromPayload)]
struct TunnelId(u32);

#[derive(Debug, Clone, Copy, PartialEq, ToPayload, FromPayload)]
struct Port(#[nlattr(be)] u16);

#[derive(Debug, Clone, Copy, PartialEq, ToPayload, FromPayload)]
struct Name<'a>(&'a CStr);

#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct Newtypes<'a> {
    #[nlattr(id = id::ONE)]
    tunnel: TunnelId,
    #[nlattr(id = id::TWO)]
    port: Option<Port>,
    #[nlattr(id = id::THREE)]
    name: Name<'a>,
}

#[test]
fn a_newtype_is_carried_as_its_field_is() {
    let value = Newtypes { tunnel: TunnelId(1), port: Some(Port(0x1389)), name: Name(c"x") };
    let bytes = wire(&[(1, &1_u32.to_ne_bytes()), (2, &[0x13, 0x89]), (3, b"x\0")]);
    assert_eq!(encode(&value), bytes);
    assert_eq!(decode::<Newtypes<'_>>(&bytes), Ok(value));
}
