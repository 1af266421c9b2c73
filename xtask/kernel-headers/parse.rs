//! What a header says: its enumerations, its macros and its structures.
//!
//! This reads the declarations that the kernel's user-space headers are made of, wherever they
//! stand: structures contain enumerations, and braces contain `#define`s. Values are kept as
//! tokens: who reads them evaluates them.

use super::block::{Block, Found, block};
use super::lex::{Kind, Token, tokens};
use super::macros::{Macro, define, pragma_pack};

/// A header's declarations, in the order of its text.
#[derive(Debug, Default)]
pub struct Header {
    /// Its enumerations, those within structures included.
    pub enums: Vec<Enum>,
    /// `#define NAME value`, of any value.
    pub macros: Vec<Constant>,
    /// `#define NAME(x) …`; the value begins with the parameters.
    pub functions: Vec<Constant>,
    /// `#define NAME`, include guards apart.
    pub flags: Vec<Constant>,
    /// Its structures and unions.
    pub structs: Vec<Struct>,
    /// The lines of the braces that nothing closes: what they contain is not read as a whole.
    pub unclosed: Vec<usize>,
}

/// `enum [tag] { … }`.
#[derive(Debug)]
pub struct Enum {
    /// Its name, or that of its `typedef`.
    pub tag: Option<String>,
    /// The words of the comment above, on one line.
    pub comment: Option<String>,
    /// Its members.
    pub members: Vec<Constant>,
}

/// A member of an enumeration or a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constant {
    /// Its name.
    pub name: String,
    /// The tokens of its value, without comments; none for a member that only counts on.
    pub value: Vec<String>,
    /// The comment on its line, else its line of the kernel-doc comment above.
    pub comment: Option<String>,
}

/// `struct tag { … }`, `union tag { … }` or `typedef struct { … } name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Struct {
    /// `struct` or `union`.
    pub keyword: &'static str,
    /// Its name.
    pub name: String,
    /// Each field's declaration with single spaces, and each conditional between them; a nested
    /// structure or union is one field.
    pub fields: Vec<String>,
    /// What decides about its layout beside the fields: `__attribute__`s and `#pragma pack`.
    pub layout: String,
}

/// Reads a header's text.
#[must_use]
pub fn parse(text: &str) -> Header {
    let mut header = Header::default();
    header.read(&tokens(text), &mut String::new());
    header
}

