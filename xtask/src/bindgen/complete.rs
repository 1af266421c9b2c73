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

/// Fails if a header is cut off or written so that its declarations cannot be read.
pub(super) fn check_braces(headers: &BTreeMap<String, Header>) -> Result<()> {
    let unclosed: Vec<String> = headers
        .iter()
        .flat_map(|(path, header)| header.unclosed.iter().map(move |line| format!("{path}:{line}")))
        .collect();
    ensure!(unclosed.is_empty(), "nothing closes the brace that opens at {}", unclosed.join(", "));
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
    // bindgen puts the name of a structure before that of a type within it.
    let has_type = |name: &str| {
        there.contains(name) || there.iter().any(|other| other.ends_with(&format!("_{name}")))
    };
    let mut found = BTreeSet::new();
    let mut lack = |header: &str, name: &str, why: String| {
        found.insert(Lack { header: header.to_owned(), name: name.to_owned(), why });
    };
    for (path, header) in headers {
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
            if !has_type(&found.name) {
                lack(path, &found.name, format!("a {} that bindgen does not give", found.keyword));
            }
        }
    }
    for (path, found) in selection::enums(headers) {
        for member in found.members.iter().filter(|member| !there.contains(&member.name)) {
            let why = "a member of an enumeration that bindgen does not give";
            lack(path, &member.name, why.to_owned());
        }
        if let Some(tag) = found.tag.as_deref().filter(|tag| !has_type(tag)) {
            lack(path, tag, "an enumeration that bindgen does not give".to_owned());
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
