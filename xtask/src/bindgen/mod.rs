//! `cargo xtask bindgen`: generates l2tp-sys from the vendored headers.

use std::path::Path;

use anyhow::{Context, Result};
use bindgen::callbacks::{ItemInfo, MacroParsingBehavior, ParseCallbacks};

mod selection;
mod wrapper;

use wrapper::{PREFIX, Wrapper};

#[derive(clap::Args)]
pub(crate) struct Args {}

#[derive(Debug)]
struct Callbacks {
    macros: std::collections::BTreeSet<String>,
}

impl ParseCallbacks for Callbacks {
    fn will_parse_macro(&self, name: &str) -> MacroParsingBehavior {
        if self.macros.contains(name) {
            MacroParsingBehavior::Ignore
        } else {
            MacroParsingBehavior::Default
        }
    }

    fn item_name(&self, item: ItemInfo<'_>) -> Option<String> {
        item.name.strip_prefix(PREFIX).map(Into::into)
    }
}

pub(crate) fn run(_args: &Args) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no workspace")?;
    let parsed: Vec<_> = selection::HEADERS
        .iter()
        .map(|name| {
            let text = std::fs::read_to_string(root.join("headers").join(name))?;
            Ok(crate::headers::parse::parse(&text))
        })
        .collect::<Result<_>>()?;
    let Wrapper { text, macros } = wrapper::wrapper(&parsed);
    let mut builder = bindgen::Builder::default()
        .header_contents("l2tp-sys.h", &text)
        .clang_args(["-nostdinc", "--target=x86_64-unknown-linux-gnu", "-fparse-all-comments"])
        .clang_args(["-isystem", "headers", "-isystem", "xtask/shim"])
        .use_core()
        .rust_target(bindgen::RustTarget::stable(85, 0).map_err(|e| anyhow::anyhow!("{e:?}"))?)
        .rust_edition(bindgen::RustEdition::Edition2024)
        .default_enum_style(bindgen::EnumVariation::Consts)
        .translate_enum_integer_types(true)
        .prepend_enum_name(false)
        .generate_cstr(true)
        .derive_default(true)
        .derive_eq(true)
        .derive_hash(true)
        .formatter(bindgen::Formatter::Prettyplease)
        .allowlist_var(selection::constants())
        .allowlist_var(format!("{PREFIX}.*"))
        .parse_callbacks(Box::new(Callbacks { macros }));
    for name in selection::TYPES {
        builder = builder.allowlist_type(name);
    }
    let text = builder.generate()?.to_string();
    std::fs::write(root.join("l2tp-sys/src/generated.rs"), text)?;
    Ok(())
}
