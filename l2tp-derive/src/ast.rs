//! What the input means: trees in which every rule already holds, so that expanding them cannot
//! fail.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Generics, Ident, Path, Type, Visibility};

use crate::errors::error;

/// A struct of attributes.
pub(crate) struct Struct {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) krate: Path,
    pub(crate) deny_unknown: bool,
    pub(crate) fields: Vec<Field>,
    pub(crate) skipped: Vec<Skipped>,
}

/// A field that is an attribute.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) id: Path,
    pub(crate) encode: Codec,
    pub(crate) decode: Codec,
    pub(crate) default: Option<Default>,
}

/// A field that no attribute carries.
pub(crate) struct Skipped {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) default: Default,
}

/// A struct with one unnamed field, which is a payload as its field is one.
pub(crate) struct Newtype {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) krate: Path,
    pub(crate) ty: Type,
    pub(crate) encode: Codec,
    pub(crate) decode: Codec,
}

/// An enum of the kernel's numbers.
pub(crate) struct Enum {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) krate: Path,
    pub(crate) repr: Ident,
    pub(crate) variants: Vec<Variant>,
    /// The variant that holds every number without a variant of its own.
    pub(crate) other: Option<Ident>,
}

/// A variant that stands for one number.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) id: Path,
}

/// The value of a field that no attribute gave.
pub(crate) enum Default {
    /// That of the `Default` trait, asked for at this place.
    Trait(Span),
    Expr(Box<Expr>),
}

/// The codec that carries a field.
#[derive(Clone)]
pub(crate) enum Codec {
    /// One of the runtime's, named where the field's type or its form stands.
    Known { name: &'static str, span: Span },
    /// `As<u8>` and its like.
    As(Ident),
    /// The user's.
    Custom(Box<Type>),
}

impl Codec {
    /// The codec that `form`, the value of `with`, `encode` or `decode`, stands for.
    pub(crate) fn from_type(form: Type) -> syn::Result<Self> {
        let path = match form {
            Type::Group(group) => return Self::from_type(*group.elem),
            Type::Path(path) => path,
            other => return Err(Self::no_form(other.span())),
        };
        let word = match path.path.get_ident() {
            Some(word) if path.qself.is_none() => word.clone(),
            _ => return Ok(Self::Custom(Box::new(Type::Path(path)))),
        };
        let known = |name| Ok(Self::Known { name, span: word.span() });
        match word.to_string().as_str() {
            "flag" => known("Flag"),
            "be" => known("BigEndian"),
            "nested" => known("Nested"),
            "u8" | "u16" | "u32" | "u64" => Ok(Self::As(word)),
            _ => Ok(Self::Custom(Box::new(Type::Path(path)))),
        }
    }

    /// What else was written where a form belongs.
    pub(crate) fn no_form(at: Span) -> syn::Error {
        error(
            at,
            "a form is a word or the path of a codec",
            "`flag`, `be`, `nested`, `u8`, `u16`, `u32`, `u64`, or a type that implements `Encode` \
             and `Decode`",
        )
    }

    /// The codec of a field of type `ty` that names no form.
    pub(crate) fn native(ty: &Type) -> Self {
        Self::Known { name: "Native", span: ty.span() }
    }

    /// The type itself, inside the block that calls the runtime `__attr`.
    pub(crate) fn tokens(&self) -> TokenStream {
        match self {
            Self::Known { name, span } => {
                let name = Ident::new(name, *span);
                quote_spanned!(*span=> __attr::#name)
            }
            Self::As(int) => quote_spanned!(int.span()=> __attr::As<::core::primitive::#int>),
            Self::Custom(ty) => quote_spanned!(ty.span()=> #ty),
        }
    }
}

/// The kernel's name of a constant: the last segment of its path.
pub(crate) fn kernel_name(id: &Path) -> String {
    id.segments.last().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default()
}
