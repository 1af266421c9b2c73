//! The async client of any netlink family, with the methods of the blocking one.

#![expect(clippy::missing_errors_doc, reason = "each method fails as the blocking one it names")]

use std::ffi::CStr;
use std::io;
use std::time::Duration;

use super::socket::AsyncSocket;
use crate::netlink::Error;
use crate::netlink::attr::{FromAttrs, ToAttrs};
use crate::netlink::ctrl::Family;
use crate::netlink::driver::{Driver, DumpState};
use crate::netlink::message::{Message, RequestHeader};
use crate::netlink::socket::Socket;
use crate::netlink::transport::Transport;

/// A client of the kernel's netlink families, as
/// [`l2tp::netlink::Client`](crate::netlink::Client) is one.
///
/// A future may be dropped at any await: the client can be used on at once.
///
/// ```no_run
/// use l2tp::netlink::ctrl::{Family, GET_FAMILY};
/// use l2tp::tokio::netlink::Client;
///
/// # async fn example() -> Result<(), l2tp::netlink::Error> {
/// let mut client = Client::open()?;
/// let mut families = client.dump(&GET_FAMILY, &()).await?;
/// while let Some(family) = families.next_reply::<Family<'_>>().await? {
///     println!("{:?} has number {}", family.name, family.id);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Client {
    driver: Driver<AsyncSocket>,
}

impl Client {
    /// Opens a client of generic netlink: [`Client::open`](crate::netlink::Client::open).
    pub fn open() -> Result<Self, Error> {
        Self::over(Socket::open())
    }

    /// Opens a client of rtnetlink: [`Client::open_route`](crate::netlink::Client::open_route).
    pub fn open_route() -> Result<Self, Error> {
        Self::over(Socket::open_route())
    }

    fn over(socket: io::Result<Socket>) -> Result<Self, Error> {
        let socket = socket.and_then(AsyncSocket::asking).map_err(Error::Open)?;
        Ok(Self { driver: Driver::new(socket) })
    }

    /// Looks a family up: [`Client::family`](crate::netlink::Client::family).
    pub async fn family(&mut self, name: &CStr) -> Result<Family<'_>, Error> {
        self.driver.family(name).await
    }

    /// Sends a request and decodes its reply: [`Client::ask`](crate::netlink::Client::ask).
    pub async fn ask<'c, T: FromAttrs<'c>>(
        &'c mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<T, Error> {
        self.driver.ask(request, attributes).await
    }

    /// Sends a request and returns its reply:
    /// [`Client::ask_message`](crate::netlink::Client::ask_message).
    pub async fn ask_message(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<Message<'_>, Error> {
        self.driver.ask_message(request, attributes).await
    }

    /// Sends a request that is acknowledged:
    /// [`Client::acknowledged`](crate::netlink::Client::acknowledged).
    pub async fn acknowledged(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<(), Error> {
        self.driver.acknowledged(request, attributes).await
    }

    /// Sends a request for a dump: [`Client::dump`](crate::netlink::Client::dump).
    pub async fn dump(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<Dump<'_>, Error> {
        let state = self.driver.dump(request, attributes).await?;
        Ok(Dump { driver: &mut self.driver, state, header: request.length() })
    }

    /// Dumps everything into a vector: [`Client::dump_all`](crate::netlink::Client::dump_all).
    pub async fn dump_all<T: for<'a> FromAttrs<'a>>(
        &mut self,
        request: &impl RequestHeader,
        attributes: &impl ToAttrs,
    ) -> Result<Vec<T>, Error> {
        self.driver.dump_all(request, attributes).await
    }

    /// Joins a multicast group: [`Client::join`](crate::netlink::Client::join). Fails outside a
    /// runtime, and in one without its drivers, too ([`Error::Join`]).
    pub async fn join(mut self, group: u32) -> Result<Notifications, Error> {
        self.driver.socket.check_drivers().map_err(|error| Error::Join { group, error })?;
        self.driver.begin_to_listen(group).await?;
        Ok(Notifications { driver: self.driver })
    }
}

