//! The wire: every request byte for byte, every answer field by field, and what hostile bytes do.

mod exchange;
mod hostile;
mod kernel;
mod refusals;
mod requests;
mod round_trips;
mod serde;
mod values;
