//! `AttrEnum`: the numbers as constants, one function each way, and what follows from them.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::{block, local, policy};
use crate::ast::{Enum, Variant, kernel_name};

pub(crate) fn expand(input: &Enum) -> TokenStream {
    let numbers = numbers(input);
    let to_number = to_number(input);
    let from_number = from_number(input);
    let payload = payload(input);
    let names = names(input);
    block(&input.krate, &quote! { #numbers #to_number #from_number #payload #names })
}

/// The number of a variant.
fn number(variant: &Variant) -> Ident {
    format_ident!("__ID_{}", variant.ident, span = variant.id.span())
}

/// The constants, checked when compiled: each error stands at the id at fault.
fn numbers(input: &Enum) -> TokenStream {
    let Enum { repr, variants, .. } = input;
    let wide = variants.iter().map(|variant| policy::wide(&variant.id));
    let count = Literal::usize_unsuffixed(variants.len());
    let narrow = variants.iter().enumerate().map(|(index, variant)| {
        let name = number(variant);
        let index = Literal::usize_unsuffixed(index);
        let value = quote_spanned! {variant.id.span()=>
            __attr::enum_value(
                &__IDS,
                #index,
                ::core::primitive::#repr::MAX as ::core::primitive::i128,
            )
        };
        quote!(const #name: ::core::primitive::#repr = #value as ::core::primitive::#repr;)
    });
    quote! {
        const __IDS: [::core::primitive::i128; #count] = [#(#wide),*];
        #(#narrow)*
    }
}

fn to_number(input: &Enum) -> TokenStream {
    let Enum { ident, repr, variants, .. } = input;
    let value = local("value");
    let known = variants.iter().map(|variant| {
        let (name, number) = (&variant.ident, number(variant));
        quote!(#ident::#name => #number,)
    });
    let other = input.other.iter().map(|other| quote!(#ident::#other(#value) => #value,));
    quote! {
        const fn __number(#value: &#ident) -> ::core::primitive::#repr {
            match *#value {
                #(#known)*
                #(#other)*
            }
        }

        #[automatically_derived]
        impl ::core::convert::From<#ident> for ::core::primitive::#repr {
            #[inline]
            fn from(#value: #ident) -> Self {
                __number(&#value)
            }
        }
    }
}

fn from_number(input: &Enum) -> TokenStream {
    let Enum { ident, repr, variants, .. } = input;
    let value = local("value");
    let known = variants.iter().map(|variant| (number(variant), &variant.ident));
    if let Some(other) = &input.other {
        let known = known.map(|(number, name)| quote!(#number => Self::#name,));
        return quote! {
            #[automatically_derived]
            impl ::core::convert::From<::core::primitive::#repr> for #ident {
                #[inline]
                fn from(#value: ::core::primitive::#repr) -> Self {
                    match #value {
                        #(#known)*
                        #value => Self::#other(#value),
                    }
                }
            }
        };
    }
    let type_name = ident.unraw().to_string();
    let known =
        known.map(|(number, name)| quote!(#number => ::core::result::Result::Ok(Self::#name),));
    quote! {
        #[automatically_derived]
        impl ::core::convert::TryFrom<::core::primitive::#repr> for #ident {
            type Error = __attr::UnknownValue;

            #[inline]
            fn try_from(
                #value: ::core::primitive::#repr,
            ) -> ::core::result::Result<Self, __attr::UnknownValue> {
                match #value {
                    #(#known)*
                    #value => ::core::result::Result::Err(
                        __attr::UnknownValue::new(#type_name, #value as ::core::primitive::u64),
                    ),
                }
            }
        }
    }
}

fn payload(input: &Enum) -> TokenStream {
    let Enum { ident, repr, variants, .. } = input;
    let (id, out, attr, value) = (local("id"), local("out"), local("attr"), local("value"));
    let rows = variants.iter().map(|variant| {
        let (number, name) = (number(variant), kernel_name(&variant.id));
        quote!((#number as ::core::primitive::u64, #name))
    });
    let from = if input.other.is_some() {
        quote!(::core::result::Result::Ok(<Self as ::core::convert::From<_>>::from(#value)))
    } else {
        quote! {
            ::core::result::Result::Ok(<Self as ::core::convert::TryFrom<_>>::try_from(#value)?)
        }
    };
    quote! {
        const __KIND: __attr::AttrKind = __attr::AttrKind::Enum {
            repr: &<::core::primitive::#repr as __attr::ToPayload>::KIND,
            values: &[#(#rows),*],
        };

        #[automatically_derived]
        impl __attr::ToPayload for #ident {
            const KIND: __attr::AttrKind = __KIND;

            #[inline]
            fn put(
                &self,
                #id: ::core::primitive::u16,
                #out: &mut __attr::AttrWriter<'_>,
            ) -> ::core::result::Result<(), __attr::EncodeError> {
                __attr::ToPayload::put(&__number(self), #id, #out)
            }
        }

        #[automatically_derived]
        impl<'__msg> __attr::FromPayload<'__msg> for #ident {
            const KIND: __attr::AttrKind = __KIND;

            #[inline]
            fn get(
                #attr: __attr::Attr<'__msg>,
            ) -> ::core::result::Result<Self, __attr::DecodeError> {
                let #value = <::core::primitive::#repr as __attr::FromPayload>::get(#attr)?;
                #from
            }
        }
    }
}

fn names(input: &Enum) -> TokenStream {
    let Enum { ident, vis, variants, .. } = input;
    let known = variants.iter().map(|variant| {
        let (name, kernel) = (&variant.ident, kernel_name(&variant.id));
        quote!(#ident::#name => ::core::option::Option::Some(#kernel),)
    });
    let other =
        input.other.iter().map(|other| quote!(#ident::#other(_) => ::core::option::Option::None,));
    quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #ident {
            /// The kernel's name of the value, if it is one that has a name here.
            #[must_use]
            #vis const fn kernel_name(
                &self,
            ) -> ::core::option::Option<&'static ::core::primitive::str> {
                match *self {
                    #(#known)*
                    #(#other)*
                }
            }
        }
    }
}
