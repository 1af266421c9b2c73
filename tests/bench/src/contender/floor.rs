//! The floor: what the kernel itself costs. The bytes are built beforehand, and all that is timed
//! is sending them, receiving the answer and a look at whether it is a refusal.

use std::ops::Range;
use std::os::fd::AsFd;

use anyhow::{Context, Result, ensure};
use l2tp::netlink::Client;
use l2tp::netlink::socket::Socket;
use l2tp::conn::DryRun;
use l2tp::SessionId;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use super::{Contender, Work};
use crate::cell::Cell;

pub(crate) struct Floor {
    cell: Cell,
    socket: Socket,
    family: u16,
    /// Requests a send.
    many: usize,
    buffer: Vec<u8>,
}

impl Floor {
    pub(crate) fn open(cell: Cell, many: usize) -> Result<Self> {
        let socket = Socket::open()?;
        let family = Client::open()?.family(l2tp_sys::L2TP_GENL_NAME)?.id;
        // The kernel fills up to 32 KiB of a listing at a time.
        Ok(Self { cell, socket, family, many, buffer: vec![0; 32 * 1024] })
    }

    /// The requests that `render` makes of these ids, as datagrams.
    fn datagrams(
        &self,
        ids: Range<u32>,
        mut render: impl FnMut(&mut DryRun, u32) -> Result<Vec<u8>>,
    ) -> Result<Vec<Vec<u8>>> {
        let mut dry = DryRun::for_family(self.family);
        let ids: Vec<u32> = ids.collect();
        let mut datagrams = Vec::new();
        for ids in ids.chunks(self.many) {
            let mut datagram = Vec::new();
            for id in ids {
                let mut request = render(&mut dry, *id)?;
                if id != &ids[ids.len() - 1] {
                    clear_ack(&mut request)?;
                }
                datagram.extend(request);
            }
            datagrams.push(datagram);
        }
        Ok(datagrams)
    }

    /// Sends each datagram and receives one answer to it.
    fn exchange(&mut self, datagrams: Result<Vec<Vec<u8>>>) -> Work<'_> {
        Box::new(move || {
            for datagram in datagrams? {
                send(&self.socket, &datagram, SendFlags::empty())?;
                self.receive()?;
            }
            Ok(())
        })
    }

    /// Receives a datagram and returns the type of its first message.
    #[inline]
    fn receive(&mut self) -> Result<u16> {
        let (_, len) = recv(self.socket.as_fd(), &mut self.buffer[..], RecvFlags::empty())?;
        let head = self.buffer[..len].first_chunk::<20>().context("a cut header")?;
        let kind = u16::from_ne_bytes([head[4], head[5]]);
        ensure!(kind != l2tp_sys::NLMSG_ERROR || head[16..] == [0; 4], "refused: {head:?}");
        Ok(kind)
    }
}

impl Contender for Floor {
    fn create(&mut self) -> Option<Work<'_>> {
        let cell = self.cell;
        let render = |dry: &mut DryRun, id| Ok(dry.create_session(&cell.session(id))?.to_vec());
        let datagrams = self.datagrams(self.cell.ids(), render);
        Some(self.exchange(datagrams))
    }

    fn get(&mut self) -> Option<Work<'_>> {
        if self.many > 1 {
            return None;
        }
        let tunnel = self.cell.tunnel_id();
        let render =
            |dry: &mut DryRun, id| Ok(dry.get_session_info((tunnel, SessionId(id)))?.to_vec());
        let datagrams = self.datagrams(self.cell.asked(), render);
        Some(self.exchange(datagrams))
    }

    /// The kernel ends a listing with a datagram of its own.
    fn dump(&mut self) -> Option<Work<'_>> {
        if self.many > 1 {
            return None;
        }
        let request = DryRun::for_family(self.family).sessions().map(<[u8]>::to_vec);
        Some(Box::new(move || {
            send(&self.socket, &request?, SendFlags::empty())?;
            while self.receive()? != l2tp_sys::NLMSG_DONE {}
            Ok(())
        }))
    }

    fn delete(&mut self) -> Option<Work<'_>> {
        let tunnel = self.cell.tunnel_id();
        let render =
            |dry: &mut DryRun, id| Ok(dry.delete_session((tunnel, SessionId(id)))?.to_vec());
        let datagrams = self.datagrams(self.cell.ids(), render);
        Some(self.exchange(datagrams))
    }
}

/// Asks for no acknowledgement.
fn clear_ack(request: &mut [u8]) -> Result<()> {
    let flags = u16::from_ne_bytes([request[6], request[7]]);
    let flags = flags & !l2tp_sys::NLM_F_ACK;
    request[6..8].copy_from_slice(&flags.to_ne_bytes());
    Ok(())
}
