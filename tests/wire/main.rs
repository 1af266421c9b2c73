//! The wire: every request byte for byte, every answer field by field, and what hostile bytes do.

mod allocations;
mod attributes;
mod captures;
mod describe;
mod diagnosis;
mod exchange;
mod hostile;
mod kernel;
mod received;
mod refusals;
mod requests;
mod round_trips;
mod schema;
mod secrets;
mod serde;
mod sockets;
mod values;
