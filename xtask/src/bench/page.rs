//! Writing the figures down: a part of the page, a file and a chart for each kernel.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::guest::Measured;
use super::{chart, tables};
use crate::files::replace_file;
use crate::vm::Suite;
use crate::workspace;

fn docs() -> PathBuf {
    workspace().join("docs")
}

/// Writes down what was measured on the kernel of `suite`.
pub(super) fn write(suite: Suite, measured: &Measured) -> Result<()> {
    let folder = docs().join("performance");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let figures = measured.figures.to_json()? + "\n";
    replace_file(&folder.join(format!("{suite}.json")), figures)?;
    replace_file(&folder.join(format!("{suite}.svg")), chart::svg(&measured.figures)?)?;
    let chart = format!("![What operations cost](performance/{suite}.svg)\n");
    replace(suite.name(), &format!("{chart}\n{}", tables::page(measured)))
}

/// Puts `text` into the page's part of this name.
pub(super) fn replace(part: &str, text: &str) -> Result<()> {
    let path = docs().join("performance.md");
    let page = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let page = with(&page, part, text)
        .with_context(|| format!("{} has no part named {part}", path.display()))?;
    replace_file(&path, page)
}

fn with(page: &str, part: &str, text: &str) -> Option<String> {
    let (before, rest) = page.split_once(&format!("<!-- {part} -->\n"))?;
    let end = "<!-- end -->";
    let after = &rest[rest.find(end)?..];
    Some(format!("{before}<!-- {part} -->\n{}\n{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_part_is_replaced() {
        let page = "a\n<!-- x -->\nold\n<!-- end -->\nb\n<!-- y -->\nkept\n<!-- end -->\n";
        let new = with(page, "x", "new\n\n").unwrap();
        assert_eq!(new, "a\n<!-- x -->\nnew\n<!-- end -->\nb\n<!-- y -->\nkept\n<!-- end -->\n");
        assert_eq!(with(page, "z", ""), None);
    }
}
