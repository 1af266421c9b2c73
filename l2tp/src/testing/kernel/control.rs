//! What a test does to the simulated kernel, and what it reads from it.

use std::ops::Range;
use std::time::Duration;

use super::faults::{Flood, Overruns};
use super::state::{Device, REPLY, family_message};
use super::{Kernel, Sent};
use crate::testing::samples::registration;
use crate::{IfName, SessionId, TunnelId};

impl Kernel {
    /// Gives the family another number and another group, as a reload of its module does. No socket
    /// has joined the new group.
    pub(crate) fn reload(&self) {
        let mut state = self.state.borrow_mut();
        state.family += 1;
        state.has_left_group = true;
    }

    /// Sends the controller's notification about the family.
    pub(crate) fn announce(&self) {
        let mut state = self.state.borrow_mut();
        let registration = registration(state.family, state.group());
        state.queue(family_message(l2tp_sys::GENL_ID_CTRL, 0, 1, &registration));
    }

    /// Creates a session as another process does.
    pub(crate) fn add_session(&self, tunnel: u32, session: u32) {
        self.state.borrow_mut().sessions.push((TunnelId(tunnel), SessionId(session)));
    }

    /// Creates an interface that no session has.
    pub(crate) fn add_interface(&self, name: IfName) {
        self.state.borrow_mut().add_interface(name, None);
    }

    /// Renames an interface.
    pub(crate) fn rename_interface(&self, from: IfName, to: IfName) {
        let mut state = self.state.borrow_mut();
        let device = state.interfaces.iter_mut().find(|device| device.name == from);
        device.expect("an interface").name = to;
    }

    /// Keeps an interface even after its session is deleted.
    pub(crate) fn hold_interface(&self, name: IfName) {
        let mut state = self.state.borrow_mut();
        let device = state.interfaces.iter_mut().find(|device| device.name == name);
        device.expect("an interface").lingers = u32::MAX;
    }

    /// Removes the interfaces of deleted sessions.
    pub(crate) fn end_teardown(&self) {
        let mut state = self.state.borrow_mut();
        let sessions = state.sessions.clone();
        let lives = |device: &Device| device.session.is_none_or(|it| sessions.contains(&it));
        state.interfaces.retain(lives);
    }

    /// How many interfaces there are.
    pub(crate) fn interfaces(&self) -> usize {
        self.state.borrow().interfaces.len()
    }

    /// Deletes a session as another process does.
    pub(crate) fn remove_session(&self, tunnel: u32, session: u32) {
        let key = (TunnelId(tunnel), SessionId(session));
        self.state.borrow_mut().sessions.retain(|&it| it != key);
    }

    /// Sends the notification of a created session.
    pub(crate) fn notify(&self, tunnel: u32, session: u32) {
        self.state.borrow_mut().notify(tunnel, session);
    }

    /// Unloads the module: the controller then reports that the family does not exist.
    pub(crate) fn unload(&self) {
        let mut state = self.state.borrow_mut();
        state.loaded = false;
        state.family += 1;
    }

    /// How many datagrams can be received.
    pub(crate) fn queued(&self) -> usize {
        self.state.borrow().queue.len()
    }

    /// Gives the socket a send buffer of this many bytes.
    pub(crate) fn set_send_buffer(&self, bytes: usize) {
        self.state.borrow_mut().send_buffer = bytes;
    }

    /// Gives the socket a receive buffer that holds this many replies.
    pub(crate) fn set_capacity(&self, replies: usize) {
        self.state.borrow_mut().capacity = replies * REPLY;
    }

    /// The datagram that was received last.
    pub(crate) fn last_datagram(&self) -> Vec<u8> {
        self.state.borrow().last.clone()
    }

    /// The requests of each datagram that was received since the last call.
    pub(crate) fn take_requests(&self) -> Vec<Vec<Sent>> {
        std::mem::take(&mut self.state.borrow_mut().requests)
    }

    /// Lets a send fail: the next one that does not fail already. The kernel does not receive it.
    pub(crate) fn fail_send(&self, errno: i32) {
        self.state.borrow_mut().faults.sends.push_back(errno);
    }

