//! A dump, row by row.

use super::socket::AsyncSocket;
use crate::TunnelId;
use crate::conn::command::Row;
use crate::conn::engine::{Engine, Listing};
use crate::error::Error;

/// A dump of [`TunnelInfo`](crate::TunnelInfo) or [`SessionInfo`](crate::SessionInfo), as
/// [`l2tp::conn::Dump`](crate::conn::Dump) is one.
#[derive(Debug)]
pub struct Dump<'c, T> {
    engine: &'c mut Engine<AsyncSocket>,
    listing: Listing<T>,
}

#[expect(private_bounds, reason = "only the library lists things")]
impl<'c, T: Row> Dump<'c, T> {
    pub(super) async fn start(
        engine: &'c mut Engine<AsyncSocket>,
        only: Option<TunnelId>,
    ) -> Result<Self, Error> {
        let listing = engine.list(only).await?;
        Ok(Self { engine, listing })
    }

    /// The next row, `None` after the last. Rows that have been received, a hundred or so at a
    /// time, are returned without waiting.
    ///
    /// No row is lost when the future is dropped: the next call returns it.
    #[inline]
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        match self.engine.received_row(&mut self.listing) {
            Some(row) => Some(row),
            None => self.engine.next_row(&mut self.listing).await,
        }
    }
}
