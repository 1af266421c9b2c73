//! The crate `l2tp` 0.5.0 of crates.io, in both its forms. Its creations ask about the session that
//! they have created; there is no way without.

use std::hint::black_box;

use ::tokio::runtime::{Builder, Runtime};
use anyhow::{Result, ensure};
use peer::{HandleConfig, L2tpHandle, SessionConfig, SessionId, TunnelId, blocking};
use record::Pseudowire;

use super::{Contender, Work};
use crate::cell::Cell;

/// The peer's form of the cell's session.
fn session(cell: Cell, id: u32) -> SessionConfig {
    let make = match cell.pseudowire {
        Pseudowire::Ppp => SessionConfig::ppp,
        Pseudowire::Eth => SessionConfig::eth,
    };
    make(tunnel(cell), SessionId(id), SessionId(id))
}

fn tunnel(cell: Cell) -> TunnelId {
    TunnelId(cell.tunnel_id().0)
}

/// Its async handle, on a current-thread runtime.
pub(crate) struct Async {
    cell: Cell,
    runtime: Runtime,
    handle: L2tpHandle,
}

impl Async {
    pub(crate) fn open(cell: Cell) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.block_on(L2tpHandle::new(HandleConfig::default()))?;
        Ok(Self { cell, runtime, handle })
    }
}

impl Contender for Async {
    fn create(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            self.runtime.block_on(async {
                for id in self.cell.ids() {
                    let mut created = self.handle.create_session(session(self.cell, id)).await?;
                    created.set_auto_delete(false);
                }
                Ok(())
            })
        }))
    }

    fn get(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            self.runtime.block_on(async {
                for id in self.cell.asked() {
                    black_box(self.handle.get_session(tunnel(self.cell), SessionId(id)).await?);
                }
                Ok(())
            })
        }))
    }

    fn dump(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            let rows = self.runtime.block_on(self.handle.list_all_sessions())?.len();
            ensure!(rows >= self.cell.sessions as usize, "{rows} rows");
            Ok(())
        }))
    }

    fn delete(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            self.runtime.block_on(async {
                for id in self.cell.ids() {
                    self.handle.delete_session(tunnel(self.cell), SessionId(id)).await?;
                }
                Ok(())
            })
        }))
    }
}

/// Its blocking handle, which runs a runtime on a thread of its own.
pub(crate) struct Blocking {
    cell: Cell,
    handle: blocking::L2tpHandle,
}

impl Blocking {
    pub(crate) fn open(cell: Cell) -> Result<Self> {
        Ok(Self { cell, handle: blocking::L2tpHandle::new(HandleConfig::default())? })
    }
}

impl Contender for Blocking {
    fn create(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            for id in self.cell.ids() {
                self.handle.create_session(session(self.cell, id))?.set_auto_delete(false);
            }
            Ok(())
        }))
    }

    fn get(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            for id in self.cell.asked() {
                black_box(self.handle.get_session(tunnel(self.cell), SessionId(id))?);
            }
            Ok(())
        }))
    }

    fn dump(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            let rows = self.handle.list_all_sessions()?.len();
            ensure!(rows >= self.cell.sessions as usize, "{rows} rows");
            Ok(())
        }))
    }

    fn delete(&mut self) -> Option<Work<'_>> {
        Some(Box::new(|| {
            for id in self.cell.ids() {
                self.handle.delete_session(tunnel(self.cell), SessionId(id))?;
            }
            Ok(())
        }))
    }
}
