//! The figures as tables, in Markdown, which is read as well on a terminal.

use std::fmt::Write as _;

use record::{Clock, Name, Operation, Pseudowire};

use crate::codec::{Count, Counts};

use super::figures::{Figure, Situation};
use super::guest::Measured;

/// The situations that decide: those that the page shows. The files hold all of them.
const SHOWN: [Situation; 2] =
    [(Clock::Processor, Pseudowire::Ppp, 10_000), (Clock::Processor, Pseudowire::Eth, 500)];

/// All tables of one kernel.
pub(super) fn all(measured: &Measured) -> String {
    tables(measured, &measured.figures.situations())
}

/// The tables of one kernel that the page shows.
pub(super) fn page(measured: &Measured) -> String {
    let mut situations = measured.figures.situations();
    situations.retain(|at| SHOWN.contains(at));
    tables(measured, &situations)
}

fn tables(measured: &Measured, situations: &[Situation]) -> String {
    let mut text = String::new();
    for &at in situations {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::Figures;
    use record::Sample;

    #[test]
    fn the_page_shows_what_decides() {
        let mut figures = Figures::default();
        for (clock, sessions) in
            [(Clock::Processor, 1000), (Clock::Processor, 10_000), (Clock::Wall, 10_000)]
        {
            let sample = Sample {
                contender: Name::Floor,
                pseudowire: Pseudowire::Ppp,
                sessions,
                operation: Operation::Get,
                value: 100.0,
            };
            figures.add(clock, sample);
        }
        let measured = Measured { release: "6.12".to_owned(), figures };
        let headings = |text: &str| text.lines().filter(|line| line.starts_with("**")).count();
        assert_eq!(headings(&all(&measured)), 3);
        assert_eq!(headings(&page(&measured)), 1);
        assert!(page(&measured).starts_with("**10000 PPP sessions, Linux 6.12: instructions**"));
    }
}
