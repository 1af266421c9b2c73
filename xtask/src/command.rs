//! Runs other programs.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::workspace;

/// The cargo that called this program, or else the one on the `PATH`, in the workspace's folder.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace());
    command
}

/// Runs a program without input, and returns its standard output.
///
/// # Errors
/// When the program cannot be run or fails. The error contains its standard error.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>> {
    let name = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("cannot run {name}"))?;
    if !output.status.success() {
        let arguments: Vec<_> = command.get_args().map(|it| it.to_string_lossy()).collect();
        let message = String::from_utf8_lossy(&output.stderr);
        bail!("{name} {} ended with {}: {}", arguments.join(" "), output.status, message.trim());
    }
    Ok(output.stdout)
}

/// As [`output`], as text; other bytes than UTF-8 are replaced.
pub(crate) fn text(command: &mut Command) -> Result<String> {
    Ok(String::from_utf8_lossy(&output(command)?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        command
    }

    #[test]
    fn the_standard_output_is_returned() {
        assert_eq!(text(&mut shell("echo out; echo err >&2; cat")).unwrap(), "out\n");
    }

    #[test]
    fn a_failure_has_the_status_and_the_standard_error() {
        let error = output(&mut shell("echo out; echo err >&2; exit 3")).unwrap_err().to_string();
        assert_eq!(error, "sh -c echo out; echo err >&2; exit 3 ended with exit status: 3: err");
        let error = output(&mut Command::new("./no-program")).unwrap_err().to_string();
        assert_eq!(error, "cannot run ./no-program");
    }
}
