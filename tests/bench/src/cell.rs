//! The sessions of a situation.

use std::ops::Range;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::{
    Conn, EncapType, ProtocolVersion, PseudowireType, SessionConfig, SessionId, TunnelConfig,
    TunnelId,
};

use crate::record::{Cell, Pseudowire};

impl Cell {
    /// The tunnel of these sessions.
    pub(crate) fn tunnel(self) -> TunnelConfig {
        let id = match self.pseudowire {
            Pseudowire::Ppp => 1,
            Pseudowire::Eth => 2,
        };
        TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, id, id)
    }

    /// The tunnel's id.
    pub(crate) fn tunnel_id(self) -> TunnelId {
        self.tunnel().tunnel_id
    }

    /// A session of that tunnel.
    pub(crate) fn session(self, id: u32) -> SessionConfig {
        let pseudowire = match self.pseudowire {
            Pseudowire::Ppp => PseudowireType::Ppp,
            Pseudowire::Eth => PseudowireType::Eth,
        };
        SessionConfig::new(&self.tunnel(), pseudowire, id, id)
    }

    /// The sessions that are there before anyone tries.
    pub(crate) fn present(self) -> Range<u32> {
        1..self.sessions + 1
    }

    /// The sessions that a contender creates.
    pub(crate) fn ids(self) -> Range<u32> {
        self.sessions + 1..self.sessions + 1 + self.sample
    }

    /// Brings the sessions about, of which there are `have` already.
    pub(crate) fn fill(self, conn: &mut Conn, have: u32) -> Result<()> {
        if have == 0 {
            let port = match self.pseudowire {
                Pseudowire::Ppp => 5001,
                Pseudowire::Eth => 5003,
            };
            let (local, peer) = (([127, 0, 0, 1], port), ([127, 0, 0, 1], port + 1));
            conn.create_static_tunnel(local.into(), peer.into(), &self.tunnel())?;
        }
        let mut batch = conn.batch();
        for id in self.present().skip(have as usize) {
            batch.create_session(&self.session(id));
        }
        match batch.run()?.into_results().into_iter().find_map(Result::err) {
            Some(error) => Err(error).context("cannot create what is to be measured"),
            None => Ok(()),
        }
    }

    /// Waits until what a contender has created is gone: from 6.12 on the kernel deletes sessions
    /// after it has said so.
    pub(crate) fn wait_until_gone(self, conn: &mut Conn) -> Result<()> {
        for id in self.ids() {
            let mut left = 10_000;
            loop {
                match conn.get_session_info((self.tunnel_id(), SessionId(id))) {
                    Err(error) if error.is_not_found() => break,
                    Err(error) => return Err(error.into()),
                    Ok(info) => ensure!(left > 0, "it has left {info} behind"),
                }
                left -= 1;
                thread::sleep(Duration::from_millis(1));
            }
        }
        Ok(())
    }
}
