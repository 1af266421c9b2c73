//! The kernel suite, on one kernel after another.
//!
//! The suite is built once, statically, and booted with each kernel. Kernels are fetched while the
//! earlier steps run: their time is the network's.

use std::path::Path;
use std::sync::Mutex;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::Turns;
use super::report::{Report, seconds};
use super::step::{Outcome, timed};
use crate::vm::{self, Availability, Choice, Guest, Kernel, Parts, Progress, Run, Target};

/// A suite takes five minutes or so; a machine that needs several times as long has come to a stop.
const TIMEOUT: Duration = Duration::from_mins(25);

/// A kernel to run the suite on.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) choice: Choice,
    /// Whether the run has failed if it cannot be had: it was asked for by name, or no run is whole
    /// without it.
    pub(super) required: bool,
}

/// Which tests of the suite to run.
#[derive(Debug, Clone)]
pub(super) struct Tests {
    /// What their names contain; without it all of them run.
    pub(super) name: Option<String>,
    /// On how many kernels at once.
    pub(super) jobs: usize,
}

/// What the archive had of it.
pub(super) struct Fetched {
    wanted: Wanted,
    kernel: Result<Availability>,
}

/// Starts to fetch kernels.
pub(super) fn fetch(wanted: &[Wanted], progress: &Progress) -> JoinHandle<Vec<Fetched>> {
    let (wanted, progress) = (wanted.to_vec(), progress.clone());
    thread::spawn(move || {
        let fetch = |wanted: Wanted| {
            let kernel = Kernel::fetch(&wanted.choice, &progress);
            Fetched { wanted, kernel }
        };
        wanted.into_iter().map(fetch).collect()
    })
}

/// Runs the tests on each kernel.
///
/// # Errors
/// When fetching panicked.
pub(super) fn run(
    fetched: JoinHandle<Vec<Fetched>>,
    tests: &Tests,
    progress: &Progress,
    mut turns: Turns,
    report: &mut Report<'_>,
) -> Result<()> {
    let stage = progress.stage(turns.next("kernel-suite: building it for the guests"));
    let (built, time) = timed(|| vm::build("l2tp-tests", Target::Bin("kernel-suite"), &[]));
    drop(stage);
    let program = match built {
        Ok(program) => program,
        Err(error) => {
            report.step("kernel-suite", &Outcome::error(error), time);
            return Ok(());
        }
    };
    report.step("kernel-suite", &Outcome::passed("built for the guests"), time);
    let stage = progress.stage("kernels: downloading");
    let fetched =
        fetched.join().map_err(|_| anyhow!("the thread that fetches kernels panicked"))?;
    drop(stage);
    // Threads take from the end; the newest kernels take longest, and go first.
    let queue = Mutex::new(fetched);
    let report = Mutex::new(report);
    let turns = Mutex::new(turns);
    thread::scope(|scope| {
        for _ in 0..tests.jobs {
            scope.spawn(|| {
                while let Some(next) = take(&queue) {
                    let tried = try_kernel(next, &program, tests, progress, &turns);
                    if let Ok(mut report) = report.lock() {
                        tried.tell(&mut report);
                    }
                }
            });
        }
    });
    Ok(())
}

fn take(queue: &Mutex<Vec<Fetched>>) -> Option<Fetched> {
    queue.lock().ok()?.pop()
}

/// What came of the wish to run the suite on a kernel.
struct Tried {
    choice: Choice,
    release: String,
    result: Ended,
    time: Duration,
}

enum Ended {
    Ran(Run, Outcome, Counts),
    Failed(Outcome),
    Unavailable(String),
}

/// What the suite counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counts {
    passed: u32,
    failed: u32,
    not_applicable: u32,
}

fn try_kernel(
    fetched: Fetched,
    program: &Path,
    tests: &Tests,
    progress: &Progress,
    turns: &Mutex<Turns>,
) -> Tried {
    let Wanted { choice, required } = fetched.wanted;
    let (mut release, mut time) = (String::new(), Duration::ZERO);
    let result = match fetched.kernel {
        Err(error) => Ended::Failed(Outcome::error(error)),
        Ok(Availability::Unavailable(reason)) if required => {
            Ended::Failed(Outcome::failed("", format!("unavailable, and required: {reason}")))
        }
        Ok(Availability::Unavailable(reason)) => Ended::Unavailable(reason),
        Ok(Availability::Ready(kernel)) => {
            kernel.release().clone_into(&mut release);
            let what = format!("{kernel}: running the suite");
            let text = turns.lock().map_or(what.clone(), |mut turns| turns.next(&what));
            let mut parts = progress.parts(&choice.to_string(), "tests", text);
            let (ran, taken) = timed(|| boot(&kernel, program, tests, &mut parts));
            drop(parts);
            time = taken;
            ran.unwrap_or_else(|error| Ended::Failed(Outcome::error(error)))
        }
    };
    Tried { choice, release, result, time }
}

fn boot(kernel: &Kernel, program: &Path, tests: &Tests, parts: &mut Parts) -> Result<Ended> {
    let mut output = String::new();
    let guest = Guest::new(kernel, program).args(tests.name.as_deref());
    let run = guest.timeout(TIMEOUT).lines(|_, line| {
        output += line;
        output.push('\n');
        if let Some(total) = number_of_tests(line) {
            parts.set_total(total);
        } else if is_result(line) {
            parts.advance();
        }
    })?;
    let (outcome, counts) = judge(&run, &output, tests);
    Ok(Ended::Ran(run, outcome, counts))
}

