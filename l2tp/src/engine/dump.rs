//! Listings: rows are decoded one by one as they are asked for, from the buffer in which they
//! arrived, so memory stays the same whatever the number.

use super::{Engine, Transport, refused, transport};
use crate::command::{Command, List};
use crate::error::{Error, Operation};
use crate::netlink::attr::FromAttrs;
use crate::netlink::exchange::Progress;
use crate::{SessionId, SessionInfo, TunnelId, TunnelInfo};

/// How often a snapshot is taken at most, to find two that agree.
const SNAPSHOTS: usize = 16;

/// What a listing consists of.
pub(crate) trait Row: for<'a> FromAttrs<'a> {
    /// The command that lists it.
    const COMMAND: u32;
    /// What an error says was attempted.
    const OPERATION: Operation;
    /// What makes two rows one object.
    type Key: PartialEq;

    /// The tunnel that it is or belongs to.
    fn tunnel_id(&self) -> TunnelId;
    /// The object behind the row.
    fn key(&self) -> Self::Key;
}

impl Row for TunnelInfo {
    const COMMAND: u32 = l2tp_sys::L2TP_CMD_TUNNEL_GET;
    const OPERATION: Operation = Operation::ListTunnels;
    type Key = TunnelId;

    fn tunnel_id(&self) -> TunnelId {
        self.tunnel_id
    }

    fn key(&self) -> TunnelId {
        self.tunnel_id
    }
}

impl Row for SessionInfo {
    const COMMAND: u32 = l2tp_sys::L2TP_CMD_SESSION_GET;
    const OPERATION: Operation = Operation::ListSessions;
    type Key = (TunnelId, SessionId);

    fn tunnel_id(&self) -> TunnelId {
        self.tunnel_id
    }

    fn key(&self) -> (TunnelId, SessionId) {
        (self.tunnel_id, self.session_id)
    }
}

/// What has been received of a listing.
pub(crate) enum Buffered<T> {
    /// Its next row.
    Row(T),
    /// Nothing: receive more.
    NeedData,
    /// Its end.
    End,
}

impl<S: Transport> Engine<S> {
    /// Asks for everything, and receives the first rows.
    pub(crate) async fn list<T: Row>(&mut self) -> Result<(), Error> {
        self.finish_stale_dump().await.map_err(|failure| failure.of(T::OPERATION))?;
        self.ask_for_rows::<T>().await?;
        if self.exchange.next_refusal() == Some(libc::ENOENT) {
            self.renew_family().await?;
            self.ask_for_rows::<T>().await?;
        }
        Ok(())
    }

    async fn ask_for_rows<T: Row>(&mut self) -> Result<(), Error> {
        self.exchange.start();
        List::<T>::new().push(&mut self.exchange, self.family.id)?;
        let io = |source| Error::Io { operation: T::OPERATION, source };
        self.socket.send(self.exchange.outgoing()).await.map_err(io)?;
        self.receive_rows::<T>().await
    }

    /// A listing that is the truth at one moment: of objects, not of their counters.
    ///
    /// Kernels before 6.12 resume a listing by position, so that a creation or deletion meanwhile
    /// makes it skip or repeat rows. Two listings in a row with the same objects cannot have.
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
        self.list::<T>().await?;
        loop {
            match self.buffered_row()? {
                Buffered::Row(row) => rows.push(row),
                Buffered::NeedData => self.receive_rows::<T>().await?,
                Buffered::End => return Ok(rows),
            }
        }
    }

    /// Receives the rest of a listing that was given up: until its end has been received the
    /// kernel refuses another on the same socket.
    async fn finish_stale_dump(&mut self) -> Result<(), transport::Failure> {
        self.exchange.start();
        while self.exchange.has_stale_dump() {
            if self.exchange.poll()? == Progress::NeedData && self.exchange.has_stale_dump() {
                let len = self.socket.recv(self.exchange.space()).await?;
                self.exchange.received(len)?;
            }
        }
        Ok(())
    }

    /// The next row, if it has been received; the listing's end; or `NeedData`.
    #[inline]
    pub(crate) fn buffered_row<T: Row>(&mut self) -> Result<Buffered<T>, Error> {
        let progress = self
            .exchange
            .poll()
            .map_err(|source| Error::Decode { operation: T::OPERATION, source })?;
        match progress {
            Progress::Reply(_) => self.decode(|| T::OPERATION).map(Buffered::Row),
            Progress::NeedData => Ok(Buffered::NeedData),
            Progress::Done | Progress::Acked(_) => Ok(Buffered::End),
            Progress::Failed(_, error) => Err(refused(T::OPERATION, error)),
        }
    }

    /// Receives more rows.
    pub(crate) async fn receive_rows<T: Row>(&mut self) -> Result<(), Error> {
        let io = |source| Error::Io { operation: T::OPERATION, source };
        let len = self.socket.recv(self.exchange.space()).await.map_err(io)?;
        self.exchange
            .received(len)
            .map_err(|source| Error::Decode { operation: T::OPERATION, source })
    }
}
