//! A kernel of a few tunnels and sessions, behind a transport that has to be waited for.
//!
//! It does what net/netlink does with a request: carries it out while it is sent, queues the
//! answers in a receive buffer of limited size, produces a dump part by part as it is received,
//! and refuses a second one meanwhile. Like kernels 6.12 to 7.3 it creates a session twice. What
//! goes wrong in it is in [`faults`](faults).

mod faults;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::ops::Range;
use std::task::Poll;
use std::time::Duration;

use crate::conn::engine::Host;
use crate::netlink::attr::{AttrWriter, FromAttrs, ToAttrs};
use crate::netlink::message::{Message, Messages};
use crate::netlink::transport::Transport;
use crate::testing::samples::{self, registration};
use crate::{IfName, SessionId, SessionInfo, TunnelId};
use faults::{Faults, Flood, Overruns};

/// Rows in a part of a dump.
const PART: usize = 4;
/// The family's number and its multicast group, until it is registered anew.
pub(crate) const FAMILY: u16 = 30;
const GROUP: u32 = 7;
/// The number of a family that nobody here knows.
const STRANGER: u16 = 99;
/// What any reply takes of the receive buffer.
const ANSWER: usize = 4608;

/// The kernel, as a connection sees it.
#[derive(Debug)]
pub(crate) struct Kernel {
    state: RefCell<State>,
    waits: Cell<bool>,
    late: Cell<bool>,
    pauses: RefCell<Vec<Duration>>,
}

#[derive(Debug)]
struct State {
    family: u16,
    loaded: bool,
    tunnels: Vec<TunnelId>,
    sessions: Vec<(TunnelId, SessionId)>,
    interfaces: Vec<Device>,
    /// The names that sessions were created with.
    first_names: Vec<((TunnelId, SessionId), IfName)>,
    /// How often a deleted tunnel still answers.
    lingering: Vec<(TunnelId, u32)>,
    /// Datagrams to be received.
    queue: VecDeque<Vec<u8>>,
    overrun: bool,
    /// From the moment something did not fit until the queue is empty: nothing more is queued.
    congested: bool,
    /// Whether the family was registered anew and its group has not been joined since.
    deaf: bool,
    /// What is left of the dump under way, and its sequence number.
    listing: Option<(u32, VecDeque<Vec<u8>>)>,
    capacity: usize,
    send_buffer: usize,
    faults: Faults,
    /// The requests of each datagram that was received.
    requests: Vec<Vec<Sent>>,
    /// The datagram that was received last.
    last: Vec<u8>,
}

/// A network interface.
#[derive(Debug, Clone, Copy)]
struct Device {
    index: u32,
    name: IfName,
    /// The session that it was created with; another driver made it if there is none.
    session: Option<(TunnelId, SessionId)>,
    /// How often it is still there after its session was deleted.
    lingers: u32,
}

/// How often an interface is still there after its session was deleted.
const LINGERS: u32 = 3;

/// A request as it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) command: u8,
    pub(crate) flags: u16,
}

/// The attributes of any request that matter here.
#[derive(Debug, FromAttrs)]
struct Request {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    tunnel_id: Option<TunnelId>,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SESSION_ID)]
    session_id: Option<SessionId>,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IFNAME)]
    name: Option<IfName>,
}

impl Kernel {
    /// A kernel with tunnels of ids from 1 on, the first of them with sessions of ids from 1 on.
    pub(crate) fn new(tunnels: u32, sessions: u32) -> Self {
        let state = State {
            family: FAMILY,
            loaded: true,
            tunnels: (1..=tunnels).map(TunnelId).collect(),
            sessions: (1..=sessions).map(|id| (TunnelId(1), SessionId(id))).collect(),
            interfaces: Vec::new(),
            first_names: Vec::new(),
            lingering: Vec::new(),
            queue: VecDeque::new(),
            overrun: false,
            congested: false,
            deaf: false,
            listing: None,
            capacity: 8 * ANSWER,
            send_buffer: 212_992,
            faults: Faults::default(),
            requests: Vec::new(),
            last: Vec::new(),
        };
        Self {
            state: RefCell::new(state),
            waits: Cell::new(true),
            late: Cell::new(false),
            pauses: RefCell::default(),
        }
    }

    /// Gives the family another number, as when its module is loaded again. Its group is another
    /// one, too, which has no members.
    pub(crate) fn reload(&self) {
        let mut state = self.state.borrow_mut();
        state.family += 1;
        state.deaf = true;
    }

