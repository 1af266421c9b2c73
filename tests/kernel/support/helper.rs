//! Helpers: functions of the suite that run in another process, or as another user.
//!
//! `kernel-suite helper NAME` runs the helper with this name. The test that started it reads its
//! output; after an error its exit status is 1.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};

use anyhow::{Context, Result};

use super::{Net, run};

/// The user `nobody`, who has no privilege.
const NOBODY: u32 = 65534;

/// A helper by its name.
pub(crate) type Helper = (&'static str, fn() -> Result<()>);

/// Runs the helper that the command line asks for, if it asks for one.
pub(crate) fn dispatch(helpers: impl IntoIterator<Item = Helper>) -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next()? != "helper" {
        return None;
    }
    let name = arguments.next()?;
    let helper = helpers.into_iter().find(|(known, _)| *known == name);
    let outcome = helper.with_context(|| format!("no helper {name}")).and_then(|(_, work)| work());
    Some(match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    })
}

/// The command that runs a helper.
pub(crate) fn helper(name: &str) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["helper", name]);
    Ok(command)
}

/// Runs a helper in a namespace, as a user without privilege, and returns its output.
pub(crate) fn run_unprivileged(net: &Net, name: &str) -> Result<String> {
    net.run(|| run(helper(name)?.uid(NOBODY).gid(NOBODY)))
}

/// A running helper. Dropping this kills it.
pub(crate) struct Running {
    child: Child,
    _stdin: Option<ChildStdin>,
}

impl Running {
    /// Starts a helper in a namespace and waits for its first line.
    pub(crate) fn start(net: &Net, name: &str) -> Result<Self> {
        let mut child =
            net.run(|| Ok(helper(name)?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?))?;
        let stdin = child.stdin.take();
        let mut running = Self { child, _stdin: stdin };
        let stdout = running.child.stdout.take().context("no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        anyhow::ensure!(!line.is_empty(), "helper {name} ended early");
        Ok(running)
    }

    /// Kills it with `SIGKILL`, so that it cannot clean up.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
