//! Runs bindgen over the vendored headers, and over nothing else.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use bindgen::callbacks::{ItemInfo, MacroParsingBehavior, ParseCallbacks};
use bindgen::{Builder, EnumVariation, Formatter, RustEdition, RustTarget};

use super::comment;
use super::selection;
use super::wrapper::{PREFIX, Wrapper};

/// The oldest compiler of the published crates, as the workspace's `rust-version` has it.
const RUST: (u64, u64) = (85, 0);

/// bindgen's Rust text for the wrapper, unformatted.
pub(super) fn generate(workspace: &Path, wrapper: &Wrapper) -> Result<String> {
    let include = |folder: &str| format!("-isystem{}", workspace.join(folder).display());
    let rust = RustTarget::stable(RUST.0, RUST.1).map_err(|_| anyhow!("unknown Rust version"))?;
    let mut builder = Builder::default()
        .header_contents("l2tp-sys.h", &wrapper.text)
        .clang_args(["-nostdinc", "--target=x86_64-unknown-linux-gnu"])
        .clang_args([include("headers"), include("xtask/shim")])
        // The kernel describes members in plain comments, and these are system headers to clang.
        .clang_args(["-fparse-all-comments", "-fretain-comments-from-system-headers"])
        .parse_callbacks(Box::new(Callbacks {
            evaluated: wrapper.macros.iter().cloned().collect(),
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
    for name in selection::TYPES {
        builder = builder.allowlist_type(name);
    }
    Ok(builder.generate().context("bindgen cannot read the vendored headers")?.to_string())
}

#[derive(Debug)]
struct Callbacks {
    /// The macros that the wrapper evaluates.
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

    fn item_name(&self, item: ItemInfo<'_>) -> Option<String> {
        item.name.strip_prefix(PREFIX).map(Into::into)
    }

    fn process_comment(&self, comment: &str) -> Option<String> {
        Some(comment::to_markdown(comment))
    }
}
