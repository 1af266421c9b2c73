//! How long encoding and decoding takes, beside code written by hand for the same bytes.
//!
//! `cargo bench -p l2tp-codec` tells. Times are of one machine at one moment; what is recorded and
//! compared is instructions (`cargo xtask bench --codec`).

#![forbid(unsafe_code)]

mod by_hand;
mod derived;
#[macro_use]
mod values;

/// Tells of allocations, too. There are none.
#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

/// Encodes a value both ways into a buffer that is there.
macro_rules! encode {
    ($($case:ident: $value:expr;)*) => {$(
        mod $case {
            use divan::{Bencher, black_box};

            use super::values;

            #[divan::bench]
            fn derived(bencher: Bencher<'_, '_>) {
                let (value, mut buf) = ($value, Vec::with_capacity(512));
                bencher.bench_local(|| {
                    buf.clear();
                    super::derived::$case(black_box(&value), black_box(&mut buf));
                });
            }

            #[divan::bench]
            fn by_hand(bencher: Bencher<'_, '_>) {
                let (value, mut buf) = ($value, Vec::with_capacity(512));
                bencher.bench_local(|| {
                    buf.clear();
                    super::by_hand::$case(black_box(&value), black_box(&mut buf));
                });
            }
        }
    )*};
}

/// Decodes the same bytes both ways.
macro_rules! decode {
    ($($case:ident: $bytes:expr;)*) => {$(
        mod $case {
            use divan::{Bencher, black_box};

            use super::values;

            #[divan::bench]
            fn derived(bencher: Bencher<'_, '_>) {
                let bytes = $bytes;
                bencher.bench_local(|| super::derived::$case(black_box(&bytes)));
            }

            #[divan::bench]
            fn by_hand(bencher: Bencher<'_, '_>) {
                let bytes = $bytes;
                bencher.bench_local(|| super::by_hand::$case(black_box(&bytes)));
            }
        }
    )*};
}

cases!(encode, decode);

fn main() {
    divan::main();
}
