//! What goes wrong in the simulated kernel, and when. Each fault happens once unless it says
//! otherwise.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::thread;
use std::time::Duration;

/// The faults to come.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// The errnos of the next sends, 0 for one that does not fail.
    pub(super) sends: VecDeque<i32>,
    /// The errnos of the next receptions, 0 for one that does not fail.
    pub(super) receptions: VecDeque<i32>,
    /// The errnos of the next attempts to join a group.
    pub(super) joins: VecDeque<i32>,
    /// The commands whose next request is rejected, and the errno.
    pub(super) refusals: VecDeque<(u8, i32)>,
    /// Which of the next replies are malformed, counted from 0.
    pub(super) malformed: VecDeque<usize>,
    /// How many parts of dumps fail for lack of memory.
    pub(super) parts: usize,
    /// How many dumps are inconsistent.
    pub(super) interrupted: usize,
    /// While set, every reception fails.
    pub(super) overruns: Option<Overruns>,
    /// How many of the next dumps of sessions create a session first.
    pub(super) creations_before_dumps: usize,
    /// An endless sequence of events.
    pub(super) flood: Option<Flood>,
    /// An endless sequence of messages of another family.
    pub(super) foreign_messages: bool,
    /// How long each send and each reception takes.
    pub(super) delay: Duration,
}

/// Receptions that report an overrun and that find nothing, in turn.
#[derive(Debug, Default)]
pub(super) struct Overruns {
    reported: bool,
}

/// Notifications of sessions of a tunnel. Every second reception finds none.
#[derive(Debug)]
pub(super) struct Flood {
    pub(super) tunnel: u32,
    pub(super) sessions: Range<u32>,
    next: u32,
    pause: bool,
}

impl Faults {
    /// The failure of a send, if there is one.
    pub(super) fn on_send(&mut self) -> io::Result<()> {
        thread::sleep(self.delay);
        fail(&mut self.sends)
    }

    /// The failure of a reception, if there is one.
    pub(super) fn on_receive(&mut self) -> io::Result<()> {
        thread::sleep(self.delay);
        fail(&mut self.receptions)?;
        let Some(overruns) = &mut self.overruns else { return Ok(()) };
        overruns.reported = !overruns.reported;
        let errno = if overruns.reported { libc::ENOBUFS } else { libc::EAGAIN };
        Err(io::Error::from_raw_os_error(errno))
    }

    /// The failure of an attempt to join a group, if there is one.
    pub(super) fn on_join(&mut self) -> io::Result<()> {
        fail(&mut self.joins)
    }

    /// Whether a request of this command is rejected, and with which errno.
    pub(super) fn on_request(&mut self, command: u8) -> Result<(), i32> {
        match self.refusals.iter().position(|&(refused, _)| refused == command) {
            Some(at) => Err(self.refusals.remove(at).map_or(libc::EIO, |(_, errno)| errno)),
            None => Ok(()),
        }
    }

    /// Makes a queued reply malformed, if a fault says so.
    pub(super) fn on_reply(&mut self, datagram: &mut [u8]) {
        for left in &mut self.malformed {
            if *left == 0 {
                // Shorter than a header.
                datagram[..4].copy_from_slice(&3_u32.to_ne_bytes());
            }
            *left = left.wrapping_sub(1);
        }
        self.malformed.retain(|&left| left != usize::MAX);
    }

    /// Whether the next part of a dump fails for lack of memory.
    pub(super) fn on_part(&mut self) -> bool {
        let fails = self.parts > 0;
        self.parts = self.parts.saturating_sub(1);
        fails
    }

    /// Whether the dump that ends now is inconsistent.
    pub(super) fn on_end_of_dump(&mut self) -> bool {
        let interrupted = self.interrupted > 0;
        self.interrupted = self.interrupted.saturating_sub(1);
        interrupted
    }

    /// Whether something can be received although nothing is queued.
    pub(super) fn can_be_received(&self) -> bool {
        !self.receptions.is_empty()
            || self.overruns.is_some()
            || self.flood.is_some()
            || self.foreign_messages
    }
}

impl Flood {
    pub(super) fn new(tunnel: u32, sessions: Range<u32>) -> Self {
        let next = sessions.start;
        Self { tunnel, sessions, next, pause: false }
    }

    /// The session of the next notification, if there is one at this moment.
    pub(super) fn next(&mut self) -> Option<u32> {
        self.pause = !self.pause;
        if !self.pause {
            return None;
        }
        let session = self.next;
        let after = session + 1;
        self.next = if after < self.sessions.end { after } else { self.sessions.start };
        Some(session)
    }
}

fn fail(errnos: &mut VecDeque<i32>) -> io::Result<()> {
    match errnos.pop_front() {
        None | Some(0) => Ok(()),
        Some(errno) => Err(io::Error::from_raw_os_error(errno)),
    }
}

#[cfg(test)]
mod tests {
    use crate::conn::command::{Command, DeleteSession, GetSession, GetTunnel, List};
    use crate::netlink::exchange::{Exchange, Progress};
    use crate::netlink::transport::{Transport, ready};
    use crate::testing::kernel::{Kernel, Sent};
    use crate::{SessionId, SessionInfo, SessionKey, TunnelId};

    const FAMILY: u16 = 30;

    fn kernel() -> (Kernel, Exchange) {
        let kernel = Kernel::new(1, 12);
        kernel.set_waits(false);
        (kernel, Exchange::new())
    }

    fn send(kernel: &Kernel, exchange: &mut Exchange, command: &impl Command) -> Option<i32> {
        exchange.start();
        command.push(exchange, FAMILY).expect("a request");
        let failure = ready(kernel.send(exchange.outgoing())).err()?;
        failure.raw_os_error()
    }

