//! `FromAttrs`: first in the order of the fields, then in any.
//!
//! The kernel writes its messages in one order. Where the fields stand in it too, each attribute is
//! found where it is expected, by comparing its header with a constant, and nothing is looked up.
//! Anything else, be it another order, an unknown attribute or a malformed one, sends the message
//! to the second part as if the first had not been: a variable a field, one walk over the
//! attributes with a `match` on their numbers, and the struct from what was found.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Lifetime, WherePredicate, parse_quote};

use super::{block, generics, local, policy};
use crate::ast::{Default, Field, Skipped, Struct, kernel_name};

pub(crate) fn expand(input: &Struct) -> TokenStream {
    let Struct { ident, krate, fields, skipped, .. } = input;
    let (msg, generics) = generics::message_lifetime(&input.generics);
    let generics = generics::with_bounds(&generics, bounds(input, &msg));
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, ty_generics, _) = input.generics.split_for_impl();

    let name = ident.unraw().to_string();
    let (attrs, attr, error) = (local("attrs"), local("attr"), local("error"));
    let ids = policy::ids(fields);
    let policy = fields.iter().map(|field| {
        let codec = codec(field, &msg);
        let required =
            if field.default.is_some() { quote!(false) } else { quote!(#codec::REQUIRED) };
        policy::row(field, &codec, &required)
    });
    let expected = fields.iter().map(|field| expected(field, &msg));
    let members: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let holders = fields.iter().map(holder);
    let defaults = fields.iter().filter_map(default_function);
    let variables = fields.iter().map(|field| variable(field, &msg));
    let arms = fields.iter().map(|field| arm(field, &name, &msg));
    let unknown = if input.deny_unknown {
        quote!(return ::core::result::Result::Err(__attr::unknown(#name, #attr)))
    } else {
        quote!({})
    };
    let found = fields.iter().map(|field| found(field, &name));
    let left_out: Vec<_> = skipped
        .iter()
        .map(|Skipped { ident, ty, default }| {
            let value = default_value(default, ty);
            quote!(#ident: #value)
        })
        .collect();
    let next = local("next__");

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
                    #(#defaults)*
                    #[allow(unused_mut)]
                    let mut #next = ::core::clone::Clone::clone(&#attrs);
                    'in_order: {
                        #(#expected)*
                        if #next.is_empty() {
                            return ::core::result::Result::Ok(Self {
                                #(#members: #holders,)*
                                #(#left_out,)*
                            });
                        }
                    }
                    #(#variables)*
                    for #attr in #attrs {
                        let #attr = #attr.map_err(|#error| #error.in_struct(#name))?;
                        match #attr.id() {
                            #(#arms)*
                            _ => #unknown,
                        }
                    }
                    ::core::result::Result::Ok(Self {
                        #(#found,)*
                        #(#left_out,)*
                    })
                }
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

/// The variable that holds the field's value. Its prefix keeps it apart from constants, which a
/// pattern would otherwise mean.
fn holder(field: &Field) -> Ident {
    local(&format!("__{}", field.ident.unraw()))
}

/// What gives the value of the user's expression, for both parts.
fn default_function(field: &Field) -> Option<TokenStream> {
    let Some(Default::Expr(default)) = &field.default else { return None };
    let (function, ty) = (default_name(field), &field.ty);
    Some(quote!(let #function = || -> #ty { #default };))
}

fn default_name(field: &Field) -> Ident {
    local(&format!("{}__default", field.ident.unraw()))
}

/// The variable, with what the attribute's absence means. A default of the type's own is there from
/// the start; an expression comes later, so that it is evaluated only if it is needed.
fn variable(field: &Field, msg: &Lifetime) -> TokenStream {
    let (holder, codec) = (holder(field), codec(field, msg));
    match &field.default {
        Some(default @ Default::Trait(_)) => {
            let default = default_value(default, &field.ty);
            quote!(let mut #holder = #default;)
        }
        Some(Default::Expr(_)) => quote!(let mut #holder = ::core::option::Option::None;),
        None => quote!(let mut #holder = #codec::absent();),
    }
}

/// The field's value from the attribute that comes next, or what its absence means.
fn expected(field: &Field, msg: &Lifetime) -> TokenStream {
    let (holder, id, codec) = (holder(field), policy::id(field), codec(field, msg));
    // Neither can be a holder, and nobody has constants of such names.
    let (next, attr, value) = (local("next__"), local("attr"), local("value__"));
    let absent = field.default.as_ref().map_or_else(
        || {
            quote! {
                match #codec::absent() {
                    ::core::option::Option::Some(#value) => #value,
                    ::core::option::Option::None => break 'in_order,
                }
            }
        },
        |default| match default {
            Default::Expr(_) => {
                let function = default_name(field);
                quote!(#function())
            }
            Default::Trait(_) => default_value(default, &field.ty),
        },
    );
    quote! {
        let #holder = match #next.next_if(#id, const { #codec::KIND.size() }) {
            ::core::option::Option::Some(#attr) => match #codec::decode(#attr) {
                ::core::result::Result::Ok(#value) => #value,
                ::core::result::Result::Err(_) => break 'in_order,
            },
            ::core::option::Option::None => #absent,
        };
    }
}

/// The match arm: of an attribute that occurs twice the last counts.
fn arm(field: &Field, name: &str, msg: &Lifetime) -> TokenStream {
    let (holder, id, codec) = (holder(field), policy::id(field), codec(field, msg));
    let attr_name = kernel_name(&field.id);
    let (attr, error) = (local("attr"), local("error"));
    let value = quote! {
        #codec::decode(#attr)
            .map_err(|#error| #error.within(#name, #attr_name, #attr.offset()))?
    };
    let held = if let Some(Default::Trait(_)) = field.default {
        value
    } else {
        quote!(::core::option::Option::Some(#value))
    };
    quote!(#id => #holder = #held,)
}

/// The field of the result.
fn found(field: &Field, name: &str) -> TokenStream {
    let (member, holder) = (&field.ident, holder(field));
    let attr_name = kernel_name(&field.id);
    match &field.default {
        Some(Default::Trait(_)) => quote!(#member: #holder),
        Some(Default::Expr(_)) => {
            let function = default_name(field);
            quote!(#member: #holder.unwrap_or_else(#function))
        }
        None => quote! {
            #member: #holder.ok_or_else(|| __attr::DecodeError::missing(#name, #attr_name))?
        },
    }
}

/// The value of a field that no attribute gave.
fn default_value(default: &Default, ty: &syn::Type) -> TokenStream {
    match default {
        Default::Expr(expr) => quote!(#expr),
        Default::Trait(span) => {
            quote_spanned!(*span=> <#ty as ::core::default::Default>::default())
        }
    }
}
