//! Derived code means the same whatever the module around it calls its things.

use l2tp::netlink::attr::{AttrKind, FromAttrs, ToAttrs, ToPayload};

use super::{decode, encode, wire};

/// Not even the prelude is there, and every name that generated code could take from its
/// surroundings means something else.
mod bare {
    #![no_implicit_prelude]
    #![allow(dead_code, non_camel_case_types)]

    use ::l2tp as renamed;
    use ::l2tp::netlink::attr::{
        Attr, AttrEnum, AttrKind, AttrWriter, DecodeError, EncodeError, FromAttrs, FromPayload,
        ToAttrs, ToPayload,
    };

    mod core {}
    mod std {}
    mod l2tp {}
    mod netlink {}
    mod attr {}
    pub(super) struct Option;
    struct Some;
    struct None;
    struct Result;
    struct Ok;
    struct Err;
    struct str;
    struct bool;
    struct i128;
    struct u64;
    trait From {}
    trait TryFrom {}
    trait Default {}
    pub(super) const ID: u32 = 1;
    const __ID: u32 = 2;
    const IDS: u32 = 3;
    const FOUR: u32 = 4;
    const FIVE: u32 = 5;
    const SIX: u32 = 6;

    impl ToPayload for Option {
        const KIND: AttrKind = AttrKind::U8;

        fn put(
            &self,
            id: u16,
            out: &mut AttrWriter<'_>,
        ) -> ::core::result::Result<(), EncodeError> {
            out.put(id, &[0xaa])
        }
    }

    impl FromPayload<'_> for Option {
        const KIND: AttrKind = AttrKind::U8;

        fn get(_: Attr<'_>) -> ::core::result::Result<Self, DecodeError> {
            ::core::result::Result::Ok(Option)
        }
    }

    #[derive(ToAttrs, FromAttrs)]
    #[nlattr(crate = renamed)]
    pub(super) struct Fields {
        #[nlattr(id = ID)]
        pub(super) attr: u32,
        #[nlattr(id = __ID, default)]
        pub(super) out: u8,
        #[nlattr(id = IDS)]
        pub(super) attrs: Option,
        #[nlattr(id = FOUR, flag)]
        pub(super) error: ::core::primitive::bool,
        #[nlattr(id = FIVE, with = u64, default = true)]
        pub(super) r#type: ::core::primitive::bool,
        #[nlattr(id = SIX)]
        pub(super) value: r#enum,
        #[nlattr(skip)]
        pub(super) r#match: u32,
    }

    #[derive(AttrEnum)]
    #[nlenum(repr = u16, crate = ::l2tp)]
    pub(super) enum r#enum {
        #[nlenum(id = ID)]
        None,
        #[nlenum(id = __ID)]
        Some,
        #[nlenum(other)]
        r#Other(u16),
    }

    #[derive(AttrEnum)]
    #[nlenum(repr = u8)]
    pub(super) enum Closed {
        #[nlenum(id = ID)]
        Ok,
        #[nlenum(id = __ID)]
        Err,
    }

    #[derive(ToPayload, FromPayload)]
    pub(super) struct Newtype(#[nlattr(be)] u32);
}

