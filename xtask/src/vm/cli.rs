//! The subcommand itself: options, and one line on how each kernel's run ended.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

use super::kernel::offered;
use super::{Accel, Availability, Choice, End, Guest, Kernel, NEEDS, Progress, Suite};
use crate::setup::{self, Need};

/// Exit status when the time was up, as `timeout` has it.
const TIMED_OUT: u8 = 124;
/// Exit status when the machine failed or the kernel could not be had.
const NO_RESULT: u8 = 125;

/// Run a command as root on a stock Debian kernel, in a virtual machine
///
/// The exit status is the command's; 124 if the time was up, 125 if the machine failed or the
/// kernel is unavailable. With several kernels it is the first that is not 0.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Args {
    /// The suite whose newest kernel to boot, or one that `--list` prints; may be given more than
    /// once
    #[arg(long = "kernel", value_name = "SUITE[/RELEASE]", default_value = "trixie")]
    kernels: Vec<Choice>,
    /// Run on every kernel, one after the other
    #[arg(long, conflicts_with = "kernels")]
    all: bool,
    /// Print the kernels that the archive offers now, and boot none
    #[arg(long, conflicts_with = "command")]
    list: bool,
    /// Ask the archive for a newer kernel first
    #[arg(long)]
    update: bool,
    /// Copy a file or folder into the guest, by default to the path it has here
    #[arg(long = "file", value_name = "HOST[:GUEST]", value_parser = parse_file)]
    files: Vec<(PathBuf, PathBuf)>,
    /// Take one more of this machine's programs into the guest
    #[arg(long = "tool", value_name = "NAME")]
    tools: Vec<OsString>,
    /// Set a variable of the command's environment
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = parse_variable)]
    environment: Vec<(String, String)>,
    /// Leave out kernel modules of this name; `*` stands for any text
    #[arg(long = "hide", value_name = "MODULE")]
    hidden: Vec<String>,
    /// Add a parameter to the kernel's command line
    #[arg(long = "parameter", value_name = "NAME[=VALUE]")]
    parameters: Vec<String>,
    /// Leave out all of the kernel's L2TP modules
    #[arg(long)]
    no_modules: bool,
    /// End the machine after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    timeout: u64,
    /// What executes the guest's instructions
    #[arg(long, value_enum, default_value_t)]
    accel: Accel,
    /// Let the guest's clock count instructions, 1 ns each, on one processor, for measuring
    #[arg(long, conflicts_with = "accel")]
    icount: bool,
    /// The command: a path of this machine, or the name of a program
    #[arg(last = true, required_unless_present = "list", num_args = 1.., value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let progress = Progress::new();
    if args.list {
        return list(args, &progress);
    }
    setup::require(NEEDS)?;
    let mut worst = 0;
    for choice in &args.choices() {
        let status = run_on(choice, args, &progress).unwrap_or_else(|error| {
            progress.line(format!("{choice}: {error:#}"));
            NO_RESULT
        });
        if worst == 0 {
            worst = status;
        }
    }
    Ok(ExitCode::from(worst))
}

/// Prints the kernels of the suites that were named, or of all.
fn list(args: &Args, progress: &Progress) -> Result<ExitCode> {
    setup::require(&[Need::Keyring])?;
    let mut unread = false;
    for suite in Suite::ALL {
        if !args.all && args.choices().iter().all(|choice| choice.suite() != suite) {
            continue;
        }
        match offered(suite, progress) {
            Ok(kernels) => println!("{}", kernels.join("\n")),
            Err(error) => {
                progress.line(format!("{suite}: {error:#}"));
                unread = true;
            }
        }
    }
    Ok(if unread { ExitCode::from(NO_RESULT) } else { ExitCode::SUCCESS })
}

fn run_on(choice: &Choice, args: &Args, progress: &Progress) -> Result<u8> {
    let fetched = if args.update {
        Kernel::update(choice, progress)?
    } else {
        Kernel::fetch(choice, progress)?
    };
    let kernel = match fetched {
        Availability::Ready(kernel) => kernel,
        Availability::Unavailable(reason) => {
            progress.line(format!("{choice}: unavailable: {reason}"));
            return Ok(NO_RESULT);
        }
    };
    let run = args.guest(&kernel).show(progress)?;
    let boot = run.boot.map_or(String::new(), |boot| format!("boot {boot:.1?}, "));
    progress.line(format!("{kernel}: {run} ({boot}all {:.1?})", run.total));
    Ok(match run.end {
        End::Exited(status) => status,
        End::TimedOut { .. } => TIMED_OUT,
        End::Panicked | End::Died => NO_RESULT,
    })
}

impl Args {
    fn choices(&self) -> Vec<Choice> {
        if self.all { Suite::ALL.map(Choice::newest).to_vec() } else { self.kernels.clone() }
    }

    fn guest<'k>(&self, kernel: &'k Kernel) -> Guest<'k> {
        let (command, arguments) = self.command.split_first().map_or_else(
            || (OsString::new(), &[][..]),
            |(command, arguments)| (command.clone(), arguments),
        );
        let mut guest = Guest::new(kernel, command)
            .args(arguments)
            .timeout(Duration::from_secs(self.timeout))
            .accel(self.accel)
            .icount(self.icount);
        for (host, inside) in &self.files {
            guest = guest.file(host, inside);
        }
        for tool in &self.tools {
            guest = guest.tool(tool);
        }
        for (name, value) in &self.environment {
            guest = guest.env(name, value);
        }
        for module in &self.hidden {
            guest = guest.hide(module);
        }
        for parameter in &self.parameters {
            guest = guest.parameter(parameter);
        }
        if self.no_modules { guest.hide("l2tp_*") } else { guest }
    }
}

fn parse_file(text: &str) -> Result<(PathBuf, PathBuf), String> {
    let (host, guest) = text.split_once(':').unwrap_or((text, text));
    let host = PathBuf::from(host);
    let guest = PathBuf::from(guest);
    if guest.is_absolute() {
        Ok((host, guest))
    } else {
        Err(format!("{} is not an absolute path of the guest", guest.display()))
    }
}

fn parse_variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
