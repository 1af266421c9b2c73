//! Makes bindgen's text fit to be read: documentation, plain types, no dead helpers.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use anyhow::{Context, Result, ensure};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Expr, ExprLit, Field, ForeignItem, Ident, ImplItem, Item, ItemConst, ItemStruct,
    ItemType, Lit, Meta, Type, parse_quote,
};

use super::comment::sentence;
use super::wrapper::PREFIX;
use super::{number, width};
use crate::headers::parse::{Constant, Header};

/// bindgen's helper for bit-fields.
const BITFIELD: &str = "__BindgenBitfieldUnit";

/// bindgen's text, fit to be read.
pub(super) struct Polished {
    pub(super) file: syn::File,
    /// Constants whose values bindgen does not tell.
    without_value: BTreeSet<String>,
}

impl Polished {
    pub(super) fn text(&self) -> String {
        prettyplease::unparse(&self.file)
    }

    /// The constants that a `u32` holds.
    pub(super) fn numbers(&self) -> BTreeSet<String> {
        let u32s = u32::MIN.into()..=u32::MAX.into();
        let constants = self.file.items.iter().filter_map(|item| match item {
            Item::Const(found) => Some((found.ident.to_string(), number::value(&found.expr)?)),
            _ => None,
        });
        constants.filter(|(_, value)| u32s.contains(value)).map(|(name, _)| name).collect()
    }

    /// Why no constant has the name of a macro.
    pub(super) fn why_no_macro(&self, name: &str) -> String {
        if self.without_value.contains(name) {
            "whose value bindgen cannot tell".to_owned()
        } else {
            "which is not defined once the headers are read for x86-64: a condition around it does \
             not hold, or an #undef follows"
                .to_owned()
        }
    }
}

/// Parses bindgen's text and amends it.
pub(super) fn polish(text: &str, headers: &BTreeMap<String, Header>) -> Result<Polished> {
    let mut file = syn::parse_file(text).context("bindgen's output is not Rust")?;
    let without_value = take_statics(&mut file.items);
    merge(&mut file.items)?;
    let known = constants(headers);
    let enums = enums(&mut file.items);
    file.items.retain(|item| !is_anonymous_enum(item));
    let mut too_large = Vec::new();
    for item in &mut file.items {
        if let Item::Const(constant) = item {
            too_large.extend(amend_constant(constant, &known, &enums));
        }
    }
    ensure!(
        too_large.is_empty(),
        "the field of a message that carries these does not hold their values: {}\n\
         Give them a width of their own in WIDTHS of xtask/src/bindgen/width.rs.",
        too_large.join(", ")
    );
    drop_unused_methods(&mut file.items);
    DocLines.visit_file_mut(&mut file);
    Ok(Polished { file, without_value })
}

/// What the headers say of each constant; of one that is defined twice, the last that says more.
fn constants(headers: &BTreeMap<String, Header>) -> BTreeMap<&str, &Constant> {
    let mut found: BTreeMap<&str, &Constant> = BTreeMap::new();
    for header in headers.values() {
        for constant in header.enums.iter().flat_map(|it| &it.members).chain(&header.macros) {
            let known = found.entry(&constant.name).or_insert(constant);
            if constant.comment.is_some() {
                *known = constant;
            }
        }
    }
    found
}

/// Takes away the constants that bindgen could only declare, not evaluate.
fn take_statics(items: &mut Vec<Item>) -> BTreeSet<String> {
    let mut taken = BTreeSet::new();
    for item in &mut *items {
        if let Item::ForeignMod(block) = item {
            block.items.retain(|item| {
                let ForeignItem::Static(found) = item else { return true };
                let Some(name) = unprefixed(&found.ident) else { return true };
                taken.insert(name);
                false
            });
        }
    }
    items.retain(|item| !matches!(item, Item::ForeignMod(block) if block.items.is_empty()));
    taken
}

/// Takes the wrapper's prefix off. What bindgen gives by itself, too, comes once, and both ways
/// must agree.
fn merge(items: &mut Vec<Item>) -> Result<()> {
    let mut own = HashMap::new();
    for item in &*items {
        if let Item::Const(found) = item {
            own.insert(found.ident.to_string(), number::value(&found.expr));
        }
    }
    let mut differing = Vec::new();
    items.retain_mut(|item| {
        let Item::Const(found) = item else { return true };
        let Some(name) = unprefixed(&found.ident) else { return true };
        found.ident = Ident::new(&name, found.ident.span());
        match own.get(&name) {
            Some(value) => {
                if *value != number::value(&found.expr) {
                    differing.push(name);
                }
                false
            }
            None => true,
        }
    });
    ensure!(
        differing.is_empty(),
        "the headers define these twice, with different values: {}",
        differing.join(", ")
    );
    Ok(())
}

fn unprefixed(name: &Ident) -> Option<String> {
    name.to_string().strip_prefix(PREFIX).map(Into::into)
}

/// `pub type _bindgen_ty_7 = u32;`, a name for what has none in C.
fn is_anonymous_enum(item: &Item) -> bool {
    matches!(item, Item::Type(alias) if alias.ident.to_string().starts_with("_bindgen_ty_"))
}

