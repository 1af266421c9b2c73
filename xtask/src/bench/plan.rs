//! What is measured on which kernel.

use super::record::{Cell, Clock, Plan, Pseudowire};
use crate::vm::Suite;

/// Counting instructions needs few rounds: what differs is when the kernel's own deferred work
/// comes about. Time on a busy machine needs many.
pub(super) fn plans(suite: Suite, quick: bool) -> Vec<Plan> {
    let plan = |clock, cells| {
        let deletion = if suite >= Suite::Trixie { Clock::Wall } else { clock };
        Plan { clock, deletion, cells }
    };
    if quick {
        return vec![plan(Clock::Processor, vec![ppp(1000, 5)])];
    }
    let counted = vec![ppp(1000, 3), ppp(10_000, 3), most(suite)];
    let timed = vec![ppp(1000, 5)];
    // A listing is of all sessions: those of either sort have a guest to themselves.
    vec![
        plan(Clock::Processor, counted),
        plan(Clock::Processor, vec![eth(2)]),
        plan(Clock::Wall, timed),
        plan(Clock::Wall, vec![eth(2)]),
    ]
}

/// The most sessions. Before 6.12 a listing is resumed by position, which the kernel finds by
/// counting from the start: its cost grows with the square of the number, to minutes.
fn most(suite: Suite) -> Cell {
    Cell { dump: suite >= Suite::Trixie, ..ppp(60_000, 1) }
}

fn ppp(sessions: u32, rounds: u32) -> Cell {
    Cell { pseudowire: Pseudowire::Ppp, sessions, sample: 1000, rounds, dump: true }
}

/// A network device each, so few of them: making and removing one takes the kernel a hundred times
/// as long as a PPP session.
fn eth(rounds: u32) -> Cell {
    Cell { pseudowire: Pseudowire::Eth, sessions: 500, sample: 20, rounds, dump: true }
}
