//! What stands in for an implementation that could not be derived, so that the errors reported are
//! not followed by those of every place that uses the type.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Path};

use crate::attr::{EnumAttrs, StructAttrs};
use crate::errors::Errors;
use crate::expand::{block, generics};
use crate::valid::default_crate;

pub(crate) fn to_attrs(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    block(
        &krate(input),
        &quote! {
            #[automatically_derived]
            impl #impl_generics __attr::ToAttrs for #ident #ty_generics #where_clause {
                const NAME: &'static ::core::primitive::str = "";
                const POLICY: &'static [__attr::AttrPolicy] = &[];

                fn to_attrs(
                    &self,
                    _: &mut __attr::AttrWriter<'_>,
                ) -> ::core::result::Result<(), __attr::EncodeError> {
                    ::core::unreachable!()
                }
            }
        },
    )
}

pub(crate) fn from_attrs(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (msg, generics) = generics::message_lifetime(&input.generics);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, ty_generics, _) = input.generics.split_for_impl();
    block(
        &krate(input),
        &quote! {
            #[automatically_derived]
            impl #impl_generics __attr::FromAttrs<#msg> for #ident #ty_generics #where_clause {
                const NAME: &'static ::core::primitive::str = "";
                const POLICY: &'static [__attr::AttrPolicy] = &[];

                fn from_attrs(
                    _: __attr::Attrs<#msg>,
                ) -> ::core::result::Result<Self, __attr::DecodeError> {
                    ::core::unreachable!()
                }
            }
        },
    )
}

pub(crate) fn to_payload(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    block(
        &krate(input),
        &quote! {
            #[automatically_derived]
            impl #impl_generics __attr::ToPayload for #ident #ty_generics #where_clause {
                const KIND: __attr::AttrKind = __attr::AttrKind::Flag;

                fn put(
                    &self,
                    _: ::core::primitive::u16,
                    _: &mut __attr::AttrWriter<'_>,
                ) -> ::core::result::Result<(), __attr::EncodeError> {
                    ::core::unreachable!()
                }
            }
        },
    )
}

pub(crate) fn from_payload(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (msg, generics) = generics::message_lifetime(&input.generics);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, ty_generics, _) = input.generics.split_for_impl();
    block(
        &krate(input),
        &quote! {
            #[automatically_derived]
            impl #impl_generics __attr::FromPayload<#msg> for #ident #ty_generics #where_clause {
                const KIND: __attr::AttrKind = __attr::AttrKind::Flag;

                fn get(
                    _: __attr::Attr<#msg>,
                ) -> ::core::result::Result<Self, __attr::DecodeError> {
                    ::core::unreachable!()
                }
            }
        },
    )
}

/// Both payload traits, the conversions as far as the `repr` is known, and the name.
pub(crate) fn attr_enum(input: &DeriveInput) -> TokenStream {
    let DeriveInput { ident, vis, generics, .. } = input;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let (to, from) = (to_payload(input), from_payload(input));
    let attrs = EnumAttrs::parse(&input.attrs, &mut Errors::default());
    let conversions = attrs.repr.map(|repr| {
        let repr = repr.value;
        quote! {
            #[automatically_derived]
            impl #impl_generics ::core::convert::From<#ident #ty_generics>
                for ::core::primitive::#repr #where_clause
            {
                fn from(_: #ident #ty_generics) -> Self {
                    ::core::unreachable!()
                }
            }

            #[automatically_derived]
            impl #impl_generics ::core::convert::From<::core::primitive::#repr>
                for #ident #ty_generics #where_clause
            {
                fn from(_: ::core::primitive::#repr) -> Self {
                    ::core::unreachable!()
                }
            }
        }
    });
    quote! {
        #to
        #from
        #conversions

        #[automatically_derived]
        #[allow(dead_code)]
        impl #impl_generics #ident #ty_generics #where_clause {
            #vis const fn kernel_name(
                &self,
            ) -> ::core::option::Option<&'static ::core::primitive::str> {
                ::core::option::Option::None
            }
        }
    }
}

/// The runtime that the input names; its errors have been reported.
fn krate(input: &DeriveInput) -> Path {
    let errors = &mut Errors::default();
    let krate = match &input.data {
        Data::Enum(_) => EnumAttrs::parse(&input.attrs, errors).krate,
        Data::Struct(_) | Data::Union(_) => StructAttrs::parse(&input.attrs, errors).krate,
    };
    krate.map_or_else(default_crate, |it| it.value)
}
