//! What the derive macros expand to, kept as files that a reviewer reads: the modules of the macro
//! crate run here as a library, since a macro crate can be called only by the compiler.
#![allow(missing_docs)]

#[path = "../../l2tp-derive/src/ast.rs"]
mod ast;
#[path = "../../l2tp-derive/src/attr.rs"]
mod attr;
#[path = "../../l2tp-derive/src/errors.rs"]
mod errors;
#[path = "../../l2tp-derive/src/expand/mod.rs"]
mod expand;
#[path = "../../l2tp-derive/src/fallback.rs"]
mod fallback;
#[path = "../../l2tp-derive/src/suggest.rs"]
mod suggest;
#[path = "../../l2tp-derive/src/valid.rs"]
mod valid;

use proc_macro2::TokenStream;
use syn::{DeriveInput, parse_quote};

/// The expansion of `input`, as rustfmt would have it.
fn expand<T>(
    input: &DeriveInput,
    check: impl FnOnce(&DeriveInput, &mut errors::Errors) -> Option<T>,
    expand: impl FnOnce(&T) -> TokenStream,
) -> String {
    let tree = errors::collect(|errors| check(input, errors)).expect("a valid input");
    pretty(expand(&tree))
}

fn to_attrs(input: &DeriveInput) -> String {
    let check = |input: &_, errors: &mut _| valid::struct_of_attributes(input, "ToAttrs", errors);
    expand(input, check, expand::to_attrs::expand)
}

fn from_attrs(input: &DeriveInput) -> String {
    expand(input, valid::decoded_struct, expand::from_attrs::expand)
}

fn attr_enum(input: &DeriveInput) -> String {
    expand(input, valid::enumeration, expand::attr_enum::expand)
}

fn pretty(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("Rust"))
}

/// Compares with the file of that name in `golden/`.
macro_rules! golden {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false,
            omit_expression => true }, { insta::assert_snapshot!($name, $text) });
    };
}

/// Every form and every way to be absent.
fn session() -> DeriveInput {
    parse_quote! {
        pub struct SessionInfo {
            #[nlattr(id = L2TP_ATTR_CONN_ID)]
            pub tunnel_id: TunnelId,
            #[nlattr(id = sys::L2TP_ATTR_COOKIE)]
            pub cookie: Option<Cookie>,
            #[nlattr(id = L2TP_ATTR_UDP_CSUM, encode = flag, decode = u8, default)]
            pub udp_csum: bool,
            #[nlattr(id = L2TP_ATTR_RECV_TIMEOUT, with = Millis, default = Duration::ZERO)]
            pub reorder_timeout: Duration,
            #[nlattr(id = L2TP_ATTR_STATS, nested)]
            pub statistics: SessionStatistics,
            #[nlattr(skip)]
            pub seen: u64,
        }
    }
}

#[test]
fn struct_to_attrs() {
    golden!("struct_to_attrs", to_attrs(&session()));
}

#[test]
fn struct_from_attrs() {
    golden!("struct_from_attrs", from_attrs(&session()));
}

/// A lifetime, a type parameter with its bounds, a raw name, another crate, nothing unknown.
fn borrowed() -> DeriveInput {
    parse_quote! {
        #[nlattr(crate = crate::binding, deny_unknown)]
        struct Borrowed<'m, T: Copy, const N: usize>
        where
            T: Ord,
        {
            #[nlattr(id = NAME)]
            name: &'m CStr,
            #[nlattr(id = VALUE, be)]
            r#type: Option<T>,
            #[nlattr(id = BYTES)]
            bytes: [u8; N],
            #[nlattr(skip)]
            local: PhantomData<T>,
        }
    }
}

#[test]
fn borrowed_to_attrs() {
    golden!("borrowed_to_attrs", to_attrs(&borrowed()));
}

#[test]
fn borrowed_from_attrs() {
    golden!("borrowed_from_attrs", from_attrs(&borrowed()));
}

#[test]
fn empty_struct() {
    let input = parse_quote!(
        struct Noop {}
    );
    golden!("empty_to_attrs", to_attrs(&input));
    golden!("empty_from_attrs", from_attrs(&input));
}

#[test]
fn newtype() {
    let input = parse_quote!(
        pub struct Port(#[nlattr(be)] pub u16);
    );
    let to = expand(
        &input,
        |input, errors| valid::newtype(input, "ToPayload", errors),
        expand::payload::to_payload,
    );
    let from = expand(
        &input,
        |input, errors| valid::newtype(input, "FromPayload", errors),
        expand::payload::from_payload,
    );
    golden!("newtype_to_payload", to);
    golden!("newtype_from_payload", from);
}

#[test]
fn open_enum() {
    golden!(
        "open_enum",
        attr_enum(&parse_quote! {
            #[nlenum(repr = u16)]
            pub enum PseudowireType {
                #[nlenum(id = L2TP_PWTYPE_ETH)]
                Eth,
                #[nlenum(id = L2TP_PWTYPE_PPP)]
                Ppp,
                #[nlenum(other)]
                Unknown(u16),
            }
        })
    );
}

#[test]
fn closed_enum() {
    golden!(
        "closed_enum",
        attr_enum(&parse_quote! {
            #[nlenum(repr = u8)]
            enum SeqMode {
                #[nlenum(id = L2TP_SEQ_NONE)]
                None,
                #[nlenum(id = L2TP_SEQ_ALL)]
                All,
            }
        })
    );
}

/// What stands beside an error.
#[test]
fn stubs() {
    let input = borrowed();
    let newtype: DeriveInput = parse_quote!(
        struct Port(u16);
    );
    let mut text = pretty(fallback::to_attrs(&input));
    text += &pretty(fallback::from_attrs(&input));
    text += &pretty(fallback::to_payload(&newtype));
    text += &pretty(fallback::from_payload(&newtype));
    text += &pretty(fallback::attr_enum(&parse_quote! {
        #[nlenum(repr = u16, nonsense)]
        pub enum Broken {
            NoNumber,
        }
    }));
    golden!("stubs", text);
}
