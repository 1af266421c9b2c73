//! Keeps what the user wrote apart from the names of the generated items.
//!
//! Local variables are hygienic in Rust; constants and modules are not. A name of the user's that
//! begins as a generated one does gets a mark while the input is expanded. Afterwards the generated
//! names take a tail that no name of the user's has, and the mark is taken off.

use std::collections::BTreeSet;

use proc_macro2::{Group, Ident, Literal, TokenStream, TokenTree};

/// How the names of generated items and lifetimes begin.
const RESERVED: &[&str] = &["__attr", "__ID", "__KIND", "__number", "__msg"];

/// Stands before such a name of the user's. Nobody's name begins so.
const MARK: &str = "__l2tp_derive_users_";

/// Runs a derive on input in which no name is a generated one.
pub(crate) fn apart(
    input: TokenStream,
    derive: impl FnOnce(TokenStream) -> TokenStream,
) -> TokenStream {
    let mut met = BTreeSet::new();
    names(input.clone(), &mut met);
    if met.is_empty() {
        return derive(input);
    }
    let mut tail = "_".to_owned();
    while met.iter().any(|name| name.ends_with(&tail)) {
        tail.push('_');
    }
    let marked = renamed(input, &|name| is_reserved(name).then(|| format!("{MARK}{name}")));
    renamed(derive(marked), &|name| match name.split_once(MARK) {
        Some((before, after)) => {
            Some(format!("{before}{after}{}", if before.is_empty() { "" } else { &tail }))
        }
        None => is_reserved(name).then(|| format!("{name}{tail}")),
    })
}

fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|reserved| name.starts_with(reserved))
}

/// The names in `tokens` that a generated item may have.
fn names(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) if is_reserved(&name.to_string()) => {
                found.insert(name.to_string());
            }
            TokenTree::Group(group) => names(group.stream(), found),
            _ => {}
        }
    }
}

/// The tokens with other names, where `rename` gives one. What quotes a name is renamed, too.
fn renamed(tokens: TokenStream, rename: &dyn Fn(&str) -> Option<String>) -> TokenStream {
    let token = |token| match token {
        TokenTree::Ident(name) => TokenTree::Ident(match rename(&name.to_string()) {
            Some(new) => Ident::new(&new, name.span()),
            None => name,
        }),
        TokenTree::Group(group) => {
            let mut new = Group::new(group.delimiter(), renamed(group.stream(), rename));
            new.set_span(group.span());
            TokenTree::Group(new)
        }
        TokenTree::Literal(literal) => TokenTree::Literal(unmarked(literal)),
        TokenTree::Punct(_) => token,
    };
    tokens.into_iter().map(token).collect()
}

fn unmarked(literal: Literal) -> Literal {
    let text = literal.to_string();
    if !text.contains(MARK) {
        return literal;
    }
    let mut new: Literal = text.replace(MARK, "").parse().unwrap_or_else(|_| literal.clone());
    new.set_span(literal.span());
    new
}
