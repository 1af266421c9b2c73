//! What a header says: its enumerations, its object-like macros and its structures.
//!
//! This reads the declarations that the kernel's user-space headers are made of. Values are
//! kept as tokens here; [`super::value`] evaluates them.

use super::lex::{Kind, Token, tokens};

/// A header's declarations, in the order of its text.
#[derive(Debug, Default)]
pub(crate) struct Header {
    pub(crate) enums: Vec<Enum>,
    pub(crate) macros: Vec<Constant>,
    pub(crate) structs: Vec<Struct>,
}

/// `enum [tag] { … }`.
#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) tag: Option<String>,
    /// The words of the comment above, on one line.
    pub(crate) comment: Option<String>,
    pub(crate) members: Vec<Constant>,
}

/// A member of an enumeration or an object-like macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Constant {
    pub(crate) name: String,
    /// The tokens of its value, without comments; none for a member that only counts on.
    pub(crate) value: Vec<String>,
    /// The comment on its line, else its line of the kernel-doc comment above.
    pub(crate) comment: Option<String>,
}

/// `struct tag { … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Struct {
    pub(crate) name: String,
    /// Each field's declaration with single spaces; a nested structure or union is one field.
    pub(crate) fields: Vec<String>,
}

/// Reads a header's text.
pub(crate) fn parse(text: &str) -> Header {
    let all = tokens(text);
    let mut header = Header::default();
    let mut doc = "";
    let mut at = 0;
    while at < all.len() {
        let token = all[at];
        match token.kind {
            Kind::Comment => doc = token.text,
            Kind::Directive => {
                header.macros.extend(object_like_macro(token));
                doc = "";
            }
            _ if token.is("enum") || token.is("struct") => {
                if let Some((tag, body)) = block(&all[at..]) {
                    let inside = &all[at + body.start..at + body.end];
                    if token.is("enum") {
                        header.enums.push(Enum {
                            tag: tag.map(Into::into),
                            comment: Some(plain(doc)).filter(|words| !words.is_empty()),
                            members: members(inside, doc),
                        });
                    } else if let Some(tag) = tag {
                        header.structs.push(Struct { name: tag.into(), fields: fields(inside) });
                    }
                    at += body.end;
                }
                doc = "";
            }
            _ if token.is(";") => doc = "",
            _ => {}
        }
        at += 1;
    }
    header
}

/// The tag and the range within the braces of `enum|struct [tag] {…}` at the start of `all`.
fn block<'a>(all: &[Token<'a>]) -> Option<(Option<&'a str>, std::ops::Range<usize>)> {
    let tag = all.get(1).filter(|token| token.kind == Kind::Word).map(|token| token.text);
    let open = 1 + usize::from(tag.is_some());
    if !all.get(open)?.is("{") {
        return None;
    }
    let mut depth = 0_usize;
    for (at, token) in all.iter().enumerate().skip(open) {
        depth += usize::from(token.is("{"));
        depth -= usize::from(token.is("}"));
        if depth == 0 {
            return Some((tag, open + 1..at));
        }
    }
    None
}

