//! The decoder with its socket, for the blocking listener and the async one.

use std::io;
use std::time::{Duration, Instant};

use super::check::Check;
use super::decoder::{Decoder, Notice};
use super::{Event, EventLoss, cannot_listen};
use crate::conn::engine::{Family, look_up};
use crate::error::{Error, Operation};
use crate::netlink::driver::Driver;
use crate::netlink::transport::Transport;

/// The size of the receive buffer, in bytes: it holds about a thousand notifications.
const RECEIVE_BUFFER: usize = 1 << 20;

/// The group of the controller's notifications of families: a fixed number (`GENL_ID_CTRL`).
const CONTROLLER: u16 = l2tp_sys::GENL_ID_CTRL;

/// How many datagrams are received at most for one event. The controller's group also has
/// notifications about other families.
const DATAGRAMS_AT_ONCE: usize = 256;

/// A socket that has joined the group.
#[derive(Debug)]
pub(crate) struct Listener<S> {
    pub(crate) socket: S,
    decoder: Decoder,
    /// The number of the family whose group the socket has joined.
    pub(super) joined: u16,
    /// The get request about the family that has no reply yet.
    pub(super) checking: Option<Check>,
    pub(super) check_seq: u32,
}

impl<S: Transport> Listener<S> {
    /// Finds the family and joins its group.
    pub(crate) async fn open(socket: S) -> Result<Self, Error> {
        let mut netlink = Driver::new(socket);
        // This request makes the kernel load the module, and the controller notifies of that.
        look_up(&mut netlink).await?;
        netlink.socket.join(CONTROLLER.into()).map_err(cannot_listen)?;
        // A later reload is noticed from here on, so this number is valid until then.
        let family = look_up(&mut netlink).await?;
        let socket = netlink.socket;
        join(&socket, family)?;
        // Without privilege the buffer is smaller; the listener works with it too.
        socket.reserve_receive_buffer(RECEIVE_BUFFER).map_err(cannot_listen)?;
        let decoder = Decoder::new(family);
        Ok(Self { socket, decoder, joined: family.id, checking: None, check_seq: 0 })
    }

    /// The next event, waiting at most until `deadline`.
    pub(crate) async fn next(&mut self, deadline: Option<Instant>) -> Result<Option<Event>, Error> {
        loop {
            self.socket.yield_now_and_then().await;
            if let Some(event) = self.try_next()? {
                return Ok(Some(event));
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Ok(None);
            }
            self.wait(deadline).await?;
        }
    }

    /// Waits until a datagram can be received or an attempt must be repeated.
    pub(crate) async fn wait(&self, deadline: Option<Instant>) -> Result<(), Error> {
        let until = deadline.into_iter().chain(self.again()).min();
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        self.socket.readable(left).await.map(drop).map_err(cannot_listen)
    }

    /// When a failed attempt must be repeated.
    pub(crate) fn again(&self) -> Option<Instant> {
        self.checking.as_ref().and_then(|check| check.again)
    }

    /// The time until then; `None` means without a limit.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.again().map(|again| again.saturating_duration_since(Instant::now()))
    }

    /// The next received event. It also returns when many messages arrive that are no events.
    pub(crate) fn try_next(&mut self) -> Result<Option<Event>, Error> {
        for _ in 0..DATAGRAMS_AT_ONCE {
            while let Some(notice) = self.decoder.poll().map_err(malformed)? {
                if let Some(event) = self.take(notice)? {
                    return Ok(Some(event));
                }
            }
            match self.socket.try_recv(self.decoder.space()) {
                Ok(len) => {
                    self.decoder.received(len).map_err(malformed)?;
                    self.check_now_and_then();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if !self.check_at_the_end() {
                        return Ok(None);
                    }
                }
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {
                    self.begin_check();
                    return Ok(Some(Event::Lost(EventLoss::Overrun)));
                }
                Err(error) => return Err(cannot_listen(error)),
            }
        }
        Ok(None)
    }

    fn take(&mut self, notice: Notice) -> Result<Option<Event>, Error> {
        match notice {
            Notice::Event(event) => Ok(Some(event)),
            Notice::Reloaded(family) => {
                self.join(family)?;
                Ok(Some(Event::Lost(EventLoss::Reload)))
            }
            Notice::Reply(seq, family) => self.end_check(seq, family),
        }
    }

    /// Joins a family's group. If that fails, it is repeated after a pause.
    pub(super) fn join(&mut self, family: Family) -> Result<(), Error> {
        join(&self.socket, family).inspect_err(|_| {
            self.checking = Some(Check::after_pause(self.check_seq));
        })?;
        self.joined = family.id;
        Ok(())
    }
}

