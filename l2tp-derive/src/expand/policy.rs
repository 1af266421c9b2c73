//! The schema as data, and the constants that the code matches on.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::ast::{Field, kernel_name};

/// The narrowed id of a field's attribute.
pub(crate) fn id(field: &Field) -> Ident {
    format_ident!("__ID_{}", field.ident, span = field.id.span())
}

/// A constant as a number that holds every integer; anything but an integer is an error at it.
pub(super) fn wide(path: &syn::Path) -> TokenStream {
    quote_spanned! {path.span()=> {
        __attr::integer(&#path);
        #path as ::core::primitive::i128
    }}
}

/// The ids of all fields, checked when compiled: each error stands at the id at fault.
pub(crate) fn ids(fields: &[Field]) -> TokenStream {
    let wide = fields.iter().map(|field| wide(&field.id));
    let count = Literal::usize_unsuffixed(fields.len());
    let narrow = fields.iter().enumerate().map(|(index, field)| {
        let name = id(field);
        let index = Literal::usize_unsuffixed(index);
        let value = quote_spanned!(field.id.span()=> __attr::attr_id(&__IDS, #index));
        quote!(const #name: ::core::primitive::u16 = #value;)
    });
    quote! {
        const __IDS: [::core::primitive::i128; #count] = [#(#wide),*];
        #(#narrow)*
    }
}

/// One row of a `POLICY`; `codec` is the codec as its trait, `required` an expression.
pub(crate) fn row(field: &Field, codec: &TokenStream, required: &TokenStream) -> TokenStream {
    let id = id(field);
    let name = kernel_name(&field.id);
    let field = field.ident.unraw().to_string();
    quote! {
        __attr::AttrPolicy {
            id: #id,
            name: #name,
            field: #field,
            kind: #codec::KIND,
            required: #required,
        }
    }
}
