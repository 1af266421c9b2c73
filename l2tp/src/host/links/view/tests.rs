//! A view with a simulated rtnetlink socket, and the failures of that socket.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use super::*;
use crate::conn::DeletionWait;
use crate::conn::engine::Engine;
use crate::conn::engine::cancellation::{in_time, within};
use crate::error::ErrorKind;
use crate::host::links::message::LinkAttrs;
use crate::host::links::message::samples::message;
use crate::host::links::{Interface, InterfaceNamespace};
use crate::netlink::message::Header;
use crate::netlink::transport::{Transport, ready};
use crate::testing::kernel::Kernel;
use crate::{
    EncapType, IfName, ProtocolVersion, PseudowireType, SessionConfig, SessionKey, TunnelConfig,
};

const NEW: u16 = l2tp_sys::RTM_NEWLINK;

/// A simulated rtnetlink socket. Its port is 0, as `message` writes it.
#[derive(Debug, Default)]
struct Route {
    queue: RefCell<VecDeque<io::Result<Vec<u8>>>>,
    /// The replies to the next dumps. The default reply is a loopback interface.
    listings: RefCell<VecDeque<io::Result<Vec<u8>>>>,
    asked: Cell<usize>,
    /// Whether every reception queues another notification.
    flood: Cell<bool>,
}

impl Route {
    fn notify(&self, index: u32, name: &str) {
        self.queue.borrow_mut().push_back(Ok(message(NEW, 0, index, u32::MAX, attrs(name))));
    }

    fn overrun(&self) {
        self.queue.borrow_mut().push_back(Err(os_error(libc::ENOBUFS)));
    }

    /// Adds an end of the queue: the next datagrams are received only after it was reached.
    fn nothing_more(&self) {
        self.queue.borrow_mut().push_back(Err(io::ErrorKind::WouldBlock.into()));
    }

    fn fail_dump(&self, errno: i32) {
        self.listings.borrow_mut().push_back(Err(os_error(errno)));
    }

    fn reject_dump(&self, errno: i32) {
        let mut bytes = Vec::new();
        let kind = l2tp_sys::NLMSG_ERROR;
        let header = Header { len: 0, kind, flags: 0, seq: 0, port: 0 };
        header.write(&(-errno).to_ne_bytes(), &mut bytes, |_| Ok(())).unwrap();
        self.listings.borrow_mut().push_back(Ok(bytes));
    }
}

impl Transport for Route {
    async fn send(&self, datagram: &[u8]) -> io::Result<()> {
        self.try_send(datagram)
    }

    fn try_send(&self, datagram: &[u8]) -> io::Result<()> {
        self.asked.set(self.asked.get() + 1);
        let seq = Header::first(datagram).unwrap().seq;
        let mut answer = match self.listings.borrow_mut().pop_front() {
            Some(answer) => answer?,
            None => [
                message(NEW, seq, 1, 0, attrs("lo")),
                message(l2tp_sys::NLMSG_DONE, seq, 0, 0, LinkAttrs::default()),
            ]
            .concat(),
        };
        // The message of a rejection.
        answer[8..12].copy_from_slice(&seq.to_ne_bytes());
        self.queue.borrow_mut().push_front(Ok(answer));
        Ok(())
    }

    async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.try_recv(buf)
    }

    fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        if self.flood.get() && self.queue.borrow().is_empty() {
            self.notify(9, "veth0");
        }
        let datagram = self.queue.borrow_mut().pop_front().ok_or(io::ErrorKind::WouldBlock)??;
        buf[..datagram.len()].copy_from_slice(&datagram);
        Ok(datagram.len())
    }

    async fn pause(&self, _: Duration) {}

    async fn yield_now_and_then(&self) {}

    async fn readable(&self, _: Option<Duration>) -> io::Result<bool> {
        Ok(true)
    }

    fn join(&self, _: u32) -> io::Result<()> {
        Ok(())
    }

    fn reserve_receive_buffer(&self, wish: usize) -> io::Result<usize> {
        Ok(wish)
    }

    fn send_buffer(&self) -> io::Result<usize> {
        Ok(usize::MAX)
    }
}

fn os_error(errno: i32) -> io::Error {
    io::Error::from_raw_os_error(errno)
}

fn attrs(name: &str) -> LinkAttrs {
    LinkAttrs { name: Some(IfName::new(name).unwrap()), mtu: Some(1400), ..LinkAttrs::default() }
}

fn view() -> View<Route> {
    View::open(Route::default(), 0).expect("a dump")
}

fn indexes(view: &mut View<Route>) -> Result<Vec<u32>, Error> {
    Ok(view.refreshed()?.all().map(|interface| interface.index).collect())
}

