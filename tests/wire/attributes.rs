//! Attributes at the ends of what numbers hold, and what cannot be written.

use l2tp::netlink::attr::{AttrWriter, Attrs, EncodeError, EncodeReason, ToAttrs, align};

/// A length that no buffer has, and an offset that is the caller's to choose.
#[test]
fn lengths_and_offsets_without_a_next_one() {
    assert_eq!([0, 1, 4, 5].map(align), [0, 4, 4, 8]);
    assert_eq!(align(usize::MAX), usize::MAX - 3);
    assert_eq!(align(usize::MAX - 3), usize::MAX - 3);
    let bytes = [8, 0, 1, 0, 4, 0, 2, 0];
    let outer = Attrs::new(&bytes, usize::MAX).next().expect("an attribute").expect("well-formed");
    assert_eq!(outer.offset(), usize::MAX);
    let inner = outer.nested().next().expect("an attribute").expect("well-formed");
    assert_eq!((inner.id(), inner.offset()), (2, 3));
}

#[test]
fn attributes_are_empty_once_all_are_walked() {
    let bytes = [4, 0, 1, 0, 4, 0, 2, 0];
    let mut attrs = Attrs::new(&bytes, 0);
    assert!(Attrs::new(&[], 0).is_empty());
    for id in [1, 2] {
        assert!(!attrs.is_empty());
        assert_eq!(attrs.next().expect("an attribute").expect("well-formed").id(), id);
    }
    assert!(attrs.is_empty());
}

#[test]
fn what_cannot_be_encoded_is_named_by_its_attribute() {
    #[derive(ToAttrs)]
    struct Named<'a> {
        #[nlattr(id = l2tp_sys::L2TP_ATTR_IFNAME)]
        name: &'a str,
    }
    let mut bytes = Vec::new();
    let error = Named { name: "a\0b" }.to_attrs(&mut AttrWriter::new(&mut bytes));
    let error = error.expect_err("a NUL inside");
    assert_eq!(error.attribute(), Some("L2TP_ATTR_IFNAME"));
    assert_eq!(error.reason(), EncodeReason::InnerNul);
    assert_eq!(EncodeError::new(EncodeReason::InnerNul).attribute(), None);
}
