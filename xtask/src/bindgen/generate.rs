//! Runs bindgen over the vendored headers, and over nothing else.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use bindgen::callbacks::{MacroParsingBehavior, ParseCallbacks};
use bindgen::{BindgenError, Builder, EnumVariation, Formatter, RustEdition, RustTarget};

use super::comment;
use super::selection;
use super::wrapper::{FILE, PREFIX, Wrapper};
use crate::headers::parse::Header;
use crate::panics::caught;

/// The oldest compiler of the published crates, as the workspace's `rust-version` has it.
const RUST: (u64, u64) = (85, 0);

/// bindgen's Rust text for the wrapper, unformatted. `folder` has the headers.
pub(super) fn generate(
    folder: &Path,
    headers: &BTreeMap<String, Header>,
    wrapper: &Wrapper,
) -> Result<String> {
    let include = |folder: &Path| format!("-isystem{}", folder.display());
    let rust = RustTarget::stable(RUST.0, RUST.1).map_err(|_| anyhow!("unknown Rust version"))?;
    let mut builder = Builder::default()
        .header_contents(FILE, &wrapper.text)
        .clang_args(["-nostdinc", "--target=x86_64-unknown-linux-gnu", "-ferror-limit=0"])
        .clang_args([include(folder), include(&crate::workspace().join("xtask/shim"))])
        // The kernel describes members in plain comments, and these are system headers to clang.
        .clang_args(["-fparse-all-comments", "-fretain-comments-from-system-headers"])
        .parse_callbacks(Box::new(Callbacks {
            evaluated: wrapper.lines.values().cloned().collect(),
        }))
        .allowlist_var(selection::constants())
        .allowlist_var(format!("{PREFIX}.*"))
        .rust_target(rust)
        .rust_edition(RustEdition::Edition2024)
        .use_core()
        .default_enum_style(EnumVariation::Consts)
        .translate_enum_integer_types(true)
        .prepend_enum_name(false)
        .generate_cstr(true)
        .derive_default(true)
        .derive_eq(true)
        .derive_hash(true)
        .disable_header_comment()
        .formatter(Formatter::None);
    for name in selection::types(headers) {
        builder = builder.allowlist_type(name);
    }
    match bindings(builder)? {
        Ok(text) => Ok(text),
        Err(BindgenError::ClangDiagnostic(text)) => Err(anyhow!(explained(&text, wrapper))),
        Err(error) => Err(error).context("bindgen cannot read the headers"),
    }
}

/// clang's complaints, those about a line of the wrapper by the name of its constant.
fn explained(complaints: &str, wrapper: &Wrapper) -> String {
    let mut text = "clang cannot read the headers, or the value of a constant in them:".to_owned();
    let mut named = HashSet::new();
    for complaint in complaints.lines().filter(|line| line.contains("error: ")) {
        let line = complaint
            .split_once(FILE)
            .and_then(|(_, rest)| rest.strip_prefix(':')?.split(':').next()?.parse().ok());
        let name = line.and_then(|line: usize| wrapper.lines.get(&line));
        let said = complaint.split_once("error: ").map_or(complaint, |(_, said)| said);
        let _ = match name {
            Some(name) if !named.insert(name) => continue,
            Some(name) => write!(text, "\n  {name}: {said}"),
            None => write!(text, "\n  {complaint}"),
        };
    }
    text + "\n" + selection::REMEDY
}

/// Generates from a header of one line.
pub(super) fn probe() -> Result<()> {
    let builder = Builder::default().header_contents("probe.h", "int probe;");
    let builder = builder.clang_arg("-nostdinc").formatter(Formatter::None);
    let used = bindings(builder).and_then(|text| Ok(text?));
    let text = used.context("bindgen cannot use libclang")?;
    ensure!(text.contains("probe"), "bindgen with this libclang misses a declaration");
    Ok(())
}

/// bindgen panics where it finds no libclang, or one that lacks a function.
fn bindings(builder: Builder) -> Result<Result<String, BindgenError>> {
    caught(|| Ok(builder.generate().map(|bindings| bindings.to_string())))
}

#[derive(Debug)]
struct Callbacks {
    /// The constants that the wrapper evaluates.
    evaluated: HashSet<String>,
}

impl ParseCallbacks for Callbacks {
    fn will_parse_macro(&self, name: &str) -> MacroParsingBehavior {
        if self.evaluated.contains(name) {
            MacroParsingBehavior::Ignore
        } else {
            MacroParsingBehavior::Default
        }
    }

    fn process_comment(&self, comment: &str) -> Option<String> {
        Some(comment::to_markdown(comment))
    }
}
