//! The diagnosis of a host: it finds why the kernel rejects requests, and its commands fix that.

mod addresses;
mod host;
mod modules;

use std::process::Command;

use anyhow::{Context, Result};
use l2tp::host::diagnose::{Diagnosis, Finding, KernelModule, ModuleState};

use crate::support::{Test, run};

pub(crate) use host::HELPERS;

pub(crate) fn tests() -> Vec<Test> {
    [addresses::tests(), host::tests(), modules::tests()].into_iter().flatten().collect()
}

/// The findings, if there are exactly `N`.
fn found<const N: usize>(diagnosis: &Diagnosis) -> Result<[Finding; N]> {
    let findings = diagnosis.findings().to_vec();
    findings.try_into().map_err(|_| anyhow::anyhow!("expected {N} findings:\n{diagnosis}"))
}

/// Runs a finding's command.
fn run_command(finding: &Finding) -> Result<()> {
    let command = finding.command().with_context(|| format!("no command:\n{finding}"))?;
    run(Command::new("sh").args(["-c", &command])).map(drop)
}

fn state(diagnosis: &Diagnosis, module: KernelModule) -> Option<ModuleState> {
    diagnosis.modules().iter().find(|(other, _)| *other == module).map(|(_, state)| *state)
}
