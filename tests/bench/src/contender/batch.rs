//! The library's batch.

use anyhow::Result;
use l2tp::{Batch, Conn, SessionId};

use super::{Contender, Work};
use crate::cell::Cell;

pub(crate) struct Batched {
    cell: Cell,
    conn: Conn,
    batch: Batch<'static>,
}

impl Batched {
    pub(crate) fn open(cell: Cell, guards: bool) -> Result<Self> {
        let mut conn = Conn::open()?;
        conn.set_guards(guards);
        Ok(Self { cell, conn, batch: Batch::new() })
    }

    /// One batch with a request for each id.
    fn batch(&mut self, mut add: impl FnMut(&mut Batch<'_>, Cell, u32)) -> Result<()> {
        self.batch.clear();
        for id in self.cell.ids() {
            add(&mut self.batch, self.cell, id);
        }
        Ok(self.conn.run(&mut self.batch)?.into_result()?)
    }
}

impl Contender for Batched {
    fn create(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            self.batch(|batch, cell, id| {
                batch.create_session(&cell.session(id));
            })
        }))
    }

    fn delete(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            self.batch(|batch, cell, id| {
                batch.delete_session((cell.tunnel_id(), SessionId(id)));
            })
        }))
    }
}
