//! What the unit tests share: a simulated kernel, and sample objects.

pub(crate) mod kernel;
pub(crate) mod samples;
