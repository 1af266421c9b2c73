//! Requests, dumps and notifications of a simulated kernel, and what goes wrong with them.

use std::time::Duration;

use super::*;
use crate::conn::engine::cancellation::{finish, within};
use crate::netlink::attr::DecodeReason;
use crate::netlink::message::{Header, Request};
use crate::testing::kernel::{FAMILY, Kernel};
use crate::{SessionInfo, TunnelId};

const SESSIONS: u32 = 30;

#[derive(Debug, ToAttrs)]
struct Tunnel {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    id: TunnelId,
}

/// What is borrowed from the buffer.
#[derive(Debug, FromAttrs)]
struct Reply {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    id: TunnelId,
}

fn command(command: u8) -> Request {
    Request { family: FAMILY, command, version: 1, flags: 0 }
}

/// A driver that has to wait for nothing, over a kernel of three tunnels.
fn driver() -> Driver<Kernel> {
    let kernel = Kernel::new(3, SESSIONS);
    kernel.set_waits(false);
    Driver::new(kernel)
}

fn tunnel(driver: &mut Driver<Kernel>, id: u32) -> Result<u32, Error> {
    let get = command(l2tp_sys::L2TP_CMD_TUNNEL_GET);
    finish(driver.ask::<Reply>(&get, &Tunnel { id: TunnelId(id) })).map(|reply| reply.id.0)
}

fn sessions(driver: &mut Driver<Kernel>) -> Result<usize, Error> {
    let get = command(l2tp_sys::L2TP_CMD_SESSION_GET);
    finish(driver.dump_all::<SessionInfo>(&get, &())).map(|rows| rows.len())
}

fn works(driver: &mut Driver<Kernel>) {
    assert_eq!(tunnel(driver, 2).expect("a reply"), 2);
    assert_eq!(sessions(driver).expect("a dump"), 30);
    assert_eq!(driver.socket.queued(), 0);
}

fn errno<T>(outcome: Result<T, Error>) -> Option<i32> {
    outcome.err().and_then(|error| error.raw_os_error())
}

#[test]
fn a_family_is_looked_up() {
    let mut driver = driver();
    let family = finish(driver.family(c"l2tp")).expect("a family");
    assert_eq!(family.id, FAMILY);
    assert!(family.group(l2tp_sys::L2TP_GENL_MCGROUP).expect("groups").is_some());
    driver.socket.unload();
    let error = finish(driver.family(c"l2tp")).expect_err("no family");
    assert!(matches!(&error, Error::NoFamily { errno: libc::ENOENT, .. }), "{error}");
    assert!(error.to_string().contains("no generic-netlink family l2tp"), "{error}");
}

#[test]
fn a_rejected_request_has_the_kernels_errno() {
    let mut driver = driver();
    assert_eq!(errno(tunnel(&mut driver, 99)), Some(libc::ENODEV));
    let modify = command(l2tp_sys::L2TP_CMD_TUNNEL_MODIFY);
    let outcome = finish(driver.acknowledged(&modify, &Tunnel { id: TunnelId(99) }));
    assert!(matches!(outcome, Err(Error::Rejected(_))), "{outcome:?}");
    finish(driver.acknowledged(&modify, &Tunnel { id: TunnelId(1) })).expect("a tunnel");
    works(&mut driver);
}

/// It would be waited for without end if no acknowledgement were requested.
#[test]
fn a_request_without_a_reply_is_not_waited_for() {
    let mut driver = driver();
    let modify = command(l2tp_sys::L2TP_CMD_TUNNEL_MODIFY);
    let outcome = finish(driver.ask::<Reply>(&modify, &Tunnel { id: TunnelId(1) }));
    assert!(matches!(outcome, Err(Error::NoReply)), "{outcome:?}");
    works(&mut driver);
}

#[test]
fn a_reply_that_was_dropped_is_lost_and_one_that_is_there_is_not() {
    let mut driver = driver();
    driver.socket.fail_receive(libc::ENOBUFS);
    assert_eq!(tunnel(&mut driver, 1).expect("a reply"), 1);
    driver.socket.set_capacity(0);
    let lost = tunnel(&mut driver, 1);
    assert!(matches!(lost, Err(Error::Receive(_))), "{lost:?}");
    assert_eq!(errno(lost), Some(libc::ENOBUFS));
    driver.socket.set_capacity(8);
    works(&mut driver);
    driver.socket.fail_send(libc::ENOBUFS);
    let unsent = tunnel(&mut driver, 1);
    assert!(matches!(unsent, Err(Error::Send(_))), "{unsent:?}");
    works(&mut driver);
}

#[test]
fn the_buffer_grows_for_what_did_not_fit() {
    let mut driver = driver();
    let capacity = driver.exchange.space().len();
    driver.socket.forge(vec![0; capacity + 1]);
    let cut = tunnel(&mut driver, 1).expect_err("a datagram that was cut");
    let Error::Decode(error) = &cut else { panic!("{cut}") };
    assert_eq!(error.reason(), DecodeReason::Cut { capacity, actual: capacity + 1 });
    assert_eq!(driver.exchange.space().len(), 2 * capacity);
    works(&mut driver);
    driver.socket.forge(vec![0; 2 * capacity + 1]);
    assert_eq!(sessions(&mut driver).expect("a dump that was repeated"), 30);
}

#[test]
fn a_late_reply_to_an_abandoned_request_is_passed_over() {
    let mut driver = driver();
    driver.socket.set_waits(true);
    let get = command(l2tp_sys::L2TP_CMD_TUNNEL_GET);
    for polls in 1..=4 {
        let asked = within(polls, driver.ask::<Reply>(&get, &Tunnel { id: TunnelId(1) }));
        assert!(asked.is_none_or(|reply| reply.is_ok_and(|reply| reply.id == TunnelId(1))));
        works(&mut driver);
    }
}

