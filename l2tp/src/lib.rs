//! The Linux kernel's L2TP interface.

// One path, `::l2tp`, serves the derives inside this crate and outside it.
#[allow(unused_extern_crates)]
extern crate self as l2tp;

pub mod netlink;
