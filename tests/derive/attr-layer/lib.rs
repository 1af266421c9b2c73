//! The attribute layer of l2tp by itself.
//!
//! What the compiler says of a missing trait lists the types that have it. The cases in `ui/` whose
//! errors are the compiler's own use this crate in place of l2tp, so that their texts change when
//! the layer does, and not with each type that the library gains.
#![allow(dead_code)]

#[path = "../../../l2tp/src/netlink/attr/mod.rs"]
pub mod attr;

/// Where derived code looks for it.
pub mod netlink {
    pub use super::attr;
}
