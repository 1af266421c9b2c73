//! The library's batch.

use anyhow::Result;
use l2tp::{Batch, Conn, SessionId};

use super::{Contender, Work};
use crate::record::Cell;

pub(crate) struct Batched {
    cell: Cell,
    conn: Conn,
}

impl Batched {
    pub(crate) fn open(cell: Cell, guards: bool) -> Result<Self> {
        let mut conn = Conn::open()?;
        conn.set_guards(guards);
        Ok(Self { cell, conn })
    }

    /// One batch with a request for each id.
    fn batch(&mut self, mut add: impl FnMut(&mut Batch<'_>, Cell, u32)) -> Result<()> {
        let mut batch = self.conn.batch();
        for id in self.cell.ids() {
            add(&mut batch, self.cell, id);
        }
        match batch.run()?.into_results().into_iter().find_map(Result::err) {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
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