/// What is still to be received takes space in the receive buffer.
#[test]
fn replies_to_an_abandoned_request_leave_space_for_the_next() {
    let mut driver = driver();
    driver.socket.set_capacity(2);
    driver.socket.set_waits(true);
    let get = command(l2tp_sys::L2TP_CMD_TUNNEL_GET);
    let asked = within(2, driver.ask::<Reply>(&get, &Tunnel { id: TunnelId(1) }));
    assert!(asked.is_none());
    assert_eq!(driver.socket.queued(), 2);
    assert_eq!(tunnel(&mut driver, 2).expect("a reply"), 2);
}

#[test]
fn a_dump_may_be_left_half_way_and_goes_on_when_it_stalled() {
    let get = command(l2tp_sys::L2TP_CMD_SESSION_GET);
    for stalled in 0..3 {
        let mut driver = driver();
        let mut dump = finish(driver.dump(&get, &())).expect("a dump");
        assert!(finish(driver.next_in_dump(&mut dump)).expect("a reply"));
        driver.socket.fail_dump_parts(stalled);
        works(&mut driver);
    }
}

#[test]
fn an_overrun_ends_a_dump() {
    let get = command(l2tp_sys::L2TP_CMD_SESSION_GET);
    let mut driver = driver();
    let mut dump = finish(driver.dump(&get, &())).expect("a dump");
    driver.socket.fail_receive(libc::ENOBUFS);
    let outcome = loop {
        match finish(driver.next_in_dump(&mut dump)) {
            Ok(true) => {}
            outcome => break outcome,
        }
    };
    assert_eq!(errno(outcome), Some(libc::ENOBUFS));
    assert!(!finish(driver.next_in_dump(&mut dump)).expect("the end"));
    works(&mut driver);
}

#[test]
fn a_dump_that_was_interrupted_is_reported_or_repeated() {
    let get = command(l2tp_sys::L2TP_CMD_SESSION_GET);
    let mut driver = driver();
    driver.socket.interrupt_dumps(1);
    let mut dump = finish(driver.dump(&get, &())).expect("a dump");
    for _ in 0..SESSIONS {
        assert!(finish(driver.next_in_dump(&mut dump)).expect("a reply"));
    }
    let end = finish(driver.next_in_dump(&mut dump));
    assert!(matches!(end, Err(Error::Interrupted)), "{end:?}");
    assert!(!finish(driver.next_in_dump(&mut dump)).expect("the end"));
    driver.socket.interrupt_dumps(15);
    assert_eq!(sessions(&mut driver).expect("the sixteenth"), 30);
    driver.socket.interrupt_dumps(16);
    let sixteen = sessions(&mut driver);
    assert!(matches!(sixteen, Err(Error::Interrupted)), "{sixteen:?}");
    works(&mut driver);
}

/// The socket receives what another process sent as an empty datagram.
#[test]
fn what_another_process_sent_is_passed_over() {
    let mut driver = driver();
    driver.socket.forge(Vec::new());
    assert_eq!(tunnel(&mut driver, 1).expect("a reply"), 1);
    driver.socket.forge(Vec::new());
    assert_eq!(sessions(&mut driver).expect("a dump"), 30);
    finish(driver.begin_to_listen(7)).expect("a group");
    driver.socket.notify(1, 9);
    driver.socket.forge(Vec::new());
    assert_eq!(notified(&mut driver).expect("a notification"), 9);
}

fn notified(driver: &mut Driver<Kernel>) -> Result<u32, Error> {
    let message = finish(driver.next_notification())?;
    let info = SessionInfo::from_attrs(message.attrs()?)?;
    Ok(info.session_id.0)
}

#[test]
fn notifications_begin_behind_the_last_request() {
    let mut driver = driver();
    finish(driver.dump(&command(l2tp_sys::L2TP_CMD_SESSION_GET), &())).expect("a dump");
    // Its acknowledgement has not been received yet.
    tunnel(&mut driver, 1).expect("a reply");
    finish(driver.begin_to_listen(7)).expect("a group");
    assert_eq!(driver.socket.queued(), 0);
    driver.socket.notify(1, 5);
    driver.socket.notify(1, 6);
    // Not of a family: netlink's own.
    let mut noop = Vec::new();
    let header = Header { len: 0, kind: l2tp_sys::NLMSG_NOOP, flags: 0, seq: 0, port: 0 };
    header.write(&[], &mut noop, |_| Ok(())).expect("a message");
    driver.socket.forge(noop);
    assert_eq!(notified(&mut driver).expect("a notification"), 5);
    assert_eq!(notified(&mut driver).expect("a notification"), 6);
    let none = finish(driver.next_notification_within(Duration::ZERO));
    assert!(none.expect("no error").is_none());
}

#[test]
fn lost_notifications_are_reported_and_the_others_received() {
    let mut driver = driver();
    finish(driver.begin_to_listen(7)).expect("a group");
    driver.socket.notify(1, 5);
    driver.socket.fail_receive(libc::ENOBUFS);
    let lost = notified(&mut driver);
    assert!(matches!(lost, Err(Error::Overrun)), "{lost:?}");
    assert_eq!(notified(&mut driver).expect("a notification"), 5);
}

#[test]
fn a_group_that_cannot_be_joined_is_named() {
    let mut driver = driver();
    driver.socket.fail_join(libc::EPERM);
    let error = finish(driver.begin_to_listen(7)).expect_err("no privilege");
    assert_eq!(error.raw_os_error(), Some(libc::EPERM));
    assert!(error.to_string().starts_with("cannot join multicast group 7: "), "{error}");
}
