//! Batches: many requests in one datagram.
//!
//! The kernel carries out the requests of a datagram in order before the send returns. A command
//! asks for an acknowledgement only if it is the last of its datagram, so that only errors, replies
//! to get requests and the last request's outcome are received. [`extent`] decides how many
//! requests one datagram may hold, [`run`] sends datagram after datagram, [`guarded`] looks
//! sessions up before it, and [`datagram`] notes what is received.

mod datagram;
mod extent;
mod guarded;
mod run;

#[cfg(test)]
pub(super) use extent::REQUEST;

use crate::conn::BatchOutcome;
use crate::error::Error;
use guarded::Lookups;

type Outcome = Result<BatchOutcome, Error>;

/// What a run needs beside its results. A batch keeps it, so that the next run allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// The positions of the requests of a datagram.
    sent: Vec<usize>,
    lookups: Lookups,
}