#[test]
fn shadowed_names_and_a_renamed_crate() {
    const CLOSED: AttrKind =
        AttrKind::Enum { repr: &AttrKind::U8, values: &[(1, "ID"), (2, "__ID")] };
    let bytes = wire(&[
        (1, &1_u32.to_ne_bytes()),
        (2, &[2]),
        (3, &[0xaa]),
        (4, &[]),
        (5, &1_u64.to_ne_bytes()),
        (6, &9_u16.to_ne_bytes()),
    ]);
    let fields: bare::Fields = decode(&bytes).unwrap();
    assert!(matches!(fields.value, bare::r#enum::r#Other(9)));
    assert!(fields.error && fields.r#type);
    assert_eq!((fields.out, fields.r#match), (2, 0));
    assert_eq!(encode(&fields), bytes);
    assert_eq!(<bare::Closed as ToPayload>::KIND, CLOSED);
    assert_eq!(<bare::Newtype as ToPayload>::KIND, AttrKind::Be32);
}

#[test]
fn raw_names_lose_their_prefix_in_the_schema() {
    let fields: Vec<_> = <bare::Fields as ToAttrs>::POLICY.iter().map(|row| row.field).collect();
    assert_eq!(fields, ["attr", "out", "attrs", "error", "type", "value"]);
}

/// The crate under another name, as `l2tp = { package = "nll2tp", .. }` would have it.
mod reexported {
    pub(super) mod binding {
        pub(crate) use l2tp::netlink;
    }

    use binding::netlink::attr::{FromAttrs, ToAttrs};

    const ID: u32 = 1;

    #[derive(ToAttrs, FromAttrs)]
    #[nlattr(crate = self::binding)]
    pub(super) struct Small {
        #[nlattr(id = ID)]
        pub(super) value: u8,
    }
}

#[test]
fn a_reexport_serves_as_the_crate() {
    let small: reexported::Small = decode(&wire(&[(1, &[3])])).unwrap();
    assert_eq!(small.value, 3);
    assert_eq!(<reexported::Small as FromAttrs<'_>>::NAME, "Small");
}

#[test]
fn types_inside_functions_see_what_the_function_sees() {
    const LOCAL: u8 = 3;
    type Byte = u8;
    #[derive(ToAttrs)]
    struct Inside {
        #[nlattr(id = LOCAL)]
        value: Byte,
    }
    assert_eq!(encode(&Inside { value: 1 }), wire(&[(3, &[1])]));
}

/// Constants and functions of the names that generated code has for its variables.
#[allow(non_upper_case_globals)]
mod names_of_variables {
    use l2tp::netlink::attr::{FromAttrs, ToAttrs};

    const value: u32 = 1;
    const mtu: u32 = 2;
    const shape: u32 = 3;
    const tail: u32 = 4;

    #[derive(ToAttrs, FromAttrs)]
    pub(super) struct Named {
        #[nlattr(id = value)]
        pub(super) value: u8,
        #[nlattr(id = mtu, default = attrs() + __mtu())]
        pub(super) mtu: u8,
        #[nlattr(id = shape, default)]
        pub(super) shape: u8,
        #[nlattr(id = tail, default)]
        pub(super) tail: u8,
    }

    fn attrs() -> u8 {
        40
    }

    fn __mtu() -> u8 {
        2
    }
}

#[test]
fn variables_and_the_users_names_do_not_meet() {
    let named: names_of_variables::Named = decode(&wire(&[(1, &[1])])).unwrap();
    assert_eq!((named.value, named.mtu), (1, 42));
    let bytes = wire(&[(1, &[1]), (2, &[2]), (3, &[3]), (4, &[4])]);
    let named: names_of_variables::Named = decode(&bytes).unwrap();
    assert_eq!((named.value, named.mtu, named.shape, named.tail), (1, 2, 3, 4));
}

/// Constants, a module and a lifetime of the names that generated items have.
#[allow(non_upper_case_globals, non_camel_case_types)]
mod names_of_items {
    use l2tp::netlink::attr::{AttrEnum, FromAttrs, ToAttrs};

    pub(super) const __ID_value: u32 = 1;
    const __IDS: u32 = 2;
    const __KIND: u32 = 3;
    const __ID_first_: u32 = 4;

    mod __attr {
        pub(super) const INNER: u32 = 5;
        pub(super) type Byte = u8;
    }

    const fn __number() -> u8 {
        42
    }

    #[derive(ToAttrs, FromAttrs)]
    pub(super) struct Named<'__msg> {
        // Read by the number 1, although the generated `__ID_value` is the number of `value`.
        #[nlattr(id = __ID_value)]
        pub(super) first: u8,
        #[nlattr(id = __IDS)]
        pub(super) value: __attr::Byte,
        #[nlattr(id = __KIND)]
        pub(super) __attr: &'__msg [u8],
        #[nlattr(id = __ID_first_, default = __number())]
        pub(super) more: u8,
        #[nlattr(id = __attr::INNER)]
        pub(super) last: Option<u8>,
    }

    #[derive(Debug, PartialEq, AttrEnum)]
    #[nlenum(repr = u8)]
    pub(super) enum Kind {
        #[nlenum(id = __ID_value)]
        __KIND,
        #[nlenum(id = __IDS)]
        value,
        #[nlenum(id = __attr::INNER)]
        Inner,
    }
}

#[test]
fn items_and_the_users_names_do_not_meet() {
    let bytes = wire(&[(1, &[1]), (2, &[2]), (3, &[3, 4]), (5, &[5])]);
    let named: names_of_items::Named<'_> = decode(&bytes).unwrap();
    assert_eq!((named.first, named.value, named.__attr), (1, 2, &[3, 4][..]));
    assert_eq!((named.more, named.last), (42, Some(5)));
    let rows: Vec<_> = <names_of_items::Named<'_> as ToAttrs>::POLICY
        .iter()
        .map(|row| (row.field, row.name))
        .collect();
    let expected = [
        ("first", "__ID_value"),
        ("value", "__IDS"),
        ("__attr", "__KIND"),
        ("more", "__ID_first_"),
        ("last", "INNER"),
    ];
    assert_eq!(rows, expected);
    assert_eq!(names_of_items::Kind::try_from(2), Ok(names_of_items::Kind::value));
    assert_eq!(u8::from(names_of_items::Kind::__KIND), 1);
    assert_eq!(names_of_items::Kind::Inner.kernel_name(), Some("INNER"));
    assert_eq!(names_of_items::Kind::__KIND.kernel_name(), Some("__ID_value"));
}
