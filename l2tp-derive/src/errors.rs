//! Every error of a derive input, gathered and reported at once.
//!
//! [`Errors`] exists only inside [`collect`], which always turns what was gathered into its
//! result: an error cannot be dropped unseen, and no tree comes out of an input that has one.

use std::fmt::Display;

use proc_macro2::Span;
use quote::ToTokens;

/// The errors found so far.
#[derive(Default)]
pub(crate) struct Errors {
    found: Option<syn::Error>,
}

/// Runs `check`, and gives its value unless it reported an error.
pub(crate) fn collect<T>(check: impl FnOnce(&mut Errors) -> Option<T>) -> syn::Result<T> {
    let mut errors = Errors::default();
    let value = check(&mut errors);
    match (errors.found, value) {
        (Some(error), _) => Err(error),
        (None, Some(value)) => Ok(value),
        (None, None) => {
            Err(error(Span::call_site(), "this cannot be derived", "report this as a bug of l2tp"))
        }
    }
}

impl Errors {
    /// Adds an error that a parser made.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.found {
            Some(found) => found.combine(error),
            None => self.found = Some(error),
        }
    }

    /// Adds an error at `tokens`, with what to do about it.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, problem: impl Display, help: impl Display) {
        self.push(error_at(tokens, problem, help));
    }
}

/// An error at `tokens`, with what to do about it.
pub(crate) fn error_at(
    tokens: impl ToTokens,
    problem: impl Display,
    help: impl Display,
) -> syn::Error {
    syn::Error::new_spanned(tokens, with_help(problem, help))
}

/// An error at `span`, with what to do about it.
pub(crate) fn error(span: Span, problem: impl Display, help: impl Display) -> syn::Error {
    syn::Error::new(span, with_help(problem, help))
}

/// Stable Rust gives macros no help lines of their own, so the text carries one.
fn with_help(problem: impl Display, help: impl Display) -> String {
    format!("{problem}\nhelp: {help}")
}
