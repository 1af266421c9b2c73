//! What is measured on which kernel.

use super::record::{Cell, Clock, Plan, Pseudowire};
use crate::vm::Suite;

/// Counting instructions needs few rounds: what differs is when the kernel's own deferred work
/// comes about. Time on a busy machine needs many.
pub(super) fn plans(suite: Suite, quick: bool) -> Vec<Plan> {
    if quick {
        return vec![Plan { clock: Clock::Processor, cells: vec![ppp(1000, 5)] }];
    }
    let counted = vec![ppp(1000, 5), ppp(10_000, 5), ppp(60_000, most(suite)), eth(3)];
    let timed = vec![ppp(1000, 7), ppp(10_000, 5), eth(3)];
    vec![
        Plan { clock: Clock::Processor, cells: counted },
        Plan { clock: Clock::Wall, cells: timed },
    ]
}

/// Rounds among the most sessions. Before 6.12 a listing is resumed by position, which the kernel
/// finds by counting from the start: its cost grows with the square of the number.
fn most(suite: Suite) -> u32 {
    if suite < Suite::Trixie { 1 } else { 3 }
}

fn ppp(sessions: u32, rounds: u32) -> Cell {
    Cell { pseudowire: Pseudowire::Ppp, sessions, sample: 1000, rounds }
}

/// A network device each, so few of them: making and removing one takes the kernel a hundred times
/// as long as a PPP session.
fn eth(rounds: u32) -> Cell {
    Cell { pseudowire: Pseudowire::Eth, sessions: 500, sample: 20, rounds }
}
