//! Commands, and the connection that sends them.
//!
//! `command` describes each command of the family once. `engine` runs them over a transport
//! and holds all that a connection does. [`Conn`] is the blocking connection; [`DryRun`] returns
//! what a connection would send, without a kernel.

mod batch;
mod blocking;
pub(crate) mod command;
mod dry_run;
mod dump;
pub(crate) mod engine;
mod report;
mod sessions;
mod tunnels;

pub use batch::Batch;
pub use blocking::Conn;
pub use dry_run::DryRun;
pub use dump::Dump;
pub use engine::DeletionWait;
pub use report::{BatchOutcome, BatchReport};
