//! The wire: the bytes of each request, the fields of each reply, and the effect of hostile bytes.

mod allocations;
mod attributes;
mod captures;
mod describe;
mod diagnosis;
mod dumps;
mod exchange;
mod extack;
mod hostile;
mod kernel;
mod received;
mod refusals;
mod requests;
mod round_trips;
mod schema;
mod secrets;
mod serde;
mod serde_forms;
mod sockets;
mod values;
