//! What a directive defines.

use super::lex::{Kind, Token, tokens};
use super::parse::{Constant, plain};

/// A `#define`.
#[derive(Debug)]
pub(super) enum Macro {
    Constant(Constant),
    /// With parameters, which begin the value.
    Function(Constant),
    /// With nothing behind its name.
    Flag(Constant),
}

/// What `#define` defines. Neither an include guard nor `#define X X` says anything.
pub(super) fn define(directive: Token<'_>) -> Option<Macro> {
    let body = directive.text[1..].trim_start().strip_prefix("define")?;
    let all = tokens(body);
    let (name, rest) = all.split_first()?;
    let name_ends = body.find(name.text)? + name.text.len();
    let value: Vec<String> =
        rest.iter().filter(|t| t.kind != Kind::Comment).map(|t| t.text.into()).collect();
    if value == [name.text] || (value.is_empty() && name.text.starts_with('_')) {
        return None;
    }
    let comment = rest.iter().rfind(|t| t.kind == Kind::Comment).map(|t| plain(t.text));
    let found = Constant { name: name.text.into(), value, comment };
    Some(if found.value.is_empty() {
        Macro::Flag(found)
    } else if body[name_ends..].starts_with('(') {
        Macro::Function(found)
    } else {
        Macro::Constant(found)
    })
}

/// What `#pragma pack(…)` sets, in its own words; empty if it takes a setting back.
pub(super) fn pragma_pack(directive: &str) -> Option<String> {
    let rest = directive[1..].trim_start().strip_prefix("pragma")?.trim();
    let setting: String = rest.strip_prefix("pack")?.split_whitespace().collect();
    let is_default = setting == "()" || setting.starts_with("(pop");
    Some(if is_default { String::new() } else { format!("#pragma pack{setting}") })
}
