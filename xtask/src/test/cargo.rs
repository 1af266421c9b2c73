//! The steps that cargo carries out: format, lints, tests, documentation.

use std::io::{self, BufRead as _, BufReader};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result};

use super::step::Outcome;
use crate::command;
use crate::vm::Stage;

/// rustfmt changes nothing.
pub(super) fn format(stage: &Stage) -> Result<Outcome> {
    step(stage, cargo(&["fmt", "--all", "--check"]))
}

/// No lint of the workspace's table has anything to say, neither with every feature nor with the
/// few that most users of the library have.
pub(super) fn clippy(stage: &Stage) -> Result<Outcome> {
    let everything = ["clippy", "--workspace", "--all-targets", "--all-features"];
    for what in [&everything[..], &["clippy", "--package", "nll2tp"]] {
        let outcome = step(stage, cargo(&[what, &["--", "-D", "warnings"]].concat()))?;
        if outcome.failed > 0 {
            return Ok(outcome);
        }
    }
    Ok(Outcome::passed(""))
}

/// The documentation of every crate builds without a warning.
pub(super) fn docs(stage: &Stage) -> Result<Outcome> {
    let mut command = cargo(&["doc", "--workspace", "--no-deps", "--all-features"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    step(stage, command)
}

/// Every test but those of documentation. Benchmarks run once each, so that they are known to run.
pub(super) fn tests(stage: &Stage) -> Result<Outcome> {
    let targets = ["--lib", "--bins", "--tests", "--examples", "--bench", "time"];
    let mut test = cargo(&["test", "--workspace", "--all-features", "--no-fail-fast"]);
    counted(stage, test.args(targets))
}

/// The programs of the pages that no package has. Those of the published crates are tried where the
/// packed crates are.
pub(super) fn doctests(stage: &Stage) -> Result<Outcome> {
    let mut test = cargo(&["test", "--workspace", "--all-features", "--no-fail-fast", "--doc"]);
    for published in ["nll2tp", "nll2tp-derive", "nll2tp-sys"] {
        test.args(["--exclude", published]);
    }
    counted(stage, &mut test)
}

pub(super) fn cargo(arguments: &[&str]) -> Command {
    let mut command = command::cargo();
    // The output is captured, and shown where this process's own goes.
    if console::colors_enabled() {
        command.env("CARGO_TERM_COLOR", "always");
    } else {
        command.env("CARGO_TERM_COLOR", "never").env("NO_COLOR", "1");
    }
    command
        .args(arguments)
        // A snapshot that differs is a failure, not an offer to accept it.
        .env("INSTA_UPDATE", "no");
    command
}

fn step(stage: &Stage, mut command: Command) -> Result<Outcome> {
    let (status, output) = capture(stage, &mut command)?;
    Ok(if status.success() { Outcome::passed("") } else { Outcome::failed("", output) })
}

/// A step whose output counts tests.
pub(super) fn counted(stage: &Stage, command: &mut Command) -> Result<Outcome> {
    let (status, output) = capture(stage, command)?;
    Ok(tally(status.success(), output))
}

pub(super) fn tally(success: bool, output: String) -> Outcome {
    let (mut passed, mut failed) = (0, 0);
    for line in output.lines() {
        if let Some((good, bad)) = result_line(line) {
            passed += good;
            failed += bad;
        }
    }
    // What does not compile has no tests to fail, and a run of no test has proved nothing.
    if failed == 0 && (!success || passed == 0) {
        failed = 1;
    }
    let note = format!("{passed} tests");
    let output = if failed == 0 { String::new() } else { output };
    Outcome { passed, failed, note, output }
}

/// Reads `test result: ok. 12 passed; 0 failed; …`.
fn result_line(line: &str) -> Option<(u32, u32)> {
    // Coloured where a person is watching.
    let line = console::strip_ansi_codes(line.trim());
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count =
        |what| counts.split("; ").find_map(|part| part.strip_suffix(what)?.trim().parse().ok());
    Some((count("passed")?, count("failed")?))
}

/// Runs a command to its end, and shows what it is doing meanwhile; returns both of its streams as
/// one text.
pub(super) fn capture(stage: &Stage, command: &mut Command) -> Result<(ExitStatus, String)> {
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    // The command holds the pipe's writing end as long as it lives, and the pipe does not end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (mut reader, mut output, mut line) = (BufReader::new(reader), String::new(), Vec::new());
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        if let Some(what) = doing(&text) {
            stage.doing(&what);
        }
        output += &text;
        line.clear();
    }
    Ok((child.wait()?, output))
}

/// What cargo says that it is doing: lines such as `   Compiling nll2tp v0.1.0 (/l2tp)`.
fn doing(line: &str) -> Option<String> {
    let line = console::strip_ansi_codes(line);
    let (indented, line) = (line.starts_with(' '), line.trim());
    let verbs = ["Compiling ", "Checking ", "Documenting ", "Running ", "Doc-tests ", "Packaging "];
    let is_said = indented && verbs.iter().any(|verb| line.starts_with(verb));
    // The folder of a crate and the name of a program are in brackets.
    is_said.then(|| line.split(" (").next().unwrap_or(line).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::Progress;

    const RESULTS: &str = "running 2 tests\n\
        test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n\
        test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n";

    #[test]
    fn tests_are_added_up() {
        let outcome = tally(false, RESULTS.to_owned());
        assert_eq!((outcome.passed, outcome.failed), (5, 1));
        assert_eq!(outcome.output, RESULTS);
        let coloured = RESULTS.replace("ok", "\x1b[32mok\x1b[m");
        assert_eq!(tally(false, coloured).passed, 5);
    }

    #[test]
    fn what_does_not_compile_has_failed() {
        assert_eq!(tally(false, "error: could not compile".to_owned()).failed, 1);
        assert_eq!(tally(true, String::new()).failed, 1, "no test has run");
        assert_eq!(tally(true, RESULTS.lines().take(2).collect::<Vec<_>>().join("\n")).failed, 0);
    }

    #[test]
    fn both_streams_are_captured() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let stage = Progress::hidden().stage("both");
        let (status, output) = capture(&stage, &mut command).unwrap();
        assert_eq!((status.code(), output.as_str()), (Some(3), "out\nerr\n"));
    }

    #[test]
    fn cargo_says_what_it_is_doing() {
        let shown = |line| doing(line).unwrap_or_default();
        assert_eq!(shown("   Compiling nll2tp v0.1.0 (/l2tp)\n"), "Compiling nll2tp v0.1.0");
        let coloured = "\x1b[1m\x1b[32m     Running\x1b[0m wire/main.rs (target/wire)\n";
        assert_eq!(shown(coloured), "Running wire/main.rs");
        assert_eq!(shown("running 3 tests\n"), "");
        assert_eq!(shown("    Finished `dev` profile\n"), "");
    }
}
