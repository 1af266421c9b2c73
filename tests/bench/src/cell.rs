//! The sessions of a situation.

use std::fs;
use std::ops::{Deref, Range};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use l2tp::{
    Batch, Conn, EncapType, ProtocolVersion, PseudowireType, SessionConfig, SessionId, TunnelConfig,
    TunnelId,
};
use record::Pseudowire;
use serde::{Deserialize, Serialize};

/// A situation, and the sessions that there are in it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cell(pub(crate) record::Cell);

impl Deref for Cell {
    type Target = record::Cell;

    fn deref(&self) -> &record::Cell {
        &self.0
    }
}

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
        let mut batch = Batch::new();
        for id in self.present().skip(have as usize) {
            batch.create_session(&self.session(id));
        }
        conn.run(&mut batch)?.into_result().context("cannot create what is to be measured")
    }

    /// The sessions that a contender asks about.
    pub(crate) fn asked(self) -> Range<u32> {
        1..self.sessions.min(512) + 1
    }

    /// Waits until what a contender has created is gone, network devices included: from 6.12 on the
    /// kernel deletes sessions after it has said so.
    pub(crate) fn wait_until_gone(self, conn: &mut Conn) -> Result<()> {
        for _ in 0..20_000 {
            if self.is_gone(conn)? {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(1));
        }
        bail!("it has left sessions behind")
    }

    fn is_gone(self, conn: &mut Conn) -> Result<bool> {
        for id in self.ids().rev() {
            match conn.get_session_info((self.tunnel_id(), SessionId(id))) {
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error.into()),
                Ok(_) => return Ok(false),
            }
        }
        Ok(match self.pseudowire {
            Pseudowire::Ppp => true,
            Pseudowire::Eth => devices()? == self.sessions as usize,
        })
    }
}

/// How many network devices sessions have, which the kernel names `l2tpethN`.
fn devices() -> Result<usize> {
    let entries = fs::read_dir("/sys/class/net")?;
    let names = entries.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>>>()?;
    Ok(names.iter().filter(|name| name.to_string_lossy().starts_with("l2tpeth")).count())
}