    /// The controller's notification of the family as it is now.
    pub(crate) fn announce(&self) {
        let mut state = self.state.borrow_mut();
        let registration = registration(state.family, state.group());
        state.queue(family_message(l2tp_sys::GENL_ID_CTRL, 0, 1, &registration));
    }

    /// Creates a session behind the connection's back.
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

    /// Keeps an interface whatever becomes of its session.
    pub(crate) fn hold_interface(&self, name: IfName) {
        let mut state = self.state.borrow_mut();
        let device = state.interfaces.iter_mut().find(|device| device.name == name);
        device.expect("an interface").lingers = u32::MAX;
    }

    /// Takes down what is left of the interfaces of deleted sessions.
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

    /// Deletes a session behind the connection's back.
    pub(crate) fn remove_session(&self, tunnel: u32, session: u32) {
        let key = (TunnelId(tunnel), SessionId(session));
        self.state.borrow_mut().sessions.retain(|&it| it != key);
    }

    /// Notifies of a session that was created.
    pub(crate) fn notify(&self, tunnel: u32, session: u32) {
        self.state.borrow_mut().notify(tunnel, session);
    }

    /// Unloads the module: the controller knows no such family.
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

    /// Makes room in the receive buffer for this many replies.
    pub(crate) fn set_capacity(&self, answers: usize) {
        self.state.borrow_mut().capacity = answers * ANSWER;
    }

    /// The datagram that was received last.
    pub(crate) fn last_datagram(&self) -> Vec<u8> {
        self.state.borrow().last.clone()
    }

    /// The requests of each datagram that was received since this was asked last.
    pub(crate) fn take_requests(&self) -> Vec<Vec<Sent>> {
        std::mem::take(&mut self.state.borrow_mut().requests)
    }

    /// Lets the next send fail that no other such fault is meant for. Nothing is then received.
    pub(crate) fn fail_send(&self, errno: i32) {
        self.state.borrow_mut().faults.sends.push_back(errno);
    }

    /// Lets the next reception fail that no other such fault is meant for. What is queued stays.
    pub(crate) fn fail_receive(&self, errno: i32) {
        self.state.borrow_mut().faults.receptions.push_back(errno);
    }

    /// Lets the next attempt to join a group fail that no other such fault is meant for.
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

    /// Drops what a socket's owner has not received yet, and reports an overrun.
    pub(crate) fn overrun(&self) {
        self.state.borrow_mut().queue.clear();
        self.fail_receive(libc::ENOBUFS);
    }

    /// Drops whatever would be received from now on, or no longer does.
    pub(crate) fn overrun_always(&self, yes: bool) {
        self.state.borrow_mut().faults.overruns = yes.then(Overruns::default);
    }

    /// Refuses the next request of this command with this errno.
    pub(crate) fn refuse(&self, command: u8, errno: i32) {
        self.state.borrow_mut().faults.refusals.push_back((command, errno));
    }

    /// Makes a reply malformed: the next one if `later` is 0.
    pub(crate) fn spoil_answer(&self, later: usize) {
        self.state.borrow_mut().faults.spoilt.push_back(later);
    }

    /// Lets this many parts of dumps find no memory. As in net/netlink the next reception then
    /// fails with `ENOBUFS`, and the dump goes on only when something else has been received.
    pub(crate) fn fail_dump_parts(&self, parts: usize) {
        self.state.borrow_mut().faults.parts = parts;
    }

    /// Makes the next dumps inconsistent, as if objects had been created meanwhile.
    pub(crate) fn interrupt_dumps(&self, dumps: usize) {
        self.state.borrow_mut().faults.interrupted = dumps;
    }

    /// Queues a datagram before all others, as another process may.
    pub(crate) fn forge(&self, datagram: Vec<u8>) {
        self.state.borrow_mut().queue.push_front(datagram);
    }

    /// Creates a session before each of the next dumps.
    pub(crate) fn create_before_listings(&self, listings: usize) {
        self.state.borrow_mut().faults.restless = listings;
    }

    /// Notifies of these sessions of a tunnel over and over, one after another, or no longer does.
    pub(crate) fn flood(&self, tunnel: u32, sessions: Option<Range<u32>>) {
        let flood = sessions.map(|sessions| Flood::new(tunnel, sessions));
        self.state.borrow_mut().faults.flood = flood;
    }

    /// Sends messages of a family that nobody here asked about, one after another without a
    /// pause, or no longer does.
    pub(crate) fn babble(&self, yes: bool) {
        self.state.borrow_mut().faults.babble = yes;
    }

    /// How often a session exists.
    pub(crate) fn count(&self, tunnel: u32, session: u32) -> usize {
        let key = (TunnelId(tunnel), SessionId(session));
        self.state.borrow().sessions.iter().filter(|&&it| it == key).count()
    }