    /// Lets a reception fail: the next one that does not fail already. The queue stays as it is.
    pub(crate) fn fail_receive(&self, errno: i32) {
        self.state.borrow_mut().faults.receptions.push_back(errno);
    }

    /// Lets an attempt to join a group fail: the next one that does not fail already.
    pub(crate) fn fail_join(&self, errno: i32) {
        self.state.borrow_mut().faults.joins.push_back(errno);
    }

    /// Lets this many sends succeed and the next fail.
    pub(crate) fn fail_send_later(&self, later: usize, errno: i32) {
        let errnos = std::iter::repeat_n(0, later).chain([errno]);
        self.state.borrow_mut().faults.sends.extend(errnos);
    }

    /// Lets this many receptions succeed and the next fail.
    pub(crate) fn fail_receive_later(&self, later: usize, errno: i32) {
        let errnos = std::iter::repeat_n(0, later).chain([errno]);
        self.state.borrow_mut().faults.receptions.extend(errnos);
    }

    /// Drops everything in the receive buffer, and reports an overrun.
    pub(crate) fn overrun(&self) {
        self.state.borrow_mut().queue.clear();
        self.fail_receive(libc::ENOBUFS);
    }

    /// Lets each send and each reception take this long, as on a busy machine.
    pub(crate) fn set_delay(&self, delay: Duration) {
        self.state.borrow_mut().faults.delay = delay;
    }

    /// While `yes`, drops every datagram and reports overruns.
    pub(crate) fn overrun_always(&self, yes: bool) {
        self.state.borrow_mut().faults.overruns = yes.then(Overruns::default);
    }

    /// Rejects the next request of this command with this errno.
    pub(crate) fn refuse(&self, command: u8, errno: i32) {
        self.state.borrow_mut().faults.refusals.push_back((command, errno));
    }

    /// Makes a reply malformed: the next one if `later` is 0.
    pub(crate) fn spoil_answer(&self, later: usize) {
        self.state.borrow_mut().faults.malformed.push_back(later);
    }

    /// Lets the allocation of this many parts of dumps fail. As in net/netlink the next reception
    /// then fails with `ENOBUFS`, and the dump goes on only when something else has been received.
    pub(crate) fn fail_dump_parts(&self, parts: usize) {
        self.state.borrow_mut().faults.parts = parts;
    }

    /// Marks the next dumps as inconsistent, as if objects had been created during each.
    pub(crate) fn interrupt_dumps(&self, dumps: usize) {
        self.state.borrow_mut().faults.interrupted = dumps;
    }

    /// Puts a datagram at the front of the queue, as a forger does.
    pub(crate) fn forge(&self, datagram: Vec<u8>) {
        self.state.borrow_mut().queue.push_front(datagram);
    }

    /// Creates a session before each of the next dumps.
    pub(crate) fn create_before_listings(&self, listings: usize) {
        self.state.borrow_mut().faults.creations_before_dumps = listings;
    }

    /// Sends notifications of these sessions of a tunnel without an end; `None` stops that.
    pub(crate) fn flood(&self, tunnel: u32, sessions: Option<Range<u32>>) {
        let flood = sessions.map(|sessions| Flood::new(tunnel, sessions));
        self.state.borrow_mut().faults.flood = flood;
    }

    /// While `yes`, sends messages of another family without an end.
    pub(crate) fn babble(&self, yes: bool) {
        self.state.borrow_mut().faults.foreign_messages = yes;
    }

    /// How many sessions have these ids.
    pub(crate) fn count(&self, tunnel: u32, session: u32) -> usize {
        let key = (TunnelId(tunnel), SessionId(session));
        self.state.borrow().sessions.iter().filter(|&&it| it == key).count()
    }

    /// Whether each call returns `Pending` once before it completes.
    pub(crate) fn set_waits(&self, waits: bool) {
        self.waits.set(waits);
    }

    /// Whether the next reply arrives only after the send has returned.
    pub(crate) fn set_late(&self, late: bool) {
        self.late.set(late);
    }

    /// The pauses since the last call.
    pub(crate) fn take_pauses(&self) -> Vec<Duration> {
        self.pauses.take()
    }
}
