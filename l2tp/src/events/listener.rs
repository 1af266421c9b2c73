//! The decoder joined to a transport, for the blocking listener and the async one.

use std::io;
use std::time::{Duration, Instant};

use super::decoder::{Decoder, Notice};
use super::{Event, Missed, cannot_listen};
use crate::engine::{Family, Transport, look_up};
use crate::error::{Error, Operation};
use crate::netlink::exchange::Exchange;

/// What the listener asks of its receive buffer: room for about a thousand notifications.
const RECEIVE_BUFFER: usize = 1 << 20;

/// The group of the controller's notifications of families: a fixed number (`GENL_ID_CTRL`).
const CONTROLLER: u32 = l2tp_sys::GENL_ID_CTRL;

/// A socket that has joined the group.
#[derive(Debug)]
pub(crate) struct Listener<S> {
    pub(crate) socket: S,
    decoder: Decoder,
}

impl<S: Transport> Listener<S> {
    /// Finds the family and joins its group.
    pub(crate) async fn open(socket: S) -> Result<Self, Error> {
        let mut exchange = Exchange::new();
        // This makes the kernel load the module, of which the controller tells its group.
        look_up(&socket, &mut exchange).await?;
        socket.join(CONTROLLER).map_err(cannot_listen)?;
        // From here on a new load is noticed, so this number is the right one until then.
        let family = look_up(&socket, &mut exchange).await?;
        join(&socket, family)?;
        // Without privilege the wish is granted in part; the listener works all the same.
        socket.reserve_receive_buffer(RECEIVE_BUFFER).map_err(cannot_listen)?;
        Ok(Self { socket, decoder: Decoder::new(family) })
    }

    /// The next event, waiting at most until `deadline`.
    pub(crate) async fn next(&mut self, deadline: Option<Instant>) -> Result<Option<Event>, Error> {
        loop {
            self.socket.yield_now_and_then().await;
            if let Some(event) = self.try_next()? {
                return Ok(Some(event));
            }
            if !self.wait(deadline).await? {
                return Ok(None);
            }
        }
    }

    /// Waits until there is something to receive, and says whether there is.
    pub(crate) async fn wait(&self, deadline: Option<Instant>) -> Result<bool, Error> {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        self.socket.readable(left).await.map_err(cannot_listen)
    }

    /// The next event that has been received.
    pub(crate) fn try_next(&mut self) -> Result<Option<Event>, Error> {
        loop {
            match self.decoder.poll().map_err(malformed)? {
                Some(Notice::Event(event)) => return Ok(Some(event)),
                Some(Notice::Reloaded(family)) => {
                    join(&self.socket, family)?;
                    return Ok(Some(Event::Missed(Missed::Reload)));
                }
                None => {}
            }
            match self.socket.try_recv(self.decoder.space()) {
                Ok(len) => self.decoder.received(len).map_err(malformed)?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {
                    return Ok(Some(Event::Missed(Missed::Overrun)));
                }
                Err(error) => return Err(cannot_listen(error)),
            }
        }
    }
}

/// When a wait of this length that begins now ends; `None` beyond what the clock can count.
pub(crate) fn deadline(limit: Duration) -> Option<Instant> {
    Instant::now().checked_add(limit)
}

fn join(socket: &impl Transport, family: Family) -> Result<(), Error> {
    match family.group {
        Some(group) => socket.join(group).map_err(cannot_listen),
        None => Err(Error::NoFamily { errno: libc::ENOENT }),
    }
}

fn malformed(error: crate::netlink::attr::DecodeError) -> Error {
    Error::Decode { operation: Operation::Listen, error }
}
