//! What an implementation asks of a struct's type parameters: the very codecs that its fields use,
//! and nothing of the parameters themselves.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericParam, Generics, Lifetime, LifetimeParam, WherePredicate, parse_quote};

/// The generics of an implementation that asks for `bounds`: one for each field, with the tokens
/// that decide whether it is worth asking for.
pub(crate) fn with_bounds(
    generics: &Generics,
    bounds: impl IntoIterator<Item = (TokenStream, WherePredicate)>,
) -> Generics {
    let mut generics = generics.clone();
    let params: Vec<_> = generics.type_params().map(|param| param.ident.clone()).collect();
    let asked = bounds.into_iter().filter(|(tokens, _)| mentions(tokens.clone(), &params));
    let asked: Vec<_> = asked.map(|(_, predicate)| predicate).collect();
    if !asked.is_empty() {
        generics.make_where_clause().predicates.extend(asked);
    }
    generics
}

/// The lifetime of the message that a struct is decoded from: its own, or a new one in front of
/// its parameters.
pub(crate) fn message_lifetime(generics: &Generics) -> (Lifetime, Generics) {
    let mut generics = generics.clone();
    if let Some(param) = generics.lifetimes().next() {
        return (param.lifetime.clone(), generics);
    }
    let lifetime: Lifetime = parse_quote!('__msg);
    generics.params.insert(0, GenericParam::Lifetime(LifetimeParam::new(lifetime.clone())));
    (lifetime, generics)
}

/// Whether one of the parameters stands anywhere in `tokens`.
fn mentions(tokens: TokenStream, params: &[syn::Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => params.contains(&ident),
        TokenTree::Group(group) => mentions(group.stream(), params),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The tokens of a field's codec and type together.
pub(crate) fn tokens(codec: &TokenStream, ty: &syn::Type) -> TokenStream {
    let mut tokens = codec.clone();
    ty.to_tokens(&mut tokens);
    tokens
}
