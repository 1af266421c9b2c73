//! The table of interfaces with its socket.

use std::io;

use super::table::Table;
use super::{RECEIVE_BUFFER, cannot_dump, message};
use crate::error::{Error, Operation};
use crate::events::Requester;
use crate::netlink::attr::ToAttrs;
use crate::netlink::driver::Driver;
use crate::netlink::extack::KernelError;
use crate::netlink::transport::Transport;

/// How many dumps are tried at most until one is complete.
const DUMPS: usize = 16;
/// The receive buffer cannot contain more datagrams than this: each takes at least 700 bytes or so.
/// After so many receptions, every datagram that was queued at the start has been read.
const DATAGRAMS_AT_ONCE: usize = RECEIVE_BUFFER / 512;

/// A socket that has joined the interfaces' group, and the table of the interfaces that it
/// reported.
#[derive(Debug)]
pub(super) struct View<S> {
    netlink: Driver<S>,
    port: u32,
    pub(super) table: Table,
}

impl<S: Transport> View<S> {
    /// Dumps all interfaces. `port` is the socket's port.
    pub(super) fn open(socket: S, port: u32) -> Result<Self, Error> {
        let mut view = Self { netlink: Driver::new(socket), port, table: Table::default() };
        view.dump()?;
        Ok(view)
    }

    pub(super) fn socket(&self) -> &S {
        &self.netlink.socket
    }

    /// The current interfaces. If notifications were lost, now or before an earlier dump that
    /// failed, all interfaces are dumped again.
    pub(super) fn refreshed(&mut self) -> Result<&mut Table, Error> {
        self.read()?;
        if self.table.is_stale() {
            self.dump()?;
        }
        Ok(&mut self.table)
    }

    /// Reads all received datagrams, or a whole dump. Returns the error if the kernel rejected the
    /// dump.
    pub(super) fn read(&mut self) -> Result<Option<KernelError>, Error> {
        let Driver { socket, exchange, .. } = &mut self.netlink;
        let mut rejection = None;
        for _ in 0..DATAGRAMS_AT_ONCE {
            match socket.try_recv(exchange.space()) {
                Ok(len) => match exchange.received(len) {
                    Ok(()) => rejection = self.table.take(&mut exchange.inbox).err().or(rejection),
                    Err(_) => self.table.overrun(),
                },
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => self.table.overrun(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(rejection),
                Err(error) => return Err(cannot_dump(error)),
            }
        }
        // After an overrun the kernel drops notifications until the queue is empty, without another
        // report. The end of the queue was not reached, so notifications may be missing.
        self.table.overrun();
        Ok(rejection)
    }

    /// Dumps all interfaces until no notification was lost during a dump.
    pub(super) fn dump(&mut self) -> Result<(), Error> {
        let mut rejection = None;
        for _ in 0..DUMPS {
            let Driver { socket, exchange, .. } = &mut self.netlink;
            exchange.start();
            exchange
                .push(&message::LIST, |out| message::FILTER.to_attrs(out))
                .map_err(|error| Error::Encode { operation: Operation::ListLinks, error })?;
            self.table.begin_dump(Requester { port: self.port, seq: exchange.sequence() });
            socket.try_send(exchange.outgoing()).map_err(cannot_dump)?;
            // The kernel queues the next part of a dump when the last one is received, so the
            // queue is not empty before the dump is complete.
            rejection = self.read()?;
            if !self.table.is_stale() {
                return Ok(());
            }
            // EBUSY means that an abandoned dump was still running. Its rest has been received now.
            if rejection.as_ref().is_some_and(|rejection| rejection.errno() != libc::EBUSY) {
                break;
            }
        }
        Err(match rejection {
            Some(rejection) => rejected(rejection),
            None => Error::InconsistentDump { operation: Operation::ListLinks, tries: DUMPS },
        })
    }
}

fn rejected(error: KernelError) -> Error {
    Error::Rejected { operation: Operation::ListLinks, error }
}

#[cfg(test)]
mod tests;
