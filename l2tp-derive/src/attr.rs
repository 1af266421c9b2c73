//! `#[nlattr(..)]` and `#[nlenum(..)]` as they were written, before anything is made of them.
//!
//! Each key is parsed by itself: after a bad one the rest is still read, so that one build shows
//! all that is wrong. Whether keys agree with each other is `valid`'s question.

use proc_macro2::TokenTree;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, Ident, Meta, Path, Token};

use crate::ast::Codec;
use crate::errors::{Errors, error, error_at};
use crate::suggest;

/// A key that was written, with its value.
pub(crate) struct Key<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

/// A key that was perhaps written.
type Slot<T> = Option<Key<T>>;

/// `#[nlattr(..)]` on a struct.
#[derive(Default)]
pub(crate) struct StructAttrs {
    pub(crate) krate: Slot<Path>,
    pub(crate) deny_unknown: Slot<()>,
}

/// `#[nlattr(..)]` on a field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) id: Slot<Path>,
    pub(crate) be: Slot<()>,
    pub(crate) flag: Slot<()>,
    pub(crate) nested: Slot<()>,
    pub(crate) with: Slot<Codec>,
    pub(crate) encode: Slot<Codec>,
    pub(crate) decode: Slot<Codec>,
    pub(crate) default: Slot<Option<Expr>>,
    pub(crate) skip: Slot<()>,
    /// Something in it was already reported; what seems missing may only be misspelt.
    pub(crate) broken: bool,
}

/// `#[nlenum(..)]` on an enum.
#[derive(Default)]
pub(crate) struct EnumAttrs {
    pub(crate) krate: Slot<Path>,
    pub(crate) repr: Slot<Ident>,
    pub(crate) broken: bool,
}

/// `#[nlenum(..)]` on a variant.
#[derive(Default)]
pub(crate) struct VariantAttrs {
    pub(crate) id: Slot<Path>,
    pub(crate) other: Slot<()>,
    pub(crate) broken: bool,
}

/// An attribute with its keys, and what its keys are called elsewhere for those who mix them up.
struct Vocabulary {
    name: &'static str,
    place: &'static str,
    keys: &'static [&'static str],
    elsewhere: (&'static str, &'static [&'static str]),
}

const STRUCT_KEYS: &[&str] = &["crate", "deny_unknown"];
const FIELD_KEYS: &[&str] =
    &["id", "be", "flag", "nested", "with", "encode", "decode", "default", "skip"];
const ENUM_KEYS: &[&str] = &["repr", "crate"];
const VARIANT_KEYS: &[&str] = &["id", "other"];

const STRUCT: Vocabulary = Vocabulary {
    name: "nlattr",
    place: "a struct",
    keys: STRUCT_KEYS,
    elsewhere: ("a field", FIELD_KEYS),
};
const FIELD: Vocabulary = Vocabulary {
    name: "nlattr",
    place: "a field",
    keys: FIELD_KEYS,
    elsewhere: ("the struct", STRUCT_KEYS),
};
const ENUM: Vocabulary = Vocabulary {
    name: "nlenum",
    place: "an enum",
    keys: ENUM_KEYS,
    elsewhere: ("a variant", VARIANT_KEYS),
};
const VARIANT: Vocabulary = Vocabulary {
    name: "nlenum",
    place: "a variant",
    keys: VARIANT_KEYS,
    elsewhere: ("the enum", ENUM_KEYS),
};

impl StructAttrs {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        STRUCT.parse(attrs, errors, |key, input| match key.to_string().as_str() {
            "crate" => set(&mut this.krate, key, input, crate_path),
            "deny_unknown" => set(&mut this.deny_unknown, key, input, nothing),
            _ => Err(STRUCT.unknown(&key)),
        });
        this
    }
}