/// When a wait of this length ends if it begins now; `None` if the clock cannot represent it.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conn::engine::cancellation::in_time;
    use crate::netlink::transport::ready;
    use crate::testing::kernel::Kernel;

    fn listener() -> Listener<Kernel> {
        let kernel = Kernel::new(0, 0);
        kernel.set_waits(false);
        ready(Listener::open(kernel)).expect("a family")
    }

    /// The received events in short form: the session's id, or why events were lost.
    fn received(listener: &mut Listener<Kernel>) -> Vec<Result<u32, EventLoss>> {
        let next = || listener.try_next().expect("no error");
        std::iter::from_fn(next).map(|event| short(&event)).collect()
    }

    fn short(event: &Event) -> Result<u32, EventLoss> {
        match event {
            Event::Lost(missed) => Err(*missed),
            event => Ok(event
                .object()
                .and_then(super::super::TunnelOrSession::session_id)
                .expect("a session")
                .0),
        }
    }

    #[test]
    fn a_reload_hidden_by_an_overrun_is_reported() {
        let mut listener = listener();
        listener.socket.notify(1, 30);
        assert_eq!(received(&mut listener), [Ok(30)]);
        // The receive buffer is full, so the controller's notification is dropped.
        listener.socket.reload();
        listener.socket.overrun();
        assert_eq!(received(&mut listener), [Err(EventLoss::Overrun), Err(EventLoss::Reload)]);
        listener.socket.notify(1, 31);
        assert_eq!(received(&mut listener), [Ok(31)]);
    }

    #[test]
    fn a_notified_reload_is_reported_once() {
        let mut listener = listener();
        listener.socket.reload();
        listener.socket.announce();
        listener.socket.notify(1, 30);
        assert_eq!(
            received(&mut listener),
            [Err(EventLoss::Reload)],
            "the new group has not been joined yet"
        );
        listener.socket.notify(1, 31);
        assert_eq!(received(&mut listener), [Ok(31)]);
    }

    /// Messages lost after the report of an overrun are lost without another report.
    #[test]
    fn the_end_of_a_loss_is_reported_after_an_overrun() {
        let mut listener = listener();
        listener.socket.set_capacity(3);
        for id in 1..=4 {
            listener.socket.notify(1, id);
        }
        let first = listener.try_next().expect("no error");
        assert_eq!(first, Some(Event::Lost(EventLoss::Overrun)));
        // A dump at this time would lack session 5, whose event is dropped.
        let second = listener.try_next().expect("no error").map(|event| short(&event));
        assert_eq!(second, Some(Ok(1)));
        listener.socket.notify(1, 5);
        assert_eq!(received(&mut listener), [Ok(2), Ok(3), Err(EventLoss::Overrun)]);
        listener.socket.notify(1, 6);
        assert_eq!(received(&mut listener), [Ok(6)]);
    }

    #[test]
    fn an_overrun_that_has_already_ended_is_reported_once() {
        let mut listener = listener();
        listener.socket.notify(1, 1);
        listener.socket.overrun();
        listener.socket.notify(1, 2);
        // It was queued before the get request about the family.
        assert_eq!(received(&mut listener), [Err(EventLoss::Overrun), Ok(2)]);
    }

    /// The queue is never empty.
    #[test]
    fn the_end_of_a_loss_is_reported_in_a_flood() {
        let mut listener = listener();
        listener.socket.set_capacity(3);
        for id in 1..=4 {
            listener.socket.notify(1, id);
        }
        let mut seen = Vec::new();
        for id in 5..200 {
            seen.extend(listener.try_next().expect("no error").map(|event| short(&event)));
            listener.socket.notify(1, id);
        }
        assert_eq!(seen.iter().filter(|it| it.is_err()).count(), 2, "{seen:?}");
    }

    #[test]
    fn a_group_that_cannot_be_joined_is_joined_later() {
        let mut listener = listener();
        listener.socket.reload();
        listener.socket.announce();
        listener.socket.fail_join(libc::ENOMEM);
        let error = listener.try_next().expect_err("no memory");
        assert_eq!(error.raw_os_error(), Some(libc::ENOMEM));
        assert_eq!(received(&mut listener), [], "it is not repeated at once");
        let again = ready(listener.next(Some(later(&listener)))).expect("no error");
        assert_eq!(again, Some(Event::Lost(EventLoss::Reload)));
        listener.socket.notify(1, 31);
        assert_eq!(received(&mut listener), [Ok(31)]);
        assert_eq!(listener.again(), None);
    }

    #[test]
    fn a_get_request_that_cannot_be_sent_is_sent_later() {
        let mut listener = listener();
        listener.socket.overrun();
        listener.socket.reload();
        for _ in 0..2 {
            listener.socket.fail_send(libc::ENOBUFS);
        }
        assert_eq!(received(&mut listener), [Err(EventLoss::Overrun)]);
        let again = ready(listener.next(Some(later(&listener)))).expect("no error");
        assert_eq!(again, Some(Event::Lost(EventLoss::Reload)));
        listener.socket.notify(1, 31);
        assert_eq!(received(&mut listener), [Ok(31)]);
    }

    /// A time after the next attempt.
    fn later(listener: &Listener<Kernel>) -> Instant {
        let again = listener.again().expect("another attempt");
        assert!(again > Instant::now());
        again + Duration::from_secs(10)
    }

    #[test]
    fn a_deadline_holds_while_foreign_messages_arrive() {
        in_time(|| {
            let mut listener = listener();
            listener.socket.babble(true);
            assert_eq!(listener.try_next().expect("no error"), None);
            let soon = Instant::now() + Duration::from_millis(5);
            assert_eq!(ready(listener.next(Some(soon))).expect("no error"), None);
            assert!(Instant::now() >= soon);
        });
    }
}