    /// Whether calls have to be waited for, each once.
    pub(crate) fn set_waits(&self, waits: bool) {
        self.waits.set(waits);
    }

    /// Whether the next reply is not there yet when the sending returns.
    pub(crate) fn set_late(&self, late: bool) {
        self.late.set(late);
    }

    /// The pauses since the last call.
    pub(crate) fn take_pauses(&self) -> Vec<Duration> {
        self.pauses.take()
    }

    fn wait(&self) -> impl Future<Output = ()> {
        let mut ready = !self.waits.get();
        poll_fn(move |_| {
            if ready {
                return Poll::Ready(());
            }
            ready = true;
            Poll::Pending
        })
    }

    fn carry_out(&self, datagram: &[u8]) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        state.faults.on_send()?;
        if datagram.len() > state.send_buffer - 32 {
            return Err(io::Error::from_raw_os_error(libc::EMSGSIZE));
        }
        state.requests.push(Vec::new());
        state.last = datagram.to_vec();
        for message in Messages::new(datagram) {
            state.carry_out(&message.expect("a request"));
        }
        Ok(())
    }

    fn receive(&self, buf: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state.borrow_mut();
        state.faults.on_receive()?;
        if std::mem::take(&mut state.overrun) {
            state.congested &= !state.queue.is_empty();
            return Err(io::Error::from_raw_os_error(libc::ENOBUFS));
        }
        state.flood();
        state.babble();
        let datagram = state.queue.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
        state.go_on_listing();
        state.congested &= !state.queue.is_empty();
        let received = datagram.len().min(buf.len());
        buf[..received].copy_from_slice(&datagram[..received]);
        Ok(datagram.len())
    }
}

impl Transport for Kernel {
    async fn send(&self, datagram: &[u8]) -> io::Result<()> {
        self.wait().await;
        self.carry_out(datagram)
    }

    fn try_send(&self, datagram: &[u8]) -> io::Result<()> {
        if self.waits.get() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.carry_out(datagram)
    }

    async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.waits.set(self.waits.get() || self.late.take());
        self.wait().await;
        let received = self.receive(buf);
        let forever = received.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock);
        assert!(!forever, "the connection waits for an answer that will not come");
        received
    }

    fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        if self.late.get() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.receive(buf)
    }

    async fn pause(&self, time: Duration) {
        self.pauses.borrow_mut().push(time);
        self.wait().await;
    }

    async fn yield_now_and_then(&self) {
        self.wait().await;
    }

    async fn readable(&self, _: Option<Duration>) -> io::Result<bool> {
        self.wait().await;
        let state = self.state.borrow();
        Ok(!state.queue.is_empty() || state.overrun || state.faults.can_be_received())
    }

    fn join(&self, group: u32) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        state.faults.on_join()?;
        state.deaf &= group != state.group();
        Ok(())
    }

    fn reserve_receive_buffer(&self, _: usize) -> io::Result<usize> {
        Ok(self.state.borrow().capacity)
    }

    fn send_buffer(&self) -> io::Result<usize> {
        Ok(self.state.borrow().send_buffer)
    }
}

impl Host for Kernel {
    fn interface(&self, name: IfName) -> io::Result<Option<u32>> {
        let state = self.state.borrow();
        Ok(state.device(name).map(|device| device.index))
    }

    fn may_be_a_sessions(&self, name: IfName) -> bool {
        self.state.borrow().device(name).is_some_and(|device| device.session.is_some())
    }

    fn has_interface(&self, index: u32) -> io::Result<bool> {
        let mut state = self.state.borrow_mut();
        let sessions = state.sessions.clone();
        for device in &mut state.interfaces {
            let closed = device.session.is_some_and(|session| !sessions.contains(&session));
            device.lingers -= u32::from(device.index == index && closed);
        }
        state.interfaces.retain(|device| device.lingers > 0);
        Ok(state.interfaces.iter().any(|device| device.index == index))
    }
}

