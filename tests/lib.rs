//! What the tests of the workspace share.

#![forbid(unsafe_code)]

pub mod allocations;
pub mod hostile;

/// Pages with programs in them, which must compile. They stand here and not in the library, whose
/// package does not have them.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;

    #[doc = include_str!("../docs/architecture.md")]
    struct Architecture;

    #[doc = include_str!("../docs/async.md")]
    struct Async;

    #[doc = include_str!("../docs/serde.md")]
    struct Serde;

    #[doc = include_str!("../l2tp/README.md")]
    struct Library;

    #[doc = include_str!("../l2tp-derive/README.md")]
    struct Derive;

    #[doc = include_str!("../l2tp-sys/README.md")]
    struct Sys;
}
