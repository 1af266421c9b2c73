//! The steps that cargo carries out: format, lints, tests, documentation.

use std::env;
use std::io::{self, Read as _};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result};

use super::step::Outcome;
use crate::workspace;

/// rustfmt changes nothing.
pub(super) fn format() -> Result<Outcome> {
    step(cargo(&["fmt", "--all", "--check"]))
}

/// No lint of the workspace's table has anything to say, neither with every feature nor with the
/// few that most users of the library have.
pub(super) fn clippy() -> Result<Outcome> {
    let everything = ["clippy", "--workspace", "--all-targets", "--all-features"];
    for what in [&everything[..], &["clippy", "--package", "nll2tp"]] {
        let outcome = step(cargo(&[what, &["--", "-D", "warnings"]].concat()))?;
        if outcome.failed > 0 {
            return Ok(outcome);
        }
    }
    Ok(Outcome::passed(""))
}

/// The documentation of every crate builds without a warning.
pub(super) fn docs() -> Result<Outcome> {
    let mut command = cargo(&["doc", "--workspace", "--no-deps", "--all-features"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    step(command)
}

/// Every test but those of documentation.
pub(super) fn tests() -> Result<Outcome> {
    let targets = ["--lib", "--bins", "--tests", "--examples"];
    counted(cargo(&["test", "--workspace", "--all-features", "--no-fail-fast"]).args(targets))
}

/// The programs in the documentation. Those of the attribute layer are the library's, and need it.
pub(super) fn doctests() -> Result<Outcome> {
    let what = ["test", "--workspace", "--exclude", "attr-layer", "--all-features"];
    counted(cargo(&what).args(["--no-fail-fast", "--doc"]))
}

pub(super) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The output is captured, and shown where this process's own goes.
    if console::colors_enabled() {
        command.env("CARGO_TERM_COLOR", "always");
    } else {
        command.env("CARGO_TERM_COLOR", "never").env("NO_COLOR", "1");
    }
    command
        .args(arguments)
        .current_dir(workspace())
        // A snapshot that differs is a failure, not an offer to accept it.
        .env("INSTA_UPDATE", "no");
    command
}

fn step(mut command: Command) -> Result<Outcome> {
    let (status, output) = capture(&mut command)?;
    Ok(if status.success() { Outcome::passed("") } else { Outcome::failed("", output) })
}

/// A step whose output counts tests.
pub(super) fn counted(command: &mut Command) -> Result<Outcome> {
    let (status, output) = capture(command)?;
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

/// Runs a command to its end; returns both of its streams as one text.
pub(super) fn capture(command: &mut Command) -> Result<(ExitStatus, String)> {
    let (mut reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    // The command holds the pipe's writing end as long as it lives, and the pipe does not end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut output = Vec::new();
    reader.read_to_end(&mut output)?;
    Ok((child.wait()?, String::from_utf8_lossy(&output).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let (status, output) = capture(&mut command).unwrap();
        assert_eq!((status.code(), output.as_str()), (Some(3), "out\nerr\n"));
    }
}
