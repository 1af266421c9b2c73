//! The schema as data.

use std::time::Duration;

use l2tp::netlink::attr::{
    Attr, AttrKind, AttrPolicy, AttrWriter, Decode, DecodeError, Encode, EncodeError, FromAttrs,
    List, ToAttrs,
};

use super::id;

#[derive(Debug, ToAttrs, FromAttrs)]
struct Inner {
    #[nlattr(id = id::ONE, be)]
    r#type: u16,
}

const INNER: AttrPolicy =
    AttrPolicy { id: 1, name: "ONE", field: "type", kind: AttrKind::Be16, required: false };

/// A codec whose two directions have kinds of their own.
#[derive(Debug)]
enum Millis {}

impl Encode<Duration> for Millis {
    const KIND: AttrKind = AttrKind::U64;

    fn encode(_: &Duration, _: u16, _: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        Ok(())
    }
}

impl Decode<'_, Duration> for Millis {
    const KIND: AttrKind = AttrKind::U32;

    fn decode(_: Attr<'_>) -> Result<Duration, DecodeError> {
        Ok(Duration::ZERO)
    }
}

#[derive(Debug, ToAttrs, FromAttrs)]
struct Outer {
    #[nlattr(id = id::SIX, encode = flag, decode = u8)]
    csum: bool,
    #[nlattr(id = id::TWO, with = Millis)]
    timeout: Option<Duration>,
    #[nlattr(id = id::THREE, default)]
    zero: u32,
    #[nlattr(skip)]
    _skipped: bool,
    #[nlattr(id = super::id::FOUR, nested)]
    inner: Inner,
}

fn row(id: u16, name: &'static str, field: &'static str, kind: AttrKind) -> AttrPolicy {
    AttrPolicy { id, name, field, kind, required: false }
}

#[test]
fn names_are_the_types() {
    assert_eq!(<Outer as ToAttrs>::NAME, "Outer");
    assert_eq!(<Outer as FromAttrs<'_>>::NAME, "Outer");
}

#[test]
fn encoding_lists_its_kinds_in_the_order_of_fields() {
    assert_eq!(
        <Outer as ToAttrs>::POLICY,
        [
            row(6, "SIX", "csum", AttrKind::Flag),
            row(2, "TWO", "timeout", AttrKind::U64),
            row(3, "THREE", "zero", AttrKind::U32),
            row(4, "FOUR", "inner", AttrKind::Nested(&[INNER])),
        ],
    );
}

#[test]
fn decoding_lists_its_kinds_and_what_it_cannot_do_without() {
    const REQUIRED: AttrPolicy = AttrPolicy { required: true, ..INNER };
    assert_eq!(
        <Outer as FromAttrs<'_>>::POLICY,
        [
            AttrPolicy { required: true, ..row(6, "SIX", "csum", AttrKind::U8) },
            row(2, "TWO", "timeout", AttrKind::U32),
            row(3, "THREE", "zero", AttrKind::U32),
            AttrPolicy { required: true, ..row(4, "FOUR", "inner", AttrKind::Nested(&[REQUIRED])) },
        ],
    );
}

#[test]
fn a_list_shows_its_elements() {
    #[derive(FromAttrs)]
    #[allow(dead_code)]
    struct Listed<'a> {
        #[nlattr(id = id::ONE)]
        elements: List<'a, Inner>,
    }
    let kind = <Listed<'_> as FromAttrs<'_>>::POLICY[0].kind;
    assert_eq!(kind, AttrKind::List(<Inner as FromAttrs<'_>>::POLICY));
}
