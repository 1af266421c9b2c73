//! The fast path of decoding and its fallback read the same, whatever the order, the flag bits and
//! the attributes that are missing; and the fast path reads what the kernel writes.

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
    #[nlattr(id = id::FOUR, default)]
    timeout: u64,
    #[nlattr(id = id::FIVE, nested, default)]
    counters: Counters,
}

fn counters() -> Vec<u8> {
    wire(&[(1, &7_u64.to_ne_bytes()), (2, &8_u64.to_ne_bytes())])
}

/// Whether the fast path reads it.
fn is_fast(bytes: &[u8]) -> bool {
    Row::in_order(Attrs::new(bytes, FIRST)).is_some()
}

fn row(name: Option<&[u8]>, timeout: u64) -> Row<'_> {
    Row { key: 1, name, kind: 3, timeout, counters: Counters { sent: 7, invalid: Some(8) } }
}

#[test]
fn the_fast_path_reads_attributes_in_the_order_of_the_fields() {
    let (key, kind, counters) = (1_u32.to_ne_bytes(), 3_u16.to_ne_bytes(), counters());
    let bytes = wire(&[(1, &key), (3, &kind), (5, &counters)]);
    assert!(is_fast(&bytes));
    assert_eq!(decode::<Row<'_>>(&bytes), Ok(row(None, 0)));
    let bytes = wire(&[(1, &key), (2, b"ab"), (3, &kind), (5, &counters)]);
    assert!(is_fast(&bytes));
    assert_eq!(decode::<Row<'_>>(&bytes), Ok(row(Some(b"ab"), 0)));
    let bytes = wire(&[(1, &key), (3, &kind), (4, &9_u64.to_ne_bytes()), (5, &counters)]);
    assert!(is_fast(&bytes));
    assert_eq!(decode::<Row<'_>>(&bytes), Ok(row(None, 9)));
}

#[test]
fn the_fast_path_reads_a_message_that_ends_at_any_field() {
    let (key, kind) = (1_u32.to_ne_bytes(), 3_u16.to_ne_bytes());
    let all: [(u16, &[u8]); 4] = [(1, &key), (2, b"ab"), (3, &kind), (4, &[9; 8])];
    for count in 1..=all.len() {
        let bytes = wire(&all[..count]);
        assert!(is_fast(&bytes), "{count} attributes");
        assert_eq!(decode(&bytes), Row::in_any_order(Attrs::new(&bytes, FIRST)));
    }
    assert!(!is_fast(&wire(&all[..0])), "without the attribute that is required");
}

#[test]
fn a_nested_struct_in_another_order_leaves_the_whole_message_to_the_fallback() {
    let (key, kind) = (1_u32.to_ne_bytes(), 3_u16.to_ne_bytes());
    let swapped = wire(&[(2, &8_u64.to_ne_bytes()), (1, &7_u64.to_ne_bytes())]);
    let bytes = wire(&[(1, &key), (3, &kind), (5, &swapped)]);
    assert!(!is_fast(&bytes));
    assert_eq!(decode::<Row<'_>>(&bytes), Ok(row(None, 0)));
}

#[test]
fn the_fallback_reads_everything_else() {
    let (key, kind, counters) = (1_u32.to_ne_bytes(), 3_u16.to_ne_bytes(), counters());
    let swapped = wire(&[(1, &key), (5, &counters), (3, &kind)]);
    assert!(!is_fast(&swapped));
    assert_eq!(decode::<Row<'_>>(&swapped), Ok(row(None, 0)));
    let flagged = wire(&[(1, &key), (3 | 1 << 15, &kind), (5 | 1 << 15, &counters)]);
    assert!(!is_fast(&flagged));
    assert_eq!(decode::<Row<'_>>(&flagged), Ok(row(None, 0)));
    let twice = wire(&[(1, &8_u32.to_ne_bytes()), (1, &key), (3, &kind), (5, &counters)]);
    assert!(!is_fast(&twice));
    assert_eq!(decode::<Row<'_>>(&twice), Ok(row(None, 0)));
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
    fn fast_path_and_fallback_read_the_same(bytes in message(), cut in any::<prop::sample::Index>(), whole in any::<bool>()) {
        let bytes = if whole { &bytes[..] } else { &bytes[..cut.index(bytes.len() + 1)] };
        let attrs = || Attrs::new(bytes, FIRST);
        if let Some(read) = Row::in_order(attrs()) {
            prop_assert_eq!(Ok(read), Row::in_any_order(attrs()));
        }
    }
}
