//! `cargo xtask bindgen`: generates l2tp-sys from the vendored headers.
//!
//! The result is committed, so that nobody who builds l2tp-sys needs libclang. `--check`
//! generates it again in memory and compares.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::files;
use crate::headers;
use crate::headers::parse::{Header, parse};
use crate::setup::{Need, require};

mod comment;
mod complete;
mod generate;
mod names;
mod number;
mod polish;
mod selection;
mod width;
mod wrapper;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if what is committed is not what the headers give
    #[arg(long)]
    check: bool,
}

/// Tries bindgen, and with it the libclang that it loads.
///
/// # Errors
/// When there is none that it can use, with its own words on where it looked.
pub(crate) fn works() -> Result<()> {
    generate::probe()
}

pub(crate) fn run(args: &Args) -> Result<()> {
    require(&[Need::Libclang])?;
    if args.check {
        println!("bindgen: {}", check()?);
        return Ok(());
    }
    for (path, text) in &generated()? {
        let written = fs::read_to_string(path).is_ok_and(|old| old == *text);
        files::replace_file(path, text)?;
        println!("{}: {}", shown(path), if written { "unchanged" } else { "written" });
    }
    Ok(())
}

/// Each generated file's path and text.
fn generated() -> Result<Vec<(PathBuf, String)>> {
    let folder = headers::folder();
    let texts = headers::vendored(&folder)?;
    let Generated { constants, names } = generate_from(&folder, &texts)?;
    let source = crate::workspace().join("l2tp-sys/src");
    let origin = headers::origin()?;
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
        (source.join("names/tables.rs"), preamble("The kernel's names of its numbers.") + &names),
    ])
}

/// What is generated from a set of headers.
struct Generated {
    constants: String,
    names: String,
}

/// Generates from the headers of a folder, whose texts are given by path.
///
/// # Errors
/// When the headers cannot be read, or give something that would be lost.
fn generate_from(folder: &Path, texts: &BTreeMap<String, String>) -> Result<Generated> {
    let headers: BTreeMap<String, Header> =
        texts.iter().map(|(path, text)| (path.clone(), parse(text))).collect();
    complete::check_braces(&headers)?;
    let wrapper = wrapper::wrapper(&headers);
    let text = generate::generate(folder, &headers, &wrapper)?;
    let polished = polish::polish(&text, &headers)?;
    complete::check(&headers, &polished)?;
    let names = names::names(headers.values(), &polished.numbers())?;
    Ok(Generated { constants: polished.text(), names })
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
mod invented;

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
