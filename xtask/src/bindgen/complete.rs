//! Whether l2tp-sys has everything that the headers give.
//!
//! The headers are read twice: by clang, which knows values and layouts but hands on only what is
//! asked for, and by [`crate::headers::parse`], which reads every declaration. What the second
//! finds and the generated code has not is named.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use syn::Item;

use super::polish::Polished;
use super::selection;
use crate::headers::parse::Header;

/// Fails if something under the chosen prefixes is neither generated nor excused.
pub(super) fn check(headers: &BTreeMap<String, Header>, polished: &Polished) -> Result<()> {
    let lacking: Vec<String> = lacking(headers, polished)
        .into_iter()
        .filter(|lack| selection::excuse(&lack.name).is_none())
        .map(|lack| format!("  {}: {}, {}\n", lack.header, lack.name, lack.why))
        .collect();
    ensure!(
        lacking.is_empty(),
        "the headers give what l2tp-sys would not have:\n{}{}",
        lacking.concat(),
        selection::REMEDY
    );
    Ok(())
}

/// Something that a header gives and the generated code has not.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Lack {
    header: String,
    name: String,
    why: String,
}

fn lacking(headers: &BTreeMap<String, Header>, polished: &Polished) -> BTreeSet<Lack> {
    let there: BTreeSet<String> = polished.file.items.iter().filter_map(name).collect();
    let mut found = BTreeSet::new();
    let mut lack = |header: &str, name: &str, why: String| {
        found.insert(Lack { header: header.to_owned(), name: name.to_owned(), why });
    };
    for (path, header) in headers {
        for line in &header.unclosed {
            lack(path, &format!("line {line}"), "a brace that nothing closes".to_owned());
        }
        let shapes = [
            (&header.functions, "a macro with parameters"),
            (&header.flags, "a macro without a value"),
        ];
        for (macros, shape) in shapes {
            for found in macros.iter().filter(|found| selection::takes(&found.name)) {
                lack(path, &found.name, format!("{shape}, which no constant can be"));
            }
        }
        for found in header.macros.iter().filter(|found| selection::takes(&found.name)) {
            if !there.contains(&found.name) {
                lack(path, &found.name, polished.why_no_macro(&found.name));
            }
        }
        for found in header.structs.iter().filter(|found| selection::takes_type(&found.name)) {
            if !there.contains(&found.name) {
                lack(path, &found.name, format!("a {} that bindgen does not give", found.keyword));
            }
        }
    }
    for (path, found) in selection::enums(headers) {
        let members =
            found.members.iter().map(|member| (&member.name, "a member of an enumeration"));
        let tag = found.tag.iter().map(|tag| (tag, "an enumeration"));
        for (name, what) in members.chain(tag) {
            if !there.contains(name) {
                lack(path, name, format!("{what} that bindgen does not give"));
            }
        }
    }
    found
}

/// The name of a constant or type.
fn name(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Union(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        _ => return None,
    })
}