/// Reads `running 788 tests`.
fn number_of_tests(line: &str) -> Option<u64> {
    let number = line.strip_prefix("running ")?;
    number.strip_suffix(" tests").or_else(|| number.strip_suffix(" test"))?.parse().ok()
}

/// Whether this is `test NAME ... ok`, or says how else a test ended.
fn is_result(line: &str) -> bool {
    line.starts_with("test ") && line.contains(" ... ")
}

/// A suite that did not reach its closing line has failed, and so has one that ran no test, unless
/// the tests that were named do not apply to the kernel.
fn judge(run: &Run, output: &str, tests: &Tests) -> (Outcome, Counts) {
    let Some(counts) = output.lines().rev().find_map(Counts::parse) else {
        let output = format!("{output}{run}\nThe suite did not reach its last line.");
        return (Outcome::failed("", output), Counts::default());
    };
    let ran = counts.passed > 0 || (tests.name.is_some() && counts.not_applicable > 0);
    let good = run.success() && counts.failed == 0 && ran;
    let mut notes = vec![format!("{} tests", counts.passed + counts.failed)];
    notes.extend(run.warnings.iter().map(|warning| format!("the kernel complained: {warning}")));
    let outcome = Outcome {
        passed: counts.passed,
        failed: if good { 0 } else { counts.failed.max(1) },
        note: notes.join("; "),
        output: if good { String::new() } else { format!("{output}{run}") },
    };
    (outcome, counts)
}

impl Counts {
    /// Reads `kernel-suite: kernel=6.1.0-56-amd64 passed=40 failed=0 not_applicable=2`.
    fn parse(line: &str) -> Option<Self> {
        let words = line.strip_prefix("kernel-suite: ")?;
        let count = |name: &str| {
            let mut fields = words.split(' ').filter_map(|word| word.split_once('='));
            fields.find(|(field, _)| *field == name)?.1.parse().ok()
        };
        Some(Self {
            passed: count("passed")?,
            failed: count("failed")?,
            not_applicable: count("not_applicable")?,
        })
    }
}

impl Tried {
    /// Writes the kernel's line and its row of the table.
    fn tell(self, report: &mut Report<'_>) {
        let name = &self.choice.to_string();
        let mut cells = vec![name.clone(), self.release];
        match self.result {
            Ended::Unavailable(reason) => {
                report.unavailable(name, &reason);
                cells.push("unavailable".to_owned());
            }
            Ended::Failed(outcome) => {
                report.step(name, &outcome, self.time);
                cells.push("no result".to_owned());
            }
            Ended::Ran(run, outcome, counts) => {
                let numbers = [counts.passed, outcome.failed, counts.not_applicable];
                cells.push(run.boot.map_or("none".to_owned(), seconds));
                cells.extend(numbers.map(|number| number.to_string()));
                cells.push(seconds(self.time));
                report.step(name, &outcome, self.time);
            }
        }
        report.kernel(self.choice, cells);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::End;

    const GOOD: &str = "kernel-suite: kernel=6.1.0-56-amd64 passed=40 failed=0 not_applicable=2";

    fn run(end: End) -> Run {
        Run {
            end,
            boot: Some(Duration::ZERO),
            total: Duration::ZERO,
            warnings: Vec::new(),
            console: Vec::new(),
            log: None,
        }
    }

    #[test]
    fn the_closing_line_is_read() {
        let counts = Counts { passed: 40, failed: 0, not_applicable: 2 };
        assert_eq!(Counts::parse(GOOD), Some(counts));
        assert_eq!(Counts::parse("kernel-suite: kernel=6.1 passed=x failed=0"), None);
        assert_eq!(Counts::parse("test result: ok. 40 passed; 0 failed"), None);
    }

    #[test]
    fn progress_is_read_off_the_output() {
        assert_eq!(number_of_tests("running 788 tests"), Some(788));
        assert_eq!(number_of_tests("running 1 test"), Some(1));
        assert_eq!(number_of_tests("running out of tests"), None);
        assert!(is_result("test session::x ... ok") && !is_result("test result: ok. 3 passed;"));
    }

    #[test]
    fn only_a_whole_run_passes() {
        let all = Tests { name: None, jobs: 1 };
        let failed = |end, output: &str| judge(&run(end), output, &all).0.failed;
        assert_eq!(failed(End::Exited(0), GOOD), 0);
        assert_eq!(failed(End::Exited(1), GOOD), 1, "the suite says so by its status");
        assert_eq!(failed(End::Panicked, GOOD), 1);
        assert_eq!(failed(End::Exited(0), "test a ... ok"), 1, "no closing line");
        assert_eq!(failed(End::Exited(0), &GOOD.replace("passed=40", "passed=0")), 1, "no test");
        assert_eq!(failed(End::Exited(101), &GOOD.replace("failed=0", "failed=3")), 3);
    }

    #[test]
    fn tests_that_are_named_need_not_apply() {
        let failed = |output: &str| {
            let named = Tests { name: Some("session::".to_owned()), jobs: 1 };
            judge(&run(End::Exited(0)), output, &named).0.failed
        };
        assert_eq!(failed(&GOOD.replace("passed=40", "passed=0")), 0);
        let none = GOOD.replace("passed=40", "passed=0").replace("applicable=2", "applicable=0");
        assert_eq!(failed(&none), 1, "no test has the name");
    }
}