#[test]
fn after_an_overrun_dumps_are_repeated_until_one_succeeds() {
    let mut view = view();
    view.netlink.socket.notify(7, "dummy0");
    view.netlink.socket.overrun();
    view.netlink.socket.fail_dump(libc::ENOBUFS);
    let error = indexes(&mut view).expect_err("no memory");
    assert_eq!(error.raw_os_error(), Some(libc::ENOBUFS));
    assert_eq!(indexes(&mut view).expect("another attempt"), [1]);
    let asked = view.netlink.socket.asked.get();
    assert_eq!(indexes(&mut view).expect("no more"), [1]);
    assert_eq!(view.netlink.socket.asked.get(), asked);
}

#[test]
fn an_abandoned_dump_is_received_before_the_next() {
    let mut view = view();
    view.netlink.socket.overrun();
    view.netlink.socket.reject_dump(libc::EBUSY);
    assert_eq!(indexes(&mut view).expect("a dump"), [1]);
    view.netlink.socket.overrun();
    view.netlink.socket.reject_dump(libc::EPERM);
    let error = indexes(&mut view).expect_err("rejected");
    assert_eq!(error.raw_os_error(), Some(libc::EPERM));
    assert_eq!(indexes(&mut view).expect("another attempt"), [1]);
}

#[test]
fn endless_notifications_cause_an_error() {
    in_time(|| {
        let mut view = view();
        view.netlink.socket.flood.set(true);
        let error = indexes(&mut view).expect_err("no end");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        view.netlink.socket.flood.set(false);
        assert_eq!(indexes(&mut view).expect("an end"), [1]);
    });
}

fn engine() -> Engine<Kernel> {
    let kernel = Kernel::new(3, 30);
    kernel.set_waits(false);
    ready(Engine::open(kernel)).expect("a family")
}

fn config(name: Option<&str>) -> SessionConfig {
    let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    let config = SessionConfig::new(&tunnel, PseudowireType::Eth, 77, 77);
    SessionConfig { ifname: name.map(|name| IfName::new(name).unwrap()), ..config }
}

/// The view's socket is in another namespace, so it receives no notification.
#[test]
fn a_session_without_a_notification_of_its_interface_is_deleted() {
    for config in [config(Some("wan0")), config(None)] {
        let (mut view, mut engine) = (view(), engine());
        match ready(view.create(&mut engine, &config)) {
            Err(Error::NoInterface { reason, .. }) => assert!(reason.contains("namespace")),
            other => panic!("{other:?}"),
        }
        assert_eq!(engine.netlink.socket.count(1, 77), 0);
    }
}

/// The first creation has notifications of two interfaces with the name, the second has a loss.
#[test]
fn a_session_with_an_uncertain_interface_is_created_again() {
    let (mut view, mut engine) = (view(), engine());
    view.netlink.socket.nothing_more();
    view.netlink.socket.notify(4, "wan0");
    view.netlink.socket.notify(5, "wan0");
    view.netlink.socket.nothing_more();
    view.netlink.socket.nothing_more();
    view.netlink.socket.notify(6, "wan0");
    view.netlink.socket.overrun();
    view.netlink.socket.nothing_more();
    view.netlink.socket.nothing_more();
    view.netlink.socket.nothing_more();
    view.netlink.socket.notify(7, "wan0");
    let interface = Interface { index: 7, name: IfName::new("wan0").unwrap(), mtu: 1400 };
    let created = ready(view.create(&mut engine, &config(Some("wan0"))));
    assert_eq!(created.expect("an interface"), interface);
    assert_eq!(engine.netlink.socket.count(1, 77), 1);
    assert_eq!(view.table.namespace(7), InterfaceNamespace::Here(interface.name));
}

/// After a dropped creation the view is unchanged, and the next creation finds its own interface.
#[test]
fn a_dropped_creation_does_not_affect_the_next() {
    for polls in 0.. {
        let (mut view, mut engine) = (view(), engine());
        engine.netlink.socket.set_waits(true);
        let finished = within(polls, view.create(&mut engine, &config(Some("wan0")))).is_some();
        engine.netlink.socket.set_waits(false);
        let key = SessionKey::from(&config(None));
        let wait = DeletionWait::up_to(Duration::from_secs(1)).missing_ok(true);
        ready(engine.delete_session_and_wait(key, wait)).expect("no session");
        // The interface of a session that was deleted earlier.
        engine.netlink.socket.end_teardown();
        assert_eq!(indexes(&mut view).expect("a view"), [1]);
        view.netlink.socket.nothing_more();
        view.netlink.socket.notify(8, "wan0");
        let created = ready(view.create(&mut engine, &config(Some("wan0"))));
        assert_eq!(created.expect("an interface").index, 8);
        if finished {
            assert!(polls > 6, "it waited only {} times", polls - 1);
            break;
        }
    }
}
