//! Those that are compared, each behind the same few operations.

mod batch;
mod conn;
mod floor;
mod peer;
mod tokio;

use std::hint::black_box;

use anyhow::{Result, bail};
use l2tp::SessionInfo;
use record::Name;

use crate::cell::Cell;

/// Work that is ready to be done and timed. What had to be prepared for it has been.
pub(crate) type Work<'a> = Box<dyn FnOnce() -> Result<()> + 'a>;

/// A way to talk to the kernel. Operations that it has no way of its own for are `None`.
pub(crate) trait Contender {
    /// Creates the cell's sessions.
    fn create(&mut self) -> Option<Work<'_>>;
    /// Asks about sessions that were there before.
    fn get(&mut self) -> Option<Work<'_>> {
        None
    }
    /// Lists every session there is.
    fn dump(&mut self) -> Option<Work<'_>> {
        None
    }
    /// Deletes the cell's sessions.
    fn delete(&mut self) -> Option<Work<'_>>;
}

/// Takes note of a row of a listing where it is, whole. Says whether there was one.
#[allow(clippy::ref_option)] // To take it out would be to move it.
fn seen(row: &Option<Result<SessionInfo, l2tp::Error>>) -> Result<bool> {
    match black_box(row) {
        Some(Ok(_)) => Ok(true),
        Some(Err(error)) => bail!("{error}"),
        None => Ok(false),
    }
}

/// Opens a contender's connection.
pub(crate) fn open(name: Name, cell: Cell) -> Result<Box<dyn Contender>> {
    Ok(match name {
        Name::Floor => Box::new(floor::Floor::open(cell, 1)?),
        Name::FloorBatch => Box::new(floor::Floor::open(cell, 512)?),
        Name::Conn => Box::new(conn::Blocking::open(cell, false)?),
        Name::ConnGuarded => Box::new(conn::Blocking::open(cell, true)?),
        Name::Batch => Box::new(batch::Batched::open(cell, false)?),
        Name::BatchGuarded => Box::new(batch::Batched::open(cell, true)?),
        Name::Tokio => Box::new(tokio::Async::open(cell)?),
        Name::PeerAsync => Box::new(peer::Async::open(cell)?),
        Name::PeerBlocking => Box::new(peer::Blocking::open(cell)?),
    })
}
