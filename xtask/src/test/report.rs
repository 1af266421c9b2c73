//! What a person sees of a test run: a line a step, what failed in full, a closing table and count.

use std::time::Duration;

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use console::style;

use super::step::Outcome;
use crate::vm::{Choice, Progress};

/// The closing table's columns.
const COLUMNS: &[&str] = &["suite", "kernel", "boot", "passed", "failed", "not applicable", "time"];

/// The report of one run, written as it goes.
pub(super) struct Report<'p> {
    progress: &'p Progress,
    passed: u32,
    failed: u32,
    troubled: Vec<String>,
    kernels: Vec<(Choice, Vec<String>)>,
}

impl<'p> Report<'p> {
    pub(super) fn new(progress: &'p Progress) -> Self {
        Self { progress, passed: 0, failed: 0, troubled: Vec::new(), kernels: Vec::new() }
    }

    /// Writes a step's line, and all its output if it failed.
    pub(super) fn step(&mut self, name: &str, outcome: &Outcome, time: Duration) {
        self.passed += outcome.passed;
        self.failed += outcome.failed;
        let good = outcome.failed == 0;
        let mark = if good { style("ok  ").green() } else { style("FAIL").red().bold() };
        let time = seconds(time);
        self.progress.suspend(|| {
            println!("{mark}  {}", format!("{name:<16}  {time:>8}  {}", outcome.note).trim_end());
            if !good && !outcome.output.is_empty() {
                println!("\n{}\n", outcome.output.trim_end());
            }
        });
        if !good {
            self.troubled.push(name.to_owned());
        }
    }

    /// Writes the line of something that could not be tried and need not be.
    pub(super) fn unavailable(&mut self, name: &str, reason: &str) {
        let mark = style("none").yellow();
        self.progress.suspend(|| println!("{mark}  {name:<16}  unavailable: {reason}"));
    }

    /// Adds a kernel's row to the closing table.
    pub(super) fn kernel(&mut self, choice: Choice, cells: Vec<String>) {
        self.kernels.push((choice, cells));
    }

    /// Writes the table and the count; says whether all is well.
    pub(super) fn close(mut self) -> bool {
        self.kernels.sort();
        if !self.kernels.is_empty() {
            println!("\n{}", table(self.kernels.into_iter().map(|(_, cells)| cells)));
        }
        if !self.troubled.is_empty() {
            println!("\n{} {}", style("Failed:").red().bold(), self.troubled.join(", "));
        }
        println!("\n{} passed, {} failed", self.passed, self.failed);
        self.failed == 0
    }
}

/// The closing table: the first column is left-aligned, the others right-aligned.
fn table(rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = LineStyle::none().fill('─').junction('─');
    let mut table = Table::new();
    table.load_style(TableStyle::new().header_separator(line)).set_header(COLUMNS).add_rows(rows);
    for (at, column) in table.column_iter_mut().enumerate() {
        // A blank stands between columns besides.
        column.set_padding((u16::from(at > 0), 0));
        if at > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// A duration as people write it.
pub(super) fn seconds(time: Duration) -> String {
    let all = time.as_secs_f64();
    if all < 60.0 {
        return format!("{all:.1} s");
    }
    format!("{} m {:02} s", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        assert_eq!(seconds(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 m 05 s");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = ["sid", "7.2", "4.4 s", "1000", "0", "", "9 s"];
        let text = table([row.map(str::to_owned).to_vec()].into_iter());
        let lines = [
            "suite  kernel   boot  passed  failed  not applicable  time",
            "──────────────────────────────────────────────────────────",
            "sid       7.2  4.4 s    1000       0                   9 s",
        ];
        assert_eq!(text, lines.join("\n"));
    }

    #[test]
    fn one_failure_fails_the_run() {
        let progress = Progress::hidden();
        let mut report = Report::new(&progress);
        report.step("good", &Outcome::passed(""), Duration::ZERO);
        report.unavailable("sid", "not served");
        assert!(report.close());
        let mut report = Report::new(&progress);
        report.step("bad", &Outcome::failed("", "why"), Duration::ZERO);
        report.step("good", &Outcome::passed(""), Duration::ZERO);
        assert!(!report.close());
    }
}
