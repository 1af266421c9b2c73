//! The rules: what was written becomes a tree of `ast`, or an error at each token at fault.

use std::collections::HashMap;

use quote::ToTokens;
use syn::{
    Attribute, Data, DataEnum, DeriveInput, Fields, FieldsNamed, Ident, Path, Type, parse_quote,
};

use crate::ast::{self, Codec, kernel_name};
use crate::attr::{EnumAttrs, FieldAttrs, Key, StructAttrs, VariantAttrs, Written as _};
use crate::errors::Errors;

/// The runtime, unless `crate = PATH` says otherwise.
pub(crate) fn default_crate() -> Path {
    parse_quote!(::l2tp)
}

/// A struct of attributes, for the derive macro `derive`.
pub(crate) fn struct_of_attributes(
    input: &DeriveInput,
    derive: &str,
    errors: &mut Errors,
) -> Option<ast::Struct> {
    let named = named_fields(input, derive, errors)?;
    no_enum_keys(input, errors);
    let attrs = StructAttrs::parse(&input.attrs, errors);
    let mut tree = ast::Struct {
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        krate: attrs.krate.map_or_else(default_crate, |it| it.value),
        deny_unknown: attrs.deny_unknown.is_some(),
        fields: Vec::new(),
        skipped: Vec::new(),
    };
    for field in &named.named {
        let Some(ident) = &field.ident else { continue };
        let attrs = FieldAttrs::parse(&field.attrs, errors);
        bind(&mut tree, ident, &field.ty, attrs, errors);
    }
    let ids = tree.fields.iter().map(|field| (&field.ident, &field.id));
    repeated_ids(ids, "field", errors);
    Some(tree)
}

/// The same for decoding, which borrows from one message.
pub(crate) fn decoded_struct(input: &DeriveInput, errors: &mut Errors) -> Option<ast::Struct> {
    one_lifetime(input, "FromAttrs", errors);
    struct_of_attributes(input, "FromAttrs", errors)
}

/// A struct that has its only field's form, for the derive macro `derive`.
pub(crate) fn newtype(
    input: &DeriveInput,
    derive: &str,
    errors: &mut Errors,
) -> Option<ast::Newtype> {
    let field = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => &fields.unnamed[0],
            _ => return wrong_newtype(input, derive, errors),
        },
        _ => return wrong_newtype(input, derive, errors),
    };
    if derive == "FromPayload" {
        one_lifetime(input, derive, errors);
    }
    no_enum_keys(input, errors);
    let attrs = StructAttrs::parse(&input.attrs, errors);
    if let Some(deny_unknown) = &attrs.deny_unknown {
        errors.at(
            &deny_unknown.key,
            "a payload has no attributes to deny",
            "`deny_unknown` belongs on a struct that derives `FromAttrs`",
        );
    }
    let raw = FieldAttrs::parse(&field.attrs, errors);
    let of_the_field = [raw.id.key(), raw.default.key(), raw.skip.key()];
    for key in of_the_field.into_iter().flatten() {
        errors.at(
            key,
            format_args!("`{key}` has no meaning in a payload"),
            "the field that binds the attribute has the id and the default; here only a form \
             (`be`, `with`, `encode`, `decode`) can stand",
        );
    }
    let (encode, decode) = codecs(&field.ty, &raw, errors);
    Some(ast::Newtype {
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        krate: attrs.krate.map_or_else(default_crate, |it| it.value),
        ty: field.ty.clone(),
        encode,
        decode,
    })
}

/// An enum of the kernel's numbers.
pub(crate) fn enumeration(input: &DeriveInput, errors: &mut Errors) -> Option<ast::Enum> {
    let Data::Enum(data) = &input.data else {
        errors.at(
            &input.ident,
            "`AttrEnum` is for enums",
            "for a struct of attributes derive `ToAttrs` and `FromAttrs`; for a newtype \
             `ToPayload` and `FromPayload`",
        );
        return None;
    };
    if !input.generics.params.is_empty() {
        errors.at(&input.generics, "a set of numbers has no parameters", "remove them");
    }
    no_struct_keys(input, data, errors);
    let attrs = EnumAttrs::parse(&input.attrs, errors);
    if attrs.repr.is_none() && !attrs.broken {
        errors.at(
            &input.ident,
            "the integer that carries the enum is not named",
            "add `#[nlenum(repr = u16)]` with the attribute's type in the kernel's header",
        );
    }
    let repr = attrs.repr.map(|it| it.value);
    let mut variants = Vec::new();
    let mut other: Option<Ident> = None;
    for variant in &data.variants {
        match number(variant, repr.as_ref(), errors) {
            Some(Number::One(variant)) => variants.push(variant),
            Some(Number::Other) if other.is_none() => other = Some(variant.ident.clone()),
            Some(Number::Other) => errors.at(
                &variant.ident,
                "two variants are `other`",
                "one variant takes all numbers without a variant of their own",
            ),
            None => {}
        }
    }
    repeated_ids(variants.iter().map(|variant| (&variant.ident, &variant.id)), "variant", errors);
    Some(ast::Enum {
        ident: input.ident.clone(),
        vis: input.vis.clone(),
        krate: attrs.krate.map_or_else(default_crate, |it| it.value),
        repr: repr?,
        variants,
        other,
    })
}