    fn receive(kernel: &Kernel, exchange: &mut Exchange) -> Result<Progress, i32> {
        let len = kernel.try_recv(exchange.space()).map_err(|e| e.raw_os_error().unwrap_or(0))?;
        exchange.received(len).expect("a whole datagram");
        exchange.poll().map_err(|_| -1)
    }

    #[test]
    fn the_kernel_receives_nothing_from_a_failed_send() {
        let (kernel, mut exchange) = kernel();
        kernel.fail_send(libc::ENOBUFS);
        let get = GetTunnel(TunnelId(1));
        assert_eq!(send(&kernel, &mut exchange, &get), Some(libc::ENOBUFS));
        assert!(kernel.take_requests().is_empty());
        assert_eq!(send(&kernel, &mut exchange, &get), None);
        let sent = Sent { command: l2tp_sys::L2TP_CMD_TUNNEL_GET, flags: l2tp_sys::NLM_F_REQUEST };
        assert_eq!(kernel.take_requests(), [[sent]]);
    }

    #[test]
    fn the_reply_is_received_after_a_failed_reception() {
        let (kernel, mut exchange) = kernel();
        kernel.fail_receive(libc::ENOBUFS);
        send(&kernel, &mut exchange, &GetTunnel(TunnelId(1)));
        assert_eq!(receive(&kernel, &mut exchange), Err(libc::ENOBUFS));
        assert_eq!(receive(&kernel, &mut exchange), Ok(Progress::Reply(0)));
        kernel.overrun_always(true);
        assert_eq!(receive(&kernel, &mut exchange), Err(libc::ENOBUFS));
        assert_eq!(receive(&kernel, &mut exchange), Err(libc::EAGAIN));
        kernel.overrun_always(false);
        send(&kernel, &mut exchange, &GetTunnel(TunnelId(1)));
        assert_eq!(receive(&kernel, &mut exchange), Ok(Progress::Reply(0)));
    }

    #[test]
    fn an_overrun_drops_the_queue() {
        let (kernel, mut exchange) = kernel();
        send(&kernel, &mut exchange, &GetTunnel(TunnelId(1)));
        kernel.overrun();
        assert_eq!(receive(&kernel, &mut exchange), Err(libc::ENOBUFS));
        assert_eq!(receive(&kernel, &mut exchange), Err(0));
        kernel.set_capacity(0);
        send(&kernel, &mut exchange, &GetTunnel(TunnelId(1)));
        assert_eq!(receive(&kernel, &mut exchange), Err(libc::ENOBUFS));
        assert_eq!(receive(&kernel, &mut exchange), Err(0));
    }

    #[test]
    fn one_request_of_a_command_is_rejected() {
        let (kernel, mut exchange) = kernel();
        kernel.refuse(l2tp_sys::L2TP_CMD_SESSION_DELETE, libc::EPERM);
        let key = SessionKey::Ids(TunnelId(1), SessionId(1));
        send(&kernel, &mut exchange, &GetSession(key));
        assert_eq!(receive(&kernel, &mut exchange), Ok(Progress::Reply(0)));
        send(&kernel, &mut exchange, &DeleteSession(key));
        assert!(matches!(receive(&kernel, &mut exchange), Ok(Progress::Failed(0, _))));
        send(&kernel, &mut exchange, &DeleteSession(key));
        assert_eq!(receive(&kernel, &mut exchange), Ok(Progress::Acked(0)));
        assert_eq!(kernel.count(1, 1), 0);
        kernel.remove_session(1, 2);
        assert_eq!(kernel.count(1, 2), 0);
    }

    #[test]
    fn a_reply_is_malformed_or_forged() {
        let (kernel, mut exchange) = kernel();
        kernel.spoil_answer(1);
        for expected in [Ok(Progress::Reply(0)), Err(-1), Ok(Progress::Reply(0))] {
            send(&kernel, &mut exchange, &GetTunnel(TunnelId(1)));
            assert_eq!(receive(&kernel, &mut exchange), expected);
        }
        send(&kernel, &mut exchange, &GetTunnel(TunnelId(1)));
        kernel.forge(vec![1]);
        assert_eq!(receive(&kernel, &mut exchange), Err(-1));
        assert_eq!(receive(&kernel, &mut exchange), Ok(Progress::Reply(0)));
    }

    #[test]
    fn a_dump_without_memory_continues_after_the_next_reception() {
        let (kernel, mut exchange) = kernel();
        send(&kernel, &mut exchange, &List::<SessionInfo>::new());
        kernel.fail_dump_parts(1);
        while exchange.poll() == Ok(Progress::Reply(0)) || exchange.poll() == Ok(Progress::NeedData)
        {
            if receive(&kernel, &mut exchange).is_err() {
                break;
            }
        }
        assert_eq!(
            receive(&kernel, &mut exchange),
            Err(0),
            "the dump continues without a reception"
        );
        send(&kernel, &mut exchange, &GetTunnel(TunnelId(1)));
        assert_eq!(receive(&kernel, &mut exchange), Ok(Progress::Reply(0)));
        assert!(receive(&kernel, &mut exchange).is_ok(), "the dump does not continue");
    }

    #[test]
    fn a_flood_alternates_between_an_event_and_none() {
        let (kernel, mut exchange) = kernel();
        kernel.flood(9, Some(5..7));
        let mut seen = Vec::new();
        for _ in 0..6 {
            seen.push(receive(&kernel, &mut exchange).is_ok());
        }
        assert_eq!(seen, [true, false, true, false, true, false]);
        kernel.flood(9, None);
        assert_eq!(receive(&kernel, &mut exchange), Err(0));
    }
}
