//! A client of any netlink family: requests, dumps and notifications.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::attr::{FromAttrs, ToAttrs};
use super::ctrl::Family;
use super::driver::{Driver, DumpState};
use super::error::Error;
use super::message::{Message, RequestHeader};
use super::socket::Socket;
use super::transport::ready;

/// A blocking client of the kernel's netlink families, in the network namespace of the thread that
/// opened it.
///
/// Believes nobody but the kernel, passes replies to abandoned requests over, reports what the
/// kernel had to drop, and enlarges its buffer for what does not fit. A request takes two system
/// calls, and no allocation after the first. The async client is `l2tp::tokio::netlink::Client`.
///
/// ```
/// use l2tp::netlink::Client;
/// use l2tp::netlink::ctrl::{Family, FamilyName, GET_FAMILY};
///
/// let mut client = Client::open()?;
/// let controller: Family<'_> = client.ask(&GET_FAMILY, &FamilyName { name: c"nlctrl" })?;
/// assert_eq!(controller.id, l2tp_sys::GENL_ID_CTRL);
///
/// let mut families = client.dump(&GET_FAMILY, &())?;
/// while let Some(family) = families.next_reply::<Family<'_>>()? {
///     println!("{:?} has number {}", family.name, family.id);
/// }
/// # Ok::<(), l2tp::netlink::Error>(())
/// ```
#[derive(Debug)]
pub struct Client {
    driver: Driver<Socket>,
}

impl Client {
    /// Opens a client of generic netlink.
    ///
    /// # Errors
    ///
    /// [`Error::Open`].
    pub fn open() -> Result<Self, Error> {
        Socket::open().map(Self::over).map_err(Error::Open)
    }

    /// Opens a client of rtnetlink: interfaces, addresses, routes.
    ///
    /// # Errors
    ///
    /// [`Error::Open`].
    pub fn open_route() -> Result<Self, Error> {
        Socket::open_route().map(Self::over).map_err(Error::Open)
    }

    fn over(socket: Socket) -> Self {
        Self { driver: Driver::new(socket) }
    }

    /// Looks a family of generic netlink up by its name. The kernel loads its module if it can.
    ///
    /// # Errors
    ///
    /// [`Error::NoFamily`] when there is none.
    pub fn family(&mut self, name: &CStr) -> Result<Family<'_>, Error> {
        ready(self.driver.family(name))
    }

    /// Sends a request and decodes the attributes of its reply. A `T` that borrows does so from the
    /// client's buffer.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] with the kernel's errno; [`Error::NoReply`] for a request that is only
    /// acknowledged; [`Error::Decode`] for another reply than a `T`.
    pub fn ask<'c, T: FromAttrs<'c>>(
        &'c mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<T, Error> {
        ready(self.driver.ask(request, attributes))
    }

    /// Sends a request and returns its reply as it is, with the family's own header.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub fn ask_message(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<Message<'_>, Error> {
        ready(self.driver.ask_message(request, attributes))
    }

    /// Sends a request and waits until the kernel has carried it out (`NLM_F_ACK`, which need not be
    /// among the request's flags).
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] with the kernel's errno; [`Error::Receive`] when it is not known whether
    /// the request was carried out.
    pub fn acknowledged(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<(), Error> {
        ready(self.driver.acknowledged(request, attributes))
    }

    /// Sends a request for a dump (`NLM_F_DUMP`, which need not be among the request's flags).
    ///
    /// # Errors
    ///
    /// [`Error::Send`], [`Error::Encode`]. A rejected request is an error of the first reply.
    pub fn dump(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<Dump<'_>, Error> {
        let state = ready(self.driver.dump(request, attributes))?;
        Ok(Dump { driver: &mut self.driver, state, header: request.length() })
    }

    /// Dumps everything into a vector. An inconsistent dump is repeated, up to sixteen times.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask); [`Error::Interrupted`] after the last attempt.
    pub fn dump_all<T: for<'a> FromAttrs<'a>>(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<Vec<T>, Error> {
        ready(self.driver.dump_all(request, attributes))
    }

    /// Joins a multicast group: from now on the client receives notifications and sends no more
    /// requests. [`Family::group`] returns the number of a group.
    ///
    /// # Errors
    ///
    /// [`Error::Join`].
    pub fn join(mut self, group: u32) -> Result<Notifications, Error> {
        ready(self.driver.begin_to_listen(group))?;
        Ok(Notifications { driver: self.driver })
    }
}

impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.driver.socket.as_fd()
    }
}

/// A dump that is received reply by reply: memory stays the same whatever their number.
///
/// A reply that cannot be decoded is an error in its place; any other error ends the dump. A dump
/// may be dropped before its end.
#[derive(Debug)]
pub struct Dump<'c> {
    driver: &'c mut Driver<Socket>,
    state: DumpState,
    header: usize,
}

