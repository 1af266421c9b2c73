//! What the tests of the workspace share.

#![forbid(unsafe_code)]

pub mod allocations;
pub mod hostile;
