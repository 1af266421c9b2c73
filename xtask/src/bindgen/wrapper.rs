//! The C text that bindgen reads: the headers, then each macro as a typed constant.
//!
//! bindgen cannot evaluate a macro that is built from enumerators, `sizeof` or macros with
//! parameters (`L2TP_CMD_MAX`, `NLA_HDRLEN`, every `PPPIOC…`). clang can, if the macro
//! initialises a constant; the prefix is taken off again when bindgen names the item.

use std::fmt::Write as _;

use super::selection;
use crate::headers::closure::ROOTS;
use crate::headers::parse::{Constant, Header};

/// Stands before the name of each macro's constant.
pub(super) const PREFIX: &str = "value_of_";

/// The C text, and the names of the macros that it evaluates.
pub(super) struct Wrapper {
    pub(super) text: String,
    pub(super) macros: Vec<String>,
}

/// Writes the wrapper for these headers.
pub(super) fn wrapper<'a>(headers: impl IntoIterator<Item = &'a Header>) -> Wrapper {
    let integers = headers
        .into_iter()
        .flat_map(|header| &header.macros)
        .filter(|constant| selection::takes(&constant.name) && !is_string(constant))
        .map(|constant| constant.name.clone());
    let mut macros: Vec<String> = selection::SINGLES.iter().map(|&name| name.to_owned()).collect();
    macros.extend(integers);

    let mut text = String::new();
    for header in ROOTS {
        let _ = writeln!(text, "#include <{header}>");
    }
    for name in &macros {
        let _ = writeln!(text, "static const __u32 {PREFIX}{name} = (__u32)({name});");
    }
    Wrapper { text, macros }
}

/// bindgen makes strings of strings by itself.
fn is_string(constant: &Constant) -> bool {
    constant.value.iter().any(|token| token.starts_with('"'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::parse::parse;

    #[test]
    fn integers_are_evaluated_and_strings_and_strangers_are_not() {
        let header = parse(
            "#define L2TP_ATTR_MAX (__L2TP_ATTR_MAX - 1)\n#define L2TP_GENL_NAME \"l2tp\"\n#define OTHER 1",
        );
        let Wrapper { text, macros } = wrapper([&header]);
        assert_eq!(macros, [selection::SINGLES, &["L2TP_ATTR_MAX"]].concat());
        assert!(text.starts_with("#include <linux/ioctl.h>\n"));
        assert!(
            text.ends_with("static const __u32 value_of_L2TP_ATTR_MAX = (__u32)(L2TP_ATTR_MAX);\n")
        );
    }
}
