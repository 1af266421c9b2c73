//! Makes bindgen's text fit to be read: documentation, plain types, no dead helpers.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Expr, ExprLit, Field, ImplItem, Item, ItemConst, ItemStruct, ItemType, Lit, Meta,
    parse_quote,
};

use super::comment::sentence;
use crate::headers::parse::Header;

/// bindgen's helper for bit-fields.
const BITFIELD: &str = "__BindgenBitfieldUnit";

/// Parses bindgen's text, amends it, and formats it.
pub(super) fn polish<'a>(
    text: &str,
    headers: impl IntoIterator<Item = &'a Header>,
) -> Result<String> {
    let mut file = syn::parse_file(text).context("bindgen's output is not Rust")?;
    let comments = comments(headers);
    file.items.retain(|item| !is_anonymous_enum(item));
    for item in &mut file.items {
        if let Item::Const(constant) = item {
            amend_constant(constant, &comments);
        }
    }
    drop_unused_methods(&mut file.items);
    DocLines.visit_file_mut(&mut file);
    Ok(prettyplease::unparse(&file))
}

/// The comment that stands beside each constant in the headers.
fn comments<'a>(headers: impl IntoIterator<Item = &'a Header>) -> BTreeMap<&'a str, &'a str> {
    headers
        .into_iter()
        .flat_map(|h| h.enums.iter().flat_map(|e| &e.members).chain(&h.macros))
        .filter_map(|constant| Some((constant.name.as_str(), constant.comment.as_deref()?)))
        .collect()
}

/// `pub type _bindgen_ty_7 = u32;`, a name for what has none in C.
fn is_anonymous_enum(item: &Item) -> bool {
    matches!(item, Item::Type(alias) if alias.ident.to_string().starts_with("_bindgen_ty_"))
}

fn amend_constant(constant: &mut ItemConst, comments: &BTreeMap<&str, &str>) {
    if constant.ident == "_" {
        return;
    }
    // clang gives a member without a comment that of its neighbour; the headers' text is better.
    constant.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
    if let Some(comment) = comments.get(constant.ident.to_string().as_str()) {
        let comment = format!(" {}", sentence(comment));
        constant.attrs.push(parse_quote!(#[doc = #comment]));
    }
    let type_name = constant.ty.to_token_stream().to_string();
    if type_name == "__u32" || type_name.starts_with("_bindgen_ty_") {
        *constant.ty = parse_quote!(u32);
    }
    if let Some(hexadecimal) = hexadecimal(&constant.expr) {
        *constant.expr = hexadecimal;
    }
}

/// Large numbers are masks and ioctls, which people know in hexadecimal.
fn hexadecimal(expression: &Expr) -> Option<Expr> {
    let Expr::Lit(literal) = expression else { return None };
    let Lit::Int(integer) = &literal.lit else { return None };
    let value: u64 = integer.base10_parse().ok().filter(|&value| value > 0x3ff)?;
    syn::parse_str(&format!("{value:#x}")).ok()
}

/// Drops the helpers for bit-fields that no structure here uses: most of bindgen's are unsafe,
/// and they are longer than all the rest.
fn drop_unused_methods(items: &mut Vec<Item>) {
    for item in &mut *items {
        if let Item::Impl(block) = item {
            block.items.retain(|item| !is_raw_accessor(item));
        }
    }
    let mut used = HashSet::from(["new".to_owned()]);
    for item in items.iter().filter(|item| !is_bitfield_impl(item)) {
        words(item.to_token_stream(), &mut used);
    }
    for item in items.iter_mut().filter(|item| is_bitfield_impl(item)) {
        if let Item::Impl(block) = item {
            block.items.retain(|item| method_name(item).is_none_or(|name| used.contains(&name)));
        }
    }
    items.retain(|item| !matches!(item, Item::Impl(i) if i.trait_.is_none() && i.items.is_empty()));
}

/// Writes documentation as people do: one `///` and a space a line.
struct DocLines;

impl VisitMut for DocLines {
    fn visit_item_struct_mut(&mut self, item: &mut ItemStruct) {
        split_docs(&mut item.attrs);
        visit_mut::visit_item_struct_mut(self, item);
    }

    fn visit_item_type_mut(&mut self, item: &mut ItemType) {
        split_docs(&mut item.attrs);
    }

    fn visit_field_mut(&mut self, field: &mut Field) {
        split_docs(&mut field.attrs);
    }
}

fn split_docs(attributes: &mut Vec<Attribute>) {
    let split = |attribute: Attribute| -> Vec<Attribute> {
        let Some(text) = doc_text(&attribute) else { return vec![attribute] };
        let spaced = |line: &str| if line.is_empty() { String::new() } else { format!(" {line}") };
        text.lines().map(spaced).map(|line| parse_quote!(#[doc = #line])).collect()
    };
    *attributes = attributes.drain(..).flat_map(split).collect();
}

/// The text of `#[doc = "text"]`.
fn doc_text(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    match &pair.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if pair.path.is_ident("doc") => {
            Some(text.value())
        }
        _ => None,
    }
}

fn is_raw_accessor(item: &ImplItem) -> bool {
    method_name(item).is_some_and(|name| name.ends_with("_raw") || name.starts_with("raw_"))
}

fn is_bitfield_impl(item: &Item) -> bool {
    matches!(item, Item::Impl(block)
        if block.trait_.is_none() && block.self_ty.to_token_stream().to_string().starts_with(BITFIELD))
}

fn method_name(item: &ImplItem) -> Option<String> {
    match item {
        ImplItem::Fn(method) => Some(method.sig.ident.to_string()),
        _ => None,
    }
}

fn words(tokens: TokenStream, found: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                found.insert(word.to_string());
            }
            TokenTree::Group(group) => words(group.stream(), found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::parse::parse;

    fn polished(text: &str, header: &str) -> String {
        polish(text, [&parse(header)]).unwrap()
    }

    #[test]
    fn constants_get_the_headers_comment_and_a_plain_type() {
        assert_eq!(
            polished(
                "#[doc = \" of a neighbour\"] pub const A: _bindgen_ty_2 = 1; pub type _bindgen_ty_2 = u32; pub const B: __u32 = 2152231990;",
                "enum { A, /* u16 [x] */ };",
            ),
            "/// u16 \\[x]\npub const A: u32 = 1;\npub const B: u32 = 0x80487436;\n"
        );
    }

    #[test]
    fn documentation_of_several_lines_has_one_mark_a_line() {
        let text = "#[doc = \"first\\n\\nsecond\"] pub struct s { #[doc = \"field\"] pub f: u8 }";
        assert_eq!(
            polished(text, ""),
            "/// first\n///\n/// second\npub struct s {\n    /// field\n    pub f: u8,\n}\n"
        );
    }

    #[test]
    fn layout_checks_and_named_enums_stay() {
        let text =
            "const _: () = {};\npub type l2tp_pwtype = u32;\npub const P: l2tp_pwtype = 5;\n";
        assert_eq!(polished(text, ""), text);
    }

    #[test]
    fn only_helpers_in_use_are_kept() {
        let text = "impl __BindgenBitfieldUnit<u8> { pub fn get() {} pub unsafe fn raw_get() {} pub fn set() {} }\nimpl s { pub fn x() { get() } pub unsafe fn x_raw() {} }";
        let polished = polished(text, "");
        assert!(polished.contains("fn get()") && polished.contains("fn x()"), "{polished}");
        assert!(!polished.contains("raw") && !polished.contains("set"), "{polished}");
    }
}