impl State {
    fn carry_out(&mut self, message: &Message<'_>) {
        let header = message.header;
        let command = message.command().expect("a command");
        let sent = Sent { command, flags: header.flags };
        self.requests.last_mut().expect("a datagram").push(sent);
        let request = Request::from_attrs(message.attrs().expect("attributes"));
        let outcome = if header.kind == l2tp_sys::NLMSG_NOOP {
            Ok(None)
        } else if header.kind == l2tp_sys::GENL_ID_CTRL && !self.loaded {
            Err(libc::ENOENT)
        } else if header.kind == l2tp_sys::GENL_ID_CTRL {
            let registration = registration(self.family, self.group());
            Ok(Some(family_message(header.kind, header.seq, 1, &registration)))
        } else if header.kind != self.family {
            Err(libc::ENOENT)
        } else if header.flags & l2tp_sys::NLM_F_DUMP != 0 {
            match self.list(command, header.seq) {
                Ok(()) => return,
                Err(errno) => Err(errno),
            }
        } else {
            let request = request.expect("well-formed attributes");
            let refusal = self.faults.on_request(command);
            refusal.and_then(|()| self.answer(command, header.seq, &request))
        };
        let acknowledged = header.flags & l2tp_sys::NLM_F_ACK != 0;
        let error = match outcome {
            Ok(reply) => {
                if let Some(reply) = reply {
                    self.queue(reply);
                }
                0
            }
            Err(errno) => -errno,
        };
        // Behind a reply, too.
        if acknowledged || error != 0 {
            self.queue(plain_message(l2tp_sys::NLMSG_ERROR, header.seq, error));
        }
    }

    fn answer(&mut self, command: u8, seq: u32, about: &Request) -> Result<Option<Vec<u8>>, i32> {
        let named = about.name.filter(|_| command != l2tp_sys::L2TP_CMD_SESSION_CREATE);
        let named = named.and_then(|name| self.named(name));
        let ids = about.tunnel_id.zip(about.session_id);
        let session = named.or(ids);
        let tunnel = about.tunnel_id.or(named.map(|(tunnel, _)| tunnel)).ok_or(libc::ENODEV)?;
        match command {
            l2tp_sys::L2TP_CMD_TUNNEL_GET => {
                self.let_linger(tunnel);
                self.find_tunnel(tunnel)?;
                Ok(Some(self.row(seq, command, &samples::tunnel(tunnel.0))))
            }
            l2tp_sys::L2TP_CMD_TUNNEL_CREATE => {
                self.tunnels.push(tunnel);
                Ok(None)
            }
            l2tp_sys::L2TP_CMD_TUNNEL_DELETE => {
                self.find_tunnel(tunnel)?;
                self.lingering.push((tunnel, 3));
                Ok(None)
            }
            l2tp_sys::L2TP_CMD_SESSION_GET => {
                let at = self.find_session(session)?;
                Ok(Some(self.row(seq, command, &self.session(at))))
            }
            l2tp_sys::L2TP_CMD_SESSION_CREATE => {
                self.find_tunnel(tunnel)?;
                let session = session.ok_or(libc::EINVAL)?;
                if let Some(name) = about.name {
                    if self.device(name).is_some() {
                        return Err(libc::EEXIST);
                    }
                    self.add_interface(name, Some(session));
                }
                self.sessions.push(session);
                Ok(None)
            }
            l2tp_sys::L2TP_CMD_SESSION_DELETE => {
                let at = self.find_session(session)?;
                self.sessions.remove(at);
                Ok(None)
            }
            l2tp_sys::L2TP_CMD_TUNNEL_MODIFY => self.find_tunnel(tunnel).map(|()| None),
            l2tp_sys::L2TP_CMD_SESSION_MODIFY => self.find_session(session).map(|_| None),
            _ => Err(libc::EOPNOTSUPP),
        }
    }

    fn session(&self, at: usize) -> SessionInfo {
        let (tunnel, session) = self.sessions[at];
        let ifname = self.first_names.iter().find(|(of, _)| *of == self.sessions[at]);
        SessionInfo {
            ifname: ifname.map(|&(_, name)| name),
            ..samples::session(tunnel.0, session.0)
        }
    }

    fn device(&self, name: IfName) -> Option<&Device> {
        self.interfaces.iter().find(|device| device.name == name)
    }

    fn add_interface(&mut self, name: IfName, session: Option<(TunnelId, SessionId)>) {
        let index = self.interfaces.last().map_or(2, |device| device.index + 1);
        self.interfaces.push(Device { index, name, session, lingers: LINGERS });
        self.first_names.extend(session.map(|session| (session, name)));
    }

    /// The session, of those that there are, that was created with this name.
    fn named(&self, name: IfName) -> Option<(TunnelId, SessionId)> {
        let mut of = self.first_names.iter().filter(|&&(_, first)| first == name);
        of.find(|(session, _)| self.sessions.contains(session)).map(|&(session, _)| session)
    }

    fn find_tunnel(&self, id: TunnelId) -> Result<(), i32> {
        if self.tunnels.contains(&id) { Ok(()) } else { Err(libc::ENODEV) }
    }

    fn find_session(&self, key: Option<(TunnelId, SessionId)>) -> Result<usize, i32> {
        self.sessions.iter().position(|&it| Some(it) == key).ok_or(libc::ENODEV)
    }