impl FieldAttrs {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        this.broken = !FIELD.parse(attrs, errors, |key, input| match key.to_string().as_str() {
            "id" => set(&mut this.id, key, input, constant),
            _ if is_constant(&key, input) => Err(FIELD.bare(&key, input)),
            "be" => set(&mut this.be, key, input, nothing),
            "flag" => set(&mut this.flag, key, input, nothing),
            "nested" => set(&mut this.nested, key, input, nothing),
            "with" => set(&mut this.with, key, input, form),
            "encode" => set(&mut this.encode, key, input, form),
            "decode" => set(&mut this.decode, key, input, form),
            "default" => set(&mut this.default, key, input, optional_expr),
            "skip" => set(&mut this.skip, key, input, nothing),
            _ => Err(FIELD.unknown(&key)),
        });
        this.broken |= ENUM.is_among(attrs);
        this
    }
}

impl EnumAttrs {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        this.broken = !ENUM.parse(attrs, errors, |key, input| match key.to_string().as_str() {
            "crate" => set(&mut this.krate, key, input, crate_path),
            "repr" => set(&mut this.repr, key, input, repr),
            _ => Err(ENUM.unknown(&key)),
        });
        this
    }
}

impl VariantAttrs {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        this.broken = !VARIANT.parse(attrs, errors, |key, input| match key.to_string().as_str() {
            "id" => set(&mut this.id, key, input, constant),
            _ if is_constant(&key, input) => Err(VARIANT.bare(&key, input)),
            "other" => set(&mut this.other, key, input, nothing),
            _ => Err(VARIANT.unknown(&key)),
        });
        this.broken |= FIELD.is_among(attrs);
        this
    }
}

impl Vocabulary {
    /// Hands each key of each of our attributes to `take`, which reads its value. Says whether
    /// all went well.
    fn parse(
        &self,
        attrs: &[Attribute],
        errors: &mut Errors,
        mut take: impl FnMut(Ident, ParseStream<'_>) -> syn::Result<()>,
    ) -> bool {
        let mut well = true;
        let mut report = |error| {
            well = false;
            errors.push(error);
        };
        for attr in attrs.iter().filter(|attr| attr.path().is_ident(self.name)) {
            let tokens = match &attr.meta {
                Meta::List(list) if !list.tokens.is_empty() => list.tokens.clone(),
                _ => {
                    report(self.empty(attr));
                    continue;
                }
            };
            let all = |input: ParseStream<'_>| {
                while !input.is_empty() {
                    let entry = Ident::parse_any(input).and_then(|key| take(key, input));
                    if let Err(error) = entry.and_then(|()| comma(input)) {
                        report(error);
                        skip_past_comma(input);
                    }
                }
                Ok(())
            };
            if let Err(error) = all.parse2(tokens) {
                report(error);
            }
        }
        well
    }

    /// Whether there is an attribute of this name, which in the wrong place is reported by itself.
    fn is_among(&self, attrs: &[Attribute]) -> bool {
        attrs.iter().any(|attr| attr.path().is_ident(self.name))
    }

    fn empty(&self, attr: &Attribute) -> syn::Error {
        let Self { name, place, .. } = self;
        error_at(
            attr,
            format_args!("`#[{name}]` without keys"),
            format_args!(
                "write `#[{name}(..)]` with the keys of {place}: {}; or leave it out",
                suggest::list(self.keys)
            ),
        )
    }

    /// A constant where a key belongs.
    fn bare(&self, key: &Ident, input: ParseStream<'_>) -> syn::Error {
        let rest = input.fork().step(|cursor| {
            let (mut path, mut at) = (String::new(), *cursor);
            while let Some((token, next)) = at.token_tree() {
                if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',') {
                    break;
                }
                path += &token.to_string();
                at = next;
            }
            Ok((path, at))
        });
        let path = format!("{key}{}", rest.unwrap_or_default());
        error_at(
            key,
            format_args!("`{path}` without a key"),
            format_args!("write `#[{}(id = {path})]`", self.name),
        )
    }

    fn unknown(&self, key: &Ident) -> syn::Error {
        let (other_place, other_keys) = self.elsewhere;
        let word = key.unraw().to_string();
        let help = if other_keys.contains(&word.as_str()) {
            format!("`{word}` belongs on {other_place}")
        } else {
            let keys = suggest::list(self.keys);
            let guess = suggest::nearest(&word, self.keys);
            let guess = guess.map(|it| format!("did you mean `{it}`? ")).unwrap_or_default();
            format!("{guess}the keys of {} are {keys}", self.place)
        };
        error_at(key, format_args!("`{}` has no key `{word}` on {}", self.name, self.place), help)
    }
}