impl Header {
    /// Reads a run of tokens; `pack` is the `#pragma pack` in force.
    fn read(&mut self, all: &[Token<'_>], pack: &mut String) {
        let mut doc = "";
        let mut at = 0;
        while at < all.len() {
            let token = all[at];
            match token.kind {
                Kind::Comment => doc = token.text,
                Kind::Directive => {
                    self.directive(token, pack);
                    doc = "";
                }
                Kind::Word if ["enum", "struct", "union"].contains(&token.text) => {
                    let is_typedef = at > 0 && all[at - 1].is("typedef");
                    match block(&all[at..], is_typedef) {
                        Found::Block(found) => {
                            self.declaration(token, &found, doc, pack);
                            at += found.end;
                        }
                        Found::Unclosed => self.unclosed.push(token.line),
                        Found::Nothing => {}
                    }
                    doc = "";
                }
                _ if token.is(";") => doc = "",
                _ => {}
            }
            at += 1;
        }
    }

    fn directive(&mut self, directive: Token<'_>, pack: &mut String) {
        match define(directive) {
            Some(Macro::Constant(found)) => self.macros.push(found),
            Some(Macro::Function(found)) => self.functions.push(found),
            Some(Macro::Flag(found)) => self.flags.push(found),
            None => {
                if let Some(pragma) = pragma_pack(directive.text) {
                    *pack = pragma;
                }
            }
        }
    }

    fn declaration(&mut self, token: Token<'_>, found: &Block<'_>, doc: &str, pack: &mut String) {
        let tag: Option<String> = found.name.map(Into::into);
        if token.is("enum") {
            self.enums.push(Enum {
                tag,
                comment: Some(plain(doc)).filter(|words| !words.is_empty()),
                members: members(found.body, doc),
            });
            for directive in found.body.iter().filter(|inner| inner.kind == Kind::Directive) {
                self.directive(*directive, pack);
            }
            return;
        }
        if let Some(name) = tag {
            let keyword = if token.is("struct") { "struct" } else { "union" };
            let layout = format!("{pack} {}", found.attributes.join(" ")).trim().to_owned();
            self.structs.push(Struct { keyword, name, fields: fields(found.body), layout });
        }
        self.read(found.body, pack);
    }
}

fn members(inside: &[Token<'_>], doc: &str) -> Vec<Constant> {
    let mut found: Vec<Constant> = Vec::new();
    let mut last_line = 0;
    let mut in_member = false;
    let mut in_value = false;
    let mut depth = 0_usize;
    for token in inside {
        match token.kind {
            Kind::Directive => continue,
            Kind::Comment => {
                if let Some(member) = found.last_mut().filter(|_| token.line == last_line) {
                    member.comment = Some(plain(token.text));
                }
                continue;
            }
            _ if token.is(",") && depth == 0 => (in_member, in_value) = (false, false),
            _ if in_member => {
                depth += usize::from(token.is("("));
                depth = depth.saturating_sub(usize::from(token.is(")")));
                // What stands between name and value is an attribute.
                if let Some(member) = found.last_mut().filter(|_| in_value) {
                    member.value.push(token.text.into());
                }
                in_value |= token.is("=") && depth == 0;
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
        match token.kind {
            Kind::Comment => continue,
            Kind::Directive => {
                if is_conditional(token.text) {
                    found.push(token.text.split_whitespace().collect::<Vec<_>>().join(" "));
                }
                continue;
            }
            _ => {}
        }
        depth += usize::from(token.is("{"));
        depth = depth.saturating_sub(usize::from(token.is("}")));
        if depth == 0 && token.is(";") {
            found.push(field.join(" "));
            field.clear();
        } else {
            field.push(token.text);
        }
    }
    found
}

fn is_conditional(directive: &str) -> bool {
    let word = directive[1..].trim_start();
    ["if", "el", "endif"].iter().any(|start| word.starts_with(start))
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
pub(super) fn plain(comment: &str) -> String {
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
    fn guards_and_echoes_are_left_out_and_macros_are_told_apart_by_shape() {
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
        assert_eq!(header.functions, [constant("F", &["(", "x", ")", "(", "x", ")"], None)]);
        assert!(header.flags.is_empty());
        assert_eq!(parse("#define L2TP_HAVE_X").flags, [constant("L2TP_HAVE_X", &[], None)]);
    }

    #[test]
    fn structures_list_their_fields_and_uses_of_a_tag_do_not_count() {
        let header = parse(
            "struct a { int x; /* first */ struct b y[2]; union { int p; char q; } u; };\nstruct a *f(enum e g);",
        );
        assert_eq!(
            header.structs,
            [Struct {
                keyword: "struct",
                layout: String::new(),
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
        assert_eq!(header.unclosed, [1]);
    }

    #[test]
    fn an_enumeration_is_found_in_every_shape() {
        let tags = |text: &str| -> Vec<(Option<String>, usize)> {
            let enums = parse(text).enums;
            enums.iter().map(|found| (found.tag.clone(), found.members.len())).collect()
        };
        for text in [
            "enum e { A, B };",
            "enum /* why */ e /* how */ { A, B, };",
            "enum __attribute__((packed)) e { A = F(1, 2), B };",
            "enum e : unsigned char { A __attribute__((deprecated)) = 1, B };",
            "typedef enum { A, B } e;",
            "struct s { enum e { A, B } kind; };",
            "enum e\n#ifdef X\n#endif\n{\n#ifdef Y\nA,\n#endif\nB };",
        ] {
            assert_eq!(tags(text), [(Some("e".to_owned()), 2)], "{text}");
        }
        assert_eq!(tags("enum { A, B } variable;"), [(None, 2)]);
        for text in ["enum e f(enum e g);", "struct s f(void) { return x; }", "enum e x : 3;"] {
            assert_eq!(tags(text), [], "{text}");
            assert!(parse(text).structs.is_empty(), "{text}");
        }
    }

    #[test]
    fn a_typedef_names_a_structure_without_a_tag() {
        let header = parse("typedef struct { int a; } __attribute__((packed)) s, *p;");
        assert_eq!(header.structs[0].name, "s");
        assert_eq!(header.structs[0].layout, "__attribute__ ( ( packed ) )");
    }
}
