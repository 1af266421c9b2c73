//! A kernel of a few tunnels and sessions, behind a transport whose calls can be pending.
//!
//! It treats a request as net/netlink does: it carries the request out while it is sent, queues the
//! replies in a receive buffer of limited size, and produces a dump part by part as it is received;
//! until the dump has ended it rejects another one. Like kernels 6.12 to 7.3 it creates a session
//! that exists a second time. `state` holds the objects and carries out requests, `faults` says
//! what fails, and `control` is what tests call.

mod control;
mod faults;
mod state;

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io;
use std::task::Poll;
use std::time::Duration;

use crate::IfName;
use crate::conn::engine::Host;
use crate::netlink::message::Messages;
use crate::netlink::transport::Transport;
use state::State;

/// The family's number, until the family is registered again.
pub(crate) const FAMILY: u16 = 30;

/// The kernel, as a connection sees it.
#[derive(Debug)]
pub(crate) struct Kernel {
    state: RefCell<State>,
    waits: Cell<bool>,
    late: Cell<bool>,
    pauses: RefCell<Vec<Duration>>,
}

/// A request as it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) command: u8,
    pub(crate) flags: u16,
}

impl Kernel {
    /// A kernel with tunnels of ids from 1 on, the first of them with sessions of ids from 1 on.
    pub(crate) fn new(tunnels: u32, sessions: u32) -> Self {
        Self {
            state: RefCell::new(State::new(tunnels, sessions)),
            waits: Cell::new(true),
            late: Cell::new(false),
            pauses: RefCell::default(),
        }
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
        state.send_foreign_message();
        let datagram = state.queue.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
        state.continue_dump();
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
        assert!(!forever, "the connection waits for a reply that will not come");
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
        state.has_left_group &= group != state.group();
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
