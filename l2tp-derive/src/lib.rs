//! The derive macros of the crate `l2tp`.
#![forbid(unsafe_code)]

mod ast;
mod attr;
mod errors;
mod expand;
mod fallback;
mod suggest;
mod valid;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use syn::{DeriveInput, parse_macro_input};

use errors::Errors;

/// Derives `ToAttrs`: the struct is written as attributes, one a field.
#[proc_macro_derive(ToAttrs, attributes(nlattr))]
pub fn to_attrs(input: TokenStream) -> TokenStream {
    derive(
        &parse_macro_input!(input),
        |input, errors| valid::struct_of_attributes(input, "ToAttrs", errors),
        expand::to_attrs::expand,
        fallback::to_attrs,
    )
}

/// Derives `FromAttrs`: the struct is read from attributes, in whatever order they come.
#[proc_macro_derive(FromAttrs, attributes(nlattr))]
pub fn from_attrs(input: TokenStream) -> TokenStream {
    derive(
        &parse_macro_input!(input),
        valid::decoded_struct,
        expand::from_attrs::expand,
        fallback::from_attrs,
    )
}

/// Derives `ToPayload` for a newtype: it is written as its field is.
#[proc_macro_derive(ToPayload, attributes(nlattr))]
pub fn to_payload(input: TokenStream) -> TokenStream {
    derive(
        &parse_macro_input!(input),
        |input, errors| valid::newtype(input, "ToPayload", errors),
        expand::payload::to_payload,
        fallback::to_payload,
    )
}

/// Derives `FromPayload` for a newtype: it is read as its field is.
#[proc_macro_derive(FromPayload, attributes(nlattr))]
pub fn from_payload(input: TokenStream) -> TokenStream {
    derive(
        &parse_macro_input!(input),
        |input, errors| valid::newtype(input, "FromPayload", errors),
        expand::payload::from_payload,
        fallback::from_payload,
    )
}

/// Derives `ToPayload`, `FromPayload` and the conversions of an enum of the kernel's numbers.
#[proc_macro_derive(AttrEnum, attributes(nlenum))]
pub fn attr_enum(input: TokenStream) -> TokenStream {
    derive(
        &parse_macro_input!(input),
        valid::enumeration,
        expand::attr_enum::expand,
        fallback::attr_enum,
    )
}

/// A derive: check, then expand; or every error, and a stub beside them.
fn derive<T>(
    input: &DeriveInput,
    check: impl FnOnce(&DeriveInput, &mut Errors) -> Option<T>,
    expand: impl FnOnce(&T) -> TokenStream2,
    fallback: impl FnOnce(&DeriveInput) -> TokenStream2,
) -> TokenStream {
    let tokens = match errors::collect(|errors| check(input, errors)) {
        Ok(tree) => expand(&tree),
        Err(error) => {
            let mut tokens = error.into_compile_error();
            tokens.extend(fallback(input));
            tokens
        }
    };
    tokens.into()
}
