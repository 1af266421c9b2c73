//! Programs of the workspace, built to run in a guest.
//!
//! They are linked statically, so that a guest needs none of the host's libraries for them, and in
//! a target folder of their own, so that the flags this takes never disturb the everyday build.

use std::io::BufReader;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::{Message, MetadataCommand};

use crate::command;
use crate::workspace;

/// Every guest is of this kind. That it is named to cargo, even where it is the host's own, keeps
/// the static linking away from procedural macros, which cannot be linked so.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// What to build of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    /// `src/main.rs` or a `[[bin]]`
    Bin(&'a str),
    /// An example
    Example(&'a str),
}

impl<'a> Target<'a> {
    const fn option(self) -> (&'static str, &'a str) {
        match self {
            Self::Bin(name) => ("--bin", name),
            Self::Example(name) => ("--example", name),
        }
    }
}

/// Builds a target of a workspace member statically; returns the program.
///
/// `options` go to `cargo build` as they are: `--release`, `--features …`.
///
/// # Errors
/// When cargo fails, whose own messages are then on standard error, or builds no program.
pub(crate) fn build(package: &str, target: Target<'_>, options: &[&str]) -> Result<PathBuf> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .current_dir(workspace())
        .exec()
        .context("cannot ask cargo")?;
    let (option, name) = target.option();
    let mut cargo = command::cargo()
        .args(["build", "--quiet", "--message-format=json-render-diagnostics"])
        .args(["--target", TARGET, "--package", package, option, name])
        .args(options)
        .arg("--target-dir")
        .arg(metadata.target_directory.join("guest"))
        .env("RUSTFLAGS", "-Ctarget-feature=+crt-static")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cargo")?;
    let mut program = None;
    if let Some(messages) = cargo.stdout.take() {
        for message in Message::parse_stream(BufReader::new(messages)) {
            if let Message::CompilerArtifact(artifact) = message?
                && artifact.target.name == name
            {
                program = artifact.executable.or(program);
            }
        }
    }
    ensure!(cargo.wait()?.success(), "cargo cannot build {name} of {package}");
    match program {
        Some(program) => Ok(program.into_std_path_buf()),
        None => bail!("cargo built no program for {option} {name} of {package}"),
    }
}
