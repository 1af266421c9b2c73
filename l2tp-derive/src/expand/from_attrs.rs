//! `FromAttrs`: in the order of the fields, and in any.
//!
//! The kernel writes its messages in one order. Where the fields stand in it too, each attribute is
//! found where it is expected, by comparing its header with a constant, and nothing is looked up;
//! behind the last attribute whose size is not known, all that follow are taken at once (`Shape`
//! and `Tail` of the runtime). Anything else, be it another order, an unknown attribute or a
//! malformed one, is for the second function: a variable a field, one walk over the attributes with
//! a `match` on their numbers, and the struct from what was found.

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
    let in_order = in_order(input, &msg, &left_out);
    let rare = fields.iter().filter_map(|field| rare(field, &input.generics));

    block(
        krate,
        &quote! {
            #ids
            #(#rare)*

            #[automatically_derived]
            impl #impl_generics __attr::FromAttrs<#msg> for #ident #ty_generics #where_clause {
                const NAME: &'static ::core::primitive::str = #name;
                const POLICY: &'static [__attr::AttrPolicy] = &[#(#policy),*];

                #[inline(always)]
                fn in_order(
                    #[allow(unused_mut)] mut #attrs: __attr::Attrs<#msg>,
                ) -> ::core::option::Option<Self> {
                    #in_order
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

/// The body of the first function: the fields before the struct's tail one by one, then the tail at
/// once if it is there, else the rest one by one. Where the tail begins is known only when the
/// codecs are, so each field has a variable that may turn out to be none.
fn in_order(input: &Struct, msg: &Lifetime, left_out: &[TokenStream]) -> TokenStream {
    let fields = &input.fields;
    let (attrs, shape, tail) = (local("attrs"), local("__shape__"), local("__tail__"));
    let empty = quote! {
        if !#attrs.is_empty() {
            return ::core::option::Option::None;
        }
    };
    if fields.is_empty() {
        return quote!(#empty ::core::option::Option::Some(Self { #(#left_out,)* }));
    }
    let value = local("__value__");
    let numbers: Vec<_> = (0..fields.len()).collect();
    let expected = fields.iter().map(|field| expected(field, msg));
    let members: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let holders: Vec<_> = fields.iter().map(holder).collect();
    let next: Vec<_> = fields.iter().map(|field| next(field, msg)).collect();
    let in_tail = fields.iter().zip(&numbers).map(|(field, n)| {
        let attr = quote!(#tail.attr(&#shape, #n));
        taken(field, &attr, msg)
    });
    quote! {
        let #shape = const { __attr::Shape::new([#(#expected),*]) };
        #(
            let #holders = if #shape.is_before(#numbers) {
                ::core::option::Option::Some(#next)
            } else {
                ::core::option::Option::None
            };
        )*
        if let ::core::option::Option::Some(#tail) = #attrs.tail(&#shape) {
            if #(#tail.difference(&#shape, #numbers))|* == 0 {
                return ::core::option::Option::Some(Self {
                    #(#members: match #holders {
                        ::core::option::Option::Some(#value) => #value,
                        ::core::option::Option::None => #in_tail,
                    },)*
                    #(#left_out,)*
                });
            }
        }
        #(
            let #holders = match #holders {
                ::core::option::Option::Some(#value) => #value,
                ::core::option::Option::None => #next,
            };
        )*
        #empty
        ::core::option::Option::Some(Self {
            #(#members: #holders,)*
            #(#left_out,)*
        })
    }
}

/// The attribute's number and what the quick way expects of it.
fn expected(field: &Field, msg: &Lifetime) -> TokenStream {
    let (id, codec) = (policy::id(field), codec(field, msg));
    if field.rare.is_some() {
        quote!((#id, __attr::Expected::Absent))
    } else {
        quote!((#id, __attr::Expected::of(&#codec::KIND)))
    }
}

/// A check that a message may lack what is rare. Where the codec depends on a parameter, only the
/// struct's users could be told.
fn rare(field: &Field, generics: &syn::Generics) -> Option<TokenStream> {
    let span = field.rare.filter(|_| field.default.is_none())?;
    if generics.type_params().next().is_some() || generics.const_params().next().is_some() {
        return None;
    }
    let msg = Lifetime::new("'static", span);
    let codec = generics::of_static(codec(field, &msg));
    Some(quote_spanned!(span=> const _: () = __attr::rare(#codec::REQUIRED);))
}

/// A field from the attribute that comes next, if it is the field's.
fn next(field: &Field, msg: &Lifetime) -> TokenStream {
    let (attrs, id, codec) = (local("attrs"), policy::id(field), codec(field, msg));
    taken(field, &quote!(#attrs.next_if(#id, const { #codec::KIND.size() })), msg)
}

/// A field from an attribute or, if there is none, from what its absence means. A default that is
/// an expression is left to the second function, so that the user's code stands in one place.
fn taken(field: &Field, attr: &TokenStream, msg: &Lifetime) -> TokenStream {
    let (found, codec) = (local("attr"), codec(field, msg));
    let absent = match &field.default {
        Some(default @ Default::Trait(_)) => default_value(default, &field.ty),
        Some(Default::Expr(_)) => quote!(return ::core::option::Option::None),
        None => quote!(#codec::absent()?),
    };
    quote! {
        match #attr {
            ::core::option::Option::Some(#found) => #codec::decode(#found).ok()?,
            ::core::option::Option::None => #absent,
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
