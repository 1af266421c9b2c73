//! Rules of Rust sources, read off their tokens: a word in a comment or a text breaks none.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use super::Fault;

/// The folder where unsafe code may stand. The lint `unsafe_code` cannot say it: it has levels, not
/// places, and any `allow` lifts it.
const UNSAFE: &str = "l2tp/src/sys/";

/// Sources that are wrong on purpose: what the compiler says of them is what is tested.
const SPECIMENS: &str = "tests/derive/ui/";

/// The published crates, which build with a compiler that has no chains of `let` yet (Rust 1.88 has
/// them).
const PUBLISHED: &[&str] = &["l2tp/src/", "l2tp-derive/src/", "l2tp-sys/src/"];

pub(super) fn faults(path: &str, source: &str) -> Vec<Fault> {
    let fault = |line, text: String| Fault { path: path.to_owned(), line, text };
    let mut faults = Vec::new();
    if !path.starts_with(SPECIMENS) && !opens_with_purpose(source) {
        faults.push(fault(1, "open the module with `//!`: what is it for?".to_owned()));
    }
    let tokens: TokenStream = match source.parse() {
        Ok(tokens) => tokens,
        Err(error) => {
            faults.push(fault(1, format!("not Rust: {error}")));
            return faults;
        }
    };
    let is_published = PUBLISHED.iter().any(|place| path.starts_with(place));
    walk(tokens, &mut |line, what| match what {
        Found::Unsafe if path.starts_with(UNSAFE) => {}
        Found::Unsafe => faults.push(fault(line, format!("unsafe code stands in {UNSAFE} only"))),
        Found::Chain | Found::KeptArguments if !is_published => {}
        Found::KeptArguments => {
            let text = "Rust 1.85 frees what `format_args!` borrows with its statement: pass it on";
            faults.push(fault(line, text.to_owned()));
        }
        Found::Chain => faults.push(fault(line, "Rust 1.85 has no `&& let`: nest it".to_owned())),
        Found::Ignored => {
            faults.push(fault(line, "an ignored test: fix it or remove it".to_owned()));
        }
    });
    faults
}

/// Something that a rule is about.
enum Found {
    Unsafe,
    Ignored,
    Chain,
    /// A variable of `format_args!`, which compilers keep from Rust 1.89 on.
    KeptArguments,
}

/// Finds things, in groups within groups too.
fn walk(tokens: TokenStream, found: &mut impl FnMut(usize, Found)) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let line = token.span().start().line;
        match token {
            TokenTree::Group(group) => {
                let attribute =
                    at.checked_sub(1).is_some_and(|before| is_punct(&tokens[before], '#'));
                if attribute && group.delimiter() == Delimiter::Bracket && is_ignore(group.stream())
                {
                    found(line, Found::Ignored);
                }
                walk(group.stream(), found);
            }
            TokenTree::Ident(name) if name == "unsafe" => found(line, Found::Unsafe),
            TokenTree::Ident(name) if name == "let" && in_a_chain(&tokens, at) => {
                found(line, Found::Chain);
            }
            TokenTree::Ident(name)
                if name == "format_args"
                    && at.checked_sub(1).is_some_and(|before| is_punct(&tokens[before], '=')) =>
            {
                found(line, Found::KeptArguments);
            }
            _ => {}
        }
    }
}

/// Whether the condition of a `let` is one of several: `&&` stands before it or behind it.
fn in_a_chain(tokens: &[TokenTree], at: usize) -> bool {
    let opens = |token: &TokenTree| matches!(token, TokenTree::Ident(name) if name == "if" || name == "while");
    let behind = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is_punct(token, ';'),
    };
    let ends_with_and = |tokens: &[TokenTree]| {
        tokens.last_chunk().is_some_and(|[one, other]| is_and(one) && is_punct(other, '&'))
    };
    let condition = at.checked_sub(1).is_some_and(|before| opens(&tokens[before]));
    let rest = tokens[at..].split(behind).next().unwrap_or_default();
    let value = rest.iter().position(|token| is_punct(token, '=')).map_or(rest.len(), |is| is + 1);
    ends_with_and(&tokens[..at])
        || condition && (value..rest.len()).any(|end| ends_with_and(&rest[value..=end]))
}

/// The first half of `&&`.
fn is_and(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct)
        if punct.as_char() == '&' && punct.spacing() == Spacing::Joint)
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct)
        if punct.as_char() == character && punct.spacing() == Spacing::Alone)
}

fn is_ignore(attribute: TokenStream) -> bool {
    matches!(attribute.into_iter().next(), Some(TokenTree::Ident(name)) if name == "ignore")
}

/// The words may stand in the file or in a page that it includes.
fn opens_with_purpose(source: &str) -> bool {
    source.starts_with("//!") || source.starts_with("#![doc = include_str!(")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(path: &str, source: &str) -> Vec<(usize, String)> {
        faults(path, source).into_iter().map(|fault| (fault.line, fault.text)).collect()
    }

    #[test]
    fn words_in_comments_and_texts_break_no_rule() {
        let source = "//! On #[ignore].\n// unsafe {}\nconst X: &str = \"a && let b, unsafe\";\n";
        assert_eq!(texts("l2tp/src/x.rs", source), []);
    }

    #[test]
    fn each_rule_finds_its_line() {
        let source = "fn f() {\n    unsafe {}\n}\n#[test]\n#[ignore = \"slow\"]\nfn g() {}\n";
        let lines = |path| {
            let lines: Vec<usize> =
                faults(path, source).into_iter().map(|fault| fault.line).collect();
            lines
        };
        assert_eq!(lines("l2tp/src/x.rs"), [1, 2, 5]);
        assert_eq!(lines("l2tp/src/sys/x.rs"), [1, 5]);
    }

    #[test]
    fn arguments_of_a_format_are_not_kept() {
        let kept = "//! X.\nfn f() {\n    let a = format_args!(\"{b}\");\n}\n";
        assert_eq!(faults("l2tp/src/x.rs", kept)[0].line, 3);
        assert!(faults("xtask/src/x.rs", kept).is_empty());
        let passed = "//! X.\nfn f() {\n    g(1, format_args!(\"{b}\"));\n}\n";
        assert!(faults("l2tp/src/x.rs", passed).is_empty());
    }

    #[test]
    fn chains_of_let_are_for_newer_compilers() {
        for (chain, source) in [
            (true, "if a && let Some(b) = c {}"),
            (true, "if let Some(a) = b && c {}"),
            (true, "while let Some(a) = b() && c {}"),
            (false, "if let Some(&&a) = b { let c = d && e; }"),
            (false, "if let &&a = b {}"),
            (false, "let a = b && c;"),
            (false, "if let Some(a) = (b && c) {}"),
        ] {
            let source = format!("//! X.\nfn f() {{\n    {source}\n}}\n");
            let lines: Vec<_> =
                texts("l2tp/src/x.rs", &source).into_iter().map(|it| it.0).collect();
            assert_eq!(lines, if chain { vec![3] } else { vec![] }, "{source}");
            assert_eq!(texts("xtask/src/x.rs", &source), []);
        }
    }

    #[test]
    fn a_comparison_with_ignore_is_no_attribute() {
        assert_eq!(texts("x.rs", "//! X.\nfn f() { let _ = [ignore]; todo != 1; }\n").len(), 0);
        assert_eq!(texts("x.rs", "//! X.\nfn f( {\n").len(), 1);
    }
}
