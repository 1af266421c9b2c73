//! The quick way of decoding and the other one read the same: whatever the order, the flag bits and
//! what is missing, in the part that is read one by one and in the tail that is read at once.

use l2tp::netlink::attr::{Attrs, FromAttrs};
use proptest::prelude::*;

use super::{FIRST, decode, id, wire};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, FromAttrs)]
struct Counters {
    #[nlattr(id = id::ONE, default)]
    sent: u64,
    #[nlattr(id = id::TWO)]
    invalid: Option<u64>,
}

#[derive(Debug, PartialEq, Eq, FromAttrs)]
struct Row<'a> {
    #[nlattr(id = id::ONE)]
    key: u32,
    #[nlattr(id = id::TWO)]
    name: Option<&'a [u8]>,
    #[nlattr(id = id::THREE, default)]
    kind: u16,
    #[nlattr(id = id::FOUR, default, rare)]
    timeout: u64,
    #[nlattr(id = id::FIVE, nested, default)]
    counters: Counters,
}

fn counters() -> Vec<u8> {
    wire(&[(1, &7_u64.to_ne_bytes()), (2, &8_u64.to_ne_bytes())])
}

/// Whether the quick way reads it.
fn is_quick(bytes: &[u8]) -> bool {
    Row::in_order(Attrs::new(bytes, FIRST)).is_some()
}

fn row(name: Option<&[u8]>, timeout: u64) -> Row<'_> {
    Row { key: 1, name, kind: 3, timeout, counters: Counters { sent: 7, invalid: Some(8) } }
}

#[test]
fn a_tail_is_read_at_once_behind_a_name_and_without_one() {
    let (key, kind, counters) = (1_u32.to_ne_bytes(), 3_u16.to_ne_bytes(), counters());
    let bytes = wire(&[(1, &key), (3, &kind), (5, &counters)]);
    assert!(is_quick(&bytes));
    assert_eq!(decode::<Row<'_>>(&bytes), Ok(row(None, 0)));
    let bytes = wire(&[(1, &key), (2, b"ab"), (3, &kind), (5, &counters)]);
    assert!(is_quick(&bytes));
    assert_eq!(decode::<Row<'_>>(&bytes), Ok(row(Some(b"ab"), 0)));
}

#[test]
fn what_is_rare_is_read_where_it_is_there() {
    let (key, kind, counters) = (1_u32.to_ne_bytes(), 3_u16.to_ne_bytes(), counters());
    let bytes = wire(&[(1, &key), (3, &kind), (4, &9_u64.to_ne_bytes()), (5, &counters)]);
    assert!(is_quick(&bytes));
    assert_eq!(decode::<Row<'_>>(&bytes), Ok(row(None, 9)));
}

#[test]
fn what_has_a_tails_length_only_is_no_tail() {
    let (key, kind, counters) = (1_u32.to_ne_bytes(), 3_u16.to_ne_bytes(), counters());
    let swapped = wire(&[(1, &key), (5, &counters), (3, &kind)]);
    assert!(!is_quick(&swapped));
    assert_eq!(decode::<Row<'_>>(&swapped), Ok(row(None, 0)));
    let flagged = wire(&[(1, &key), (3, &kind), (5 | 1 << 15, &counters)]);
    assert_eq!(decode::<Row<'_>>(&flagged), Ok(row(None, 0)));
    let twice = wire(&[(1, &8_u64.to_ne_bytes()), (1, &7_u64.to_ne_bytes())]);
    let bytes = wire(&[(1, &key), (3, &kind), (5, &twice)]);
    let expected = Row { counters: Counters { sent: 7, invalid: None }, ..row(None, 0) };
    assert_eq!(decode::<Row<'_>>(&bytes), Ok(expected));
}

/// An attribute of this number, mostly with a payload of `size` bytes and without flag bits.
fn attribute(id: u16, size: usize) -> impl Strategy<Value = (u16, Vec<u8>)> {
    let size = prop_oneof![9 => Just(size), 1 => 0..12_usize];
    let payload = size.prop_flat_map(|size| prop::collection::vec(any::<u8>(), size));
    (prop_oneof![9 => Just(id), 1 => Just(id | 1 << 15)], payload)
}

/// Attributes of these numbers and sizes, some of them or all, mostly in this order.
fn some_of(all: &[(u16, usize)]) -> impl Strategy<Value = Vec<(u16, Vec<u8>)>> + use<> {
    let (all, any) = (all.to_vec(), 0..=all.len());
    let in_order = prop::sample::subsequence(all.clone(), any.clone());
    let shuffled = prop::sample::subsequence(all, any).prop_shuffle();
    prop_oneof![3 => in_order, 1 => shuffled].prop_flat_map(|chosen| {
        chosen.into_iter().map(|(id, size)| attribute(id, size)).collect::<Vec<_>>()
    })
}

fn bytes_of(attrs: &[(u16, Vec<u8>)]) -> Vec<u8> {
    wire(&attrs.iter().map(|(id, payload)| (*id, &payload[..])).collect::<Vec<_>>())
}

/// A row's attributes, and one that a row does not have.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let counters = some_of(&[(1, 8), (2, 8), (2, 8)]);
    let row = some_of(&[(1, 4), (2, 3), (3, 2), (4, 8), (5, 0), (6, 1)]);
    (row, counters).prop_map(|(mut row, counters)| {
        for (id, payload) in &mut row {
            if *id == 5 {
                *payload = bytes_of(&counters);
            }
        }
        bytes_of(&row)
    })
}

proptest! {
    #[test]
    fn both_ways_read_the_same(bytes in message(), cut in any::<prop::sample::Index>(), whole in any::<bool>()) {
        let bytes = if whole { &bytes[..] } else { &bytes[..cut.index(bytes.len() + 1)] };
        let attrs = || Attrs::new(bytes, FIRST);
        if let Some(read) = Row::in_order(attrs()) {
            prop_assert_eq!(Ok(read), Row::in_any_order(attrs()));
        }
    }
}
