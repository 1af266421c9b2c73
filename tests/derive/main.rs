//! What the derive macros promise.
#![allow(missing_docs)]

mod roundtrip;
