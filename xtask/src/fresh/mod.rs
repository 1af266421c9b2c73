//! `cargo xtask fresh`: runs a command on a new machine, as far as a new root folder is one.
//!
//! The root is a minimal Debian with git, a C compiler and nothing else; the home is empty but for
//! a clone of this checkout. What the README promises of a machine with Rust and nothing else is
//! tried there, and so is the oldest compiler that the published crates build with.

mod base;
mod root;

use std::process::{ExitCode, ExitStatus};

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;

use crate::setup::{self, Need};
use crate::vm::{self, Progress};

pub(crate) use root::Root;

/// What a new root needs of the machine.
pub(crate) const NEEDS: &[Need] = &[Need::Mmdebstrap, Need::Keyring];

/// Run a command in a clone of this checkout on a new minimal Debian
///
/// The command is a shell line. It runs as root in a folder that is removed afterwards, with mounts
/// that nobody else sees. Changes that are not committed are part of the clone. Crates that were
/// downloaded are shared with this machine; nothing else is. The exit status is the command's.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    machine: Machine,
    /// Make the minimal Debian anew, in place of the one that is kept
    #[arg(long)]
    update: bool,
    /// The shell line; several words are joined by spaces
    #[arg(last = true, required = true, num_args = 1.., value_name = "COMMAND")]
    command: Vec<String>,
}

/// What kind of a new machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub(crate) struct Machine {
    /// The Debian release to install
    #[arg(long, value_enum, default_value_t = Release::Bookworm)]
    suite: Release,
    /// Install the release's own Rust, in place of this machine's toolchain
    #[arg(long)]
    debian_rust: bool,
    /// Leave the archive of security updates out of its apt, as minimal images do
    #[arg(long)]
    no_security: bool,
}

/// A release of Debian that can be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Release {
    /// Debian 12
    Bookworm,
    /// Debian 13, with Rust 1.85
    Trixie,
}

impl Release {
    const fn suite(self) -> vm::Suite {
        match self {
            Self::Bookworm => vm::Suite::Bookworm,
            Self::Trixie => vm::Suite::Trixie,
        }
    }
}

impl Machine {
    /// A minimal Debian with this machine's Rust toolchain.
    pub(crate) const fn new(suite: Release) -> Self {
        Self { suite, debian_rust: false, no_security: false }
    }

    /// The same with Debian's own Rust.
    pub(crate) const fn debian_rust(mut self) -> Self {
        self.debian_rust = true;
        self
    }
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    setup::require(NEEDS)?;
    let progress = Progress::new();
    let root = Root::new(args.machine, args.update, &progress)?;
    let status = root.command(&args.command.join(" "))?.status();
    let status = status.context("cannot run setpriv (Debian package util-linux)")?;
    root.remove()?;
    Ok(exit_code(status))
}

/// Everything here is mounted and installed as root.
fn ensure_root() -> Result<()> {
    ensure!(
        setup::is_root(),
        "a new root folder can only be made and entered by root: run this command as root"
    );
    Ok(())
}

/// The command's own status; 1 if it has none.
fn exit_code(status: ExitStatus) -> ExitCode {
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}
