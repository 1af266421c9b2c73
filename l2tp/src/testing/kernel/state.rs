//! What the simulated kernel holds, and how it carries out a request.

use std::collections::VecDeque;

use super::faults::Faults;
use super::{FAMILY, Sent};
use crate::netlink::attr::{AttrWriter, FromAttrs, ToAttrs};
use crate::netlink::message::Message;
use crate::testing::samples::{self, registration};
use crate::{IfName, SessionId, SessionInfo, TunnelId};

/// Rows in a part of a dump.
const PART: usize = 4;
/// The family's multicast group, until the family is registered again.
const GROUP: u32 = 7;
/// The number of a family that no connection asks for.
const OTHER_FAMILY: u16 = 99;
/// How many bytes each reply takes of the receive buffer.
pub(super) const REPLY: usize = 4608;

#[derive(Debug)]
pub(super) struct State {
    pub(super) family: u16,
    pub(super) loaded: bool,
    pub(super) tunnels: Vec<TunnelId>,
    pub(super) sessions: Vec<(TunnelId, SessionId)>,
    pub(super) interfaces: Vec<Device>,
    /// The interface name that each session was created with.
    pub(super) first_names: Vec<((TunnelId, SessionId), IfName)>,
    /// Deleted tunnels, and how many get requests still find each.
    pub(super) lingering: Vec<(TunnelId, u32)>,
    /// The receive buffer.
    pub(super) queue: VecDeque<Vec<u8>>,
    pub(super) overrun: bool,
    /// Whether datagrams are dropped: from an overrun until the queue is empty.
    pub(super) congested: bool,
    /// Whether the socket has not joined the group of a reloaded family.
    pub(super) has_left_group: bool,
    /// The sequence number of the dump under way, and its remaining parts.
    pub(super) dump: Option<(u32, VecDeque<Vec<u8>>)>,
    pub(super) capacity: usize,
    pub(super) send_buffer: usize,
    pub(super) faults: Faults,
    /// The requests of each datagram that was received.
    pub(super) requests: Vec<Vec<Sent>>,
    /// The datagram that was received last.
    pub(super) last: Vec<u8>,
}

/// A network interface.
#[derive(Debug, Clone, Copy)]
pub(super) struct Device {
    pub(super) index: u32,
    pub(super) name: IfName,
    /// The session that created it; `None` if another driver did.
    pub(super) session: Option<(TunnelId, SessionId)>,
    /// How many look-ups still find it after its session was deleted.
    pub(super) lingers: u32,
}

/// How many look-ups still find an interface after its session was deleted.
const LINGERS: u32 = 3;

/// The attributes that the simulated kernel reads from a request.
#[derive(Debug, FromAttrs)]
struct Request {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    tunnel_id: Option<TunnelId>,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SESSION_ID)]
    session_id: Option<SessionId>,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IFNAME)]
    name: Option<IfName>,
}

impl State {
    /// A kernel with tunnels of ids from 1 on, the first of them with sessions of ids from 1 on.
    pub(super) fn new(tunnels: u32, sessions: u32) -> Self {
        Self {
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
            has_left_group: false,
            dump: None,
            capacity: 8 * REPLY,
            send_buffer: 212_992,
            faults: Faults::default(),
            requests: Vec::new(),
            last: Vec::new(),
        }
    }

    pub(super) fn carry_out(&mut self, message: &Message<'_>) {
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
            match self.begin_dump(command, header.seq) {
                Ok(()) => return,
                Err(errno) => Err(errno),
            }
        } else {
            let request = request.expect("well-formed attributes");
            let refusal = self.faults.on_request(command);
            refusal.and_then(|()| self.reply_to(command, header.seq, &request))
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
        // The kernel acknowledges a get request after its reply.
        if acknowledged || error != 0 {
            self.queue(plain_message(l2tp_sys::NLMSG_ERROR, header.seq, error));
        }
    }

    fn reply_to(&mut self, command: u8, seq: u32, about: &Request) -> Result<Option<Vec<u8>>, i32> {
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

    pub(super) fn device(&self, name: IfName) -> Option<&Device> {
        self.interfaces.iter().find(|device| device.name == name)
    }

    pub(super) fn add_interface(&mut self, name: IfName, session: Option<(TunnelId, SessionId)>) {
        let index = self.interfaces.last().map_or(2, |device| device.index + 1);
        self.interfaces.push(Device { index, name, session, lingers: LINGERS });
        self.first_names.extend(session.map(|session| (session, name)));
    }

    /// The existing session that was created with this name.
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

    /// Counts a get request about a deleted tunnel, which disappears after the last of them.
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
    fn begin_dump(&mut self, command: u8, seq: u32) -> Result<(), i32> {
        if self.dump.is_some() {
            return Err(libc::EBUSY);
        }
        if self.faults.creations_before_dumps > 0 {
            self.faults.creations_before_dumps -= 1;
            let id = SessionId(5000 + u32::try_from(self.sessions.len()).unwrap_or(0));
            self.sessions.push((TunnelId(1), id));
        }
        let rows: Vec<_> = if command == l2tp_sys::L2TP_CMD_TUNNEL_GET {
            self.tunnels.iter().map(|&id| self.row(seq, command, &samples::tunnel(id.0))).collect()
        } else {
            (0..self.sessions.len()).map(|at| self.row(seq, command, &self.session(at))).collect()
        };
        self.dump = Some((seq, rows.chunks(PART).map(<[_]>::concat).collect()));
        self.continue_dump();
        Ok(())
    }

    /// Queues the next part of the dump under way, while half of the receive buffer is free.
    pub(super) fn continue_dump(&mut self) {
        if self.queue.len() * REPLY > self.capacity / 2 {
            return;
        }
        let Some((seq, parts)) = &mut self.dump else { return };
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
            self.dump = None;
        }
        self.queue(part);
    }

    pub(super) fn group(&self) -> u32 {
        u32::from(self.family) - u32::from(FAMILY) + GROUP
    }

    pub(super) fn notify(&mut self, tunnel: u32, session: u32) {
        if self.has_left_group {
            return;
        }
        let info = samples::session(tunnel, session);
        let event = self.row(0, l2tp_sys::L2TP_CMD_SESSION_CREATE, &info);
        self.queue(event);
    }

    /// Queues the next notification of a flood, if the queue is empty.
    pub(super) fn flood(&mut self) {
        let Some(flood) = self.faults.flood.as_mut().filter(|_| self.queue.is_empty()) else {
            return;
        };
        let tunnel = flood.tunnel;
        if let Some(session) = flood.next() {
            self.notify(tunnel, session);
        }
    }

    /// Queues a message of another family, if the queue is empty.
    pub(super) fn send_foreign_message(&mut self) {
        if self.faults.foreign_messages && self.queue.is_empty() {
            self.queue.push_back(family_message(OTHER_FAMILY, 0, 1, &samples::tunnel(1)));
        }
    }

    pub(super) fn queue(&mut self, mut datagram: Vec<u8>) {
        self.faults.on_reply(&mut datagram);
        if self.congested || (self.queue.len() + 1) * REPLY > self.capacity {
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

pub(super) fn family_message(
    kind: u16,
    seq: u32,
    command: u8,
    attributes: &impl ToAttrs,
) -> Vec<u8> {
    let mut body = vec![command, 1, 0, 0];
    attributes.to_attrs(&mut AttrWriter::new(&mut body)).expect("attributes");
    message(kind, seq, &body)
}