fn members(inside: &[Token<'_>], doc: &str) -> Vec<Constant> {
    let mut found: Vec<Constant> = Vec::new();
    let mut last_line = 0;
    let mut in_member = false;
    for token in inside {
        match token.kind {
            Kind::Directive => continue,
            Kind::Comment => {
                if let Some(member) = found.last_mut().filter(|_| token.line == last_line) {
                    member.comment = Some(plain(token.text));
                }
                continue;
            }
            _ if token.is(",") => in_member = false,
            _ if in_member => {
                if let Some(member) = found.last_mut().filter(|_| !token.is("=")) {
                    member.value.push(token.text.into());
                }
            }
            _ => {
                let comment = documented(doc, token.text);
                found.push(Constant { name: token.text.into(), value: Vec::new(), comment });
                in_member = true;
            }
        }
        last_line = token.line;
    }
    found
}

fn fields(inside: &[Token<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    let mut field: Vec<&str> = Vec::new();
    let mut depth = 0_usize;
    for token in inside {
        if matches!(token.kind, Kind::Comment | Kind::Directive) {
            continue;
        }
        depth += usize::from(token.is("{"));
        depth -= usize::from(token.is("}"));
        if depth == 0 && token.is(";") {
            found.push(field.join(" "));
            field.clear();
        } else {
            field.push(token.text);
        }
    }
    found
}

/// `#define NAME value`: not an include guard, not a macro with parameters, not `#define X X`.
fn object_like_macro(directive: Token<'_>) -> Option<Constant> {
    let body = directive.text[1..].trim_start().strip_prefix("define")?;
    let all = tokens(body);
    let (name, rest) = all.split_first()?;
    let name_ends = body.find(name.text)? + name.text.len();
    if body[name_ends..].starts_with('(') {
        return None;
    }
    let value: Vec<String> =
        rest.iter().filter(|t| t.kind != Kind::Comment).map(|t| t.text.into()).collect();
    if value.is_empty() || value == [name.text] {
        return None;
    }
    let comment = rest.iter().rfind(|t| t.kind == Kind::Comment).map(|t| plain(t.text));
    Some(Constant { name: name.text.into(), value, comment })
}

/// What a kernel-doc comment says of `@name:`, up to the next `@` line or blank line.
fn documented(doc: &str, name: &str) -> Option<String> {
    if !doc.starts_with("/**") {
        return None;
    }
    let wanted = format!("@{name}:");
    let mut lines = doc.lines().map(stripped).skip_while(|line| !line.starts_with(&wanted));
    let first = lines.next()?.strip_prefix(&wanted)?.trim().to_owned();
    let more = lines.take_while(|line| !line.is_empty() && !line.starts_with('@'));
    Some(more.fold(first, |text, line| text + " " + line))
}

/// A comment's words on one line, without its delimiters and stars.
fn plain(comment: &str) -> String {
    let words = comment.lines().map(stripped).collect::<Vec<_>>().join(" ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn stripped(line: &str) -> &str {
    line.trim().trim_start_matches(['/', '*']).trim_end_matches("*/").trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constant(name: &str, value: &[&str], comment: Option<&str>) -> Constant {
        Constant {
            name: name.into(),
            value: value.iter().map(|&token| token.into()).collect(),
            comment: comment.map(Into::into),
        }
    }

    #[test]
    fn a_member_takes_the_comment_of_its_own_line_only() {
        let header = parse(
            "enum {\n\t/* above */\n\tA,\t/* u16, enum x */\n\tB = 1 << 2,\n\t/* below */\n\tC /* last */\n};",
        );
        assert_eq!(
            header.enums[0].members,
            [
                constant("A", &[], Some("u16, enum x")),
                constant("B", &["1", "<<", "2"], None),
                constant("C", &[], Some("last")),
            ]
        );
    }

    #[test]
    fn kernel_doc_speaks_for_members_without_a_comment() {
        let header = parse(
            "/**\n * enum e - text\n * @A: first\n *\tgoes on (u32)\n * @B: second\n *\n * @C: third\n */\nenum e { A, B, C, D };",
        );
        let comments: Vec<_> = header.enums[0].members.iter().map(|m| m.comment.clone()).collect();
        assert_eq!(
            comments,
            [Some("first goes on (u32)".into()), Some("second".into()), Some("third".into()), None]
        );
    }

    #[test]
    fn macros_with_parameters_guards_and_echoes_are_left_out() {
        let header = parse(
            "#ifndef _H_\n#define _H_\n# define N (1 << 15) /* bit */\n#define F(x) (x)\n#define E E\n#define S \"l2tp\"\n#endif",
        );
        assert_eq!(
            header.macros,
            [
                constant("N", &["(", "1", "<<", "15", ")"], Some("bit")),
                constant("S", &["\"l2tp\""], None)
            ]
        );
    }

    #[test]
    fn structures_list_their_fields_and_uses_of_a_tag_do_not_count() {
        let header = parse(
            "struct a { int x; /* first */ struct b y[2]; union { int p; char q; } u; };\nstruct a *f(enum e g);",
        );
        assert_eq!(
            header.structs,
            [Struct {
                name: "a".into(),
                fields: vec![
                    "int x".into(),
                    "struct b y [ 2 ]".into(),
                    "union { int p ; char q ; } u".into()
                ],
            }]
        );
    }

    #[test]
    fn an_unclosed_block_is_passed_over() {
        let header = parse("enum { A,\n#define B 1\n");
        assert!(header.enums.is_empty());
        assert_eq!(header.macros.len(), 1);
    }
}
