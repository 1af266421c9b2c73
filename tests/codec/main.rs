//! What encoding and decoding costs, beside code written by hand for the same bytes.
//!
//! Each case is a pair of functions of one name, one in [`derived`] and one in [`by_hand`]. This
//! program checks that both do the same and that neither allocates, then calls each a hundred
//! times; `cargo xtask test` runs it under callgrind, which counts the instructions.

#![forbid(unsafe_code)]

mod by_hand;
mod derived;
#[macro_use]
mod values;

use std::hint::black_box;

use anyhow::{Result, ensure};

/// Calls of each function beside those that check it.
const CALLS: usize = 97;

/// Runs `function` 99 times, one of them to check that it allocates nothing. With the comparison
/// before that makes a hundred.
fn repeat(name: &str, mut function: impl FnMut()) -> Result<()> {
    function();
    let allocations = allocation_counter::measure(&mut function).count_total;
    ensure!(allocations == 0, "{name} allocates {allocations} times");
    for _ in 0..CALLS {
        function();
    }
    Ok(())
}

/// Encodes a value both ways into one buffer.
macro_rules! encode {
    ($($case:ident: $value:expr;)*) => {$({
        let value = $value;
        let mut buf = Vec::with_capacity(512);
        derived::$case(&value, &mut buf);
        let expected = std::mem::take(&mut buf);
        by_hand::$case(&value, &mut buf);
        ensure!(buf == expected, "{} by hand differs: {buf:02x?} {expected:02x?}", stringify!($case));
        repeat(stringify!($case), || {
            buf.clear();
            derived::$case(black_box(&value), black_box(&mut buf));
        })?;
        repeat(stringify!($case), || {
            buf.clear();
            by_hand::$case(black_box(&value), black_box(&mut buf));
        })?;
    })*};
}

/// Decodes the same bytes both ways.
macro_rules! decode {
    ($($case:ident: $bytes:expr;)*) => {$({
        let bytes = $bytes;
        let decoded = derived::$case(&bytes);
        ensure!(decoded.is_some(), "{} fails", stringify!($case));
        ensure!(decoded == by_hand::$case(&bytes), "{} by hand differs", stringify!($case));
        repeat(stringify!($case), || {
            black_box(derived::$case(black_box(&bytes)));
        })?;
        repeat(stringify!($case), || {
            black_box(by_hand::$case(black_box(&bytes)));
        })?;
    })*};
}

fn main() -> Result<()> {
    cases!(encode, decode);
    Ok(())
}
