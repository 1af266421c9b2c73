//! PLACEHOLDER, replaced by the owner of this module.
#[derive(clap::Args)]
pub(crate) struct Args {}
pub(crate) fn run(_args: &Args) -> anyhow::Result<()> { Ok(()) }
