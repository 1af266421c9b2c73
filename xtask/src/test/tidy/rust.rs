//! Rules of Rust sources, read off their tokens: a word in a comment or a text breaks none.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use super::Fault;

/// The places where unsafe code may stand, each a folder or a file.
const UNSAFE: &[&str] = &["l2tp/src/sys/"];

/// Sources that are wrong on purpose: what the compiler says of them is what is tested.
const SPECIMENS: &str = "tests/derive/ui/";

/// Macros that stand for something not done.
const UNFINISHED: &[&str] = &["todo", "unimplemented", "dbg"];

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
    let may_be_unsafe = UNSAFE.iter().any(|place| path.starts_with(place));
    walk(tokens, &mut |line, what| match what {
        Found::Unsafe if may_be_unsafe => {}
        Found::Unsafe => {
            faults.push(fault(line, format!("unsafe code stands in {} only", UNSAFE.join(", "))));
        }
        Found::Unfinished(name) => faults.push(fault(line, format!("{name}! is left to do"))),
        Found::Ignored => {
            faults.push(fault(line, "an ignored test: mend it or remove it".to_owned()));
        }
    });
    faults
}

/// Something that a rule is about.
enum Found {
    Unsafe,
    Unfinished(String),
    Ignored,
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
            TokenTree::Ident(name)
                if UNFINISHED.iter().any(|unfinished| name == unfinished)
                    && tokens.get(at + 1).is_some_and(|next| is_punct(next, '!')) =>
            {
                found(line, Found::Unfinished(name.to_string()));
            }
            _ => {}
        }
    }
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
        let source = "//! On unsafe code.\n// todo!()\nconst X: &str = \"unsafe todo!()\";\n";
        assert_eq!(texts("l2tp/src/x.rs", source), []);
    }

    #[test]
    fn each_rule_finds_its_line() {
        let source =
            "fn f() {\n    unsafe {}\n    todo!();\n}\n#[test]\n#[ignore = \"slow\"]\nfn g() {}\n";
        let lines: Vec<usize> =
            faults("l2tp/src/x.rs", source).into_iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [1, 2, 3, 6]);
        let lines: Vec<usize> =
            faults("l2tp/src/sys/x.rs", source).into_iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [1, 3, 6]);
    }

    #[test]
    fn a_comparison_with_ignore_is_no_attribute() {
        assert_eq!(texts("x.rs", "//! X.\nfn f() { let _ = [ignore]; todo != 1; }\n").len(), 0);
        assert_eq!(texts("x.rs", "//! X.\nfn f( {\n").len(), 1);
    }
}
