//! The table joined to a socket.

use std::io;

use super::table::Table;
use super::{RECEIVE_BUFFER, cannot_list, message};
use crate::error::{Error, Operation};
use crate::events::Requester;
use crate::netlink::attr::ToAttrs;
use crate::netlink::driver::Driver;
use crate::netlink::extack::KernelError;
use crate::netlink::transport::Transport;

/// How often a dump is repeated that something was missed of.
const LISTINGS: usize = 16;
/// More datagrams than this the receive buffer cannot hold: each takes some 700 bytes at least.
/// When so many have been read, all has been that was there at first.
const DATAGRAMS_AT_ONCE: usize = RECEIVE_BUFFER / 512;

/// A socket that has joined the group of interfaces, and what it has told.
#[derive(Debug)]
pub(super) struct View<S> {
    netlink: Driver<S>,
    port: u32,
    pub(super) table: Table,
}

impl<S: Transport> View<S> {
    /// Lists all interfaces. `port` is that of the socket.
    pub(super) fn open(socket: S, port: u32) -> Result<Self, Error> {
        let mut view = Self { netlink: Driver::new(socket), port, table: Table::default() };
        view.list()?;
        Ok(view)
    }

    pub(super) fn socket(&self) -> &S {
        &self.netlink.socket
    }

    /// The interfaces as they are now. If notifications were lost, or could not be made good for
    /// before, all are listed anew.
    pub(super) fn refreshed(&mut self) -> Result<&mut Table, Error> {
        self.read()?;
        if self.table.is_stale() {
            self.list()?;
        }
        Ok(&mut self.table)
    }

    /// Reads what has arrived, or all of a dump. Returns the refusal of a dump.
    pub(super) fn read(&mut self) -> Result<Option<KernelError>, Error> {
        let Driver { socket, exchange, .. } = &mut self.netlink;
        let mut refusal = None;
        for _ in 0..DATAGRAMS_AT_ONCE {
            match socket.try_recv(exchange.space()) {
                Ok(len) => match exchange.received(len) {
                    Ok(()) => refusal = self.table.take(&mut exchange.inbox).err().or(refusal),
                    Err(_) => self.table.overrun(),
                },
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => self.table.overrun(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(refusal),
                Err(error) => return Err(cannot_list(error)),
            }
        }
        // After an overrun the kernel loses notifications until nothing is left to be received,
        // and reports no more of it: without having seen that end nothing is certain.
        self.table.overrun();
        Ok(refusal)
    }

    /// Lists all interfaces, until nothing was missed meanwhile.
    pub(super) fn list(&mut self) -> Result<(), Error> {
        let mut refusal = None;
        for _ in 0..LISTINGS {
            let Driver { socket, exchange, .. } = &mut self.netlink;
            exchange.start();
            exchange
                .push(&message::LIST, |out| message::FILTER.to_attrs(out))
                .map_err(|error| Error::Encode { operation: Operation::ListLinks, error })?;
            self.table.begin_listing(Requester { port: self.port, seq: exchange.sequence() });
            socket.try_send(exchange.outgoing()).map_err(cannot_list)?;
            // The kernel goes on with a dump when its last part is received, so there is
            // something to receive until it is complete.
            refusal = self.read()?;
            if !self.table.is_stale() {
                return Ok(());
            }
            // A dump that was given up is still under way; its rest has been received now.
            if refusal.as_ref().is_some_and(|refusal| refusal.errno() != libc::EBUSY) {
                break;
            }
        }
        Err(match refusal {
            Some(refusal) => refused(refusal),
            None => Error::InconsistentDump { operation: Operation::ListLinks, tries: LISTINGS },
        })
    }
}

fn refused(error: KernelError) -> Error {
    Error::Rejected { operation: Operation::ListLinks, error }
}

#[cfg(test)]
mod tests;
