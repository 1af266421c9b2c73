//! Running programs.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Runs a program and returns its standard output; an exit status other than 0 is an error with
/// what it wrote.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}: {stdout}{stderr}", output.status);
    Ok(stdout.into_owned())
}