/// Adds a field to the tree.
fn bind(tree: &mut ast::Struct, ident: &Ident, ty: &Type, raw: FieldAttrs, errors: &mut Errors) {
    let (ident, ty) = (ident.clone(), ty.clone());
    let (encode, decode) = codecs(&ty, &raw, errors);
    if let Some(skip) = &raw.skip {
        let forms = forms(&raw).into_iter().map(|(key, _)| key);
        for key in raw.id.key().into_iter().chain(forms) {
            errors.at(
                key,
                format_args!("`{key}` on a field that is skipped"),
                format_args!("remove `{}`, or remove `{key}`", skip.key),
            );
        }
    }
    let default = raw.default.map(|default| match default.value {
        Some(expr) => ast::Default::Expr(Box::new(expr)),
        None => ast::Default::Trait(default.key.span()),
    });
    match (raw.skip, raw.id) {
        (Some(skip), _) => {
            let default = default.unwrap_or(ast::Default::Trait(skip.key.span()));
            tree.skipped.push(ast::Skipped { ident, ty, default });
        }
        (None, Some(id)) => {
            tree.fields.push(ast::Field { ident, ty, id: id.value, encode, decode, default });
        }
        (None, None) if raw.broken => {}
        (None, None) => errors.at(
            &ident,
            format_args!("field `{ident}` has no id"),
            "bind it with `#[nlattr(id = CONSTANT)]`, or leave it out of the message with \
             `#[nlattr(skip)]`",
        ),
    }
}

/// The codecs of both directions, of which at most one key may speak.
fn codecs(ty: &Type, raw: &FieldAttrs, errors: &mut Errors) -> (Codec, Codec) {
    let forms = forms(raw);
    let by_direction = |key: &Ident| key == "encode" || key == "decode";
    if let [(first, _), rest @ ..] = forms.as_slice() {
        for (key, _) in rest.iter().filter(|(key, _)| !(by_direction(first) && by_direction(key))) {
            errors.at(
                key,
                format_args!("`{key}` beside `{first}`: a field has one form"),
                "keep one of them; forms that differ by direction are `encode = .., decode = ..`",
            );
        }
    }
    let of = |direction: &str| {
        let form = forms.iter().find(|(key, _)| *key == direction || !by_direction(key));
        form.map_or_else(|| Codec::native(ty), |(_, codec)| codec.clone())
    };
    (of("encode"), of("decode"))
}

/// The keys that name a form, with their codecs.
fn forms(raw: &FieldAttrs) -> Vec<(&Ident, Codec)> {
    let words = [(&raw.be, "BigEndian"), (&raw.flag, "Flag"), (&raw.nested, "Nested")];
    let words = words.into_iter().filter_map(|(slot, name)| {
        let key = &slot.as_ref()?.key;
        Some((key, Codec::Known { name, span: key.span() }))
    });
    let named = [&raw.with, &raw.encode, &raw.decode].into_iter().flatten();
    words.chain(named.map(|form| (&form.key, form.value.clone()))).collect()
}

/// What a variant of an enum stands for.
enum Number {
    One(ast::Variant),
    Other,
}

fn number(variant: &syn::Variant, repr: Option<&Ident>, errors: &mut Errors) -> Option<Number> {
    let raw = VariantAttrs::parse(&variant.attrs, errors);
    let name = &variant.ident;
    if let Some((_, discriminant)) = &variant.discriminant {
        errors.at(
            discriminant,
            "a discriminant, which the number on the wire does not follow",
            "remove it: the variant's number is its `id`",
        );
    }
    match (raw.id, raw.other) {
        (Some(id), Some(_)) => {
            errors.at(
                &id.key,
                "`id` beside `other`: a variant stands for one number or for all the rest",
                "keep one of them",
            );
            None
        }
        (Some(id), None) => {
            if !matches!(variant.fields, Fields::Unit) {
                errors.at(
                    &variant.fields,
                    "a variant that stands for one number carries nothing",
                    format_args!("write `{name}` alone, or make it the catch-all with `other`"),
                );
            }
            Some(Number::One(ast::Variant { ident: name.clone(), id: id.value }))
        }
        (None, Some(other)) => {
            catch_all(variant, &other, repr, errors);
            Some(Number::Other)
        }
        (None, None) => {
            if !raw.broken {
                errors.at(
                    name,
                    format_args!("variant `{name}` has no number"),
                    "give it one with `#[nlenum(id = CONSTANT)]`, or make it the catch-all with \
                     `#[nlenum(other)]`",
                );
            }
            None
        }
    }
}

