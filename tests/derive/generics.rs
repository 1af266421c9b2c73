//! Type parameters, constant parameters, lifetimes: an implementation asks for the codecs that its
//! fields use, and for nothing else.

use std::fmt::Debug;
use std::marker::PhantomData;

use l2tp::netlink::attr::{AttrWriter, BigEndian, FromAttrs, FromPayload, ToAttrs, ToPayload};

use super::{decode, encode, id, wire};

#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct Pair<A, B: Debug = u16>
where
    A: PartialEq,
{
    #[nlattr(id = id::ONE)]
    first: A,
    #[nlattr(id = id::TWO, be)]
    second: Option<B>,
    #[nlattr(skip)]
    neither: PhantomData<fn() -> A>,
}

#[test]
fn parameters_in_fields() {
    let pair = Pair { first: 1_u8, second: Some(2_u16), neither: PhantomData };
    let bytes = wire(&[(1, &[1]), (2, &[0, 2])]);
    assert_eq!(encode(&pair), bytes);
    assert_eq!(decode::<Pair<u8>>(&bytes), Ok(pair));
}

/// Neither a payload nor a default: a parameter that no codec touches needs nothing.
#[derive(Debug, PartialEq)]
struct Opaque;

#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct Tagged<T> {
    #[nlattr(id = id::ONE)]
    value: u8,
    #[nlattr(skip, default = PhantomData)]
    tag: PhantomData<T>,
}

#[test]
fn bounds_are_on_codecs_not_on_parameters() {
    let tagged = Tagged::<Opaque> { value: 1, tag: PhantomData };
    assert_eq!(decode::<Tagged<Opaque>>(&encode(&tagged)), Ok(tagged));
}

#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct Through<C, const N: usize> {
    #[nlattr(id = id::ONE, with = C)]
    value: u32,
    #[nlattr(id = id::TWO)]
    bytes: [u8; N],
    #[nlattr(skip)]
    codec: PhantomData<C>,
}

#[test]
fn a_codec_may_be_a_parameter() {
    let through = Through::<BigEndian, 2> { value: 1, bytes: [2, 3], codec: PhantomData };
    let bytes = wire(&[(1, &[0, 0, 0, 1]), (2, &[2, 3])]);
    assert_eq!(encode(&through), bytes);
    let read = decode::<Through<BigEndian, 2>>(&bytes).unwrap();
    assert_eq!((read.value, read.bytes), (1, [2, 3]));
}

#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct Borrowing<'x, T: 'x> {
    #[nlattr(id = id::ONE)]
    text: &'x str,
    #[nlattr(id = id::TWO)]
    value: T,
}

#[test]
fn what_is_decoded_lives_as_long_as_the_message() {
    fn text(bytes: &[u8]) -> &str {
        let value: Borrowing<'_, &[u8]> = decode(bytes).unwrap();
        value.text
    }
    assert_eq!(text(&wire(&[(1, b"abc\0"), (2, &[])])), "abc");
}

/// Encoding may borrow from as many places as it likes.
#[derive(ToAttrs)]
struct TwoPlaces<'a, 'b> {
    #[nlattr(id = id::ONE)]
    first: &'a str,
    #[nlattr(id = id::TWO)]
    second: &'b str,
}

#[test]
fn encoding_takes_several_lifetimes() {
    let bytes = wire(&[(1, b"a\0"), (2, b"b\0")]);
    assert_eq!(encode(&TwoPlaces { first: "a", second: "b" }), bytes);
}

#[derive(Debug, PartialEq, ToPayload, FromPayload)]
struct Wrapper<T>(#[nlattr(be)] T);

#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct Wrapped {
    #[nlattr(id = id::ONE)]
    value: Wrapper<u32>,
}

#[test]
fn a_newtype_may_be_generic() {
    let value = Wrapped { value: Wrapper(1) };
    assert_eq!(encode(&value), wire(&[(1, &[0, 0, 0, 1])]));
    assert_eq!(decode::<Wrapped>(&encode(&value)), Ok(value));
}

/// A struct that comes out of a macro, whose fragments arrive in invisible groups.
macro_rules! declare {
    ($name:ident { $($field:ident: $ty:ty = $id:path, $with:ty, $default:expr;)* }) => {
        #[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
        struct $name {
            $(#[nlattr(id = $id, with = $with, default = $default)] $field: $ty,)*
        }
    };
}
declare!(Declared {
    out: u16 = id::ONE, BigEndian, 7;
    attr: Option<u32> = id::TWO, l2tp::netlink::attr::Native, None;
});

#[test]
fn structs_may_come_from_macros() {
    let value = Declared { out: 1, attr: Some(2) };
    let bytes = wire(&[(1, &[0, 1]), (2, &2_u32.to_ne_bytes())]);
    assert_eq!(encode(&value), bytes);
    assert_eq!(decode::<Declared>(&bytes), Ok(value));
    assert_eq!(decode::<Declared>(&[]), Ok(Declared { out: 7, attr: None }));
}

#[test]
fn writers_can_be_generic_over_derived_types() {
    fn both<A: ToAttrs, B: ToAttrs>(a: &A, b: &B) -> Vec<u8> {
        let mut buf = Vec::new();
        let mut out = AttrWriter::new(&mut buf);
        a.to_attrs(&mut out).and_then(|()| b.to_attrs(&mut out)).expect("encodable");
        buf
    }
    let wrapped = Wrapped { value: Wrapper(1) };
    assert_eq!(both(&wrapped, &wrapped).len(), 16);
}
