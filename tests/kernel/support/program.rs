//! Running programs.

use std::io::{self, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Runs a program and returns its standard output; an exit status other than 0 is an error with
/// what it wrote.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    finish(command.stdin(Stdio::null()))
}

/// Runs a program that reads `input`, which has to fit into a pipe.
pub(crate) fn run_with(command: &mut Command, input: &str) -> Result<String> {
    let (reader, mut writer) = io::pipe()?;
    writer.write_all(input.as_bytes())?;
    drop(writer);
    finish(command.stdin(reader)).with_context(|| input.to_owned())
}

fn finish(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}: {stdout}{stderr}", output.status);
    Ok(stdout.into_owned())
}
