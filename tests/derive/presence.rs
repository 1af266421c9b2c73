//! Attributes that are missing, given twice, unknown, or no attributes at all.

use l2tp::netlink::attr::{Attr, AttrKind, Decode, DecodeError, DecodeReason, FromAttrs, ToAttrs};

use super::{decode, encode, id, wire};

type Maybe<T> = Option<T>;

#[derive(Debug, PartialEq, FromAttrs)]
struct Absences {
    #[nlattr(id = id::ONE)]
    option: Option<u8>,
    #[nlattr(id = id::TWO)]
    alias: Maybe<u8>,
    #[nlattr(id = id::THREE, flag)]
    flag: bool,
    #[nlattr(id = id::FOUR, default)]
    zero: u8,
    #[nlattr(id = id::FIVE, default = 40 + 2)]
    expression: u8,
    #[nlattr(id = id::SIX, default = Some(3))]
    option_with_default: Option<u8>,
}

#[test]
fn what_absence_means() {
    let value = Absences {
        option: None,
        alias: None,
        flag: false,
        zero: 0,
        expression: 42,
        option_with_default: Some(3),
    };
    assert_eq!(decode::<Absences>(&[]), Ok(value));
}

#[test]
fn what_is_there_wins_over_every_default() {
    let bytes = wire(&[(1, &[1]), (2, &[2]), (3, &[]), (4, &[4]), (5, &[5]), (6, &[6])]);
    let value = Absences {
        option: Some(1),
        alias: Some(2),
        flag: true,
        zero: 4,
        expression: 5,
        option_with_default: Some(6),
    };
    assert_eq!(decode::<Absences>(&bytes), Ok(value));
}

/// A codec whose absence means something.
#[derive(Debug)]
enum OneUnlessSaid {}

impl Decode<'_, u8> for OneUnlessSaid {
    const KIND: AttrKind = AttrKind::U8;
    const REQUIRED: bool = false;

    fn decode(attr: Attr<'_>) -> Result<u8, DecodeError> {
        Ok(attr.array::<1>()?[0])
    }

    fn absent() -> Option<u8> {
        Some(1)
    }
}

#[derive(Debug, PartialEq, FromAttrs)]
struct Nearest {
    #[nlattr(id = id::ONE, decode = OneUnlessSaid)]
    codec: u8,
    #[nlattr(id = id::TWO, decode = OneUnlessSaid, default = 2)]
    field: u8,
}

#[test]
fn the_fields_default_is_nearer_than_the_codecs() {
    assert_eq!(decode::<Nearest>(&[]), Ok(Nearest { codec: 1, field: 2 }));
}

#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct Skipping {
    #[nlattr(skip)]
    by_trait: Vec<u8>,
    #[nlattr(id = id::ONE)]
    sent: u8,
    #[nlattr(skip, default = 7)]
    by_expression: u8,
}

#[test]
fn a_skipped_field_is_in_no_message() {
    let value = Skipping { by_trait: vec![1], sent: 2, by_expression: 3 };
    let bytes = encode(&value);
    assert_eq!(bytes, wire(&[(1, &[2])]));
    let read = Skipping { by_trait: Vec::new(), sent: 2, by_expression: 7 };
    assert_eq!(decode::<Skipping>(&bytes), Ok(read));
}

#[test]
fn none_writes_nothing() {
    #[derive(ToAttrs)]
    struct Optional {
        #[nlattr(id = id::ONE)]
        alias: Maybe<u8>,
        #[nlattr(id = id::TWO, be)]
        option: Option<u16>,
    }
    assert!(encode(&Optional { alias: None, option: None }).is_empty());
    let bytes = wire(&[(1, &[1]), (2, &[0, 2])]);
    assert_eq!(encode(&Optional { alias: Some(1), option: Some(2) }), bytes);
}

#[derive(Debug, PartialEq, FromAttrs)]
struct Open {
    #[nlattr(id = id::ONE)]
    value: u8,
}

#[derive(Debug, PartialEq, FromAttrs)]
#[nlattr(deny_unknown)]
struct Closed {
    #[nlattr(id = id::ONE)]
    value: u8,
}

#[test]
fn the_last_of_a_repeated_attribute_counts() {
    let bytes = wire(&[(1, &[1]), (1, &[2])]);
    assert_eq!(decode::<Open>(&bytes), Ok(Open { value: 2 }));
}

#[test]
fn a_malformed_repetition_is_not_forgiven() {
    let bytes = wire(&[(1, &[1, 1]), (1, &[2])]);
    assert!(decode::<Open>(&bytes).is_err());
}

#[test]
fn unknown_attributes_are_passed_over_unless_denied() {
    let bytes = wire(&[(9, &[0; 7]), (1, &[5])]);
    assert_eq!(decode::<Open>(&bytes), Ok(Open { value: 5 }));
    let error = decode::<Closed>(&bytes).unwrap_err();
    assert_eq!(error.reason(), DecodeReason::Unknown(9));
    assert_eq!(decode::<Closed>(&wire(&[(1, &[5])])), Ok(Closed { value: 5 }));
}

#[test]
fn a_struct_without_fields_is_a_message_without_attributes() {
    #[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
    struct Noop {}
    assert!(encode(&Noop {}).is_empty());
    assert_eq!(decode::<Noop>(&wire(&[(1, &[1])])), Ok(Noop {}));
}

#[test]
fn a_default_is_evaluated_only_when_it_is_needed() {
    use std::cell::Cell;
    thread_local!(static CALLS: Cell<u8> = const { Cell::new(0) });
    fn counted() -> u8 {
        CALLS.set(CALLS.get() + 1);
        9
    }
    #[derive(Debug, PartialEq, FromAttrs)]
    struct Lazy {
        #[nlattr(id = id::ONE, default = counted())]
        value: u8,
    }
    assert_eq!(decode::<Lazy>(&wire(&[(1, &[1])])), Ok(Lazy { value: 1 }));
    assert_eq!(CALLS.get(), 0);
    assert_eq!(decode::<Lazy>(&[]), Ok(Lazy { value: 9 }));
    assert_eq!(CALLS.get(), 1);
}
