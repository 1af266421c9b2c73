//! The library's blocking connection.

use std::hint::black_box;

use anyhow::{Result, ensure};
use l2tp::{Conn, SessionId};

use super::{Contender, Work, seen};
use crate::cell::Cell;

pub(crate) struct Blocking {
    cell: Cell,
    conn: Conn,
}

impl Blocking {
    pub(crate) fn open(cell: Cell, guards: bool) -> Result<Self> {
        let mut conn = Conn::open()?;
        conn.set_guards(guards);
        Ok(Self { cell, conn })
    }
}

impl Contender for Blocking {
    fn create(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            for id in self.cell.ids() {
                self.conn.create_session(&self.cell.session(id))?;
            }
            Ok(())
        }))
    }

    fn get(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            for id in self.cell.asked() {
                black_box(&self.conn.get_session_info((self.cell.tunnel_id(), SessionId(id)))?);
            }
            Ok(())
        }))
    }

    fn dump(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            let mut rows = 0;
            let mut sessions = self.conn.sessions()?;
            while seen(&sessions.next())? {
                rows += 1;
            }
            ensure!(rows >= self.cell.sessions, "{rows} rows");
            Ok(())
        }))
    }

    fn delete(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            for id in self.cell.ids() {
                self.conn.delete_session((self.cell.tunnel_id(), SessionId(id)))?;
            }
            Ok(())
        }))
    }
}
