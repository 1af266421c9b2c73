//! `FromAttrs`: a fast path, and a fallback.
//!
//! The kernel writes its messages in one order. Where the fields stand in it too, each attribute is
//! found where it is expected, by comparing its header with a constant. Anything else, be it another
//! order, an unknown attribute or a malformed one, is for the fallback: a variable a field, one loop
//! over the attributes with a `match` on their numbers, and the struct from what was found.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Lifetime, WherePredicate, parse_quote};

use super::{block, generics, local, policy};
use crate::ast::{Default, Field, Skipped, Struct};

pub(crate) fn expand(input: &Struct) -> TokenStream {
    let Struct { ident, krate, fields, .. } = input;
    let (msg, generics) = generics::message_lifetime(&input.generics);
    let generics = generics::with_bounds(&generics, bounds(input, &msg));
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, ty_generics, _) = input.generics.split_for_impl();

    let name = ident.unraw().to_string();
    let ids = policy::ids(fields);
    let policy = fields.iter().map(|field| {
        let codec = codec(field, &msg);
        let required =
            if field.default.is_some() { quote!(false) } else { quote!(#codec::REQUIRED) };
        policy::row(field, &codec, &required)
    });
    let (in_order, in_any_order) = (in_order(input, &msg), in_any_order(input, &msg));
    let (attrs, read, error) = (local("attrs"), local("read"), local("error"));

    block(
        krate,
        &quote! {
            #ids

            #[automatically_derived]
            impl #impl_generics __attr::FromAttrs<#msg> for #ident #ty_generics #where_clause {
                const NAME: &'static ::core::primitive::str = #name;
                const POLICY: &'static [__attr::AttrPolicy] = &[#(#policy),*];

                #[inline]
                fn from_attrs(
                    #attrs: __attr::Attrs<#msg>,
                ) -> ::core::result::Result<Self, __attr::DecodeError> {
                    match Self::in_order(::core::clone::Clone::clone(&#attrs)) {
                        ::core::option::Option::Some(#read) => ::core::result::Result::Ok(#read),
                        ::core::option::Option::None => Self::in_any_order(#attrs)
                            .map_err(|#error| #error.in_struct::<Self>()),
                    }
                }

                #in_order

                #in_any_order
            }
        },
    )
}

/// A codec for each field, and `Default` where the field's type must have one.
fn bounds(input: &Struct, msg: &Lifetime) -> Vec<(TokenStream, WherePredicate)> {
    let mut bounds = Vec::new();
    let mut defaults = Vec::new();
    for Field { ty, decode, default, .. } in &input.fields {
        let codec = decode.tokens();
        let predicate = parse_quote!(#codec: __attr::Decode<#msg, #ty>);
        bounds.push((generics::tokens(&codec, ty), predicate));
        defaults.extend(default.as_ref().map(|default| (default, ty)));
    }
    defaults.extend(input.skipped.iter().map(|field| (&field.default, &field.ty)));
    for (default, ty) in defaults {
        if let Default::Trait(_) = default {
            bounds.push((quote!(#ty), parse_quote!(#ty: ::core::default::Default)));
        }
    }
    bounds
}

/// The field's codec as the trait that decodes.
fn codec(field: &Field, msg: &Lifetime) -> TokenStream {
    let (codec, ty) = (field.decode.tokens(), &field.ty);
    quote_spanned!(ty.span()=> <#codec as __attr::Decode<#msg, #ty>>)
}

/// The fast path: each field from the attribute that comes next.
fn in_order(input: &Struct, msg: &Lifetime) -> TokenStream {
    let (attrs, read) = (local("attrs"), local("read"));
    let fields = input.fields.iter().map(|field| {
        let Field { ident, ty, default, .. } = field;
        let (id, codec) = (policy::id(field), codec(field, msg));
        if let Some(default) = default {
            let default = default_function(default, ty);
            quote!(#ident: #codec::next_field_or_else(&mut #attrs, #id, #default)?)
        } else {
            quote!(#ident: #codec::next_field(&mut #attrs, #id)?)
        }
    });
    let skipped = skipped(input);
    quote! {
        #[inline(always)]
        fn in_order(
            #attrs: __attr::Attrs<#msg>,
        ) -> ::core::option::Option<Self> {
            #[allow(unused_mut)]
            let mut #attrs = #attrs.in_order();
            let #read = Self {
                #(#fields,)*
                #(#skipped,)*
            };
            #attrs.is_empty().then_some(#read)
        }
    }
}

/// The fallback: each field from the last attribute of its number.
fn in_any_order(input: &Struct, msg: &Lifetime) -> TokenStream {
    let (attrs, attr) = (local("attrs"), local("attr"));
    let variables = input.fields.iter().map(|field| {
        let (variable, codec) = (variable(field), codec(field, msg));
        if field.default.is_some() {
            quote!(let mut #variable = ::core::option::Option::None;)
        } else {
            quote!(let mut #variable = #codec::absent();)
        }
    });
    let arms = input.fields.iter().map(|field| {
        let (variable, id) = (variable(field), policy::id(field));
        let (codec, ty) = (field.decode.tokens(), &field.ty);
        quote! {
            #id => #variable = ::core::option::Option::Some(#attr.decode::<#codec, #ty>()?),
        }
    });
    let unknown = if input.deny_unknown {
        quote!(return ::core::result::Result::Err(__attr::DecodeError::unknown(#attr)))
    } else {
        quote!({})
    };
    let fields = input.fields.iter().map(|field| {
        let (ident, variable, id) = (&field.ident, variable(field), policy::id(field));
        if let Some(default) = &field.default {
            let default = default_function(default, &field.ty);
            quote!(#ident: #variable.unwrap_or_else(#default))
        } else {
            quote!(#ident: #variable.ok_or_else(|| __attr::DecodeError::missing(#id))?)
        }
    });
    let skipped = skipped(input);
    quote! {
        #[cold]
        fn in_any_order(
            #attrs: __attr::Attrs<#msg>,
        ) -> ::core::result::Result<Self, __attr::DecodeError> {
            #(#variables)*
            for #attr in #attrs {
                let #attr = #attr?;
                match #attr.id() {
                    #(#arms)*
                    _ => #unknown,
                }
            }
            ::core::result::Result::Ok(Self {
                #(#fields,)*
                #(#skipped,)*
            })
        }
    }
}

/// The variable that holds a field's value. Its prefix keeps it apart from constants, which a
/// pattern would otherwise mean.
fn variable(field: &Field) -> Ident {
    local(&format!("__{}", field.ident.unraw()))
}

/// The fields that no attribute carries.
fn skipped(input: &Struct) -> impl Iterator<Item = TokenStream> + '_ {
    input.skipped.iter().map(|Skipped { ident, ty, default }| match default {
        Default::Expr(expr) => quote!(#ident: #expr),
        Default::Trait(_) => {
            let default = default_function(default, ty);
            quote!(#ident: #default())
        }
    })
}

/// The function that gives the value of a field without attribute.
fn default_function(default: &Default, ty: &syn::Type) -> TokenStream {
    match default {
        Default::Expr(expr) => quote!(|| #expr),
        Default::Trait(span) => quote_spanned!(*span=> <#ty as ::core::default::Default>::default),
    }
}