/// A dump that is received reply by reply, as [`l2tp::netlink::Dump`](crate::netlink::Dump) is one.
#[derive(Debug)]
pub struct Dump<'c> {
    driver: &'c mut Driver<AsyncSocket>,
    state: DumpState,
    header: usize,
}

impl Dump<'_> {
    /// The next reply's attributes: [`Dump::next_reply`](crate::netlink::Dump::next_reply). No reply
    /// is lost when the future is dropped.
    pub async fn next_reply<'d, T: FromAttrs<'d>>(&'d mut self) -> Result<Option<T>, Error> {
        let header = self.header;
        let Some(message) = self.next_message().await? else { return Ok(None) };
        Ok(Some(T::from_attrs(message.attrs_behind(header)?)?))
    }

    /// The next reply as it is: [`Dump::next_message`](crate::netlink::Dump::next_message).
    pub async fn next_message(&mut self) -> Result<Option<Message<'_>>, Error> {
        if !self.driver.next_in_dump(&mut self.state).await? {
            return Ok(None);
        }
        Ok(Some(self.driver.exchange.message()?))
    }
}

/// A socket that receives notifications, as
/// [`l2tp::netlink::Notifications`](crate::netlink::Notifications) is one. No notification is lost
/// when a future is dropped.
#[derive(Debug)]
pub struct Notifications {
    driver: Driver<AsyncSocket>,
}

impl Notifications {
    /// Joins another group: [`Notifications::join`](crate::netlink::Notifications::join).
    pub fn join(&self, group: u32) -> Result<(), Error> {
        self.driver.join(group)
    }

    /// The next notification:
    /// [`Notifications::next_notification`](crate::netlink::Notifications::next_notification).
    pub async fn next_notification(&mut self) -> Result<Message<'_>, Error> {
        self.driver.next_notification().await
    }

    /// The next notification, or `None` if there is none within `limit`:
    /// [`Notifications::next_within`](crate::netlink::Notifications::next_within).
    pub async fn next_within(&mut self, limit: Duration) -> Result<Option<Message<'_>>, Error> {
        self.driver.next_notification_within(limit).await
    }

    /// Asks for a receive buffer:
    /// [`Notifications::reserve`](crate::netlink::Notifications::reserve).
    pub fn reserve(&self, bytes: usize) -> io::Result<usize> {
        self.driver.socket.reserve_receive_buffer(bytes)
    }
}

#[cfg(test)]
mod tests {
    use ::tokio::runtime::Builder;

    use super::*;
    use crate::netlink::ctrl::{FamilyName, GET_FAMILY};

    async fn asked() -> Result<(u16, usize), Error> {
        let mut client = Client::open()?;
        let controller: Family<'_> =
            client.ask(&GET_FAMILY, &FamilyName { name: c"nlctrl" }).await?;
        let id = controller.id;
        assert_eq!(client.family(c"nlctrl").await?.id, id);
        let mut families = client.dump(&GET_FAMILY, &()).await?;
        let mut count = 0;
        while let Some(family) = families.next_reply::<Family<'_>>().await? {
            count += usize::from(family.id == id);
        }
        Ok((id, count))
    }

    #[test]
    fn a_client_works_in_any_runtime() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let asked = runtime.block_on(asked()).expect("the controller");
        assert_eq!(asked, (l2tp_sys::GENL_ID_CTRL, 1));
    }

    #[test]
    fn notifications_need_a_runtime_with_drivers() {
        let join = async || {
            let mut client = Client::open()?;
            let group = client.family(c"nlctrl").await?.group(c"notify")?.expect("a group");
            client.join(group).await
        };
        let runtime = Builder::new_current_thread().build().unwrap();
        let error = runtime.block_on(join()).expect_err("no drivers");
        assert!(matches!(error, Error::Join { .. }), "{error}");
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut notifications = join().await.expect("a group for all");
            let soon = Duration::from_millis(1);
            let mut none = notifications.next_within(soon).await;
            // Another program may register a family just now.
            while let Ok(Some(_)) = none {
                none = notifications.next_within(soon).await;
            }
            assert!(none.expect("no error").is_none());
        });
    }
}
