//! What `cargo xtask bench` tells the measuring program and what that tells, as JSON.

use serde::{Deserialize, Serialize};

/// Everything that one guest measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// What time is measured by.
    pub clock: Clock,
    /// The situations, in an order in which the sessions of one kind only become more.
    pub cells: Vec<Cell>,
}

/// A situation in which each operation is measured.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Cell {
    /// The sort of sessions.
    pub pseudowire: Pseudowire,
    /// How many there are before anyone tries.
    pub sessions: u32,
    /// How many a contender creates and deletes.
    pub sample: u32,
    /// How often each contender tries.
    pub rounds: u32,
    /// Whether all sessions are listed.
    pub dump: bool,
}

/// A sort of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pseudowire {
    /// A session without a driver's work, so that the interface's own cost shows.
    Ppp,
    /// A session with a network interface.
    Eth,
}

/// A way to measure time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
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
pub enum Name {
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
    pub const ALL: [Self; 9] = [
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

    /// The floor that it is compared with.
    #[must_use]
    pub const fn floor(self) -> Self {
        match self {
            Self::FloorBatch | Self::Batch | Self::BatchGuarded => Self::FloorBatch,
            _ => Self::Floor,
        }
    }

    /// What tables call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Floor => "floor: prebuilt bytes, one request a send",
            Self::FloorBatch => "floor: prebuilt bytes, 512 requests a send",
            Self::Conn => "`Conn`, guards off",
            Self::ConnGuarded => "`Conn`, guards on",
            Self::Tokio => "`tokio::Conn`, guards off",
            Self::Batch => "`Batch`, guards off",
            Self::BatchGuarded => "`Batch`, guards on",
            Self::PeerAsync => "crate l2tp 0.5.0, async",
            Self::PeerBlocking => "crate l2tp 0.5.0, blocking",
        }
    }
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
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
pub struct Sample {
    /// Whose.
    pub contender: Name,
    /// Among what sessions.
    pub pseudowire: Pseudowire,
    /// Among how many.
    pub sessions: u32,
    /// Of what.
    pub operation: Operation,
    /// Nanoseconds an operation; KiB of memory.
    pub value: f64,
}
