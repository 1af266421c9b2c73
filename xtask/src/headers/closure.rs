//! Which headers are vendored: a few by name, and all that they include.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use kernel_headers::lex::{Kind, tokens};

/// The headers that are wanted for themselves, in the order in which they can be included.
///
/// The first two are there for the macros of `ppp-ioctl.h`, which uses them without including
/// them.
pub(crate) const ROOTS: &[&str] = &[
    "linux/ioctl.h",
    "linux/filter.h",
    "linux/l2tp.h",
    "linux/if_pppol2tp.h",
    "linux/if_pppox.h",
    "linux/ppp-ioctl.h",
    "linux/netlink.h",
    "linux/genetlink.h",
    "linux/rtnetlink.h",
];

/// Headers of the C library that the kernel's include; `xtask/shim` stands in for them.
const FROM_LIBC: &[&str] = &["sys/socket.h"];

/// Reads the roots and whatever they include, whichever way their conditionals would go.
///
/// `read` gives a header's text by its path, or `None` if there is no such header.
pub(crate) fn collect(
    read: impl Fn(&str) -> Result<Option<String>>,
) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let mut open: Vec<(String, String)> =
        ROOTS.iter().map(|&root| (root.to_owned(), "l2tp-sys".to_owned())).collect();
    while let Some((path, wanted_by)) = open.pop() {
        if found.contains_key(&path) || FROM_LIBC.contains(&path.as_str()) {
            continue;
        }
        let Some(text) = read(&path)? else {
            bail!("there is no {path}, which {wanted_by} needs");
        };
        for include in includes(&text) {
            let Some(include) = include_path(include) else {
                bail!("{path}: cannot tell which header `{include}` includes");
            };
            open.push((include.to_owned(), path.clone()));
        }
        found.insert(path, text);
    }
    Ok(found)
}

/// The `#include`s of a header, whole.
fn includes(text: &str) -> impl Iterator<Item = &str> {
    tokens(text)
        .into_iter()
        .filter(|token| token.kind == Kind::Directive)
        .map(|token| token.text)
        .filter(|text| text[1..].trim_start().starts_with("include"))
}

/// The path in `#include <path>` or `#include "path"`; `None` for another form.
fn include_path(directive: &str) -> Option<&str> {
    let path = directive[1..].trim_start().strip_prefix("include")?.trim_start();
    let close = match path.chars().next()? {
        '<' => '>',
        '"' => '"',
        _ => return None,
    };
    Some(path[1..].split_once(close)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_are_followed_through_conditionals_and_cycles() {
        let read = |path: &str| {
            Ok(match path {
                "linux/l2tp.h" => Some("#ifdef X\n# include <asm/a.h> /* why */\n#endif".into()),
                "asm/a.h" => Some("#include \"linux/l2tp.h\"\n#include <sys/socket.h>".into()),
                root if ROOTS.contains(&root) => Some("/* #include <not/this.h> */".into()),
                _ => None,
            })
        };
        let found = collect(read).unwrap();
        assert_eq!(found.len(), ROOTS.len() + 1);
        assert!(found.contains_key("asm/a.h"));
    }

    #[test]
    fn a_missing_header_is_named_with_the_one_that_needs_it() {
        let read = |path: &str| {
            Ok(match path {
                "linux/genetlink.h" => Some("#include <linux/gone.h>".to_owned()),
                root => ROOTS.contains(&root).then(String::new),
            })
        };
        let error = collect(read).unwrap_err().to_string();
        assert_eq!(error, "there is no linux/gone.h, which linux/genetlink.h needs");
    }

    #[test]
    fn an_include_that_cannot_be_followed_is_named() {
        for include in ["#include HEADER", "#include_next <linux/l2tp.h>", "#include <linux/l2tp.h"]
        {
            let read = |path: &str| {
                let text = if path == "linux/genetlink.h" { include } else { "" };
                Ok(ROOTS.contains(&path).then(|| text.to_owned()))
            };
            let error = collect(read).unwrap_err().to_string();
            assert!(error.contains("linux/genetlink.h") && error.contains(include), "{error}");
        }
    }
}
