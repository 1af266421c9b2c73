//! The library's async connection, without guards, on a current-thread runtime.

use std::hint::black_box;

use ::tokio::runtime::{Builder, Runtime};
use anyhow::{Result, ensure};
use l2tp::SessionId;
use l2tp::tokio::Conn;

use super::{Contender, Work, seen};
use crate::cell::Cell;

pub(crate) struct Async {
    cell: Cell,
    runtime: Runtime,
    conn: Conn,
}

impl Async {
    pub(crate) fn open(cell: Cell) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut conn = runtime.block_on(Conn::open())?;
        conn.set_guards(false);
        Ok(Self { cell, runtime, conn })
    }
}

impl Contender for Async {
    fn create(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            self.runtime.block_on(async {
                for id in self.cell.ids() {
                    self.conn.create_session(&self.cell.session(id)).await?;
                }
                Ok(())
            })
        }))
    }

    fn get(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            self.runtime.block_on(async {
                for id in self.cell.asked() {
                    let key = (self.cell.tunnel_id(), SessionId(id));
                    black_box(&self.conn.get_session_info(key).await?);
                }
                Ok(())
            })
        }))
    }

    fn dump(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            self.runtime.block_on(async {
                let mut rows = 0;
                let mut sessions = self.conn.sessions().await?;
                while seen(&sessions.next().await)? {
                    rows += 1;
                }
                ensure!(rows >= self.cell.sessions, "{rows} rows");
                Ok(())
            })
        }))
    }

    fn delete(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            self.runtime.block_on(async {
                for id in self.cell.ids() {
                    self.conn.delete_session((self.cell.tunnel_id(), SessionId(id))).await?;
                }
                Ok(())
            })
        }))
    }
}
