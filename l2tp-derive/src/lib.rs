//! Derive macros that turn structs into netlink attributes and back.
//!
//! A struct's fields are the whole description of a message: which attribute each one is, how its
//! value is carried, what its absence means. The crate `l2tp` re-exports the macros beside the
//! traits of the same names, in `l2tp::netlink::attr`; use them from there. That page has examples.
//!
//! # The macros
//!
//! | derive | for | gives |
//! |---|---|---|
//! | [`ToAttrs`](macro@ToAttrs) | a struct with named fields | a message's attributes, one a field, in their order |
//! | [`FromAttrs`](macro@FromAttrs) | the same; at most one lifetime, that of the message | the struct from attributes in any order |
//! | [`ToPayload`](macro@ToPayload), [`FromPayload`](macro@FromPayload) | a struct with one unnamed field | the payload of one attribute, as the field has it |
//! | [`AttrEnum`](macro@AttrEnum) | an enum of the kernel's numbers | both payload traits, conversions, names |
//!
//! # `#[nlattr(..)]` on a field
//!
//! | key | meaning |
//! |---|---|
//! | `id = PATH` | the constant that numbers the attribute, of any integer type; its last segment is the attribute's name in errors and in the schema. Required unless `skip` |
//! | (no form) | the type's own: integers in native order, IP addresses, `&[u8]`, `[u8; N]`, `&CStr`, `&str`, `List`, newtypes, enums, whatever implements `ToPayload` and `FromPayload` |
//! | `be` | an integer in network order |
//! | `flag` | a `bool` that is the attribute's presence |
//! | `nested` | a struct of attributes; `NLA_F_NESTED` is set on encode and not asked for on decode |
//! | `with = FORM` | another form, for both directions |
//! | `encode = FORM`, `decode = FORM` | another form for one direction; the direction left out has the type's own |
//! | `default` | a missing attribute is `Default::default()` |
//! | `default = EXPR` | a missing attribute is `EXPR`, evaluated only then |
//! | `skip` | neither written nor read; reading gives the default, `Default::default()` if none is said |
//!
//! `FORM` is `be`, `flag` or `nested`; `u8`, `u16`, `u32` or `u64` for a `bool` carried as such an
//! integer; or the path of a codec, a type that implements `Encode<T>` and `Decode<T>` for the
//! field's type. A field has one form.
//!
//! An `Option` takes the same keys as what it holds: `None` writes nothing, and a missing attribute
//! reads as `None`. This, too, goes by trait and never by the type's name, so aliases work.
//!
//! What a missing attribute means: the field's own `default`, else what the codec says of absence
//! (`None` for an `Option`, `false` for a flag), else it is an error that names the attribute. Of
//! an attribute that occurs twice the last counts.
//!
//! # `#[nlattr(..)]` on a struct
//!
//! | key | meaning |
//! |---|---|
//! | `crate = PATH` | where `netlink::attr` is found; `::l2tp` if not said. A manifest that gives the crate another name needs it: `crate = ::other_name` |
//! | `deny_unknown` | an attribute that no field binds is an error; otherwise it is passed over |
//!
//! # `#[nlenum(..)]`
//!
//! | place | key | meaning |
//! |---|---|---|
//! | enum | `repr = u8`, `u16`, `u32` or `u64` | the integer that carries it. Required |
//! | enum | `crate = PATH` | as above |
//! | variant | `id = PATH` | the constant that is its number |
//! | variant | `other` | `Unknown(u16)`, of the `repr`'s type: every number without a variant. At most one |
//!
//! With an `other` variant the enum is `From<repr>`; without one it is `TryFrom<repr>`, and reading
//! a number that it lacks is an error.
//!
//! # What is checked
//!
//! Every error of an input is reported in one build, at the token at fault. That an id fits into
//! fourteen bits, a number into its `repr`, and that no two fields or variants share one, is
//! checked when the constants are evaluated: two names for one value are found too.
#![forbid(unsafe_code)]

mod ast;
mod attr;
mod errors;
mod expand;
mod fallback;
mod hygiene;
mod suggest;
mod valid;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use syn::DeriveInput;

use errors::Errors;

/// Writes a struct as attributes, one a field, in their order.
///
/// Keys: see [the crate](crate#nlattr-on-a-field). Several lifetimes, type and constant parameters
/// are fine; the implementation asks for the codecs that the fields use and for nothing else.
#[proc_macro_derive(ToAttrs, attributes(nlattr, nlenum))]
pub fn to_attrs(input: TokenStream) -> TokenStream {
    derive(
        input,
        |input, errors| valid::struct_of_attributes(input, "ToAttrs", errors),
        expand::to_attrs::expand,
        fallback::to_attrs,
    )
}

/// Reads a struct from attributes, in whatever order they come.
///
/// Keys: see [the crate](crate#nlattr-on-a-field). The struct may have one lifetime, that of the
/// message it borrows from. Errors name the struct, the attribute and its offset.
#[proc_macro_derive(FromAttrs, attributes(nlattr, nlenum))]
pub fn from_attrs(input: TokenStream) -> TokenStream {
    derive(input, valid::decoded_struct, expand::from_attrs::expand, fallback::from_attrs)
}

/// Writes a newtype as the payload that its field is.
///
/// The field may name its form: `struct Port(#[nlattr(be)] u16)`. The struct may name its
/// `crate`. The other half is [`FromPayload`](macro@FromPayload).
#[proc_macro_derive(ToPayload, attributes(nlattr, nlenum))]
pub fn to_payload(input: TokenStream) -> TokenStream {
    derive(
        input,
        |input, errors| valid::newtype(input, "ToPayload", errors),
        expand::payload::to_payload,
        fallback::to_payload,
    )
}

/// Reads a newtype from the payload that its field is.
#[proc_macro_derive(FromPayload, attributes(nlattr, nlenum))]
pub fn from_payload(input: TokenStream) -> TokenStream {
    derive(
        input,
        |input, errors| valid::newtype(input, "FromPayload", errors),
        expand::payload::from_payload,
        fallback::from_payload,
    )
}

/// Makes an enum of the kernel's numbers a payload.
///
/// Keys: see [the crate](crate#nlenum). Gives `ToPayload` and `FromPayload`, whose `KIND` lists
/// the numbers with the kernel's names; `From<Enum>` for the `repr`; `From<repr>` for the enum if
/// it has an `other` variant, else `TryFrom<repr>`; and `kernel_name(&self)`, as visible as the
/// enum is.
#[proc_macro_derive(AttrEnum, attributes(nlenum, nlattr))]
pub fn attr_enum(input: TokenStream) -> TokenStream {
    derive(input, valid::enumeration, expand::attr_enum::expand, fallback::attr_enum)
}

/// A derive: check, then expand; or every error, and a stub beside them.
fn derive<T>(
    input: TokenStream,
    check: impl FnOnce(&DeriveInput, &mut Errors) -> Option<T>,
    expand: impl FnOnce(&T) -> TokenStream2,
    fallback: impl FnOnce(&DeriveInput) -> TokenStream2,
) -> TokenStream {
    let derived = |input| {
        let input: DeriveInput = match syn::parse2(input) {
            Ok(input) => input,
            Err(error) => return error.into_compile_error(),
        };
        match errors::collect(|errors| check(&input, errors)) {
            Ok(tree) => expand(&tree),
            Err(error) => {
                let mut tokens = error.into_compile_error();
                tokens.extend(fallback(&input));
                tokens
            }
        }
    };
    hygiene::apart(input.into(), derived).into()
}
