//! Batches: many requests in one datagram.
//!
//! The kernel carries out the requests of a datagram in order before the send returns. Those that
//! only need an acknowledgement ask for none, so that only refusals, answers to questions and the
//! last request's outcome are received: [`queue`] holds what is to be done, [`extent`] says how
//! much of it one datagram may hold, and [`run`] goes from datagram to datagram.

mod extent;
mod queue;
mod requests;
mod run;

#[cfg(test)]
pub(super) use extent::REQUEST;
pub use queue::Answer;
pub(crate) use queue::{Queue, Spare};
pub(crate) use requests::batch_requests;
pub use run::BatchReport;
