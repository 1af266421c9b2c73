//! Cuts a C header into tokens, comments included.
//!
//! The text is read as the vendored headers are written, not as a compiler would see it:
//! conditionals are kept as directives and nothing is expanded, because what a maintainer
//! wants to know of two versions is how their text differs in meaning.

/// What a piece of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `/* … */` or `// …`, delimiters included.
    Comment,
    /// `#` and the rest of the logical line; its own tokens follow from [`tokens`] on its text.
    Directive,
    /// An identifier or keyword.
    Word,
    /// A number.
    Number,
    /// A character or string literal, quotes included.
    Quoted,
    /// An operator or a bracket.
    Punct,
}

/// One token, borrowed from the header's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: &'a str,
    /// The line on which the token starts, from 1.
    pub line: usize,
}

impl Token<'_> {
    /// Whether this is its text.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }
}

/// The tokens of `text`, in order. Unfinished comments and literals run to the end of the text.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut line = 1;
    let mut line_is_blank = true;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() || rest.starts_with("\\\n") {
            line_is_blank |= first == '\n';
            line += usize::from(first == '\n');
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (kind, length) = measure(rest, line_is_blank);
        let (token, after) = rest.split_at(length);
        found.push(Token { kind, text: token, line });
        line += token.matches('\n').count();
        line_is_blank &= kind == Kind::Comment;
        rest = after;
    }
    found
}

/// Kind and length in bytes of the token at the start of `text`, which is not blank.
fn measure(text: &str, line_is_blank: bool) -> (Kind, usize) {
    let first = text.chars().next().unwrap_or(' ');
    let word = |c: char| c.is_alphanumeric() || c == '_';
    if text.starts_with("/*") {
        (Kind::Comment, comment_length(text))
    } else if text.starts_with("//") {
        (Kind::Comment, text.find('\n').unwrap_or(text.len()))
    } else if first == '#' && line_is_blank {
        (Kind::Directive, directive_length(text))
    } else if first.is_ascii_digit() {
        (Kind::Number, text.find(|c| !word(c)).unwrap_or(text.len()))
    } else if word(first) {
        (Kind::Word, text.find(|c| !word(c)).unwrap_or(text.len()))
    } else if first == '"' || first == '\'' {
        (Kind::Quoted, quoted_length(text, first))
    } else if text.starts_with("<<") || text.starts_with(">>") {
        (Kind::Punct, 2)
    } else {
        (Kind::Punct, first.len_utf8())
    }
}

fn comment_length(text: &str) -> usize {
    text[2..].find("*/").map_or(text.len(), |end| end + 4)
}

fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// A directive ends at a line feed that neither a backslash nor a comment hides.
fn directive_length(text: &str) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if c == '\n' {
            return at;
        }
        at += if rest.starts_with("\\\n") {
            2
        } else if rest.starts_with("/*") {
            comment_length(rest)
        } else {
            c.len_utf8()
        };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<(Kind, &str, usize)> {
        tokens(text).iter().map(|token| (token.kind, token.text, token.line)).collect()
    }

    #[test]
    fn a_directive_spans_continuations_and_comments() {
        assert_eq!(
            texts("#define A 1 \\\n + 2 /* one\n two */\nB"),
            [(Kind::Directive, "#define A 1 \\\n + 2 /* one\n two */", 1), (Kind::Word, "B", 4)]
        );
    }

    #[test]
    fn a_hash_within_a_line_is_no_directive() {
        assert_eq!(texts("a #b")[1], (Kind::Punct, "#", 1));
        assert_eq!(texts("/* c */ #b")[1], (Kind::Directive, "#b", 1));
    }

    #[test]
    fn literals_operators_and_numbers_stay_whole() {
        let kinds: Vec<_> = texts(r#"'\'' "a\"b" 0x1fU << x_1"#);
        assert_eq!(
            kinds,
            [
                (Kind::Quoted, r"'\''", 1),
                (Kind::Quoted, r#""a\"b""#, 1),
                (Kind::Number, "0x1fU", 1),
                (Kind::Punct, "<<", 1),
                (Kind::Word, "x_1", 1)
            ]
        );
    }

    #[test]
    fn an_unfinished_comment_or_literal_ends_with_the_text() {
        assert_eq!(texts("/* x"), [(Kind::Comment, "/* x", 1)]);
        assert_eq!(texts("/*/"), [(Kind::Comment, "/*/", 1)]);
        assert_eq!(texts("\"x"), [(Kind::Quoted, "\"x", 1)]);
    }
}
