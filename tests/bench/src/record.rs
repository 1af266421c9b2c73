//! What the measuring program is told and what it tells, as JSON. `cargo xtask bench` compiles this
//! file too, so that both mean the same.

use serde::{Deserialize, Serialize};

/// Everything that one guest measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// What time is measured by.
    pub(crate) clock: Clock,
    /// The situations, in an order in which the sessions of one kind only become more.
    pub(crate) cells: Vec<Cell>,
}

/// A situation in which each operation is measured.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cell {
    /// The sort of sessions.
    pub(crate) pseudowire: Pseudowire,
    /// How many there are before anyone tries.
    pub(crate) sessions: u32,
    /// How many a contender creates and deletes.
    pub(crate) sample: u32,
    /// How often each contender tries.
    pub(crate) rounds: u32,
    /// Whether all sessions are listed.
    pub(crate) dump: bool,
}

/// A sort of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Pseudowire {
    /// A session without a driver's work, so that the interface's own cost shows.
    Ppp,
    /// A session with a network interface.
    Eth,
}

/// A way to measure time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Clock {
    /// The time that the processor has spent on this process, the kernel's part included. In a
    /// guest whose clock counts instructions it is their number, without those of other processes
    /// and without the time in which nothing runs.
    Processor,
    /// The time that passes.
    Wall,
}

/// Who is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Name {
    /// Prebuilt bytes, one send and one receive an operation.
    Floor,
    /// Prebuilt bytes, 512 requests a send.
    FloorBatch,
    /// The library's blocking connection, without guards.
    Conn,
    /// The same with guards.
    ConnGuarded,
    /// The library's async connection, without guards, on a current-thread runtime.
    Tokio,
    /// The library's batch, without guards.
    Batch,
    /// The same with guards.
    BatchGuarded,
    /// The crate `l2tp` 0.5.0 on a current-thread runtime.
    PeerAsync,
    /// Its blocking form.
    PeerBlocking,
}

impl Name {
    /// Everyone, in the order of tables.
    pub(crate) const ALL: [Self; 9] = [
        Self::Floor,
        Self::Conn,
        Self::ConnGuarded,
        Self::Tokio,
        Self::PeerAsync,
        Self::PeerBlocking,
        Self::FloorBatch,
        Self::Batch,
        Self::BatchGuarded,
    ];
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Operation {
    /// Creating a session.
    Create,
    /// Asking about one.
    Get,
    /// Deleting one.
    Delete,
    /// A row of a listing of all.
    Dump,
    /// The most memory resident, at the end of a listing.
    Memory,
}

/// One measurement.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// Whose.
    pub(crate) contender: Name,
    /// Among what sessions.
    pub(crate) pseudowire: Pseudowire,
    /// Among how many.
    pub(crate) sessions: u32,
    /// Of what.
    pub(crate) operation: Operation,
    /// Nanoseconds an operation; KiB of memory.
    pub(crate) value: f64,
}
