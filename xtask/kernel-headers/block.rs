//! Finds where the definition of an enumeration, structure or union begins and ends.

use super::lex::{Kind, Token};

/// `enum|struct|union [attributes] [tag] { … } [attributes]`.
#[derive(Debug)]
pub(super) struct Block<'a> {
    /// The tag, or the name that a `typedef` gives what has no tag.
    pub(super) name: Option<&'a str>,
    /// What stands within the braces.
    pub(super) body: &'a [Token<'a>],
    /// The tokens of the attributes before and behind the braces.
    pub(super) attributes: Vec<&'a str>,
    /// Where the closing brace stands.
    pub(super) end: usize,
}

/// What stands behind `enum`, `struct` or `union`.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// A use of a type, no definition.
    Nothing,
    /// A definition whose brace nothing closes.
    Unclosed,
    Block(Block<'a>),
}

/// Reads the definition at the start of `all`, which is its keyword.
pub(super) fn block<'a>(all: &'a [Token<'a>], is_typedef: bool) -> Found<'a> {
    let mut attributes = Vec::new();
    let Some((mut name, open)) = head(all, &mut attributes) else { return Found::Nothing };
    let Some(end) = closing(all, open, "{", "}") else { return Found::Unclosed };
    let declared = trailer(&all[end + 1..], &mut attributes);
    if is_typedef && name.is_none() {
        name = declared;
    }
    Found::Block(Block { name, body: &all[open + 1..end], attributes, end })
}

/// The tag, and where the brace opens; `None` if what follows is no definition.
fn head<'a>(
    all: &'a [Token<'a>],
    attributes: &mut Vec<&'a str>,
) -> Option<(Option<&'a str>, usize)> {
    let mut tag = None;
    let mut typed = false;
    let mut at = 1;
    loop {
        let token = all.get(at)?;
        match token.kind {
            Kind::Comment | Kind::Directive => {}
            Kind::Word if is_attribute(token.text) => at = attribute(all, at, attributes),
            // The type behind `enum tag : type`.
            Kind::Word if typed => {}
            Kind::Word if tag.is_none() => tag = Some(token.text),
            Kind::Punct if token.is(":") => typed = true,
            Kind::Punct if token.is("{") => return Some((tag, at)),
            _ => return None,
        }
        at += 1;
    }
}

/// The first name that is declared behind the closing brace, and the attributes there.
fn trailer<'a>(behind: &'a [Token<'a>], attributes: &mut Vec<&'a str>) -> Option<&'a str> {
    let mut name = None;
    let mut at = 0;
    while let Some(token) = behind.get(at).filter(|token| !token.is(";") && !token.is("}")) {
        if is_attribute(token.text) {
            at = attribute(behind, at, attributes);
        } else if token.kind == Kind::Word {
            name = name.or(Some(token.text));
        }
        at += 1;
    }
    name
}

fn is_attribute(word: &str) -> bool {
    ["__attribute__", "__attribute", "__packed", "__aligned", "_Alignas"].contains(&word)
}

/// Takes the attribute at `at`, with its brackets; gives where its last token stands.
fn attribute<'a>(all: &'a [Token<'a>], at: usize, attributes: &mut Vec<&'a str>) -> usize {
    let has_brackets = all.get(at + 1).is_some_and(|next| next.is("("));
    let end = has_brackets.then(|| closing(all, at + 1, "(", ")")).flatten().unwrap_or(at);
    attributes.extend(all[at..=end].iter().map(|token| token.text));
    end
}

/// Where the bracket that opens at `open` closes.
fn closing(all: &[Token<'_>], open: usize, opening: &str, closing: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in all.iter().enumerate().skip(open) {
        depth += usize::from(token.is(opening));
        depth = depth.saturating_sub(usize::from(token.is(closing)));
        if depth == 0 {
            return Some(at);
        }
    }
    None
}
