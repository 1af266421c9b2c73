//! Facts about the kernel: each row of the page that states them names tests of the kernel suite,
//! and those are there.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Fault;

/// The page whose tables of facts name their tests.
pub(super) const PAGE: &str = "docs/kernel.md";

/// Where the suite's topics stand.
const SUITE: &str = "tests/kernel/";

/// How a table of facts begins.
const HEADING: &str = "| fact | test |";

/// The tests of the kernel suite, by topic. One that is repeated for several values is here
/// once, and on the page it may end in `_*`.
#[derive(Debug, Default)]
pub(super) struct Suite(BTreeMap<String, BTreeSet<String>>);

impl Suite {
    /// Takes the tests that a source of the suite declares; other sources declare none.
    pub(super) fn read(&mut self, path: &str, source: &str) {
        let Some(topic) = topic(path) else { return };
        let Ok(tokens) = source.parse::<TokenStream>() else { return };
        let tests = declared(tokens);
        if !tests.is_empty() {
            self.0.insert(topic, tests);
        }
    }

    /// What is wrong with the page: tests that are not in the suite, facts that no test pins.
    pub(super) fn faults(&self, page: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut among_facts = false;
        for (number, line) in page.lines().enumerate() {
            let mut fault = |text| {
                faults.push(Fault { path: PAGE.to_owned(), line: number + 1, text });
            };
            let tests: Vec<&str> = tests_named(line).collect();
            for test in tests.iter().filter(|test| !self.has(test)) {
                fault(format!("the kernel suite has no test {test}"));
            }
            among_facts = line == HEADING || (among_facts && line.starts_with('|'));
            let is_fact = among_facts && line != HEADING && !line.starts_with("|---");
            if is_fact && tests.is_empty() {
                fault("a fact without a test".to_owned());
            }
        }
        faults
    }

    /// Whether there is a test `topic::name`, or any in `topic::*`.
    fn has(&self, test: &str) -> bool {
        test.rsplit_once("::").is_some_and(|(topic, name)| {
            self.0.get(topic).is_some_and(|tests| {
                name == "*" || tests.contains(name.strip_suffix("_*").unwrap_or(name))
            })
        })
    }
}

/// `sockets::carry` of `tests/kernel/sockets/carry.rs`.
fn topic(path: &str) -> Option<String> {
    let path = path.strip_prefix(SUITE)?.strip_suffix(".rs")?;
    Some(path.strip_suffix("/mod").unwrap_or(path).replace('/', "::"))
}

/// The names in a source's `tests![…]`: the first word of each entry.
fn declared(tokens: TokenStream) -> BTreeSet<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let list = tokens.windows(3).find_map(|three| match three {
        [TokenTree::Ident(name), TokenTree::Punct(mark), TokenTree::Group(list)]
            if name == "tests"
                && mark.as_char() == '!'
                && list.delimiter() == Delimiter::Bracket =>
        {
            Some(list.stream())
        }
        _ => None,
    });
    let mut names = BTreeSet::new();
    let mut first = true;
    for token in list.into_iter().flatten() {
        match token {
            TokenTree::Ident(name) if first => {
                names.insert(name.to_string());
                first = false;
            }
            TokenTree::Punct(mark) if mark.as_char() == ',' => first = true,
            _ => {}
        }
    }
    names
}

/// What a line names like tests: code of lower-case words with `::` between them, and at most a
/// `*` at the end.
fn tests_named(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|code| {
        let words = code.strip_suffix('*').unwrap_or(code);
        code.contains("::")
            && words
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || b"_:0123456789".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite() -> Suite {
        let mut suite = Suite::default();
        suite.read(
            "tests/kernel/mtu.rs",
            "use x; tests![alone.since(6, 12, \"why\"), each for ALL];",
        );
        suite.read("tests/kernel/sockets/carry.rs", "tests![inner];");
        suite.read("tests/kernel/support/test.rs", "macro_rules! tests { () => {}; }");
        suite.read("l2tp/src/host/mtu.rs", "tests![elsewhere];");
        suite
    }

    #[test]
    fn tests_are_found_as_they_are_declared() {
        let page = "`mtu::alone` `mtu::each` `mtu::each_*` `mtu::*` `sockets::carry::inner`\n\
                    `Conn::open` `l2tp_sys::L2TP_ATTR_FD` `ip link` `mtu`";
        assert_eq!(suite().faults(page), []);
    }

    #[test]
    fn a_test_that_is_not_there_is_a_fault() {
        for name in ["mtu::since", "mtu::al", "carry::inner", "sockets::*", "support::test::*"] {
            let faults = suite().faults(&format!("first\nsee `{name}`"));
            assert_eq!(faults.len(), 1, "{name}");
            assert_eq!(faults[0].line, 2);
            assert!(faults[0].text.ends_with(name));
        }
    }

    #[test]
    fn a_fact_needs_a_test() {
        let page = "| fact | test |\n|---|---|\n| so | `mtu::alone` |\n| or | so |\n\n| a | b |";
        let lines: Vec<usize> = suite().faults(page).iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [4]);
    }
}