/// Reads the value of `key` into its slot, once.
fn set<T>(
    slot: &mut Slot<T>,
    key: Ident,
    input: ParseStream<'_>,
    read: impl FnOnce(&Ident, ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<()> {
    let value = read(&key, input)?;
    if slot.is_some() {
        return Err(error_at(
            &key,
            format_args!("`{key}` is given twice"),
            "keep the one that is meant",
        ));
    }
    *slot = Some(Key { key, value });
    Ok(())
}

/// Whether what stands where a key belongs is a constant: a path, or a name written as they are.
fn is_constant(key: &Ident, input: ParseStream<'_>) -> bool {
    let is_upper = key.unraw().to_string().chars().all(|c| !c.is_lowercase());
    input.peek(Token![::]) || (is_upper && !input.peek(Token![=]))
}

/// The end of an entry.
fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    Ok(())
}

/// Goes on after a bad entry.
fn skip_past_comma(input: ParseStream<'_>) {
    while let Ok(token) = input.parse::<TokenTree>() {
        if matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',') {
            break;
        }
    }
}

/// A key without a value.
fn nothing(key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(());
    }
    Err(error_at(key, format_args!("`{key}` takes no value"), format_args!("write `{key}` alone")))
}

/// The `=` before a value, of which `example` is one.
fn equals(key: &Ident, input: ParseStream<'_>, example: &str) -> syn::Result<()> {
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        if !input.is_empty() && !input.peek(Token![,]) {
            return Ok(());
        }
    }
    Err(error_at(key, format_args!("`{key}` needs a value"), format_args!("`{key} = {example}`")))
}

/// `id = PATH`.
fn constant(key: &Ident, input: ParseStream<'_>) -> syn::Result<Path> {
    equals(key, input, "CONSTANT")?;
    match ungroup(input.parse()?) {
        Expr::Path(path) if path.qself.is_none() => Ok(path.path),
        other => Err(error_at(
            other,
            "an id is the path of a constant",
            "name the constant of the kernel's header, `id = CONSTANT`: its name stands in error \
             messages",
        )),
    }
}

/// `with = FORM`.
fn form(key: &Ident, input: ParseStream<'_>) -> syn::Result<Codec> {
    equals(key, input, "u8")?;
    let at = input.span();
    input.parse().map_err(|_| Codec::no_form(at)).and_then(Codec::from_type)
}

/// `default` or `default = EXPR`.
fn optional_expr(key: &Ident, input: ParseStream<'_>) -> syn::Result<Option<Expr>> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(None);
    }
    equals(key, input, "EXPR")?;
    input.parse().map(Some)
}

/// `crate = PATH`.
fn crate_path(key: &Ident, input: ParseStream<'_>) -> syn::Result<Path> {
    equals(key, input, "::l2tp")?;
    let at = input.span();
    input.call(Path::parse_mod_style).map_err(|_| {
        error(at, "expected the path of a crate or module", "`crate = ::l2tp`, without quotes")
    })
}

/// `repr = u16`.
fn repr(key: &Ident, input: ParseStream<'_>) -> syn::Result<Ident> {
    const REPRS: &[&str] = &["u8", "u16", "u32", "u64"];
    equals(key, input, "u16")?;
    let at = input.span();
    let int = input.parse::<Ident>().ok();
    int.filter(|int| REPRS.iter().any(|repr| int == repr)).ok_or_else(|| {
        error(
            at,
            "the kernel's numbers are not carried by such a type",
            format_args!("`repr` is one of {}", suggest::list(REPRS)),
        )
    })
}

/// The expression itself: what a `macro_rules` fragment passes on comes wrapped.
fn ungroup(expr: Expr) -> Expr {
    match expr {
        Expr::Group(group) => ungroup(*group.expr),
        expr => expr,
    }
}

/// The key of a slot, if it was written.
pub(crate) trait Written {
    fn key(&self) -> Option<&Ident>;
}

impl<T> Written for Slot<T> {
    fn key(&self) -> Option<&Ident> {
        self.as_ref().map(|it| &it.key)
    }
}
