//! `ToPayload` and `FromPayload`: a newtype is carried as its field is.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse_quote;
use syn::spanned::Spanned;

use super::{block, generics, local};
use crate::ast::Newtype;

pub(crate) fn to_payload(input: &Newtype) -> TokenStream {
    let Newtype { ident, krate, ty, encode, .. } = input;
    let codec = encode.tokens();
    let bound = (generics::tokens(&codec, ty), parse_quote!(#codec: __attr::Encode<#ty>));
    let generics = generics::with_bounds(&input.generics, [bound]);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let codec = quote_spanned!(ty.span()=> <#codec as __attr::Encode<#ty>>);
    let (id, out) = (local("id"), local("out"));
    block(
        krate,
        &quote! {
            #[automatically_derived]
            impl #impl_generics __attr::ToPayload for #ident #ty_generics #where_clause {
                const KIND: __attr::AttrKind = #codec::KIND;

                #[inline]
                fn put(
                    &self,
                    #id: ::core::primitive::u16,
                    #out: &mut __attr::AttrWriter<'_>,
                ) -> ::core::result::Result<(), __attr::EncodeError> {
                    #codec::encode(&self.0, #id, #out)
                }
            }
        },
    )
}

pub(crate) fn from_payload(input: &Newtype) -> TokenStream {
    let Newtype { ident, krate, ty, decode, .. } = input;
    let (msg, generics) = generics::message_lifetime(&input.generics);
    let codec = decode.tokens();
    let bound = (generics::tokens(&codec, ty), parse_quote!(#codec: __attr::Decode<#msg, #ty>));
    let generics = generics::with_bounds(&generics, [bound]);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, ty_generics, _) = input.generics.split_for_impl();
    let codec = quote_spanned!(ty.span()=> <#codec as __attr::Decode<#msg, #ty>>);
    let attr = local("attr");
    block(
        krate,
        &quote! {
            #[automatically_derived]
            impl #impl_generics __attr::FromPayload<#msg> for #ident #ty_generics #where_clause {
                const KIND: __attr::AttrKind = #codec::KIND;

                #[inline]
                fn get(
                    #attr: __attr::Attr<#msg>,
                ) -> ::core::result::Result<Self, __attr::DecodeError> {
                    ::core::result::Result::Ok(Self(#codec::decode(#attr)?))
                }
            }
        },
    )
}
