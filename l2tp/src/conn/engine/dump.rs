//! Listings: rows are decoded one by one as they are asked for, from the buffer in which they
//! arrived, so memory stays the same whatever the number.

use std::marker::PhantomData;

use super::{Engine, Host, read};
use crate::TunnelId;
use crate::conn::command::{List, Row};
use crate::error::Error;
use crate::netlink;
use crate::netlink::driver::DumpState;

/// How often a snapshot is taken at most, to find two that agree.
const SNAPSHOTS: usize = 16;

/// A dump under way.
///
/// A row that cannot be decoded is an error in its place; any other error ends the dump.
#[derive(Debug)]
pub(crate) struct Listing<T> {
    only: Option<TunnelId>,
    dump: DumpState,
    rows: PhantomData<fn() -> T>,
}

impl<S: Host> Engine<S> {
    /// Asks for everything, and receives the first rows. Those of another tunnel than `only` will
    /// be passed over.
    pub(crate) async fn list<T: Row>(
        &mut self,
        only: Option<TunnelId>,
    ) -> Result<Listing<T>, Error> {
        let mut dump = self.begin_listing::<T>().await?;
        if self.netlink.exchange.next_refusal() == Some(libc::ENOENT) {
            self.renew_family().await?;
            dump = self.begin_listing::<T>().await?;
        }
        Ok(Listing { only, dump, rows: PhantomData })
    }

    async fn begin_listing<T: Row>(&mut self) -> Result<DumpState, Error> {
        self.netlink.settle().await.map_err(failed::<T>)?;
        self.netlink.exchange.start();
        self.push(&List::<T>::new())?;
        self.netlink.begin_dump().await.map_err(failed::<T>)
    }

    /// The next row of a dump, from the buffer if it has been received.
    #[inline]
    pub(crate) async fn next_row<T: Row>(
        &mut self,
        listing: &mut Listing<T>,
    ) -> Option<Result<T, Error>> {
        loop {
            if let Some(row) = self.received_row(listing) {
                return Some(row);
            }
            if listing.dump.has_ended() {
                return None;
            }
            if let Err(error) = self.netlink.receive_part(&mut listing.dump).await {
                return Some(Err(failed::<T>(error)));
            }
        }
    }

    /// The next row if it has been received. Else the dump has ended, or there is more to
    /// receive.
    #[inline]
    pub(crate) fn received_row<T: Row>(
        &mut self,
        listing: &mut Listing<T>,
    ) -> Option<Result<T, Error>> {
        if listing.only.is_none() && !listing.dump.has_ended() {
            if let Some(message) = self.netlink.exchange.next_reply() {
                return Some(read(&message, || T::OPERATION));
            }
        }
        self.sought_row(listing)
    }

    /// The same where rows may have to be passed over and the end may have come.
    #[inline(never)]
    fn sought_row<T: Row>(&mut self, listing: &mut Listing<T>) -> Option<Result<T, Error>> {
        while !listing.dump.has_ended() {
            let row = match self.netlink.exchange.next_reply() {
                Some(message) => read::<T>(&message, || T::OPERATION),
                None => match self.netlink.after_replies(&mut listing.dump) {
                    Ok(true) => self.decode(|| T::OPERATION),
                    Ok(false) => return None,
                    Err(error) => return Some(Err(failed::<T>(error))),
                },
            };
            match row {
                Ok(row) if listing.only.is_some_and(|only| row.tunnel_id() != only) => {}
                row => return Some(row),
            }
        }
        None
    }

    /// A dump with the same objects as the one before it; their counters may differ.
    ///
    /// Kernels before 6.12 resume a dump by position, so that a creation or deletion meanwhile
    /// makes it skip or repeat rows. Two dumps in a row hardly skip the same.
    pub(crate) async fn snapshot<T: Row>(&mut self) -> Result<Vec<T>, Error> {
        let mut last = self.collect::<T>().await?;
        for _ in 1..SNAPSHOTS {
            let next = self.collect::<T>().await?;
            if last.iter().map(T::key).eq(next.iter().map(T::key)) {
                return Ok(next);
            }
            last = next;
        }
        Err(Error::InconsistentDump { operation: T::OPERATION, tries: SNAPSHOTS })
    }

    async fn collect<T: Row>(&mut self) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        let mut listing = self.list::<T>(None).await?;
        while let Some(row) = self.next_row(&mut listing).await {
            rows.push(row?);
        }
        Ok(rows)
    }
}

/// A failure of the netlink socket's. A dump changes nothing, so it does not matter whether its
/// request was carried out.
#[cold]
fn failed<T: Row>(error: netlink::Error) -> Error {
    match error {
        netlink::Error::Receive(error) => Error::Io { operation: T::OPERATION, error },
        error => Error::of_netlink(T::OPERATION, error),
    }
}