impl Dump<'_> {
    /// The next reply's attributes; `None` after the last. A `T` that borrows does so from the
    /// client's buffer.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] with the kernel's errno; [`Error::Interrupted`] at the end of a dump whose
    /// objects changed meanwhile.
    pub fn next_reply<'d, T: FromAttrs<'d>>(&'d mut self) -> Result<Option<T>, Error> {
        let header = self.header;
        let Some(message) = self.next_message()? else { return Ok(None) };
        Ok(Some(T::from_attrs(message.attrs_behind(header)?)?))
    }

    /// The next reply as it is, with the family's own header; `None` after the last.
    ///
    /// # Errors
    ///
    /// As [`next_reply`](Self::next_reply).
    pub fn next_message(&mut self) -> Result<Option<Message<'_>>, Error> {
        if !ready(self.driver.next_in_dump(&mut self.state))? {
            return Ok(None);
        }
        Ok(Some(self.driver.exchange.message()?))
    }
}

/// A socket that has joined multicast groups, and receives their notifications.
///
/// ```no_run
/// use l2tp::netlink::{Client, Error};
///
/// let mut client = Client::open()?;
/// let group = client.family(c"nlctrl")?.group(c"notify")?.expect("a group for all");
/// let mut notifications = client.join(group)?;
/// loop {
///     match notifications.next_notification() {
///         Ok(message) => println!("command {}", message.command()?),
///         Err(Error::Overrun) => println!("some were lost: read the state again"),
///         Err(error) => return Err(error),
///     }
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Notifications {
    driver: Driver<Socket>,
}

impl Notifications {
    /// Joins another group.
    ///
    /// # Errors
    ///
    /// [`Error::Join`].
    pub fn join(&self, group: u32) -> Result<(), Error> {
        self.driver.join(group)
    }

    /// The next notification, as soon as there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Overrun`] when notifications were lost; [`Error::Decode`] for a malformed one. The
    /// next call goes on behind it.
    pub fn next_notification(&mut self) -> Result<Message<'_>, Error> {
        ready(self.driver.next_notification())
    }

    /// The next notification, or `None` if there is none within `limit`.
    ///
    /// # Errors
    ///
    /// As [`next_notification`](Self::next_notification).
    pub fn next_within(&mut self, limit: Duration) -> Result<Option<Message<'_>>, Error> {
        ready(self.driver.next_notification_within(limit))
    }

    /// Asks for a receive buffer of `bytes` and returns its size afterwards. A notification takes
    /// about 1 KiB of it. Without `CAP_NET_ADMIN` the limit is `net.core.rmem_max`.
    ///
    /// # Errors
    ///
    /// None that an open socket gives.
    pub fn reserve(&self, bytes: usize) -> io::Result<usize> {
        self.driver.socket.reserve_receive_buffer(bytes)
    }
}

impl AsFd for Notifications {
    /// Readable when there is something to receive.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.driver.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::message::ClassicRequest;

    const IFINFOMSG: usize = size_of::<l2tp_sys::ifinfomsg>();

    #[derive(FromAttrs)]
    struct Link<'a> {
        #[nlattr(id = l2tp_sys::IFLA_IFNAME)]
        name: &'a CStr,
    }

    fn links(header: [u8; IFINFOMSG]) -> ClassicRequest<IFINFOMSG> {
        ClassicRequest { kind: l2tp_sys::RTM_GETLINK, flags: 0, header }
    }

    /// The index in a message about an interface.
    fn index(message: &Message<'_>) -> u32 {
        let (header, _) = message.split::<IFINFOMSG>().expect("a header");
        u32::from_ne_bytes([header[4], header[5], header[6], header[7]])
    }

    #[test]
    fn interfaces_are_dumped_and_asked_about() {
        let mut client = Client::open_route().expect("a socket");
        let mut loopback = None;
        let mut dump = client.dump(&links([0; IFINFOMSG]), &()).expect("a dump");
        while let Some(message) = dump.next_message().expect("a message") {
            let (_, attrs) = message.split::<IFINFOMSG>().expect("a header");
            if Link::from_attrs(attrs).expect("a name").name == c"lo" {
                loopback = Some(index(&message));
            }
        }
        let loopback = loopback.expect("a loopback interface");
        let mut header = [0; IFINFOMSG];
        header[4..8].copy_from_slice(&loopback.to_ne_bytes());
        let link: Link<'_> = client.ask(&links(header), &()).expect("an interface");
        assert_eq!(link.name, c"lo");
        let message = client.ask_message(&links(header), &()).expect("an interface");
        assert_eq!(index(&message), loopback);
    }
}
