//! The workspace's reader of kernel headers, which is a part of xtask.
#![allow(dead_code)]

#[path = "../../xtask/src/headers/block.rs"]
mod block;
#[path = "../../xtask/src/headers/lex.rs"]
mod lex;
#[path = "../../xtask/src/headers/macros.rs"]
mod macros;
#[path = "../../xtask/src/headers/parse.rs"]
pub(crate) mod parse;
