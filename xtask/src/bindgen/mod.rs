//! `cargo xtask bindgen`: generates l2tp-sys from the vendored headers.
//!
//! The result is committed, so that nobody who builds l2tp-sys needs libclang. `--check`
//! generates it again in memory and compares.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::headers;
use crate::headers::parse::{Header, parse};
use crate::setup::{Need, require};

mod comment;
mod generate;
mod names;
mod polish;
mod selection;
mod wrapper;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if what is committed is not what the headers give
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    require(&[Need::Libclang])?;
    if args.check {
        println!("bindgen: {}", check()?);
        return Ok(());
    }
    for (path, text) in &generated()? {
        let written = fs::read_to_string(path).is_ok_and(|old| old == *text);
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{}: {}", shown(path), if written { "unchanged" } else { "written" });
    }
    Ok(())
}

/// Each generated file's path and text.
fn generated() -> Result<Vec<(PathBuf, String)>> {
    let origin = headers::origin()?;
    let headers = headers::closure::ROOTS
        .iter()
        .map(|path| {
            let text = fs::read_to_string(headers::folder().join(path))
                .with_context(|| format!("cannot read headers/{path}"))?;
            Ok(parse(&text))
        })
        .collect::<Result<Vec<Header>>>()?;
    let wrapper = wrapper::wrapper(&headers);
    let constants = polish::polish(&generate::generate(crate::workspace(), &wrapper)?, &headers)?;
    let source = crate::workspace().join("l2tp-sys/src");
    let preamble = |about: &str| {
        format!(
            "//! {about}\n//!\n//! Generated from the headers of Linux {} by `cargo xtask bindgen`. \
             Do not edit.\n\n",
            origin.kernel
        )
    };
    Ok(vec![
        (
            source.join("generated.rs"),
            preamble("Constants, types and structures of the kernel's headers.") + &constants,
        ),
        (
            source.join("names.rs"),
            preamble("The kernel's names of its numbers.") + &names::names(&headers)?,
        ),
    ])
}

/// Compares what is committed with what the headers give; says what was compared.
///
/// # Errors
/// With the differences.
pub(crate) fn check() -> Result<String> {
    let mut differences = String::new();
    for (path, text) in &generated()? {
        let committed = fs::read_to_string(path).unwrap_or_default();
        differences += &difference(&shown(path), &committed, text);
    }
    if differences.is_empty() {
        return Ok("l2tp-sys is what the headers give".to_owned());
    }
    bail!(
        "l2tp-sys is not what the headers give:\n{differences}\
         If the headers changed, run `cargo xtask bindgen`; if someone edited l2tp-sys, undo it."
    )
}

/// A unified diff; empty if the texts are the same.
fn difference(name: &str, committed: &str, expected: &str) -> String {
    similar::TextDiff::from_lines(committed, expected)
        .unified_diff()
        .context_radius(2)
        .header(&format!("committed {name}"), &format!("generated {name}"))
        .to_string()
}

/// The path as a person in the workspace would write it.
fn shown(path: &Path) -> String {
    path.strip_prefix(crate::workspace()).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_constant_is_shown_beside_the_right_one() {
        let diff = difference("x.rs", "a\nconst B: u32 = 1;\n", "a\nconst B: u32 = 2;\n");
        assert!(diff.contains("-const B: u32 = 1;\n+const B: u32 = 2;\n"), "{diff}");
        assert!(diff.starts_with("--- committed x.rs\n+++ generated x.rs\n"), "{diff}");
        assert_eq!(difference("x.rs", "same\n", "same\n"), "");
    }
}
