//! The figures as tables, in Markdown, which is read as well on a terminal.

use std::fmt::Write as _;

use crate::codec::{Count, Counts};

use super::figures::{Figure, Situation};
use super::guest::Measured;
use super::record::{Clock, Name, Operation, Pseudowire};

/// All tables of one kernel.
pub(super) fn all(measured: &Measured) -> String {
    let mut text = String::new();
    for at in measured.figures.situations() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}\n{}", heading(&measured.release, at), table(measured, at));
    }
    text
}

/// The table of the codecs' instructions.
#[expect(clippy::cast_precision_loss, reason = "thousands at most")]
pub(super) fn codecs(counts: &Counts) -> String {
    let mut text = "| | derived | by hand | |\n|---|--:|--:|--:|\n".to_owned();
    for (case, Count { derived, by_hand }) in &counts.cases {
        let ratio = *derived as f64 / *by_hand as f64;
        let case = case.replace('_', " ");
        let _ = writeln!(text, "| {case} | {derived} | {by_hand} | × {ratio:.2} |");
    }
    text
}

fn heading(release: &str, (clock, pseudowire, sessions): Situation) -> String {
    let sort = match pseudowire {
        Pseudowire::Ppp => "PPP",
        Pseudowire::Eth => "Ethernet",
    };
    match clock {
        Clock::Processor => {
            format!("**{sessions} {sort} sessions, Linux {release}: instructions**\n")
        }
        Clock::Wall => {
            format!("**{sessions} {sort} sessions, Linux {release}: µs, least (to most)**\n")
        }
    }
}

const COLUMNS: [(Operation, &str); 5] = [
    (Operation::Create, "create"),
    (Operation::Get, "get"),
    (Operation::Delete, "delete"),
    (Operation::Dump, "dump a row"),
    (Operation::Memory, "peak KiB"),
];

fn table(measured: &Measured, at: Situation) -> String {
    let titles: Vec<&str> = COLUMNS.iter().map(|(_, title)| *title).collect();
    let mut text = format!("| | {} |\n|---|{}\n", titles.join(" | "), "--:|".repeat(COLUMNS.len()));
    for who in Name::ALL {
        let cells = COLUMNS.map(|(operation, _)| cell(measured, at, operation, who));
        if cells.iter().any(|cell| !cell.is_empty()) {
            let _ = writeln!(text, "| {} | {} |", who.title(), cells.join(" | "));
        }
    }
    text
}

/// A figure and, for all but the floors, how many times the floor that is.
fn cell(measured: &Measured, at: Situation, operation: Operation, who: Name) -> String {
    let Some(figure) = measured.figures.of(at, operation, who) else { return String::new() };
    let (clock, ..) = at;
    let Figure { least, median, most } = figure;
    let value = match (operation, clock) {
        (Operation::Memory, _) => return format!("{median:.0}"),
        (_, Clock::Processor) => format!("{median:.0}"),
        (_, Clock::Wall) => format!("{:.1} (to {:.1})", least / 1e3, most / 1e3),
    };
    match measured.figures.ratio(at, operation, who) {
        Some(ratio) if who != who.floor() => format!("{value} × {ratio:.2}"),
        _ => value,
    }
}
