//! `ToAttrs`: one statement a field, in their order.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse_quote;
use syn::spanned::Spanned;

use super::{block, generics, local, policy};
use crate::ast::{Field, Struct, kernel_name};

pub(crate) fn expand(input: &Struct) -> TokenStream {
    let Struct { ident, krate, fields, .. } = input;
    let bounds = fields.iter().map(|Field { ty, encode, .. }| {
        let codec = encode.tokens();
        (generics::tokens(&codec, ty), parse_quote!(#codec: __attr::Encode<#ty>))
    });
    let generics = generics::with_bounds(&input.generics, bounds);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();

    let name = ident.unraw().to_string();
    let out = local("out");
    let ids = policy::ids(fields);
    let policy = fields.iter().map(|field| policy::row(field, &codec(field), &quote!(false)));
    let encode = fields.iter().map(|field| statement(field, &name));

    block(
        krate,
        &quote! {
            #ids

            #[automatically_derived]
            impl #impl_generics __attr::ToAttrs for #ident #ty_generics #where_clause {
                const NAME: &'static ::core::primitive::str = #name;
                const POLICY: &'static [__attr::AttrPolicy] = &[#(#policy),*];

                #[inline]
                fn to_attrs(
                    &self,
                    #out: &mut __attr::AttrWriter<'_>,
                ) -> ::core::result::Result<(), __attr::EncodeError> {
                    #(#encode)*
                    ::core::result::Result::Ok(())
                }
            }
        },
    )
}

/// The field's codec as the trait that encodes.
fn codec(field: &Field) -> TokenStream {
    let (codec, ty) = (field.encode.tokens(), &field.ty);
    quote_spanned!(ty.span()=> <#codec as __attr::Encode<#ty>>)
}

fn statement(field: &Field, name: &str) -> TokenStream {
    let (member, id, codec) = (&field.ident, policy::id(field), codec(field));
    let attr = kernel_name(&field.id);
    let (out, error) = (local("out"), local("error"));
    quote! {
        if let ::core::result::Result::Err(#error) = #codec::encode(&self.#member, #id, #out) {
            return ::core::result::Result::Err(#error.within(#name, #attr));
        }
    }
}