/// The catch-all holds the number that has no name, and nothing else.
fn catch_all(variant: &syn::Variant, other: &Key<()>, repr: Option<&Ident>, errors: &mut Errors) {
    let name = &variant.ident;
    let int = repr.map_or_else(|| "u16".to_owned(), Ident::to_string);
    let help = format!("write `{name}({int})`: it holds the number that has no variant");
    match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            let ty = &fields.unnamed[0].ty;
            if repr.is_some_and(|repr| *repr != ty.to_token_stream().to_string()) {
                errors.at(ty, "the catch-all holds another type than the enum's `repr`", help);
            }
        }
        Fields::Unit => errors.at(&other.key, "`other` on a variant that holds nothing", help),
        fields => errors.at(fields, "the catch-all holds one number", help),
    }
}

/// The same constant at two fields or variants. Different constants of one value are found when
/// the constants are evaluated.
fn repeated_ids<'a>(
    ids: impl Iterator<Item = (&'a Ident, &'a Path)>,
    what: &str,
    errors: &mut Errors,
) {
    let mut seen = HashMap::new();
    for (ident, id) in ids {
        if let Some(first) = seen.insert(id.to_token_stream().to_string(), ident) {
            errors.at(
                id,
                format_args!("`{}` is already bound by `{first}`", kernel_name(id)),
                format_args!("each {what} has an id of its own"),
            );
        }
    }
}

fn named_fields<'a>(
    input: &'a DeriveInput,
    derive: &str,
    errors: &mut Errors,
) -> Option<&'a FieldsNamed> {
    let help = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Some(fields),
            Fields::Unnamed(_) => {
                "name the fields; a newtype that is a payload by itself derives `ToPayload` and \
                 `FromPayload`"
            }
            Fields::Unit => "write `{}` for a struct without attributes",
        },
        Data::Enum(_) => "an enum of the kernel's numbers derives `AttrEnum`",
        Data::Union(_) => {
            "make it a struct; attributes that exclude each other are `Option` fields"
        }
    };
    errors.at(&input.ident, format_args!("`{derive}` is for structs with named fields"), help);
    None
}

fn wrong_newtype<T>(input: &DeriveInput, derive: &str, errors: &mut Errors) -> Option<T> {
    errors.at(
        &input.ident,
        format_args!("`{derive}` is for structs with one unnamed field"),
        "a struct of attributes derives `ToAttrs` and `FromAttrs`; an enum of the kernel's \
         numbers `AttrEnum`",
    );
    None
}

/// `#[nlenum(..)]` on a struct or its fields.
fn no_enum_keys(input: &DeriveInput, errors: &mut Errors) {
    let fields = match &input.data {
        Data::Struct(data) => Some(data.fields.iter()),
        Data::Enum(_) | Data::Union(_) => None,
    };
    let of_fields = fields.into_iter().flatten().flat_map(|field| &field.attrs);
    let help = "write `#[nlattr(..)]`: `nlenum` is for enums that derive `AttrEnum`";
    misplaced("nlenum", input.attrs.iter().chain(of_fields), help, errors);
}

/// `#[nlattr(..)]` on an enum, its variants or what they hold.
fn no_struct_keys(input: &DeriveInput, data: &DataEnum, errors: &mut Errors) {
    let of_variants = data.variants.iter().flat_map(|variant| {
        variant.attrs.iter().chain(variant.fields.iter().flat_map(|field| &field.attrs))
    });
    let help = "write `#[nlenum(..)]`: `nlattr` is for structs and their fields";
    misplaced("nlattr", input.attrs.iter().chain(of_variants), help, errors);
}

fn misplaced<'a>(
    name: &str,
    attrs: impl Iterator<Item = &'a Attribute>,
    help: &str,
    errors: &mut Errors,
) {
    for attr in attrs.filter(|attr| attr.path().is_ident(name)) {
        errors.at(attr.path(), format_args!("`{name}` has no meaning here"), help);
    }
}

fn one_lifetime(input: &DeriveInput, derive: &str, errors: &mut Errors) {
    for extra in input.generics.lifetimes().skip(1) {
        errors.at(
            extra,
            format_args!("`{derive}` borrows from one message, which has one lifetime"),
            "use the first lifetime here too",
        );
    }
}
