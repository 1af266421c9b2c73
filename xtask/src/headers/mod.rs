//! `cargo xtask headers`: the vendored kernel headers.

pub(crate) mod lex;
pub(crate) mod parse;

#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> anyhow::Result<()> {
    Ok(())
}