/// Gives a constant the header's comment and its type; its name if no value of that type is it.
fn amend_constant(
    constant: &mut ItemConst,
    known: &BTreeMap<&str, &Constant>,
    enums: &HashMap<Ident, Type>,
) -> Option<String> {
    if constant.ident == "_" {
        return None;
    }
    // clang gives a member without a comment that of its neighbour; the headers' text is better.
    constant.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
    let name = constant.ident.to_string();
    let known = known.get(name.as_str());
    if let Some(comment) = known.and_then(|known| known.comment.as_ref()) {
        let comment = format!(" {}", sentence(comment));
        constant.attrs.push(parse_quote!(#[doc = #comment]));
    }
    let value = number::value(&constant.expr)?;
    let is_mask = known.is_some_and(|known| is_mask(&known.value));
    let Some((kind, literal)) = number::typed(value, is_mask, width::bits(&name)) else {
        return Some(name);
    };
    // A named enumeration's members keep its name where that is an alias of their type.
    if type_name(&constant.ty).and_then(|name| enums.get(name)) != Some(&kind) {
        *constant.ty = kind;
    }
    *constant.expr = literal;
    None
}

fn is_mask(spelling: &[String]) -> bool {
    spelling.iter().any(|token| token == "~" || token == "<<")
}

/// The names that the headers give to enumerations, and what they are aliases of: the type of
/// their members where all are narrower than an `int`, and else `u32`.
fn enums(items: &mut [Item]) -> HashMap<Ident, Type> {
    let mut widths: HashMap<Ident, u32> = HashMap::new();
    for item in &*items {
        let Item::Const(member) = item else { continue };
        if let Some(name) = type_name(&member.ty) {
            let widest = widths.entry(name.clone()).or_default();
            *widest = width::bits(&member.ident.to_string()).max(*widest);
        }
    }
    let mut aliases = HashMap::new();
    for item in items {
        let Item::Type(alias) = item else { continue };
        if *alias.ty != parse_quote!(u32) || alias.ident.to_string().starts_with('_') {
            continue;
        }
        *alias.ty = match widths.get(&alias.ident) {
            Some(8) => parse_quote!(u8),
            Some(16) => parse_quote!(u16),
            _ => parse_quote!(u32),
        };
        aliases.insert(alias.ident.clone(), Type::clone(&alias.ty));
    }
    aliases
}

fn type_name(of: &Type) -> Option<&Ident> {
    let Type::Path(path) = of else { return None };
    path.path.get_ident()
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
        let headers = BTreeMap::from([("a.h".to_owned(), parse(header))]);
        polish(text, &headers).unwrap().text()
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
    fn a_constant_that_comes_both_ways_comes_once() {
        let both = "pub const A: _bindgen_ty_2 = 1; pub const value_of_A: c_int = 1;";
        assert_eq!(polished(both, ""), "pub const A: u32 = 1;\n");
        let error = polish(&both.replace("c_int = 1", "c_int = 2"), &BTreeMap::new()).err();
        assert!(error.unwrap().to_string().ends_with("with different values: A"));
    }

    #[test]
    fn no_value_loses_its_sign_or_its_upper_half() {
        let text = "pub const value_of_A: c_ulonglong = 1099511627776; pub const B: e = -1; pub const C: e = 3; pub type e = i32; pub const F: f = 3; pub type f = u32; pub const value_of_D: c_int = -49153;";
        assert_eq!(
            polished(text, "enum e { B = -1, C = 3 };\n#define D ~(3 << 14)\n"),
            "pub const A: u64 = 0x10000000000;\npub const B: i32 = -1;\npub const C: u32 = 3;\npub type e = i32;\npub const F: f = 3;\npub type f = u32;\npub const D: u32 = 0xffff3fff;\n"
        );
    }

    #[test]
    fn what_a_message_carries_is_as_wide_as_its_field() {
        let text = "pub const L2TP_CMD_A: commands = 1; pub type commands = u32; pub const value_of_NLA_TYPE_MASK: c_int = -49153; pub const IFLA_A: mixed = 2; pub const B: mixed = 3; pub type mixed = u32;";
        assert_eq!(
            polished(text, "#define NLA_TYPE_MASK ~(3 << 14)\n"),
            "pub const L2TP_CMD_A: commands = 1;\npub type commands = u8;\npub const NLA_TYPE_MASK: u16 = 0x3fff;\npub const IFLA_A: u16 = 2;\npub const B: mixed = 3;\npub type mixed = u32;\n"
        );
        let error = polish("pub const CTRL_CMD_A: u32 = 256;", &BTreeMap::new()).err().unwrap();
        assert!(error.to_string().contains("does not hold their values: CTRL_CMD_A\n"), "{error}");
    }

    #[test]
    fn what_is_only_declared_is_taken_away_and_told() {
        let text = "unsafe extern \"C\" { pub static value_of_A: c_ulonglong; }";
        let polished = polish(text, &BTreeMap::new()).unwrap();
        assert_eq!(polished.text(), "");
        assert_eq!(polished.why_no_macro("A"), "whose value bindgen cannot tell");
        assert!(polished.why_no_macro("B").contains("not defined"));
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
