//! Reads the declarations of the kernel's user-space headers, without a compiler: `cargo xtask` holds
//! what bindgen gives against them, and the tests of the schema read headers that they invent.

#![forbid(unsafe_code)]

mod block;
pub mod lex;
mod macros;
pub mod parse;
