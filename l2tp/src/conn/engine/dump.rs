//! Listings: rows are decoded one by one as they are asked for, from the buffer in which they
//! arrived, so memory stays the same whatever the number.

use std::marker::PhantomData;

use super::{Engine, Transport, read, refused};
use crate::TunnelId;
use crate::conn::command::{List, Row};
use crate::error::Error;
use crate::netlink::exchange::Progress;

/// How often a snapshot is taken at most, to find two that agree.
const SNAPSHOTS: usize = 16;

/// A listing under way.
///
/// A row that cannot be decoded is an error in its place; any other error ends the listing.
#[derive(Debug)]
pub(crate) struct Listing<T> {
    only: Option<TunnelId>,
    ended: bool,
    /// Something could not be read, perhaps the end.
    torn: bool,
    rows: PhantomData<fn() -> T>,
}

impl<T> Listing<T> {
    /// Ends the listing, unless the error is of a single row.
    #[cold]
    fn failed(&mut self, error: Error) -> Error {
        self.torn = true;
        self.ended = !matches!(error, Error::Decode { .. });
        error
    }
}

impl<S: Transport> Engine<S> {
    /// Asks for everything, and receives the first rows. Those of another tunnel than `only` will
    /// be passed over.
    pub(crate) async fn list<T: Row>(
        &mut self,
        only: Option<TunnelId>,
    ) -> Result<Listing<T>, Error> {
        self.settle().await.map_err(|failure| failure.of(T::OPERATION))?;
        self.ask_for_rows::<T>().await?;
        if self.exchange.next_refusal() == Some(libc::ENOENT) {
            self.renew_family().await?;
            self.ask_for_rows::<T>().await?;
        }
        Ok(Listing { only, ended: false, torn: false, rows: PhantomData })
    }

    async fn ask_for_rows<T: Row>(&mut self) -> Result<(), Error> {
        self.exchange.start();
        self.push(&List::<T>::new())?;
        let io = |error| Error::Io { operation: T::OPERATION, error };
        self.socket.send(self.exchange.outgoing()).await.map_err(io)?;
        self.exchange.sent();
        self.receive_rows::<T>().await
    }

    /// The next row of a listing, from the buffer if it has been received.
    #[inline]
    pub(crate) async fn next_row<T: Row>(
        &mut self,
        listing: &mut Listing<T>,
    ) -> Option<Result<T, Error>> {
        loop {
            if let Some(row) = self.received_row(listing) {
                return Some(row);
            }
            if listing.ended {
                return None;
            }
            let received = if listing.torn {
                self.receive_what_is_left(listing)
            } else {
                self.receive_rows::<T>().await
            };
            if let Err(error) = received {
                return Some(Err(listing.failed(error)));
            }
        }
    }

    /// The next row if it has been received. Else the listing has ended, or there is more to
    /// receive.
    #[inline]
    pub(crate) fn received_row<T: Row>(
        &mut self,
        listing: &mut Listing<T>,
    ) -> Option<Result<T, Error>> {
        if listing.only.is_none() && !listing.ended {
            if let Some(message) = self.exchange.next_reply() {
                return Some(read(&message, || T::OPERATION));
            }
        }
        self.sought_row(listing)
    }

    /// The same where rows may have to be passed over and the end may have come.
    #[inline(never)]
    fn sought_row<T: Row>(&mut self, listing: &mut Listing<T>) -> Option<Result<T, Error>> {
        while !listing.ended {
            if let Some(message) = self.exchange.next_reply() {
                match read::<T>(&message, || T::OPERATION) {
                    Ok(row) if listing.only.is_some_and(|only| row.tunnel_id() != only) => continue,
                    row => return Some(row),
                }
            }
            match self.exchange.poll() {
                Ok(Progress::NeedData | Progress::Reply(_)) => return None,
                Ok(Progress::Done | Progress::Interrupted | Progress::Acked(_)) => {
                    listing.ended = true;
                }
                Ok(Progress::Failed(_, error)) => {
                    return Some(Err(listing.failed(refused(T::OPERATION, error))));
                }
                Err(error) => {
                    return Some(Err(
                        listing.failed(Error::Decode { operation: T::OPERATION, error })
                    ));
                }
            }
        }
        None
    }

    /// A listing with the same objects as the one before it; their counters may differ.
    ///
    /// Kernels before 6.12 resume a listing by position, so that a creation or deletion meanwhile
    /// makes it skip or repeat rows. Two listings in a row hardly skip the same.
    pub(crate) async fn snapshot<T: Row>(&mut self) -> Result<Vec<T>, Error> {
        let mut last = self.collect::<T>().await?;
        for _ in 1..SNAPSHOTS {
            let next = self.collect::<T>().await?;
            if last.iter().map(T::key).eq(next.iter().map(T::key)) {
                return Ok(next);
            }
            last = next;
        }
        Err(Error::Unsettled { operation: T::OPERATION, tries: SNAPSHOTS })
    }

    async fn collect<T: Row>(&mut self) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        let mut listing = self.list::<T>(None).await?;
        while let Some(row) = self.next_row(&mut listing).await {
            rows.push(row?);
        }
        Ok(rows)
    }

    /// Receives rows after something could not be read: if it was the end, no more will come.
    fn receive_what_is_left<T: Row>(&mut self, listing: &mut Listing<T>) -> Result<(), Error> {
        match self.socket.try_recv(self.exchange.space()) {
            Ok(len) => self
                .exchange
                .received(len)
                .map_err(|error| Error::Decode { operation: T::OPERATION, error }),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                listing.ended = true;
                Ok(())
            }
            Err(error) => Err(Error::Io { operation: T::OPERATION, error }),
        }
    }

    /// Receives more rows.
    async fn receive_rows<T: Row>(&mut self) -> Result<(), Error> {
        self.socket.yield_now_and_then().await;
        let io = |error| Error::Io { operation: T::OPERATION, error };
        let len = self.socket.recv(self.exchange.space()).await.map_err(io)?;
        self.exchange
            .received(len)
            .map_err(|error| Error::Decode { operation: T::OPERATION, error })
    }
}