    /// A deleted tunnel is asked about once more.
    fn let_linger(&mut self, tunnel: TunnelId) {
        for (id, left) in &mut self.lingering {
            *left -= u32::from(*id == tunnel);
        }
        let gone = |id: &TunnelId| self.lingering.iter().any(|&(it, left)| it == *id && left == 0);
        self.tunnels.retain(|id| !gone(id));
        self.sessions.retain(|(id, _)| !gone(id));
        self.lingering.retain(|&(_, left)| left > 0);
    }

    /// Begins a dump.
    fn list(&mut self, command: u8, seq: u32) -> Result<(), i32> {
        if self.listing.is_some() {
            return Err(libc::EBUSY);
        }
        if self.faults.restless > 0 {
            self.faults.restless -= 1;
            let id = SessionId(5000 + u32::try_from(self.sessions.len()).unwrap_or(0));
            self.sessions.push((TunnelId(1), id));
        }
        let rows: Vec<_> = if command == l2tp_sys::L2TP_CMD_TUNNEL_GET {
            self.tunnels.iter().map(|&id| self.row(seq, command, &samples::tunnel(id.0))).collect()
        } else {
            (0..self.sessions.len()).map(|at| self.row(seq, command, &self.session(at))).collect()
        };
        self.listing = Some((seq, rows.chunks(PART).map(<[_]>::concat).collect()));
        self.go_on_listing();
        Ok(())
    }

    /// Queues the next part of the dump under way, while half of the receive buffer is free.
    fn go_on_listing(&mut self) {
        if self.queue.len() * ANSWER > self.capacity / 2 {
            return;
        }
        let Some((seq, parts)) = &mut self.listing else { return };
        if self.faults.on_part() {
            self.overrun = true;
            return;
        }
        let part = parts.pop_front().unwrap_or_else(|| {
            let mut end = plain_message(l2tp_sys::NLMSG_DONE, *seq, 0);
            if self.faults.on_end_of_dump() {
                end[6..8].copy_from_slice(&l2tp_sys::NLM_F_DUMP_INTR.to_ne_bytes());
            }
            end
        });
        if part.len() < 24 {
            self.listing = None;
        }
        self.queue(part);
    }

    fn group(&self) -> u32 {
        u32::from(self.family) - u32::from(FAMILY) + GROUP
    }

    fn notify(&mut self, tunnel: u32, session: u32) {
        if self.deaf {
            return;
        }
        let info = samples::session(tunnel, session);
        let event = self.row(0, l2tp_sys::L2TP_CMD_SESSION_CREATE, &info);
        self.queue(event);
    }

    /// Queues the notification that a flood has for this moment, if nothing else is queued.
    fn flood(&mut self) {
        let Some(flood) = self.faults.flood.as_mut().filter(|_| self.queue.is_empty()) else {
            return;
        };
        let tunnel = flood.tunnel;
        if let Some(session) = flood.next() {
            self.notify(tunnel, session);
        }
    }

    /// Queues a message that means nothing here, if nothing else is queued.
    fn babble(&mut self) {
        if self.faults.babble && self.queue.is_empty() {
            self.queue.push_back(family_message(STRANGER, 0, 1, &samples::tunnel(1)));
        }
    }

    fn queue(&mut self, mut datagram: Vec<u8>) {
        self.faults.on_answer(&mut datagram);
        if self.congested || (self.queue.len() + 1) * ANSWER > self.capacity {
            self.overrun |= !std::mem::replace(&mut self.congested, true);
        } else {
            self.queue.push_back(datagram);
        }
    }

    fn row(&self, seq: u32, command: u8, info: &impl ToAttrs) -> Vec<u8> {
        family_message(self.family, seq, command, info)
    }
}

fn message(kind: u16, seq: u32, body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(16 + body.len()).expect("a short message");
    let mut bytes = len.to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend([0; 2]);
    bytes.extend(seq.to_ne_bytes());
    bytes.extend([0; 4]);
    bytes.extend(body);
    bytes
}

/// An `NLMSG_ERROR` or `NLMSG_DONE`.
fn plain_message(kind: u16, seq: u32, errno: i32) -> Vec<u8> {
    message(kind, seq, &errno.to_ne_bytes())
}

fn family_message(kind: u16, seq: u32, command: u8, attributes: &impl ToAttrs) -> Vec<u8> {
    let mut body = vec![command, 1, 0, 0];
    attributes.to_attrs(&mut AttrWriter::new(&mut body)).expect("attributes");
    message(kind, seq, &body)
}
