//! What is measured on which kernel.

use record::{Cell, Clock, Plan, Pseudowire};

use crate::vm::Suite;

/// How many sessions of PPP a contender creates and deletes: as many as the floor's batch sends at
/// once. More would take so long that RCU calls back meanwhile to free what was deleted, in
/// whosever turn it happens to be.
const SAMPLE: u32 = 512;

/// Counting instructions needs few rounds: what differs is when the kernel's own deferred work
/// comes about. Time on a busy machine needs many.
pub(super) fn plans(suite: Suite, quick: bool) -> Vec<Plan> {
    let plan = |clock, cells| Plan { clock, cells };
    if quick {
        return vec![plan(Clock::Processor, vec![ppp(1000, 5)])];
    }
    let counted = vec![ppp(1000, 5), ppp(10_000, 5), most(suite)];
    // Before 6.12 each deletion waits for RCU, some ten milliseconds.
    let (sample, rounds) = if suite >= Suite::Trixie { (SAMPLE, 12) } else { (100, 5) };
    let timed = vec![Cell { sample, ..ppp(1000, rounds) }];
    // A listing is of all sessions: those of either sort have a guest to themselves.
    vec![
        plan(Clock::Processor, counted),
        plan(Clock::Processor, vec![eth(3)]),
        plan(Clock::Wall, timed),
        plan(Clock::Wall, vec![eth(5)]),
    ]
}

/// The most sessions. Before 6.12 a listing is resumed by position, which the kernel finds by
/// counting from the start: its cost grows with the square of the number, to minutes.
fn most(suite: Suite) -> Cell {
    Cell { dump: suite >= Suite::Trixie, ..ppp(60_000, 3) }
}

fn ppp(sessions: u32, rounds: u32) -> Cell {
    Cell { pseudowire: Pseudowire::Ppp, sessions, sample: SAMPLE, rounds, dump: true }
}

/// A network device each, so few of them: making and removing one takes the kernel a hundred times
/// as long as a PPP session.
fn eth(rounds: u32) -> Cell {
    Cell { pseudowire: Pseudowire::Eth, sessions: 500, sample: 20, rounds, dump: true }
}
