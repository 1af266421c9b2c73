//! A dump as an iterator.

use std::iter::FusedIterator;

use crate::TunnelId;
use crate::conn::command::Row;
use crate::conn::engine::{Engine, Listing};
use crate::error::Error;
use crate::netlink::socket::Socket;
use crate::netlink::transport::ready;

/// A dump of all tunnels ([`TunnelInfo`](crate::TunnelInfo)) or sessions
/// ([`SessionInfo`](crate::SessionInfo)), row by row.
///
/// A row that cannot be decoded is an error in its place, and the dump continues; any other error
/// ends it. When a `Dump` is dropped before its end, the connection's next operation first receives
/// the rest.
#[derive(Debug)]
pub struct Dump<'c, T> {
    engine: &'c mut Engine<Socket>,
    listing: Listing<T>,
}

#[expect(private_bounds, reason = "only the library lists things")]
impl<'c, T: Row> Dump<'c, T> {
    pub(super) fn start(
        engine: &'c mut Engine<Socket>,
        only: Option<TunnelId>,
    ) -> Result<Self, Error> {
        let listing = ready(engine.list(only))?;
        Ok(Self { engine, listing })
    }
}

impl<T: Row> Iterator for Dump<'_, T> {
    type Item = Result<T, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self.engine.received_row(&mut self.listing) {
            Some(row) => Some(row),
            None => ready(self.engine.next_row(&mut self.listing)),
        }
    }
}

impl<T: Row> FusedIterator for Dump<'_, T> {}
