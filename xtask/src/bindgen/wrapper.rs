//! The C text that bindgen reads: the headers, then each macro as a typed constant.
//!
//! bindgen cannot evaluate a macro that is built from enumerators, `sizeof` or other macros
//! with parameters (`L2TP_CMD_MAX`, `NLA_HDRLEN`, every `PPPIOC…`). clang can, if the macro
//! initialises a constant; the prefix is taken off again when bindgen names the item.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::selection;
use crate::headers::parse::Header;

/// Stands before the name of each macro's constant.
pub(super) const PREFIX: &str = "value_of_";

/// The C text, and the names of the macros that it evaluates.
pub(super) struct Wrapper {
    pub(super) text: String,
    pub(super) macros: BTreeSet<String>,
}

/// Writes the wrapper for these headers.
pub(super) fn wrapper<'a>(headers: impl IntoIterator<Item = &'a Header>) -> Wrapper {
    let integers = headers
        .into_iter()
        .flat_map(|header| &header.macros)
        .filter(|constant| selection::takes(&constant.name))
        .filter(|constant| !constant.value.iter().any(|token| token.starts_with('"')))
        .map(|constant| constant.name.clone());
    let singles = selection::SINGLES.iter().map(|&name| name.to_owned());
    let macros: BTreeSet<String> = integers.chain(singles).collect();

    let mut text = String::from("#include <linux/ioctl.h>\n#include <linux/filter.h>\n");
    for header in selection::HEADERS {
        let _ = writeln!(text, "#include <{header}>");
    }
    for name in &macros {
        let _ = writeln!(text, "static const __u32 {PREFIX}{name} = (__u32)({name});");
    }
    Wrapper { text, macros }
}
