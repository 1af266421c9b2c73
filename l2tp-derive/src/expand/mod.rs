//! Checked trees become Rust.
//!
//! Every derive gives one `const _` block, in which `__attr` is the runtime. All other paths begin
//! at `::core`, local variables are hygienic, and items begin with two underscores: whatever the
//! user's module calls its things, the code means the same.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::Path;

pub(crate) mod attr_enum;
pub(crate) mod from_attrs;
pub(crate) mod generics;
pub(crate) mod payload;
mod policy;
pub(crate) mod to_attrs;

/// The block around all that a derive gives.
pub(crate) fn block(krate: &Path, items: &TokenStream) -> TokenStream {
    quote! {
        #[allow(
            deprecated,
            non_upper_case_globals,
            unused_qualifications,
            clippy::all,
            clippy::pedantic,
            clippy::restriction,
        )]
        const _: () = {
            use #krate::netlink::attr as __attr;
            #items
        };
    }
}

/// A variable that no name of the user's can meet.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
