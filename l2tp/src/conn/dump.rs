//! A listing as an iterator.

use std::iter::FusedIterator;
use std::marker::PhantomData;

use crate::TunnelId;
use crate::engine::{Buffered, Engine, Row, ready};
use crate::error::Error;
use crate::netlink::socket::Socket;

/// A listing of [`TunnelInfo`](crate::TunnelInfo) or [`SessionInfo`](crate::SessionInfo).
///
/// A row that cannot be decoded is an error in its place, and the listing goes on; any other error
/// ends it. A listing that is dropped half way costs the next one the time to receive its rest.
#[derive(Debug)]
pub struct Dump<'c, T> {
    engine: &'c mut Engine<Socket>,
    only: Option<TunnelId>,
    ended: bool,
    rows: PhantomData<fn() -> T>,
}

#[expect(private_bounds, reason = "only the library lists things")]
impl<'c, T: Row> Dump<'c, T> {
    pub(super) fn start(
        engine: &'c mut Engine<Socket>,
        only: Option<TunnelId>,
    ) -> Result<Self, Error> {
        ready(engine.list::<T>())?;
        Ok(Self { engine, only, ended: false, rows: PhantomData })
    }

    /// The next row of any tunnel.
    #[inline]
    fn row(&mut self) -> Result<Option<T>, Error> {
        loop {
            match self.engine.buffered_row()? {
                Buffered::Row(row) => return Ok(Some(row)),
                Buffered::End => return Ok(None),
                Buffered::NeedData => ready(self.engine.receive_rows::<T>())?,
            }
        }
    }
}

impl<T: Row> Iterator for Dump<'_, T> {
    type Item = Result<T, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.row() {
                Ok(Some(row)) if self.only.is_some_and(|only| only != row.tunnel_id()) => {}
                Ok(Some(row)) => return Some(Ok(row)),
                Ok(None) => self.ended = true,
                Err(error) => {
                    self.ended = !matches!(error, Error::Decode { .. });
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

impl<T: Row> FusedIterator for Dump<'_, T> {}
