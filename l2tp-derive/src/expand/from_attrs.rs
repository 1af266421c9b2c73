//! `FromAttrs`: in the order of the fields, and in any.
//!
//! The kernel writes its messages in one order. Where the fields stand in it too, each attribute is
//! found where it is expected, by comparing its header with a constant, and nothing is looked up.
//! Anything else, be it another order, an unknown attribute or a malformed one, is for the second
//! function: a variable a field, one walk over the attributes with a `match` on their numbers, and
//! the struct from what was found.

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
    let in_order = in_order(fields, &msg);
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
    let whole = whole(input, &msg, &left_out);

    block(
        krate,
        &quote! {
            #ids

            #[automatically_derived]
            impl #impl_generics __attr::FromAttrs<#msg> for #ident #ty_generics #where_clause {
                const NAME: &'static ::core::primitive::str = #name;
                const POLICY: &'static [__attr::AttrPolicy] = &[#(#policy),*];

                #[inline(always)]
                fn in_order(
                    #[allow(unused_mut)] mut #attrs: __attr::Attrs<#msg>,
                ) -> ::core::option::Option<Self> {
                    #whole
                    ::core::option::Option::Some(Self {
                        #(#in_order,)*
                        #(#left_out,)*
                    })
                }

                #[cold]
                fn in_any_order(
                    #attrs: __attr::Attrs<#msg>,
                ) -> ::core::result::Result<Self, __attr::DecodeError> {
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

/// The fields, each from the attribute that comes next or from what its absence means, up to the
/// end. A default that is an expression is left to the second function, so that the user's code
/// stands in one place.
fn in_order(fields: &[Field], msg: &Lifetime) -> Vec<TokenStream> {
    let (attrs, attr, value) = (local("attrs"), local("attr"), local("__value"));
    let expected = |(n, field): (usize, &Field)| {
        let (member, id, codec) = (&field.ident, policy::id(field), codec(field, msg));
        let absent = match &field.default {
            Some(default @ Default::Trait(_)) => default_value(default, &field.ty),
            Some(Default::Expr(_)) => quote!(return ::core::option::Option::None),
            None => quote!(#codec::absent()?),
        };
        let taken = quote! {
            match #attrs.next_if(#id, const { #codec::KIND.size() }) {
                ::core::option::Option::Some(#attr) => #codec::decode(#attr).ok()?,
                ::core::option::Option::None => #absent,
            }
        };
        if n + 1 < fields.len() {
            return quote!(#member: #taken);
        }
        quote! {
            #member: {
                let #value = #taken;
                if !#attrs.is_empty() {
                    return ::core::option::Option::None;
                }
                #value
            }
        }
    };
    fields.iter().enumerate().map(expected).collect()
}

/// The struct from attributes that are all of its fields, where each has a payload of fixed size:
/// counters are of this sort. What the sizes are is known only when the codecs are.
fn whole(input: &Struct, msg: &Lifetime, left_out: &[TokenStream]) -> TokenStream {
    let (fields, attrs) = (&input.fields, local("attrs"));
    if fields.is_empty() {
        return quote! {
            if !#attrs.is_empty() {
                return ::core::option::Option::None;
            }
        };
    }
    let (places, whole) = (local("__places"), local("__whole"));
    let codecs: Vec<_> = fields.iter().map(|field| codec(field, msg)).collect();
    let ids = fields.iter().map(policy::id);
    let members = fields.iter().map(|field| &field.ident);
    let numbers: Vec<_> = (0..fields.len()).collect();
    quote! {
        if const { #(#codecs::KIND.size().is_some())&&* } {
            let #places = const { __attr::Places::new([#((#ids, #codecs::KIND.size_or_zero())),*]) };
            if let ::core::option::Option::Some(#whole) = #attrs.whole(&#places) {
                if #(#whole.difference(&#places, #numbers))|* == 0 {
                    return ::core::option::Option::Some(Self {
                        #(#members: #codecs::decode(#whole.attr(&#places, #numbers)).ok()?,)*
                        #(#left_out,)*
                    });
                }
            }
        }
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
        Some(Default::Expr(default)) => quote!(#member: #holder.unwrap_or_else(|| #default)),
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
